"""/watch: subscribe, be told what is asked, correct it, and try it on a picture first."""

import pytest

from sandbox.driver import Driver, buttons_of, text_of


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


async def test_a_watch_without_a_condition_explains_itself_by_examples_that_can_be_pressed(ada):
    ming = ada.as_person(102)
    await ming.say("/watch")
    page = await ming.reply()
    assert "/watch 有没有烟？" in text_of(page)
    assert len(buttons_of(page)) == 6
    for label, question in (("烟或火", "烟或火"), ("包裹", "包裹"), ("烟或火", "烟或火")):
        await ming.press(page, buttons_of(page)[label])
        assert question in text_of(await ming.reply())
    await ming.say("/watches")
    assert "1. 烟或火\n2. 包裹" in text_of(await ming.reply())
    for nothing in ("''", "???", "\u200b"):
        assert "/watch is there smoke?" in await watch(ada, nothing)


async def test_a_command_is_one_too_where_chinese_words_touch_it(ada, cat):
    ming = ada.as_person(102)
    await ming.say("/watch有没有烟？")
    assert "我会在这里的每张新图片里留意“有没有烟？”。" in text_of(await ming.reply())
    await ming.say("/watches：1")
    assert "👁 1. 有没有烟？" in text_of(await ming.reply())
    await ming.send_photo(cat, caption="/find猫")
    assert "猫：" in text_of(await ming.reply())


async def test_a_condition_as_long_as_a_book_is_refused(ada):
    assert "200" in await watch(ada, "x" * 201)


async def test_what_is_asked_is_corrected_by_a_reply_and_learns_anew(ada, bot, fire):
    await ada.say("/watch fier")
    said = await ada.reply()
    assert "a yes is 60% likely or more" in text_of(said)
    await ada.send_photo(fire)
    await ada.reply()
    async with bot.store.write() as records:
        [kept] = await records.watches.of_chat(101)
        await records.watches.change(101, kept.id, shift=1.5)
    await ada.say("x" * 201, reply_to=said["message_id"])
    assert "200" in text_of(await ada.reply())
    await ada.say("是不是着火了？", reply_to=said["message_id"])
    corrected = await ada.reply()
    assert "“fier”" in text_of(corrected)
    assert "是不是着火了" in text_of(corrected)
    async with bot.store.read() as records:
        [asked] = await records.watches.of_chat(101)
        assert (asked.id, asked.shift, asked.language) == (kept.id, 0.0, "zh-hans")
        assert await records.watches.verdicts(kept.id) == []
    await ada.say("/watch smoke")
    await ada.reply()
    await ada.say("Smoke", reply_to=corrected["message_id"])
    assert "already" in text_of(await ada.reply())
    await ada.press(corrected, buttons_of(corrected)["🗑 Remove"])
    await ada.say("fire", reply_to=corrected["message_id"])
    assert "was removed" in text_of(await ada.reply())


async def test_thanks_for_a_watch_are_no_better_words_for_it(ada, bot):
    await ada.say("/watch fire")
    said = await ada.reply()
    for words in ("Thanks!", "好的 👍"):
        await ada.say_about(said, words)
        assert "go on asking that" in text_of(await ada.reply())
    async with bot.store.read() as records:
        assert [each.condition for each in await records.watches.of_chat(101)] == ["fire"]
    await ada.say_about(said, "🔥")
    assert "I look for 🔥" in text_of(await ada.reply())


async def test_a_condition_is_tried_on_the_photo_that_it_replies_to_and_then_kept_or_not(ada, bot, fire, cat):
    [photo] = await ada.send_photo(fire)
    answer = await ada.reply()
    await ada.send_photo(cat)
    await ada.reply()
    await ada.say("/watch fire", reply_to=photo["message_id"])
    tried = await ada.reply()
    assert "✅" in text_of(tried)
    assert "Does this photo show fire?" in text_of(tried)
    await ada.say("/watch cat", reply_to=answer["message_id"])
    other = await ada.reply()
    assert "❌" in text_of(other)
    async with bot.store.read() as records:
        assert await records.watches.of_chat(101) == []
    assert "don't watch" in (await ada.press(other, buttons_of(other)["No"]))["text"]
    await ada.press(tried, buttons_of(tried)["Watch for this"])
    assert "Reply to this message" in text_of(await ada.reply())
    async with bot.store.read() as records:
        assert [each.condition for each in await records.watches.of_chat(101)] == ["fire"]
    [stripped] = [message for message in await ada.messages() if message["message_id"] == tried["message_id"]]
    assert buttons_of(stripped) == {}
    await ada.say("/watch FIRE", reply_to=photo["message_id"])
    assert list(buttons_of(await ada.reply())) == ["⚙️ Options"]


async def test_who_presses_no_after_another_has_pressed_yes_is_told_the_truth(ada, bot, cat):
    [photo] = await ada.send_photo(cat)
    await ada.reply()
    await ada.say("/watch fire", reply_to=photo["message_id"])
    tried = await ada.reply()
    yes, no = buttons_of(tried).values()
    await ada.misbehave([{"method": "editMessageReplyMarkup", "what": "status", "status": 400, "times": 1}])
    await ada.press(tried, yes)
    await ada.reply()
    assert "in every new picture here already" in (await ada.press(tried, no))["text"]
    async with bot.store.read() as records:
        assert len(await records.watches.of_chat(101)) == 1


async def test_a_press_that_loses_the_connection_halfway_ends_as_any_other(ada, cat):
    [photo] = await ada.send_photo(cat)
    await ada.reply()
    await ada.say("/watch fire", reply_to=photo["message_id"])
    tried = await ada.reply()
    lost = [{"method": "answerCallbackQuery", "what": "status", "status": 502, "times": 1}]
    await ada.misbehave(lost)
    assert (await ada.press(tried, buttons_of(tried)["Watch for this"]))["text"] == "Kept."
    made = await ada.reply()
    assert "Reply to this message" in text_of(made)
    removed = await ada.tap(made, "🗑 Remove")
    await ada.misbehave(lost)
    assert "👁 1. fire" in text_of(await ada.tap(removed, "↩️ Undo"))
    await ada.say("/prompt Answer in one word.")
    proposal = await ada.reply()
    await ada.misbehave(lost)
    assert text_of(await ada.tap(proposal, "Keep")).startswith("Kept. From the next picture on")


async def test_a_condition_under_a_photo_is_tried_on_that_while_other_watches_judge_it(ada, fire):
    await watch(ada, "fire")
    group = await ada.group("Neighbours")
    await watch(group, "fire")
    await group.send_photo(fire, caption="/watch cat")
    tried = await group.wait_for(lambda message: "❌" in text_of(message))
    assert list(buttons_of(tried)) == ["Watch for this", "No"]
    assert "🔔" in text_of(await group.wait_for(lambda message: "🔔" in text_of(message)))


async def test_a_command_that_replies_to_words_alone_simply_watches(ada):
    said = await ada.say("Hello!")
    await ada.reply()
    await ada.say("/watch fire", reply_to=said["message_id"])
    assert "Reply to this message" in text_of(await ada.reply())


async def test_no_chat_and_no_house_has_more_watches_than_the_operator_allows(settings, running):
    small = settings.model_copy(update={"watches_per_chat": 2, "watches": 3})
    async with running(small) as bot, Driver(bot.page) as ada:
        ming = ada.as_person(102)
        assert "look for" in await watch(ada, "fire")
        assert "look for" in await watch(ada, "smoke")
        assert "has 2 watches" in await watch(ada, "cat")
        assert "留意" in await watch(ming, "火")
        assert "一共已有 3 项" in await watch(ming, "烟")


async def test_the_same_condition_is_watched_for_once(ada, fire):
    await watch(ada, "fire")
    assert "fire" in await watch(ada, "Fire")
    await ada.send_photo(fire)
    await ada.wait_for(lambda message: "🔔" in text_of(message))
    await ada.say("/watches")
    assert "2." not in text_of(await ada.reply())


async def test_a_condition_that_is_known_but_looks_at_nothing_is_not_promised(ada, bot, cat):
    await watch(ada, "fire")
    assert "Paused" not in await watch(ada, "fire")
    async with bot.store.write() as records:
        [made] = await records.watches.of_chat(101)
        await records.watches.change(101, made.id, paused=True)
    assert "⏸ Paused: it looks at nothing." in await watch(ada, "Fire")
    [photo] = await ada.send_photo(cat)
    await ada.reply()
    await ada.say("/watch fire", reply_to=photo["message_id"])
    tried = text_of(await ada.reply())
    assert "every new picture here already.\n⏸ Paused" in tried
    await watch(ada, "smoke")
    await ada.say("/watches 2 ask fire")
    assert "every new picture here already.\n⏸ Paused" in text_of(await ada.reply())


async def test_the_same_words_once_more_forget_nothing(ada, bot):
    await watch(ada, "fire")
    async with bot.store.write() as records:
        [made] = await records.watches.of_chat(101)
        learnt = await records.watches.change(101, made.id, shift=0.5)
    await ada.say("/watches 1 ask “fire”")
    assert "in every new picture here already" in text_of(await ada.reply())
    async with bot.store.read() as records:
        assert await records.watches.of_chat(101) == [learnt]


async def test_a_group_whose_pictures_telegram_hides_is_told_so(ada, bot, privacy_mode):
    group = await ada.group("Neighbours")
    assert "setprivacy" in await watch(group, "fire")
    assert "setprivacy" not in await watch(ada, "fire")
    await group.appoint(bot.bot.id)
    assert "setprivacy" not in await watch(group, "smoke")


async def test_what_telegram_no_longer_hides_is_known_without_a_restart(ada, privacy_mode):
    group = await ada.group("Neighbours")
    privacy_mode()
    assert "setprivacy" not in await watch(group, "fire")


async def test_an_edited_command_corrects_the_watch_that_it_made(ada):
    sent = await ada.say("/watch fier")
    await ada.reply()
    await ada.edit(sent, text="/watch fire")
    assert "look for fire" in text_of(await ada.reply())
    await ada.say("/watches")
    assert text_of(await ada.reply()).endswith(":\n1. fire")


async def test_an_edited_command_under_a_photo_is_tried_anew(ada, fire):
    [sent] = await ada.send_photo(fire, caption="/watch fier")
    first = await ada.reply()
    assert "fier" in text_of(first)
    await ada.edit(sent, caption="/watch fire")
    second = await ada.reply()
    assert "show fire?" in text_of(second)
    await ada.press(second, buttons_of(second)["Watch for this"])
    await ada.reply()
    await ada.edit(sent, caption="/watch smoke")
    assert "show smoke?" in text_of(await ada.reply())
    await ada.say("/watches")
    assert text_of(await ada.reply()).endswith(":\n1. smoke")


async def test_a_removed_watch_whose_command_is_edited_back_to_it_is_on_the_list_again(ada, bot):
    sent = await ada.say("/watch smoke")
    await ada.reply()
    async with bot.store.write() as records:
        [made] = await records.watches.of_chat(ada.chat)
        await records.watches.remove(ada.chat, made.id)
    await ada.edit(sent, text="/watch a cat")
    await ada.reply()
    await ada.edit(sent, text="/watch smoke")
    assert "look for smoke" in text_of(await ada.reply())
    await ada.say("/watches")
    assert text_of(await ada.reply()).endswith(":\n1. smoke")


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
