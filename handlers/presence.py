"""The sign of life while work goes on. It may fail; the work does not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from telegram import Message
from telegram.constants import ChatAction
from telegram.error import TelegramError

from handlers.work import Context

_TYPING_LASTS_S = 4.5


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
