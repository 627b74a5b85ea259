"""python-telegram-bot's client against the sandbox."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaPhoto,
    MessageEntity,
    ReactionTypeEmoji,
    ReplyParameters,
)
from telegram.error import BadRequest, Conflict, Forbidden, InvalidToken, NetworkError, RetryAfter

from sandbox import Sandbox
from sandbox.driver import Driver

GROUP = -1_001_000_000_001


@pytest.fixture(autouse=True)
def durations_are_timedeltas(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client warns where it would give seconds."""
    monkeypatch.setenv("PTB_TIMEDELTA", "true")


@pytest.fixture
async def bot(sandbox: Sandbox) -> AsyncIterator[Bot]:
    async with Bot(sandbox.token, base_url=f"{sandbox.url}/bot", base_file_url=f"{sandbox.url}/file/bot") as client:
        yield client


async def test_a_photo_is_fetched_and_answered(bot: Any, ada: Driver, png: bytes, voice_note: bytes) -> None:
    poll = asyncio.create_task(bot.get_updates(timeout=5))
    await ada.send_photo(png, "what is it?")
    (update,) = await poll
    message = update.message
    assert (message.caption, message.from_user.language_code) == ("what is it?", "en")
    file = await message.photo[-1].get_file()
    assert await file.download_as_bytearray() == png
    assert await bot.get_updates(offset=update.update_id + 1) == ()
    await bot.send_chat_action(101, "typing")
    await bot.send_message_draft(101, 5, "A pict")
    sent = await message.reply_text("A *picture*", parse_mode="MarkdownV2", do_quote=True)
    assert sent.reply_to_message.message_id == message.message_id
    assert await sent.edit_text("A <b>good</b> picture", parse_mode="HTML")
    voice = await bot.send_voice(101, voice_note, duration=4)
    assert voice.voice.duration == timedelta(seconds=4)
    await ada.wait_for(lambda message: "voice" in message)
    assert [event["type"] for event in ada.events[-5:]] == ["action", "draft", "message", "edit", "message"]


async def test_other_methods(bot: Any, ada: Driver, png: bytes) -> None:
    button = InlineKeyboardMarkup([[InlineKeyboardButton("Yes", callback_data="yes")]])
    bold = [MessageEntity("bold", 0, 3)]
    asked = await bot.send_message(101, "Is it?", entities=bold, reply_markup=button)
    assert asked.entities == tuple(bold)
    press = asyncio.create_task(ada.press(asked.to_dict(), "yes"))
    (update,) = await bot.get_updates(timeout=5)
    assert update.callback_query.message.text == "Is it?"
    await update.callback_query.answer("thanks")
    assert await press == {"text": "thanks", "show_alert": False, "url": None}
    assert await bot.edit_message_reply_markup(101, asked.message_id)
    album = await bot.send_media_group(101, [InputMediaPhoto(png, caption="a"), InputMediaPhoto(png)])
    assert [message.caption for message in album] == ["a", None]
    assert (await bot.send_location(101, 1.5, 2.5, live_period=90)).location.live_period == timedelta(seconds=90)
    assert await bot.set_my_commands([("start", "Begin")], language_code="zh")
    assert (await bot.get_my_commands(language_code="zh"))[0].description == "Begin"
    assert (await bot.get_chat(GROUP)).effective_name == "Neighbours"
    assert (await bot.get_chat_administrators(GROUP))[0].user.first_name == "Ada"
    assert await bot.set_message_reaction(101, asked.message_id, ReactionTypeEmoji("👍"))
    lost = ReplyParameters(5, allow_sending_without_reply=True)
    assert (await bot.send_document(101, b"x", filename="a.txt", reply_parameters=lost)).document.file_name == "a.txt"
    assert await bot.delete_message(101, asked.message_id)


async def test_errors_become_its_exceptions(bot: Any, ada: Driver, sandbox: Sandbox) -> None:
    with pytest.raises(BadRequest, match="Message text is empty"):
        await bot.send_message(101, "")
    with pytest.raises(BadRequest, match="Can't parse entities: character"):
        await bot.send_message(101, "a.b", parse_mode="MarkdownV2")
    await ada.misbehave([{"method": "getMe", "what": "drop_before", "times": 1}])
    with pytest.raises(NetworkError):
        await bot.get_me()
    await ada.misbehave([{"method": "getMe", "what": "status", "status": 429, "retry_after": 9, "times": 1}])
    with pytest.raises(RetryAfter):
        await bot.get_me()
    await ada.block()
    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        await bot.send_message(101, "a")
    await bot.set_webhook("https://e.org/hook")
    with pytest.raises(Conflict):
        await bot.get_updates()
    with pytest.raises(InvalidToken):
        async with Bot(sandbox.token[:-3] + "xyz", base_url=f"{sandbox.url}/bot"):
            pass
