"""Signs of life while work goes on: the typing notice and the growing draft. They may fail; the answer does not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from time import monotonic

from telegram import Message
from telegram.constants import ChatAction, ChatType
from telegram.error import RetryAfter, TelegramError

from handlers.split import split
from handlers.wait import asked_for
from handlers.work import Context

_TYPING_LASTS_S = 4.5
_DRAFT_PACE = timedelta(seconds=0.4)


@asynccontextmanager
async def typing(context: Context, message: Message) -> AsyncIterator[None]:
    """Show "typing" in the message's chat while the block runs."""

    async def show() -> None:
        while True:
            with suppress(TelegramError):
                await context.bot.send_chat_action(
                    message.chat_id, ChatAction.TYPING, message_thread_id=context.work.thread
                )
            await asyncio.sleep(_TYPING_LASTS_S)

    task = asyncio.create_task(show())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


class Draft:
    """An answer shown while it grows, as a draft in a private chat; elsewhere Telegram has no drafts."""

    def __init__(self, context: Context, message: Message) -> None:
        self._context = context
        self._message = message
        self._private = message.chat.type == ChatType.PRIVATE
        self._next_at = 0.0

    async def show(self, text: str) -> None:
        """Show the answer so far, at most as often as Telegram likes to be asked."""
        if not self._private or monotonic() < self._next_at or not text.strip():
            return
        pace = _DRAFT_PACE
        try:
            await self._context.bot.send_message_draft(
                self._message.chat_id,
                draft_id=self._message.message_id,
                text=split(text)[0],
                message_thread_id=self._context.work.thread,
            )
        except TelegramError as error:  # a draft is a courtesy
            pace = asked_for(error) if isinstance(error, RetryAfter) else _DRAFT_PACE
        self._next_at = monotonic() + pace.total_seconds()
