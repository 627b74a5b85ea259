"""The outbox sender: brings each reply to Telegram, in order in a chat, and never twice.

A text or a photo is edited into a message that was sent to hold its place. An edit may be repeated, so what a crash can
leave behind is a second placeholder, not a second answer. What cannot be edited in, a voice note, is sent at most once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import replace
from datetime import timedelta
from math import inf
from time import monotonic
from typing import TypeVar

import structlog
from telegram import Message
from telegram.error import BadRequest, ChatMigrated, TelegramError
from telegram.ext import ExtBot

from bot.courier import Courier
from bot.grace import to_its_end
from bot.metrics import Metrics
from bot.pace import Pace
from bot.refusals import (
    chat_gone,
    may_have_arrived,
    message_gone,
    reason,
    silenced,
    wait_after,
)
from handlers.astray import come_home
from storage.lanes import Lanes, patiently
from storage.records import Outgoing, Reply
from storage.store import Records, Store

log = structlog.get_logger()
T = TypeVar("T")


class Sender:
    """Sends what the outbox holds, no faster than Telegram likes."""

    def __init__(self, bot: ExtBot[None], store: Store, metrics: Metrics, *, chats_at_once: int) -> None:
        self._store = store
        self._metrics = metrics
        self._pace = Pace()
        self.courier = Courier(bot, self._pace)
        self._alarm: asyncio.TimerHandle | None = None
        self.lanes: Lanes[Outgoing] = Lanes(
            take=self._take,
            lane=lambda outgoing: outgoing.reply.chat,
            do=lambda outgoing: to_its_end(self._do(outgoing)),
            limit=chats_at_once,
        )

    async def _take(self, busy: Collection[int]) -> Outgoing | None:
        now = monotonic()
        opens, resting = self._pace.opens(len(busy)), self._pace.resting(now)
        self._wake_at([at for at in (opens, *resting.values()) if now < at < inf], now)
        if opens > now:
            return None
        async with self._store.write() as records:
            return await records.outbox.take({*busy, *resting}, later=self._pace.lately(now))

    def _wake_at(self, moments: list[float], now: float) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        loop = asyncio.get_running_loop()
        self._alarm = loop.call_later(min(moments) - now, self.lanes.wake) if moments else None

    async def _do(self, outgoing: Outgoing) -> None:
        try:
            await (self._send_voice(outgoing) if outgoing.reply.kind == "voice" else self._edit_in(outgoing))
        except ChatMigrated as error:
            await self._moved(outgoing, error.new_chat_id)
        except Exception as error:  # noqa: BLE001 - one reply that cannot be sent must not stop the others
            await self._failed(outgoing, error)

    # What is edited in: a text, a photo

    async def _edit_in(self, outgoing: Outgoing) -> None:
        picture = await self._file(outgoing.reply) if outgoing.reply.kind == "photo" else None
        message = outgoing.message or await self._place(outgoing)
        if message is None:
            return
        try:
            await self.courier.edit(outgoing.reply, message, picture)
        except BadRequest as error:
            if not message_gone(error):
                raise
            await self._send_once(outgoing, lambda reply: self.courier.send(reply, picture))
        else:
            await self._sent(outgoing, message)

    async def _place(self, outgoing: Outgoing) -> int | None:
        """The message that holds the reply's place from now on; None where another sender has taken the reply over."""
        try:
            message = await self.courier.place(replace(outgoing.reply, buttons=()))
        except TelegramError as error:
            if may_have_arrived(error):
                log.warning("a placeholder may stand there for nothing", error=type(error).__name__)
                self._count("placeholder", "unknown")
            raise
        held = await self._write(lambda records: records.outbox.placed(outgoing, message.message_id))
        return message.message_id if held else None

    # What is sent at once

    async def _send_voice(self, outgoing: Outgoing) -> None:
        sound = await self._file(outgoing.reply)
        await self._send_once(outgoing, lambda reply: self.courier.voice(reply, sound))

    async def _send_once(self, outgoing: Outgoing, send: Callable[[Reply], Awaitable[Message]]) -> None:
        """Send what cannot be edited in; where nobody can know whether Telegram has it, leave it at that."""
        if outgoing.unsure:
            await self._given_up_unknown(outgoing, "StoppedWhileSending")
            return
        if not await self._write(lambda records: records.outbox.leaving(outgoing)):
            return
        try:
            message = await send(outgoing.reply)
        except TelegramError as error:
            if may_have_arrived(error):
                await self._given_up_unknown(outgoing, reason(error))
                return
            await self._write(lambda records: records.outbox.stayed(outgoing))
            raise
        await self._sent(outgoing, message.message_id)

    async def _file(self, reply: Reply) -> bytes:
        if reply.file is None:
            raise ValueError("a reply of this kind has a file")
        return await self._store.files.get(reply.file)

    # How it ends

    async def _sent(self, outgoing: Outgoing, message: int) -> None:
        self._count(outgoing.reply.kind, "sent")
        await self._write(lambda records: records.outbox.sent(outgoing, message))

    async def _given_up_unknown(self, outgoing: Outgoing, error: str) -> None:
        log.warning("a reply may have arrived or not; it is not sent again", error=error, kind=outgoing.reply.kind)
        self._count(outgoing.reply.kind, "unknown")
        await self._write(lambda records: records.outbox.unknown(outgoing, error))

    async def _moved(self, outgoing: Outgoing, new: int) -> None:
        async def move(records: Records) -> None:
            await records.chats.moved(outgoing.reply.chat, new)
            await records.outbox.retry(outgoing, after=timedelta(0), error="ChatMigrated")

        await self._write(move)

    async def _failed(self, outgoing: Outgoing, error: Exception) -> None:
        if chat_gone(error):
            await self._give_up_chat(outgoing, reason(error))
            return
        if silenced(error) and await self._told_at_home(outgoing, reason(error)):
            return
        after = wait_after(error, outgoing.attempts)
        log.warning(
            "a reply was not sent", error=type(error).__name__, attempt=outgoing.attempts, again=after is not None
        )
        if after is None:
            self._count(outgoing.reply.kind, "failed")
            await self._write(lambda records: records.outbox.fail(outgoing, reason(error)))
        else:
            await self._write(lambda records: records.outbox.retry(outgoing, after=after, error=reason(error)))

    async def _give_up_chat(self, outgoing: Outgoing, error: str) -> None:
        chat = outgoing.reply.chat

        async def give_up(records: Records) -> int:
            await _bring_home(records, outgoing.bot, chat)
            return await records.outbox.fail_chat(outgoing.bot, chat, error)

        count = await self._write(give_up)
        log.warning("a chat is gone, and with it what was to be said there", error=error, replies=count)
        self._metrics.replies.labels(kind=outgoing.reply.kind, outcome="failed").inc(count)

    async def _told_at_home(self, outgoing: Outgoing, error: str) -> bool:
        """Whether it was an alert for another chat than its own, and is on its way to that now."""
        reply = outgoing.reply

        async def bring(records: Records) -> bool:
            watch = None if reply.watch is None else await records.watches.get(reply.watch)
            if watch is None or watch.chat == reply.chat:
                return False
            return outgoing.id in await _bring_home(records, outgoing.bot, reply.chat)

        home = await self._write(bring)
        if home:
            log.warning("alerts come home from a chat in which the bot may not write", error=error)
        return home

    async def _write(self, change: Callable[[Records], Awaitable[T]]) -> T:
        """Commit one change, however long the database is away."""

        async def write() -> T:
            async with self._store.write() as records:
                return await change(records)

        return await patiently(write)

    def _count(self, kind: str, outcome: str) -> None:
        self._metrics.replies.labels(kind=kind, outcome=outcome).inc()


async def _bring_home(records: Records, bot: int, lost: int) -> set[int]:
    """Alerts that went to a chat come to where their watch was made again, those on their way as well.

    Also those of a watch that has come home before: a picture may have been judged since when it still told there.
    Gives the replies that these are.
    """
    for watch in await records.watches.come_home(lost):
        said = come_home(watch, await records.chats.get(watch.chat))
        await records.outbox.add(bot, [Reply(watch.chat, "text", said)])
    return await records.outbox.bring_home(bot, lost)
