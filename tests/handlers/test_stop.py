"""An answer that is being written ends when somebody wants no more of it, and what it has said stays."""

import asyncio
from datetime import timedelta

import pytest

from sandbox.driver import text_of
from vision.errors import EngineDown

pytestmark = pytest.mark.usefixtures("slow")


def button(message) -> str:
    """What the only button under a message brings."""
    [[key]] = message["reply_markup"]["inline_keyboard"]
    return str(key["callback_data"])


async def test_a_stopped_answer_keeps_what_was_said_and_its_alerts_and_voice(ada, model, cat):
    await ada.say("/voice on")
    await ada.reply()
    await ada.say("/watch fire")
    await ada.reply()
    [photo] = await ada.send_photo(cat)
    model.say("A **cat** sits ", "on a mat")
    growing = await ada.growing("on a mat")
    assert (await ada.press(growing, button(growing)))["text"] == "Stopped."
    answer = await ada.reply()
    assert text_of(answer) == "A cat sits on a mat\n\n⏹ Stopped."
    assert answer["message_id"] == growing["message_id"]
    assert answer["reply_to_message"]["message_id"] == photo["message_id"]
    assert "reply_markup" not in answer
    assert model.left == 1
    assert "fire" in text_of(await ada.reply())
    assert "voice" in await ada.reply()
    await ada.say("and the mat?")
    model.say("It is red.")
    model.end()
    assert text_of(await ada.reply()) == "It is red."
    assert [message.text for message in model.requests[-1].conversation][-2:] == [
        "A **cat** sits on a mat",
        "and the mat?",
    ]
    assert await ada.placeholders() == []


async def test_the_command_stops_it_too_and_says_so_where_there_is_nothing(ada, model, cat):
    await ada.send_photo(cat)
    model.say("A cat")
    await ada.growing("A cat")
    await ada.say("/stop")
    assert text_of(await ada.reply()) == "A cat\n\n⏹ Stopped."
    await ada.say("/stop")
    assert "not writing" in text_of(await ada.reply())


async def test_what_has_said_nothing_yet_can_be_stopped(ada, model, cat):
    await ada.send_photo(cat)
    growing = await ada.growing()
    await ada.press(growing, button(growing))
    assert text_of(await ada.reply()) == "⏹ Stopped."


async def test_what_waits_for_another_try_can_be_stopped(ada, bot, model, monkeypatch, cat):
    monkeypatch.setattr("bot.patience.pause", lambda _: timedelta(seconds=2))
    await ada.say("/watch fire")
    await ada.reply()
    await ada.send_photo(cat)
    model.say("A cat")
    growing = await ada.growing("A cat")
    model.fail(EngineDown("the model is being restarted"))
    async with asyncio.timeout(30):
        while not await _put_off(bot):  # noqa: ASYNC110 - the worker works beside this test
            await asyncio.sleep(0.01)
    assert (await ada.press(growing, button(growing)))["text"] == "Stopped."
    answer = await ada.reply()
    assert (text_of(answer), answer["message_id"]) == ("⏹ Stopped.", growing["message_id"])
    assert "🔔" in text_of(await ada.reply())
    await ada.say("/stop")
    assert "not writing" in text_of(await ada.reply())


async def _put_off(bot) -> bool:
    async with bot.store.read() as records:
        return bool((await records.inbox.depth())["waiting"])


async def test_a_press_that_comes_too_late_is_answered_kindly(ada, model, cat):
    await ada.send_photo(cat)
    model.say("A cat")
    growing = await ada.growing("A cat")
    await ada.misbehave([{"method": "editMessageText", "what": "status", "status": 429, "retry_after": 1, "times": 1}])
    model.end()
    async with asyncio.timeout(30):
        while not (await ada.misbehaved())[0]["used"]:  # noqa: ASYNC110 - it is written, and on its way
            await asyncio.sleep(0.02)
    assert "at the moment" in (await ada.press(growing, button(growing)))["text"]
    assert text_of(await ada.reply()) == "A cat"


async def test_in_a_group_who_asked_and_its_admins_stop_an_answer_and_nobody_else(ada, model, cat):
    people = [await ada.newcomer(name) for name in ("Bob", "Eve")]
    road = {"title": "Road", "members": [ada.person, *(person.person for person in people)]}
    group = ada.in_chat((await ada._connection.request("POST", "/api/chats", json=road))["id"])
    bob, eve = (group.as_person(person.person) for person in people)
    await bob.send_photo(cat, caption="@lookout_bot what is it?")
    model.say("A cat")
    growing = await group.growing("A cat")
    assert "Only who asked" in (await eve.press(growing, button(growing)))["text"]
    await eve.say("/stop")
    model.say(" sits")
    growing = await group.growing("sits")
    assert (await bob.press(growing, button(growing)))["text"] == "Stopped."
    assert text_of(await group.reply()) == "A cat sits\n\n⏹ Stopped."
    assert "not writing" in text_of(await group.reply())
    await bob.send_photo(cat, caption="@lookout_bot what is it?")
    model.say("Still a cat")
    growing = await group.growing("Still")
    assert (await group.press(growing, button(growing)))["text"] == "Stopped."


async def test_a_channel_stops_its_own_answer_and_not_another_channels(ada, model, as_channel, cat):
    group = ada.in_chat(-1001000000001)
    [photo] = await group.send_photo(cat)
    stop = {"text": "/stop", "entities": [{"type": "bot_command", "offset": 0, "length": 5}]}
    await as_channel(-1002, photo=photo["photo"], caption="@lookout_bot what is it?")
    model.say("A cat")
    await group.growing("A cat")
    await as_channel(-1003, **stop)
    model.say(" sits")
    await group.growing("sits")
    await as_channel(-1002, **stop)
    assert text_of(await group.reply()) == "A cat sits\n\n⏹ Stopped."
    assert "not writing" in text_of(await group.reply())


async def test_it_is_stopped_in_the_readers_language(ada, model, cat):
    ming = ada.as_person(102)
    await ming.send_photo(cat)
    model.say("一只猫")
    growing = await ming.growing("一只猫")
    assert growing["reply_markup"]["inline_keyboard"][0][0]["text"] == "⏹ 停止"
    await ming.press(growing, button(growing))
    assert text_of(await ming.reply()) == "一只猫\n\n⏹ 已停止。"


async def until_asked(model, count: int) -> None:
    """Until the model has been asked so often."""
    async with asyncio.timeout(30):
        while len(model.requests) < count:  # noqa: ASYNC110 - as it is played
            await asyncio.sleep(0.02)


async def test_the_command_ends_a_search_and_keeps_what_was_found_and_the_watches(ada, model, cat, fire):
    await ada.say("/watch smoke")
    await ada.reply()
    [first, _] = await ada.send_photo([cat, fire], caption="/find car")
    model.say("[]")
    model.end()
    await until_asked(model, 2)
    await ada.say("/stop")
    assert text_of(await ada.reply()).startswith("1/2 car: I think it is there")
    stopped = await ada.reply()
    assert text_of(stopped) == "⏹ Stopped."
    assert stopped["reply_to_message"]["message_id"] == first["message_id"]
    assert "smoke" in text_of(await ada.reply())
    assert model.left == 1


async def test_the_command_ends_a_choice_and_what_follows_is_answered(ada, model, cat):
    [photo] = await ada.send_photo(cat, caption="/which cat, dog")
    await until_asked(model, 1)
    await ada.say("/stop")
    assert text_of(await ada.reply()) == "⏹ Stopped."
    await ada.say("is it one?", reply_to=photo["message_id"])
    model.say("Yes.")
    model.end()
    assert text_of(await ada.reply()) == "Yes."
    assert model.left == 1
