"""The message of ours that holds the place of an answer before there is one: sent, and its number committed."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final

from telegram import Bot
from telegram.error import TelegramError

from handlers.work import Work
from storage.lanes import patiently
from storage.records import Reply

GONE_WITHIN_S: Final = 5.0
"""How long Telegram is waited for to delete a message that is left."""


async def earlier_said(work: Work) -> bool:
    """Whether all is said that was to be said in the chat before: messages stand in the order of their numbers."""
    async with work.desk.store.read() as records:
        return not await records.outbox.open_in(work.arrival.bot, work.chat.id)


async def stand(work: Work, bot: Bot, reply: Reply) -> bool:
    """Send a message that holds the reply's place, and keep its number; False where another worker's stands by now.

    Raises TelegramError.
    """
    sent = await work.desk.carrier.place(reply)

    async def commit() -> bool:
        async with work.desk.store.write() as records:
            return await records.inbox.placed(work.arrival, sent.message_id)

    if not await patiently(commit):
        with suppress(TelegramError):
            await bot.delete_message(sent.chat_id, sent.message_id)
        return False
    work.message = sent.message_id
    return True


async def leave(work: Work, bot: Bot) -> None:
    """Give that message up: the reply goes into a new one, which no call that is still on its way can change.

    Where Telegram cannot be reached it stays in the chat as far as it was written.
    """
    left = work.message
    if left is None:
        return

    async def commit() -> None:
        async with work.desk.store.write() as records:
            await records.inbox.left(work.arrival, left)

    await patiently(commit)
    work.message = None
    with suppress(TelegramError, TimeoutError):
        async with asyncio.timeout(GONE_WITHIN_S):
            await bot.delete_message(work.chat.id, left)
