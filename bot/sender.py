"""The outbox sender: brings each reply to Telegram, in order in a chat, and records the message it became."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import timedelta
from html import unescape
from typing import Final

import structlog
from telegram import (
    LinkPreviewOptions,
    Message,
    ReplyParameters,
)
from telegram.error import BadRequest, ChatMigrated, Forbidden, NetworkError, RetryAfter, TelegramError
from telegram.ext import ExtBot

from bot.lanes import Lanes, patiently
from bot.metrics import Metrics
from bot.pause import pause
from handlers.keyboard import keyboard
from handlers.wait import asked_for
from storage.errors import StorageDown
from storage.records import Outgoing, Reply
from storage.store import Store

log = structlog.get_logger()

MOST_ATTEMPTS: Final = 300
"""How often a reply is tried while Telegram is away: about a day."""

_TAG: Final = re.compile(r"<[^>]*>")


class Sender:
    """Sends what the outbox holds."""

    def __init__(self, bot: ExtBot[None], store: Store, metrics: Metrics, *, chats_at_once: int) -> None:
        self._bot = bot
        self._store = store
        self._metrics = metrics
        self.lanes: Lanes[Outgoing] = Lanes(
            take=self._take, lane=lambda outgoing: outgoing.reply.chat, do=self._do, limit=chats_at_once
        )

    async def _take(self, busy: Collection[int]) -> Outgoing | None:
        async with self._store.write() as records:
            return await records.outbox.take(busy)

    async def _do(self, outgoing: Outgoing) -> None:
        try:
            message = await self._send(outgoing.reply)
        except Exception as error:  # noqa: BLE001 - one reply that cannot be sent must not stop the others
            await self._failed(outgoing, error)
        else:
            self._metrics.replies.labels(kind=outgoing.reply.kind, outcome="sent").inc()
            await patiently(lambda: self._sent(outgoing, message.message_id))

    async def _failed(self, outgoing: Outgoing, error: Exception) -> None:
        if isinstance(error, ChatMigrated):
            new = error.new_chat_id
            await patiently(lambda: self._moved(outgoing, new))
            return
        after = wait_after(error, outgoing.attempts)
        name = type(error).__name__
        log.warning("a reply was not sent", error=name, attempt=outgoing.attempts, again=after is not None)
        if after is None:
            self._metrics.replies.labels(kind=outgoing.reply.kind, outcome="failed").inc()
        await patiently(lambda: self._put_off(outgoing, after, name))

    async def _put_off(self, outgoing: Outgoing, after: timedelta | None, error: str) -> None:
        async with self._store.write() as records:
            if after is None:
                await records.outbox.fail(outgoing.id, error)
            else:
                await records.outbox.retry(outgoing.id, after=after, error=error)

    async def _moved(self, outgoing: Outgoing, new: int) -> None:
        async with self._store.write() as records:
            await records.chats.moved(outgoing.reply.chat, new)
            await records.outbox.retry(outgoing.id, after=timedelta(0), error="ChatMigrated")

    async def _sent(self, outgoing: Outgoing, message_id: int) -> None:
        async with self._store.write() as records:
            await records.outbox.sent(outgoing.id, message_id)

    async def _send(self, reply: Reply) -> Message:
        return await (self._send_voice(reply) if reply.kind == "voice" else self._send_text(reply))

    async def _send_text(self, reply: Reply) -> Message:
        try:
            return await self._send_as(reply, reply.text, "HTML" if reply.html else None)
        except BadRequest as error:
            if not (reply.html and "parse entities" in error.message):
                raise
            return await self._send_as(reply, unescape(_TAG.sub("", reply.text)), None)

    async def _send_as(self, reply: Reply, text: str, parse_mode: str | None) -> Message:
        return await self._bot.send_message(
            reply.chat,
            text,
            parse_mode=parse_mode,
            message_thread_id=reply.thread,
            reply_parameters=_answering(reply),
            reply_markup=keyboard(reply.buttons),
            link_preview_options=LinkPreviewOptions(is_disabled=True),
        )

    async def _send_voice(self, reply: Reply) -> Message:
        return await self._bot.send_voice(
            reply.chat,
            await self._store.files.get(_file(reply)),
            duration=reply.duration,
            filename="answer.ogg",
            message_thread_id=reply.thread,
            reply_parameters=_answering(reply),
        )


def wait_after(error: Exception, attempts: int) -> timedelta | None:
    """How long to wait before trying a reply again after `error`; None where trying again is of no use."""
    match error:
        case RetryAfter():
            return asked_for(error)
        case BadRequest() | Forbidden():
            return None
        case NetworkError() | StorageDown():
            return pause(attempts) if attempts < MOST_ATTEMPTS else None
        case TelegramError():
            return None
    return pause(attempts) if attempts < 3 else None


def _file(reply: Reply) -> str:
    if reply.file is None:
        raise ValueError("a reply of this kind has a file")
    return reply.file


def _answering(reply: Reply) -> ReplyParameters | None:
    if reply.reply_to is None:
        return None
    return ReplyParameters(reply.reply_to, allow_sending_without_reply=True)
