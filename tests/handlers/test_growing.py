"""An answer that takes long is seen while it grows: one message, whole in the end, whatever comes in between."""

import asyncio
from datetime import timedelta

import pytest

from sandbox.driver import is_placeholder, text_of
from tests.bot.conftest import until_misbehaved
from vision.errors import EngineDown, EngineKilled

pytestmark = pytest.mark.usefixtures("slow")
GROUP = -1001000000001


@pytest.fixture
def group(ada):
    return ada.in_chat(GROUP)


def versions(driver, message) -> list[str]:
    """What stood in a message, one after the other."""
    return [
        text_of(event["message"])
        for event in driver.events
        if event.get("message", {}).get("message_id") == message["message_id"]
    ]


async def test_a_groups_answer_is_there_at_once_and_filled_in_as_it_is_written(group, model, cat):
    [photo] = await group.send_photo(cat, caption="@lookout_bot what is it?")
    first = await group.growing()
    assert text_of(first) == "…"
    model.say("A **ca")
    assert (await group.growing("A ca"))["entities"] == [{"type": "bold", "offset": 2, "length": 2}]
    model.say("t** on <b>a mat")
    await group.growing("on <b>a mat")
    model.end()
    answer = await group.reply()
    assert text_of(answer) == "A cat on <b>a mat"
    assert answer["message_id"] == first["message_id"]
    assert answer["reply_to_message"]["message_id"] == photo["message_id"]
    assert len(await group.messages()) == 2
    assert versions(group, answer) == ["…", "A ca", "A cat on <b>a mat", "A cat on <b>a mat"]


async def test_a_private_answer_leaves_its_draft_for_a_message(ada, model, cat, monkeypatch):
    monkeypatch.setattr("handlers.growing.STANDS_AFTER_S", 0.5)
    await ada.send_photo(cat)
    model.say("A cat")
    assert (await ada.draft())["text"] == "A cat"
    assert text_of(await ada.growing("A cat")) == "A cat"
    model.end()
    assert text_of(await ada.reply()) == "A cat"


async def test_a_long_answer_is_split_and_every_part_is_about_its_picture(ada, model, cat):
    await ada.send_photo(cat)
    listing = "```\n" + "line of code\n" * 400 + "```"
    model.say(f"# Title\n\n{'Many words. ' * 200}\n\n", listing, "\n\nThe **end**.")
    model.end()
    parts = [await ada.reply()]
    while "The end." not in text_of(parts[-1]):
        parts.append(await ada.reply())
    assert len(parts) == 3
    assert sum(text_of(part).count("line of code") for part in parts) == 400
    assert [entity["type"] for part in parts for entity in part["entities"]] == ["bold", "pre", "pre", "bold"]
    assert not any("**" in text_of(part) or "`" in text_of(part) for part in parts)
    await ada.say("what was that?", reply_to=parts[1]["message_id"])
    model.say("A cat.")
    model.end()
    assert text_of(await ada.reply()) == "A cat."
    assert model.requests[-1].conversation[0].pictures == model.requests[0].conversation[0].pictures


REFUSALS = (
    {"method": "editMessageText", "what": "status", "status": 429, "retry_after": 1, "times": 2},
    {"method": "editMessageText", "what": "status", "status": 502, "times": 2},
    {"method": "editMessageText", "what": "drop_after", "times": 2},
    {"method": "editMessageText", "what": "delay", "seconds": 0.7, "times": 1},
    {"method": "sendMessage", "what": "status", "status": 429, "retry_after": 1, "times": 1},
    {"method": "sendMessage", "what": "status", "status": 400, "description": "Bad Request: strange", "times": 1},
)


async def test_the_whole_answer_comes_whatever_telegram_says_to_its_parts(ada, model, cat):
    for rule in REFUSALS:
        await ada.misbehave([rule])
        await ada.send_photo(cat, caption="what is it?")
        model.say("A ", "cat ")
        await until_misbehaved(ada)
        model.say("on a mat.")
        model.end()
        answer = await ada.reply()
        assert text_of(answer) == "A cat on a mat.", rule
        assert versions(ada, answer)[-1] == "A cat on a mat."
    assert await ada.placeholders() == []


async def test_a_message_that_is_deleted_while_it_grows_is_made_up_for_once(ada, model, cat):
    await ada.send_photo(cat)
    model.say("A cat")
    await ada.delete(await ada.growing("A cat"))
    model.say(" on a mat.")
    model.end()
    assert text_of(await ada.reply()) == "A cat on a mat."
    assert len(await ada.messages()) == 2


async def test_after_a_fault_the_same_message_is_used_again(ada, model, cat):
    await ada.send_photo(cat)
    model.say("A dog")
    first = await ada.growing("A dog")
    model.fail(EngineDown("the model is being restarted"))
    model.say("A cat")
    await ada.growing("A cat")
    model.end()
    answer = await ada.reply()
    assert (text_of(answer), answer["message_id"]) == ("A cat", first["message_id"])
    assert await ada.placeholders() == []


async def test_who_has_to_wait_for_the_model_is_told_and_answered_in_the_same_message(ada, model, cat, monkeypatch):
    monkeypatch.setattr("bot.patience.pause", lambda _: timedelta(seconds=0.1))
    monkeypatch.setattr("handlers.growing.STANDS_AFTER_S", 60)
    for _ in range(5):
        model.fail(EngineDown("there is none"))
    await ada.send_photo(cat)
    told = await ada.reply()
    assert "does not run at the moment. I keep trying" in text_of(told)
    model.say("A cat.")
    model.end()
    answer = await ada.wait_for(lambda message: "cat" in text_of(message))
    assert answer["message_id"] == told["message_id"]
    assert len(await ada.messages()) == 2


async def test_an_error_is_said_in_that_message_and_is_no_part_of_the_conversation(ada, bot, model, cat, monkeypatch):
    monkeypatch.setattr("bot.patience.FAULT_ATTEMPTS", 1)
    await ada.send_photo(cat)
    model.say("A dog")
    first = await ada.growing("A dog")
    model.fail(EngineKilled(""))
    said = await ada.reply()
    assert "breaks down at this" in text_of(said)
    assert said["message_id"] == first["message_id"]
    await ada.say("what is it?")
    model.say("A cat.")
    model.end()
    assert text_of(await ada.reply()) == "A cat."
    assert [message.text for message in model.requests[-1].conversation] == ["what is it?"]


async def test_in_a_busy_group_half_of_telegrams_rate_is_left_to_the_answers(group, model, cat):
    await group.count(enforced=True)
    await group.send_photo(cat, caption="@lookout_bot what is it?")
    for number in range(30):
        model.say(f"{number} ")
        await asyncio.sleep(0.01)
    await group.growing("8")
    model.end()
    assert text_of(await group.reply()).endswith("29")
    counted = await group.counted()
    assert counted["refused"] == 0
    assert counted["sent"] + counted["edited"] <= 11


async def test_it_stands_below_all_that_was_said_before(ada, model, cat):
    await ada.say("/voice on")
    await ada.reply()
    await ada.misbehave([{"method": "sendVoice", "what": "status", "status": 429, "retry_after": 1, "times": 1}])
    for _ in range(2):
        await ada.send_photo(cat)
    model.say("First.")
    model.end()
    model.say("Second")
    await ada.growing("Second")
    model.end()
    while (await ada.reply()).get("text") != "Second":
        pass
    said = [message for message in await ada.messages() if message["from"]["is_bot"]]
    assert [text_of(message) or "voice" for message in said][1:4] == ["First.", "voice", "Second"]


async def test_a_follow_up_waits_for_the_answer_that_is_being_written(ada, model, cat):
    await ada.send_photo(cat)
    model.say("A cat")
    growing = await ada.growing("A cat")
    await ada.say("which colour?", reply_to=growing["message_id"])
    await ada.say("how many?")
    model.say(" on a mat.")
    model.end()
    assert text_of(await ada.reply()) == "A cat on a mat."
    for words in ("It is red.", "One."):
        model.say(words)
        model.end()
        assert text_of(await ada.reply()) == words
    asked = [message.text for message in model.requests[-1].conversation]
    assert asked[1:] == ["A cat on a mat.", "which colour?", "It is red.", "how many?"]
    assert not any(map(is_placeholder, await ada.messages()))


async def test_an_edit_that_telegram_carries_out_late_changes_nothing_of_the_answer(ada, model, cat, monkeypatch):
    monkeypatch.setattr("handlers.growing.ARRIVES_WITHIN_S", 0.3)
    await ada.misbehave([{"method": "editMessageText", "what": "delay", "seconds": 1.5, "times": 1}])
    [photo] = await ada.send_photo(cat)
    model.say("A ca")
    await until_misbehaved(ada)
    model.say("t on a mat.")
    model.end()
    answer = await ada.reply()
    assert text_of(answer) == "A cat on a mat."
    assert answer["reply_to_message"]["message_id"] == photo["message_id"]
    async with asyncio.timeout(30):
        while len(await ada.calls("editMessageText")) < 2:  # noqa: ASYNC110 - the late one is answered last
            await asyncio.sleep(0.05)
    assert [text_of(message) for message in await ada.messages()] == ["", "A cat on a mat."]
    assert await ada.placeholders() == []
