"""What is to be said arrives once, in order, at Telegram's pace, whatever Telegram says to it."""

from __future__ import annotations

import asyncio

import pytest

from bot import pace
from sandbox.driver import text_of
from storage.records import Button, Reply
from tests.bot.conftest import until_placed

GROUP = -1001000000001


@pytest.fixture
def tell(bot):
    """Leaves replies in the outbox, as the work of an update does."""

    async def leave(*replies: Reply) -> None:
        async with bot.store.write() as records:
            await records.outbox.add(bot.bot.id, replies)
        bot.sender.lanes.wake()

    return leave


@pytest.fixture
async def sound(bot):
    """The digest of a kept voice note."""
    return await bot.store.files.put(b"OggS a voice note", ".ogg")


@pytest.fixture
async def picture(bot, cat):
    """The digest of a kept JPEG."""
    return await bot.store.files.put(cat, ".jpg")


async def ends(bot) -> dict[str, int]:
    """How many replies failed or ended unknown, once none is left to send."""
    async with asyncio.timeout(30):
        while True:
            async with bot.store.read() as records:
                depth: dict[str, int] = await records.outbox.depth()
            if not depth["waiting"] + depth["running"]:
                return depth
            await asyncio.sleep(0.02)


def text(words: str, chat: int = 101, **more) -> Reply:
    return Reply(chat, "text", words, **more)


def refusal(method: str, description: str, status: int = 400, **more) -> dict[str, object]:
    return {"method": method, "what": "status", "status": status, "description": description, "times": 1, **more}


async def test_everything_of_one_update_comes_in_its_order(ada, bot, tell, sound):
    await ada.misbehave([{"method": "editMessageText", "what": "status", "status": 500, "times": 2}])
    voice = Reply(101, "voice", file=sound, duration=1)
    await tell(text("part one"), text("part two"), text("🔔"), voice, text("later"))
    await ends(bot)
    assert [text_of(message) or "voice" for message in await ada.messages()] == [
        "part one",
        "part two",
        "🔔",
        "voice",
        "later",
    ]


async def test_what_waits_for_others_for_long_holds_nobody_up(ada, bot, tell, monkeypatch):
    monkeypatch.setattr(pace, "ALL", pace.Rate(4, 0.5))
    monkeypatch.setattr(pace, "PRIVATE", pace.Rate(100, 60.0))
    loud = [await ada.newcomer(name) for name in ("Bo", "Cai", "Dan")]
    await tell(*(text("again", person.chat) for _ in range(20) for person in loud))
    for person in loud:
        await person.reply()
    await tell(text("at last"))
    assert text_of(await ada.reply()) == "at last"
    assert len(await ada.calls("sendMessage")) < 3 * 20


async def test_buttons_and_the_answered_message_come_with_it(ada, bot, tell):
    asked = await ada.say("/prompt")
    await ada.reply()
    await tell(text("<b>yes</b>", html=True, reply_to=asked["message_id"], buttons=((Button("A", "a"),),)))
    reply = await ada.reply()
    assert reply["reply_to_message"]["message_id"] == asked["message_id"]
    assert reply["reply_markup"]["inline_keyboard"] == [[{"text": "A", "callback_data": "a"}]]
    assert reply["entities"] == [{"type": "bold", "offset": 0, "length": 3}]


async def test_an_answer_comes_though_its_photo_was_deleted(ada, bot, cat):
    [photo] = await ada.send_photo(cat)
    await ada.delete(photo)
    reply = await ada.reply()
    assert "cat" in text_of(reply)
    assert "reply_to_message" not in reply


async def test_a_placeholder_that_was_deleted_is_made_up_for_once(ada, bot, tell):
    await ada.misbehave([{"method": "editMessageText", "what": "delay", "seconds": 0.5, "times": 1}])
    await tell(text("a cat"), text("next"))
    await ada.delete(await until_placed(ada))
    assert await ends(bot) == {"waiting": 0, "running": 0, "failed": 0, "unknown": 0}
    assert [text_of(message) for message in await ada.messages()] == ["a cat", "next"]


async def test_a_text_that_makes_up_for_its_placeholder_is_not_sent_twice(ada, bot, tell):
    gone = refusal("editMessageText", "Bad Request: message to edit not found")
    passed_over = {"method": "sendMessage", "what": "delay_after", "seconds": 0, "times": 1}  # the placeholder
    await ada.misbehave([gone, passed_over, {"method": "sendMessage", "what": "drop_after", "times": 1}])
    await tell(text("a cat"), text("next"))
    assert (await ends(bot))["unknown"] == 1
    assert [text_of(message) for message in await ada.messages()] == ["a cat", "next"]


async def test_html_that_telegram_refuses_is_said_plain(ada, bot, tell):
    await tell(text("<blink>1 &lt; 2</blink>", html=True))
    assert text_of(await ada.reply()) == "1 < 2"
    assert await ada.placeholders() == []


@pytest.mark.parametrize("words", ["message thread not found", "TOPIC_CLOSED"])
async def test_a_topic_that_is_gone_is_answered_in_the_general_one(ada, bot, tell, words):
    group = ada.in_chat(GROUP)
    asked = await group.say("hello")
    await ada.misbehave([refusal("sendMessage", f"Bad Request: {words}")])
    await tell(text("a cat", GROUP, thread=7, reply_to=asked["message_id"]))
    reply = await group.reply()
    assert text_of(reply) == "a cat"
    assert "reply_to_message" not in reply
    first, second = await ada.calls("sendMessage")
    assert first["parameters"]["message_thread_id"] == "7"
    assert "message_thread_id" not in second["parameters"]


async def test_where_the_general_topic_is_closed_too_it_fails_with_the_reason(ada, bot, tell):
    await ada.misbehave([{**refusal("sendMessage", "Bad Request: TOPIC_CLOSED"), "times": 2}])
    await tell(text("a cat", GROUP, thread=7), text("a dog", GROUP))
    assert (await ends(bot))["failed"] == 1
    assert [text_of(message) for message in await ada.in_chat(GROUP).messages()] == ["a dog"]


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (403, "Forbidden: bot was blocked by the user"),
        (403, "Forbidden: user is deactivated"),
        (403, "Forbidden: bot was kicked from the supergroup chat"),
        (400, "Bad Request: chat not found"),
    ],
)
async def test_a_chat_that_is_gone_gets_nothing_more_and_the_others_all(ada, bot, tell, status, words):
    await ada.misbehave([refusal("sendMessage", words, status)])
    await tell(text("a"), text("b"), text("c"))
    assert (await ends(bot))["failed"] == 3
    assert len(await ada.calls("sendMessage")) == 1
    await tell(text("d", 102), text("e"))
    assert (await ends(bot))["failed"] == 3
    assert [text_of(message) for message in await ada.messages()] == ["e"]
    assert [text_of(message) for message in await ada.as_person(102).messages()] == ["d"]


@pytest.mark.parametrize("method", ["sendMessage", "editMessageText"])
async def test_what_something_before_telegram_says_gives_no_chat_up(ada, bot, tell, method):
    page = {"method": method, "what": "page", "description": "chat not found", "times": 1}
    await ada.misbehave([{**page, "status": status} for status in (403, 400)])
    await tell(text("a"), text("b"))
    assert (await ends(bot))["failed"] == 0
    assert [text_of(message) for message in await ada.messages()] == ["a", "b"]


async def test_what_a_chat_does_not_let_be_said_of_its_own_fails_and_brings_no_alerts_home(ada, bot, tell):
    async with bot.store.write() as records:
        own, others = [
            await records.watches.add(chat=chat, condition="fire", language="en", message_id=None)
            for chat in (GROUP, 101)
        ]
        await records.watches.change(101, others.id, target=GROUP)
    await ada.misbehave([{**refusal("sendMessage", "Bad Request: CHAT_WRITE_FORBIDDEN"), "times": 2}])
    await tell(text("a", GROUP), text("b", GROUP, watch=own.id), text("c", GROUP, watch=others.id))
    assert (await ends(bot))["failed"] == 2
    assert [text_of(message) for message in await ada.in_chat(GROUP).messages()] == ["c"]
    async with bot.store.read() as records:
        assert (await records.watches.get(others.id)).target == GROUP


async def test_a_group_that_moved_is_answered_where_it_went(ada, bot, tell):
    await ada.misbehave([refusal("sendMessage", "Bad Request: group chat was upgraded", migrate_to_chat_id=GROUP)])
    await tell(text("a", -55), text("b", -55))
    assert (await ends(bot))["failed"] == 0
    assert [text_of(message) for message in await ada.in_chat(GROUP).messages()] == ["a", "b"]


async def test_a_group_that_moves_between_placeholder_and_edit_is_answered_where_it_went(ada, bot, tell):
    other = ada.in_chat(
        (await ada._connection.request("POST", "/api/chats", json={"title": "Old", "members": [101]}))["id"]
    )
    await ada.misbehave([refusal("editMessageText", "Bad Request: upgraded", migrate_to_chat_id=GROUP)])
    await tell(text("a", other.chat))
    assert (await ends(bot))["failed"] == 0
    assert [text_of(message) for message in await ada.in_chat(GROUP).messages()] == ["a"]
    assert await other.messages() == []


async def test_where_voice_notes_are_forbidden_the_text_stays(ada, bot, tell, sound):
    await ada.misbehave([refusal("sendVoice", "Bad Request: VOICE_MESSAGES_FORBIDDEN")])
    await tell(text("a cat"), Reply(101, "voice", file=sound, duration=1), text("a dog"))
    assert (await ends(bot))["failed"] == 1
    assert [text_of(message) for message in await ada.messages()] == ["a cat", "a dog"]


@pytest.mark.parametrize(
    ("rule", "heard", "unknown"),
    [
        ({"what": "status", "status": 429, "retry_after": 1}, 1, 0),
        ({"what": "status", "status": 502}, 1, 0),
        ({"what": "drop_before"}, 0, 1),
        ({"what": "drop_after"}, 1, 1),
    ],
    ids=str,
)
async def test_a_voice_note_is_heard_once_at_most(ada, bot, tell, sound, *, rule, heard, unknown):
    await ada.misbehave([{"method": "sendVoice", "times": 1, **rule}])
    await tell(Reply(101, "voice", file=sound, duration=1), text("after it"))
    ended = await ends(bot)
    said = [text_of(message) or "voice" for message in await ada.messages()]
    assert said == ["voice"] * heard + ["after it"]
    assert (ended["unknown"], ended["failed"]) == (unknown, 0)


async def test_a_photo_comes_with_its_caption_and_buttons(ada, bot, tell, picture):
    asked = await ada.say("/prompt")
    await ada.reply()
    buttons = ((Button("A", "a"),),)
    await tell(
        Reply(101, "photo", "<b>two</b>", html=True, file=picture, reply_to=asked["message_id"], buttons=buttons)
    )
    reply = await ada.reply()
    assert reply["photo"]
    assert (reply["caption"], reply["caption_entities"]) == ("two", [{"type": "bold", "offset": 0, "length": 3}])
    assert reply["reply_to_message"]["message_id"] == asked["message_id"]
    assert reply["reply_markup"]["inline_keyboard"] == [[{"text": "A", "callback_data": "a"}]]


@pytest.mark.parametrize(
    "rule",
    [{"what": "status", "status": 429, "retry_after": 1}, {"what": "drop_before"}, {"what": "drop_after"}],
    ids=str,
)
async def test_a_photo_is_shown_once_whatever_happens_to_the_edit(ada, bot, tell, picture, rule):
    await ada.misbehave([{"method": "editMessageMedia", "times": 1, **rule}])
    await tell(Reply(101, "photo", "a cat", file=picture), text("after it"))
    assert await ends(bot) == {"waiting": 0, "running": 0, "failed": 0, "unknown": 0}
    assert [(text_of(message), "photo" in message) for message in await ada.messages()] == [
        ("a cat", True),
        ("after it", False),
    ]


async def test_a_photo_whose_placeholder_was_deleted_is_sent_once(ada, bot, tell, picture):
    await ada.misbehave([refusal("editMessageMedia", "Bad Request: message to edit not found")])
    await tell(Reply(101, "photo", "a cat", file=picture))
    assert (await ends(bot))["unknown"] == 0
    assert [message["caption"] for message in await ada.messages() if "photo" in message] == ["a cat"]


async def test_where_photos_are_forbidden_their_words_are_said(ada, bot, tell, picture):
    await ada.misbehave([refusal("editMessageMedia", "Bad Request: not enough rights to send photos to the chat")])
    await tell(Reply(101, "photo", "a cat", file=picture))
    reply = await ada.reply()
    assert (text_of(reply), "photo" in reply) == ("a cat", False)


async def test_telegrams_rates_are_kept_so_it_never_has_to_complain(ada, bot, tell):
    await ada.count(enforced=True)
    people = [await ada.newcomer(f"Person {number}") for number in range(20)]
    await tell(*(text(f"{number}", person.chat) for number in range(2) for person in people))
    await tell(*(text(f"{number}", GROUP) for number in range(10)), *(text(f"{number}") for number in range(8)))
    await ends(bot)
    counted = await ada.counted()
    assert (counted["sent"], counted["edited"], counted["refused"]) == (58, 58, 0)
    assert counted["busiest_second"] <= 30
    assert [text_of(message) for message in await ada.messages()] == [f"{number}" for number in range(8)]


async def test_a_group_over_its_rate_holds_up_nobody_else(ada, bot, tell):
    await tell(*(text(f"{number}", GROUP) for number in range(11)))
    group = ada.in_chat(GROUP)
    for _ in range(10):
        await group.reply()
    await tell(text("at once"))
    assert text_of(await ada.reply()) == "at once"
    async with bot.store.read() as records:
        assert (await records.outbox.depth())["waiting"] == 1
