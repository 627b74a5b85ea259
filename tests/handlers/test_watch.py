"""Watches: subscribe, be told, see the list, take one off it."""

import pytest

from sandbox.driver import text_of


async def watch(person, condition):
    await person.say(f"/watch {condition}")
    return text_of(await person.reply())


@pytest.mark.parametrize("condition", ["fire", '"is there a fire?"', "火", "有火吗?"])
async def test_the_chat_is_told_when_a_picture_shows_it_and_not_otherwise(ada, cat, fire, condition):
    await watch(ada, condition)
    await ada.send_photo(cat)
    assert "🔔" not in text_of(await ada.reply())
    [photo] = await ada.send_photo(fire)
    alert = await ada.wait_for(lambda message: "🔔" in text_of(message))
    assert condition.strip('"') in text_of(alert)
    assert alert["reply_to_message"]["message_id"] == photo["message_id"]
    alarms = [message for message in await ada.messages() if "🔔" in text_of(message)]
    assert len(alarms) == 1


async def test_a_watch_says_what_it_looks_for(ada):
    assert "<i>smoke</i> & fire" in await watch(ada, "<i>smoke</i> & fire")


async def test_a_watch_shows_the_question_that_it_asks(ada):
    assert "Does this photo show smoke?" in await watch(ada, "smoke")
    assert "Is the gate open?" in await watch(ada, "the gate is open")
    assert "这张照片里有人没戴安全帽吗?" in await watch(ada, "有人没戴安全帽")


async def test_a_watch_without_a_condition_explains_itself(ada):
    assert "/watch is there smoke?" in await watch(ada, "")


async def test_a_condition_as_long_as_a_book_is_refused(ada):
    assert "200" in await watch(ada, "x" * 201)


async def test_the_list_removes_the_watch_whose_button_is_pressed(ada, fire):
    await watch(ada, "fire")
    await watch(ada, "smoke")
    await ada.say("/watches")
    listed = await ada.reply()
    assert "1. fire\n2. smoke" in text_of(listed)
    button = listed["reply_markup"]["inline_keyboard"][0][0]
    assert button["text"] == "✕ 1. fire"
    await ada.press(listed, button["callback_data"])
    edited = await ada.wait_for(lambda message: "edit_date" in message)
    assert "1. smoke" in text_of(edited)
    assert "fire" not in text_of(edited)
    await ada.send_photo(fire)
    await ada.reply()
    assert not [message for message in await ada.messages() if "🔔" in text_of(message)]


async def test_the_longest_list_can_still_be_shown_and_shortened(ada, bot):
    async with bot.store.write() as records:
        for number in range(100):
            await records.watches.add(chat=101, condition="🔥" * 200, language="en", message_id=-number - 1)
    await ada.say("/watches")
    listed = await ada.reply()
    assert len(listed["reply_markup"]["inline_keyboard"]) == 100
    await watch(ada, "one more")
    async with bot.store.read() as records:
        assert len(await records.watches.of_chat(101)) == 100


async def test_the_same_condition_is_watched_for_once(ada, fire):
    await watch(ada, "fire")
    assert "fire" in await watch(ada, "Fire")
    await ada.send_photo(fire)
    await ada.wait_for(lambda message: "🔔" in text_of(message))
    await ada.say("/watches")
    assert "2." not in text_of(await ada.reply())


async def test_an_edited_command_is_not_obeyed_again(ada):
    sent = await ada.say("/watch fier")
    await ada.reply()
    await ada.edit(sent, text="/watch fire")
    await ada.say("/watches")
    assert "1. fier" in text_of(await ada.reply())


async def test_watches_are_judged_even_where_the_caption_is_too_much(ada, fire):
    await watch(ada, "fire")
    await ada.send_photo(fire, caption="龘" * 1000)
    assert "fewer words" in text_of(await ada.reply())
    assert "🔔" in text_of(await ada.reply())


async def test_one_chat_cannot_remove_anothers_watch(ada, bot):
    await watch(ada, "fire")
    ming = ada.as_person(102)
    await watch(ming, "火")
    async with bot.store.read() as records:
        [hers] = await records.watches.of_chat(101)
    async with bot.store.write() as records:
        assert await records.watches.remove(102, hers.id) is None


async def test_a_silent_group_is_watched_over(ada, cat, fire):
    group = ada.in_chat(-1001000000001)
    await watch(group, "fire")
    await group.send_photo(cat)
    await group.send_photo(fire)
    assert "🔔" in text_of(await group.reply())


async def test_a_follow_up_does_not_alarm_again(ada, fire):
    await watch(ada, "fire")
    await ada.send_photo(fire)
    await ada.wait_for(lambda message: "🔔" in text_of(message))
    await ada.say("Is there a cat?")
    await ada.reply()
    assert len([message for message in await ada.messages() if "🔔" in text_of(message)]) == 1
