"""A bot whose model answers at once, so that all else is measured, and a clock at its database's door."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.telegram import Telegram
from bot.assembly import Assembly, assembled
from bot.settings import Settings
from storage.store import Records, Store
from vision.request import Delta, Done, Event, Request, Timings, Usage


@dataclass(frozen=True, slots=True)
class Block:
    """One writing transaction: what it asked of the queues, when it wanted to begin, and when it was committed."""

    asked: frozenset[str]
    began: float
    ended: float


@dataclass(slots=True)
class Clock:
    """Every writing transaction of a store, in the order in which they ended."""

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


class _Noted:
    """A queue that tells what is asked of it."""

    def __init__(self, queue: object, name: str, asked: set[str]) -> None:
        self._queue, self._name, self._asked = queue, name, asked

    def __getattr__(self, attribute: str) -> Any:
        self._asked.add(f"{self._name}.{attribute}")
        return getattr(self._queue, attribute)


def clocked(store: Store) -> Clock:
    """Put a clock before a store's `write`."""
    clock, write = Clock(), store.write

    @asynccontextmanager
    async def timed() -> AsyncIterator[Records]:
        began, asked = time.perf_counter(), set[str]()
        async with write() as records:
            records.inbox = _Noted(records.inbox, "inbox", asked)  # type: ignore[assignment]
            records.outbox = _Noted(records.outbox, "outbox", asked)  # type: ignore[assignment]
            yield records
        clock.blocks.append(Block(frozenset(asked), began, time.perf_counter()))

    store.write = timed  # type: ignore[method-assign]
    return clock


@asynccontextmanager
async def stub_bot(
    there: Telegram, folder: Path, database: str, *, answer_s: float = 0.0, chats_at_once: int = 8
) -> AsyncIterator[tuple[Assembly, Clock]]:
    """A bot that is ready to run, with a model that says one sentence after `answer_s` seconds."""

    async def ask(_: Request) -> AsyncIterator[Event]:
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
        yield assembly, clocked(assembly.store)


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
