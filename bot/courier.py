"""The courier: the calls that bring one reply to Telegram, each counted against Telegram's rates.

Knows what Telegram takes and refuses, not what was tried before.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from html import unescape
from time import monotonic
from typing import Final, TypeVar

from telegram import InputMediaPhoto, LinkPreviewOptions, Message, ReplyParameters
from telegram.error import BadRequest
from telegram.ext import ExtBot

from bot.pace import Pace
from bot.refusals import already_so, markup_refused, picture_refused, topic_gone
from handlers.keyboard import keyboard
from storage.records import Reply

T = TypeVar("T")

PLACEHOLDER: Final = "…"
"""What stands in the chat from when Telegram is first asked until the reply takes its place."""

_TAG: Final = re.compile(r"<[^>]*>")


class Courier:
    """Carries replies. Each method raises the library's TelegramError."""

    def __init__(self, bot: ExtBot[None], pace: Pace) -> None:
        self._bot = bot
        self._pace = pace

    async def place(self, reply: Reply) -> Message:
        """Send the message that will hold the reply's place, with its buttons."""
        return await self._in_topic(reply, lambda reply: self._text(reply, PLACEHOLDER, None))

    def spare(self, chat: int) -> bool:
        """Whether the chat can bear another call beside the replies that are to come."""
        return self._pace.spare(chat, monotonic())

    async def edit(self, reply: Reply, message: int, picture: bytes | None = None) -> None:
        """Put the reply into the message that holds its place; to do it again changes nothing."""
        await _shown(reply, picture, lambda reply, picture: self._put(reply, message, picture))

    async def send(self, reply: Reply, picture: bytes | None) -> Message:
        """Send a text, or a picture, as it is."""
        return await self._in_topic(reply, lambda reply: _shown(reply, picture, self._new))

    async def voice(self, reply: Reply, sound: bytes) -> Message:
        """Send a voice note."""
        return await self._in_topic(reply, lambda reply: self._voice(reply, sound))

    async def _in_topic(self, reply: Reply, send: Callable[[Reply], Awaitable[Message]]) -> Message:
        """Send to the reply's topic; to the group's general one where that was closed or deleted."""
        try:
            return await send(reply)
        except BadRequest as error:
            if reply.thread is None or not topic_gone(error):
                raise
            return await send(replace(reply, thread=None, reply_to=None))

    async def _new(self, reply: Reply, picture: bytes | None) -> Message:
        if picture is None:
            return await _readable(reply, lambda text, parse_mode: self._text(reply, text, parse_mode))
        return await _readable(reply, lambda text, parse_mode: self._photo(reply, picture, text, parse_mode))

    async def _put(self, reply: Reply, message: int, picture: bytes | None) -> None:
        if picture is None:
            await _readable(reply, lambda text, parse_mode: self._reworded(reply, message, text, parse_mode))
        else:
            await _readable(reply, lambda text, parse_mode: self._filled(reply, message, picture, text, parse_mode))

    async def _text(self, reply: Reply, text: str, parse_mode: str | None) -> Message:
        message = self._bot.send_message(
            reply.chat,
            text,
            parse_mode=parse_mode,
            message_thread_id=reply.thread,
            reply_parameters=_answering(reply),
            reply_markup=keyboard(reply.buttons),
            link_preview_options=LinkPreviewOptions(is_disabled=True),
        )
        return await self._counted(reply.chat, message, new=True)

    async def _photo(self, reply: Reply, picture: bytes, caption: str, parse_mode: str | None) -> Message:
        message = self._bot.send_photo(
            reply.chat,
            picture,
            caption,
            parse_mode=parse_mode,
            message_thread_id=reply.thread,
            reply_parameters=_answering(reply),
            reply_markup=keyboard(reply.buttons),
        )
        return await self._counted(reply.chat, message, new=True)

    async def _voice(self, reply: Reply, sound: bytes) -> Message:
        message = self._bot.send_voice(
            reply.chat,
            sound,
            duration=reply.duration,
            filename="answer.ogg",
            message_thread_id=reply.thread,
            reply_parameters=_answering(reply),
        )
        return await self._counted(reply.chat, message, new=True)

    async def _counted(self, chat: int, call: Awaitable[T], *, new: bool) -> T:
        try:
            return await call
        finally:
            self._pace.took(chat, monotonic(), new=new)

    async def _reworded(self, reply: Reply, message: int, text: str, parse_mode: str | None) -> None:
        edit = self._bot.edit_message_text(
            text,
            reply.chat,
            message,
            parse_mode=parse_mode,
            reply_markup=keyboard(reply.buttons),
            link_preview_options=LinkPreviewOptions(is_disabled=True),
        )
        await self._edited(reply.chat, edit)

    async def _filled(self, reply: Reply, message: int, picture: bytes, caption: str, parse_mode: str | None) -> None:
        """Put the photo where a text, or the photo, stands (https://core.telegram.org/bots/api#editmessagemedia)."""
        media = InputMediaPhoto(picture, caption, parse_mode=parse_mode)
        edit = self._bot.edit_message_media(media, reply.chat, message, reply_markup=keyboard(reply.buttons))
        await self._edited(reply.chat, edit)

    async def _edited(self, chat: int, edit: Awaitable[Message | bool]) -> None:
        try:
            await self._counted(chat, edit, new=False)
        except BadRequest as error:
            if not already_so(error):
                raise


async def _shown(reply: Reply, picture: bytes | None, say: Callable[[Reply, bytes | None], Awaitable[T]]) -> T:
    """Say the reply with its picture; its words alone where Telegram does not take the picture there."""
    try:
        return await say(reply, picture)
    except BadRequest as error:
        if picture is None or not picture_refused(error):
            raise
        return await say(reply, None)


async def _readable(reply: Reply, say: Callable[[str, str | None], Awaitable[T]]) -> T:
    """Say the reply's text; without its markup where Telegram cannot read that."""
    try:
        return await say(reply.text, "HTML" if reply.html else None)
    except BadRequest as error:
        if not (reply.html and markup_refused(error)):
            raise
        return await say(unescape(_TAG.sub("", reply.text)), None)


def _answering(reply: Reply) -> ReplyParameters | None:
    if reply.reply_to is None:
        return None
    return ReplyParameters(reply.reply_to, allow_sending_without_reply=True)
