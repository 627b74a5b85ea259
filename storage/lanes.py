"""Doing queued work: one piece at a time in a lane, lanes side by side, a bound on the whole."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from typing import Generic, TypeVar

import structlog

from storage.errors import StorageDown

log = structlog.get_logger()
T = TypeVar("T")

LOOK_AGAIN_AFTER_S = 1.0
"""How often to ask for work that nobody announced: pieces put off for a while become due by the clock."""


async def patiently(operation: Callable[[], Awaitable[T]]) -> T:
    """The result of a storage operation, asked again for as long as the database is away."""
    while True:
        try:
            return await operation()
        except StorageDown:
            log.warning("the database does not answer; asking again")
            await asyncio.sleep(LOOK_AGAIN_AFTER_S)


class Lanes(Generic[T]):
    """Takes pieces of work and does each in its lane.

    `take` gives the next piece outside the lanes that are busy, or None; `lane` names a piece's lane; `do` must not
    raise: whatever goes wrong with a piece, it settles.
    """

    def __init__(
        self,
        *,
        take: Callable[[Collection[int]], Awaitable[T | None]],
        lane: Callable[[T], int],
        do: Callable[[T], Awaitable[None]],
        limit: int,
    ) -> None:
        self._take = take
        self._lane = lane
        self._do = do
        self._limit = limit
        self._busy: set[int] = set()
        self._news = asyncio.Event()

    def wake(self) -> None:
        """Say that there may be work."""
        self._news.set()

    async def run(self) -> None:
        """Work until cancelled; what is in hand then stays where it came from."""
        async with asyncio.TaskGroup() as group:
            while True:
                self._news.clear()
                piece = await self._next()
                if piece is None:
                    await self._wait()
                else:
                    self._busy.add(self._lane(piece))
                    group.create_task(self._work(piece))

    async def _next(self) -> T | None:
        if len(self._busy) >= self._limit:
            return None
        return await patiently(lambda: self._take(frozenset(self._busy)))

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(LOOK_AGAIN_AFTER_S):
                await self._news.wait()
        except TimeoutError:
            pass

    async def _work(self, piece: T) -> None:
        try:
            await self._do(piece)
        finally:
            self._busy.discard(self._lane(piece))
            self.wake()
