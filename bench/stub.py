"""A bot whose model answers at once, so that all else is measured, and a clock at its database's door."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

from sqlalchemy.ext.asyncio import AsyncConnection

from bench.telegram import Telegram
from bot.assembly import Assembly, assembled
from bot.settings import Settings
from storage.database import Database
from storage.inbox import Inbox
from storage.outbox import Outbox
from storage.queue import Queue
from vision.request import Delta, Done, Event, Request, Timings, Usage


@dataclass(frozen=True, slots=True)
class Block:
    """One writing transaction: what it asked of the queues, when it wanted to begin, and when it was committed."""

    asked: frozenset[str]
    began: float
    ended: float


@dataclass(slots=True)
class Clock:
    """Every writing transaction, in the order in which they ended."""

    blocks: list[Block] = field(default_factory=list)

    def of(self, name: str) -> Iterator[Block]:
        """Those that asked for this, such as "inbox.done"."""
        return (block for block in self.blocks if name in block.asked)

    def count(self, name: str) -> int:
        """How many there were."""
        return sum(1 for _ in self.of(name))

    async def reach(self, name: str, count: int) -> None:
        """Until there have been so many."""
        while self.count(name) < count:  # noqa: ASYNC110 - a clock that wakes nobody disturbs nobody
            await asyncio.sleep(0.02)


_NOTED: Final = ((Inbox, "add"), (Inbox, "take"), (Inbox, "start"), (Inbox, "done"), (Outbox, "sent"))
_asked: ContextVar[set[str]] = ContextVar("asked")


@contextmanager
def clocked() -> Iterator[Clock]:
    """A clock before every writing transaction of this process, while the block lasts."""
    clock, write = Clock(), Database.write

    @asynccontextmanager
    async def timed(database: Database) -> AsyncIterator[AsyncConnection]:
        began, asked = time.perf_counter(), set[str]()
        token = _asked.set(asked)
        try:
            async with write(database) as connection:
                yield connection
        finally:
            _asked.reset(token)
        clock.blocks.append(Block(frozenset(asked), began, time.perf_counter()))

    with ExitStack() as stack:
        stack.enter_context(patch.object(Database, "write", timed))
        for queue, name in _NOTED:
            if hasattr(queue, name):
                stack.enter_context(patch.object(queue, name, _noting(queue, name)))
        yield clock


def _noting(queue: type[Queue], name: str) -> Callable[..., Awaitable[object]]:
    """A method of a queue that tells when it was asked and had something to give."""
    method = getattr(queue, name)

    async def noting(self: Queue, *arguments: Any, **named: Any) -> object:
        found = await method(self, *arguments, **named)
        if found is not None or name == "sent":
            _asked.get().add(f"{queue.__name__.lower()}.{name}")
        return found

    return noting


@asynccontextmanager
async def stub_bot(
    there: Telegram, folder: Path, database: str, *, answer_s: float = 0.0, chats_at_once: int = 8
) -> AsyncIterator[tuple[Assembly, Clock]]:
    """A bot that is ready to run, with a model that says one sentence after `answer_s` seconds."""

    async def ask(_: Request) -> AsyncGenerator[Event, None]:
        await asyncio.sleep(answer_s)
        yield Delta("A cat.")
        yield Done("stop", Usage(0, 0, 1, 0), Timings(0, 0, 0, 0, 0))

    settings = Settings(
        _env_file=None,
        telegram_token=there.token,
        telegram_api=there.url,
        data=folder,
        database_url=database,
        threads=1,
        web_port=0,
        log_level="ERROR",
        chats_at_once=chats_at_once,
    )
    async with assembled(settings) as assembly:
        assembly.engine.ask = ask  # type: ignore[method-assign, assignment]
        with clocked() as clock:
            yield assembly, clock


@asynccontextmanager
async def at_work(assembly: Assembly) -> AsyncIterator[None]:
    """The bot runs while the block does."""
    running = asyncio.create_task(assembly.run())
    try:
        yield
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
