"""An answer that is seen while it grows, and can be stopped.

A quick one shows as a draft, where Telegram has drafts. One that takes longer stands in the chat, as a message with a
Stop button that is edited as the words come. Its number is committed before it shows any, and the reply that is
committed in the end goes into it: so there is one message of an answer, whoever dies in between.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, suppress
from itertools import chain, repeat
from time import monotonic
from typing import Any, Final

import structlog
from telegram import Message
from telegram.constants import ChatType
from telegram.error import BadRequest, RetryAfter, TelegramError, TimedOut

from handlers.formatted import html, split_formatted
from handlers.hold import LOOK_EVERY_S, Hold
from handlers.markdown import read_growing
from handlers.standing import earlier_said, leave, stand
from handlers.stop import stop_button
from handlers.wait import asked_for
from handlers.work import Context
from storage.errors import StorageError
from storage.records import Reply

log = structlog.get_logger()

STANDS_AFTER_S: Final = 2.0
"""An answer that takes longer stands in the chat."""

ARRIVES_WITHIN_S: Final = 15.0
"""How long a call on its way is waited for, so that it cannot overtake the whole answer."""

FAREWELL_S: Final = 2.0
"""The same where the process has to stop."""

_DRAFT_PACE_S: Final = 0.4
_PRIVATE_PACE_S: Final = (1.0, 1.0, 1.0, 1.5, 1.5, 2.0)
_GROUP_PACE_S: Final = (3.0, 4.0, 5.0, 7.0, 10.0)
"""Seconds between edits; the last goes on for ever."""


class Growing:
    """What is told of one answer so far, and the hold on its update."""

    def __init__(self, context: Context, message: Message) -> None:
        self.hold = Hold(context.work)
        self._bot = context.bot
        self._work = context.work
        self._answered = message
        self._private = message.chat.type == ChatType.PRIVATE
        self._text = self._shown = ""
        self._news = asyncio.Event()
        self._step: asyncio.Task[float | None] | None = None
        self._doubtful = False

    def hear(self, text: str) -> None:
        """The answer so far."""
        self._text = text
        self._news.set()

    async def show(self) -> None:
        """Show it as far as it is, until cancelled or the message is gone."""
        if self._work.message is None:
            await self._show_drafts(monotonic() + STANDS_AFTER_S)
        while self._work.message is None:
            await self._its_turn()
            if (rest := await self._surely(self._place)) is None:
                return
            await asyncio.sleep(rest)
        if self._text:
            self._news.set()
        for pause in self._paces():
            await self._news.wait()
            self._news.clear()
            if (rest := await self._surely(self._edit)) is None:
                return
            await asyncio.sleep(max(pause, rest))

    async def end(self, within_s: float) -> None:
        """Wait for the call that is on its way; where Telegram may still change the message, leave that to it."""
        if self._step is not None:
            try:
                await asyncio.wait({self._step}, timeout=within_s)
            finally:
                self._doubtful |= self._step.cancel()
                await asyncio.gather(self._step, return_exceptions=True)
        if self._doubtful:
            with suppress(TimeoutError):  # a database that is away for longer
                async with asyncio.timeout(within_s):
                    await leave(self._work, self._bot)

    def _paces(self) -> Iterator[float]:
        pace = _PRIVATE_PACE_S if self._private else _GROUP_PACE_S
        return chain(pace, repeat(pace[-1]))

    async def _its_turn(self) -> None:
        while True:
            with suppress(StorageError):
                if await earlier_said(self._work):
                    return
            await asyncio.sleep(LOOK_EVERY_S)

    async def _surely(self, step: Callable[[], Coroutine[Any, Any, float | None]]) -> float | None:
        """Take a step when it may be taken; gives what the step does.

        It waits until the work is ours and Telegram can bear a call beside the replies that are to come. Once begun it
        goes on even if this is cancelled: `end` waits for it, so that it cannot overtake what is said next.
        """
        while not (self.hold.ours and self._work.desk.carrier.spare(self._answered.chat_id)):  # noqa: ASYNC110
            await asyncio.sleep(LOOK_EVERY_S)
        self._step = asyncio.create_task(step())
        return await asyncio.shield(self._step)

    async def _show_drafts(self, until: float) -> None:
        """Show drafts up to a moment; where Telegram has none, wait for it."""
        while (left := until - monotonic()) > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._news.wait()
            rest = left
            if self._private and self._news.is_set():
                rest = await self._surely(self._draft) or 0.0
            await asyncio.sleep(max(0.0, min(rest, until - monotonic())))

    async def _draft(self) -> float | None:
        """Show the answer so far where Telegram has drafts. Seconds to rest."""
        self._news.clear()
        if not self._text.strip():
            return 0.0
        try:
            await self._bot.send_message_draft(
                self._answered.chat_id,
                draft_id=self._answered.message_id,
                text=self._so_far(),
                parse_mode="HTML",
                message_thread_id=self._work.thread,
            )
        except RetryAfter as error:
            return asked_for(error).total_seconds()
        except TelegramError:
            pass  # the next one may come through
        return _DRAFT_PACE_S

    async def _place(self) -> float | None:
        """Send the message that is to grow. Seconds to rest; None where it cannot be, or somebody else has sent one."""
        try:
            return 0.0 if await stand(self._work, self._bot, self._reply("")) else None
        except RetryAfter as error:
            return asked_for(error).total_seconds()
        except TelegramError as error:
            log.warning("a growing answer is not shown", error=type(error).__name__)
            return None

    async def _edit(self) -> float | None:
        """Show the answer so far. Seconds to rest; None where the message cannot be edited."""
        so_far = self._so_far()
        if so_far == self._shown or self._work.message is None:
            return 0.0
        try:
            await self._work.desk.carrier.edit(self._reply(so_far), self._work.message)
        except RetryAfter as error:
            self._news.set()
            return asked_for(error).total_seconds()
        except BadRequest as error:
            log.warning("a growing answer is not shown any further", error=type(error).__name__)
            return None
        except TimedOut:
            self._doubtful = True
            return None
        except TelegramError:
            return 0.0  # the next one may come through
        self._shown = so_far
        return 0.0

    def _so_far(self) -> str:
        return html(next(iter(split_formatted(read_growing(self._text))), ()))

    def _reply(self, text: str) -> Reply:
        work = self._work
        return Reply(
            work.chat.id,
            "text",
            text,
            html=True,
            reply_to=self._answered.message_id,
            thread=work.thread,
            buttons=((stop_button(work),),),
        )


@asynccontextmanager
async def growing(context: Context, message: Message) -> AsyncIterator[Growing]:
    """Show the answer to a message while the block computes it; nothing of that can change what is said afterwards."""
    answer = Growing(context, message)
    tasks = [asyncio.create_task(answer.hold.keep_looking()), asyncio.create_task(answer.show())]
    patience = ARRIVES_WITHIN_S
    try:
        yield answer
    except asyncio.CancelledError:
        patience = FAREWELL_S
        raise
    finally:
        for task in tasks:
            task.cancel()
        for ended in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(ended, Exception):
                log.error("a growing answer could not be shown", exc_info=ended)
        await answer.end(patience)
