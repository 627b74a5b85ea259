"""Brings the inbox's updates to whoever works on them: in order in a chat, chats in turn, a bound on the whole."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

import structlog

from storage.errors import StorageDown, StorageError
from storage.inbox import Inbox
from storage.jobs import DEAD_AFTER_S, Jobs
from storage.lanes import LOOK_AGAIN_AFTER_S, Lanes, patiently
from storage.records import Arrival

log = structlog.get_logger()

BEAT_S: Final = 2.0
"""How often a process shows a sign of life and looks whether another one shows none any more."""

SWEEP_S: Final = 30.0
"""How often it is looked whether every unfinished update has its job."""

FAREWELL_S: Final = 2.0
"""The most that giving work back may take when the feed is stopped; what stays is taken up as a dead process's."""

Work: TypeAlias = Callable[[Arrival], Awaitable[None]]
Writing: TypeAlias = Callable[[], AbstractAsyncContextManager[Inbox]]


class Feed(Protocol):
    """Where the worker gets its updates from."""

    async def run(self, do: Work, *, at_once: int) -> None:
        """Have updates worked on, at most so many at once, until cancelled; what is under way is then given back.

        `do` settles its update, as done, to be tried again or failed, and does not raise.
        """
        ...

    def wake(self) -> None:
        """Say that an update has come in."""
        ...


class LocalFeed:
    """The feed of a database that has one process at a time: it takes updates from the inbox itself."""

    def __init__(self, inbox: Writing) -> None:
        self._inbox = inbox
        self._lanes: Lanes[Arrival] | None = None

    async def run(self, do: Work, *, at_once: int) -> None:
        """As Feed says."""

        async def work(arrival: Arrival) -> None:
            async with _given_back(self._inbox, arrival):
                await do(arrival)

        self._lanes = Lanes(take=self._take, lane=lambda arrival: arrival.chat, do=work, limit=at_once)
        await self._lanes.run()

    def wake(self) -> None:
        """As Feed says."""
        if self._lanes is not None:
            self._lanes.wake()

    async def _take(self, busy: Collection[int]) -> Arrival | None:
        async with self._inbox() as inbox:
            return await inbox.take(busy)


@dataclass(frozen=True, slots=True)
class _Task:
    job: int
    arrival: Arrival


class SharedFeed:
    """The feed of a database that several processes share, through jobs.

    No loss of a connection ends it or the work under way: it asks again until the database answers. Nor does a process
    that was away for so long that others have taken up its work do harm: what it settles late is refused.
    """

    def __init__(self, inbox: Writing, jobs: Jobs) -> None:
        self._inbox = inbox
        self._jobs = jobs
        self._lanes: Lanes[_Task] | None = None
        self._doubtful = False

    async def run(self, do: Work, *, at_once: int) -> None:
        """As Feed says."""
        while True:
            worker = await patiently(self._jobs.enlist)
            try:
                await self._run(worker, do, at_once)
            except* StorageError as errors:  # among them: this process slept so long that it was forgotten
                names = sorted({type(error).__name__ for error in errors.exceptions})
                log.error("the feed starts anew", errors=names)  # noqa: TRY400 - without what was asked
            finally:
                await _in_time(self._jobs.dismiss(worker))
            await asyncio.sleep(LOOK_AGAIN_AFTER_S)

    def wake(self) -> None:
        """As Feed says."""
        if self._lanes is not None:
            self._lanes.wake()

    async def _run(self, worker: int, do: Work, at_once: int) -> None:
        async def work(task: _Task) -> None:
            async with self._settled(worker, task), _given_back(self._inbox, task.arrival):
                await do(task.arrival)

        self._lanes = Lanes(
            take=lambda held: self._take(worker, held), lane=lambda task: task.job, do=work, limit=at_once
        )
        async with asyncio.TaskGroup() as group:
            group.create_task(self._lanes.run())
            group.create_task(self._show_life(worker))
            group.create_task(self._look_after_the_dead(worker))
            group.create_task(self._sweep())
            group.create_task(self._listen())

    async def _take(self, worker: int, held: Collection[int]) -> _Task | None:
        if self._doubtful:
            await self._jobs.give_back_strays(worker, held)
        self._doubtful = True  # until all that is asked here has been answered
        task = await self._next(worker)
        self._doubtful = False
        return task

    async def _next(self, worker: int) -> _Task | None:
        while fetched := await self._jobs.fetch(worker):
            async with self._inbox() as inbox:
                arrival = await inbox.start(fetched.update)
            if arrival is not None:
                return _Task(fetched.job, arrival)
            await self._jobs.settle(worker, fetched.job)
        return None

    @asynccontextmanager
    async def _settled(self, worker: int, task: _Task) -> AsyncIterator[None]:
        """However the block ends, its job then follows its update."""
        try:
            yield
            await patiently(lambda: self._jobs.settle(worker, task.job))
        except asyncio.CancelledError:
            await _in_time(self._jobs.settle(worker, task.job))
            raise
        except StorageError as error:  # another process was faster
            log.warning("a job was not settled", job=task.job, error=type(error).__name__)

    async def _show_life(self, worker: int) -> None:
        while True:
            await patiently(lambda: self._jobs.beat(worker))
            await asyncio.sleep(BEAT_S)

    async def _look_after_the_dead(self, worker: int) -> None:
        pause = 2 * BEAT_S
        while True:
            await asyncio.sleep(pause)
            try:
                taken_over = await self._jobs.take_over(worker)
            except StorageDown:
                pause = DEAD_AFTER_S  # nobody could show a sign of life: give everybody time for one
                continue
            pause = BEAT_S
            if taken_over:
                log.warning("a process died; its work is taken up", updates=taken_over)
                self.wake()

    async def _sweep(self) -> None:
        while True:
            if without := await patiently(self._jobs.sweep):
                log.warning("updates had no job", updates=without)
            await asyncio.sleep(SWEEP_S)

    async def _listen(self) -> None:
        while True:
            with suppress(StorageDown):
                await self._jobs.listen(self.wake)
            await asyncio.sleep(LOOK_AGAIN_AFTER_S)
            self.wake()


@asynccontextmanager
async def _given_back(inbox: Writing, arrival: Arrival) -> AsyncIterator[None]:
    """Where the block is cancelled its update waits again, as if it had not been taken."""

    async def give_back() -> None:
        async with inbox() as opened:
            await opened.give_back(arrival)

    try:
        yield
    except asyncio.CancelledError:
        await _in_time(give_back())
        raise


async def _in_time(farewell: Awaitable[None]) -> None:
    """Do what should be done at the end, unless it cannot be or takes too long."""
    with suppress(StorageError, TimeoutError):
        async with asyncio.timeout(FAREWELL_S):
            await farewell
