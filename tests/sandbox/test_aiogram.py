"""aiogram's client, whose types check every field, against the sandbox."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiogram import Bot, Dispatcher
from aiogram.client.default import DefaultBotProperties
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import TelegramBadRequest, TelegramNotFound, TelegramRetryAfter
from aiogram.filters import Command
from aiogram.types import (
    BotCommand,
    BotCommandScopeAllPrivateChats,
    BufferedInputFile,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaPhoto,
    ReactionTypeEmoji,
)

from sandbox import Sandbox
from sandbox.driver import Driver

GROUP = -1_001_000_000_001


@pytest.fixture
async def bot(sandbox: Sandbox) -> AsyncIterator[Bot]:
    session = AiohttpSession(api=TelegramAPIServer.from_base(sandbox.url))
    async with Bot(sandbox.token, session, default=DefaultBotProperties(parse_mode="HTML")) as client:
        yield client


async def test_a_bot_polls_and_answers(bot: Any, ada: Driver, png: bytes, voice_note: bytes) -> None:
    dispatcher = Dispatcher()

    @dispatcher.message(Command("start"))
    async def start(message: Any) -> None:
        button = InlineKeyboardButton(text="More", callback_data="more")
        await message.reply("<b>Hello</b>", reply_markup=InlineKeyboardMarkup(inline_keyboard=[[button]]))

    @dispatcher.message(lambda message: message.photo)
    async def photo(message: Any) -> None:
        data = await bot.download(message.photo[-1].file_id)
        await message.answer_voice(BufferedInputFile(voice_note, "a.ogg"), caption=f"{len(data.read())} bytes")

    @dispatcher.message(lambda message: message.location)
    async def location(message: Any) -> None:
        await message.answer_location(message.location.latitude + 1, message.location.longitude)

    @dispatcher.edited_message()
    async def edited(message: Any) -> None:
        await message.answer(f"now {message.text}")

    @dispatcher.callback_query()
    async def more(query: Any) -> None:
        await query.message.edit_text("<i>More</i>")
        await query.answer("here", show_alert=True)

    polling = asyncio.create_task(dispatcher.start_polling(bot, handle_signals=False, polling_timeout=5))
    try:
        hello = await _after(ada, await ada.say("/start"))
        assert hello["reply_to_message"]["text"] == "/start"
        assert hello["entities"] == [{"offset": 0, "length": 5, "type": "bold"}]
        answer = await ada.press(hello, "more")
        assert answer == {"text": "here", "show_alert": True, "url": None}
        assert (await ada.wait_for(lambda message: message["text"] == "More"))["message_id"] == hello["message_id"]
        sent = await ada.send_photo(png)
        voice = await _after(ada, sent[0])
        assert (voice["caption"], voice["voice"]["duration"]) == (f"{len(png)} bytes", 3)
        assert await ada.file(voice["voice"]["file_id"]) == voice_note
        await ada.send_location(52.5, 13.4)
        assert (await ada.reply())["location"]["latitude"] == 53.5
        await ada.edit(await ada.say("nothing"), text="something")
        assert (await ada.reply())["text"] == "now something"
    finally:
        await dispatcher.stop_polling()
        await polling


async def test_every_answer_fits_its_types(bot: Any, ada: Driver, png: bytes, voice_note: bytes) -> None:
    assert (await bot.me()).username == "lookout_bot"
    assert (await bot.get_chat(GROUP)).title == "Neighbours"
    assert (await bot.get_chat(101)).first_name == "Ada"
    assert (await bot.get_chat_member(GROUP, 101)).status == "creator"
    assert (await bot.get_chat_member(GROUP, bot.id)).status == "member"
    assert [admin.user.id for admin in await bot.get_chat_administrators(GROUP)] == [101]
    assert await bot.set_my_commands([BotCommand(command="a", description="b")], BotCommandScopeAllPrivateChats())
    assert (await bot.get_my_commands(BotCommandScopeAllPrivateChats()))[0].command == "a"
    assert (await bot.get_webhook_info()).pending_update_count == 0
    photo = BufferedInputFile(png, "a.png")
    sent = await bot.send_photo(101, photo, caption="<u>c</u>")
    assert sent.photo
    assert sent.caption_entities
    again = await bot.send_photo(102, sent.photo[-1].file_id)
    assert again.photo == sent.photo
    album = await bot.send_media_group(101, [InputMediaPhoto(media=photo, caption="a"), InputMediaPhoto(media=photo)])
    assert len({message.media_group_id for message in album}) == 1
    assert (await bot.edit_message_media(InputMediaPhoto(media=photo), chat_id=101, message_id=sent.message_id)).photo
    assert (await bot.edit_message_caption(chat_id=101, message_id=sent.message_id, caption="d")).caption == "d"
    assert (await bot.send_document(101, BufferedInputFile(b"x", "a.txt"))).document.file_name == "a.txt"
    assert (await bot.send_audio(101, BufferedInputFile(b"x", "a.mp3"), title="t")).audio.title == "t"
    assert (await bot.send_video(101, BufferedInputFile(b"x", "a.mp4"), width=4)).video.width == 4
    assert (await bot.send_animation(101, BufferedInputFile(b"x", "a.mp4"))).animation
    assert (await bot.send_video_note(101, BufferedInputFile(b"x", "a.mp4"))).video_note
    assert (await bot.send_sticker(101, BufferedInputFile(png, "a.webp"))).sticker
    live = await bot.send_location(101, 1, 2, live_period=60)
    moved = await bot.edit_message_live_location(3, 4, chat_id=101, message_id=live.message_id)
    assert moved.location.latitude == 3
    assert await bot.stop_message_live_location(chat_id=101, message_id=live.message_id)
    assert await bot.send_chat_action(101, "typing")
    assert await bot.send_message_draft(101, 1, text="half")
    assert await bot.set_message_reaction(101, live.message_id, [ReactionTypeEmoji(emoji="👍")])
    assert (await bot.copy_message(101, 101, sent.message_id)).message_id
    assert (await bot.forward_message(101, 101, sent.message_id)).forward_origin
    assert await bot.delete_message(101, live.message_id)
    assert await bot.delete_messages(101, [sent.message_id])
    await ada.block()
    await ada.in_chat(GROUP).say("gone?")
    updates = await bot.get_updates()
    assert [update.event_type for update in updates] == ["my_chat_member", "message"]


async def test_errors_become_its_exceptions(bot: Any, ada: Driver) -> None:
    with pytest.raises(TelegramBadRequest, match="can't parse entities: Unclosed start tag at byte offset 0"):
        await bot.send_message(101, "<b")
    with pytest.raises(TelegramBadRequest, match="chat not found"):
        await bot.send_message(1, "a")
    with pytest.raises(TelegramNotFound, match="method not found"):
        await bot.get_my_default_administrator_rights()
    await ada.misbehave([{"method": "sendMessage", "what": "status", "status": 429, "retry_after": 7}])
    with pytest.raises(TelegramRetryAfter) as refused:
        await bot.send_message(101, "a")
    assert refused.value.retry_after == 7


async def _after(ada: Driver, message: dict[str, Any]) -> dict[str, Any]:
    reply = await ada.reply()
    assert reply["message_id"] > message["message_id"]
    return reply
