"""The worker: takes updates from the inbox, has them handled, and settles each with what it brought in one commit."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from datetime import timedelta
from typing import Final

import structlog

from bot.errors import ProcessDied
from bot.metrics import Metrics
from bot.patience import TOLD_AFTER, again_after, hopeless, passing, suspicious
from handlers.complaints import expected
from handlers.entry import Machine, apologise, handle, tell_of_delay
from handlers.work import Desk, Output
from storage.lanes import patiently
from storage.records import Arrival

log = structlog.get_logger()

_SUSPECT_PAUSE_S: Final = 1.0


class AlreadySettled(Exception):
    """Another worker was faster, or has it in work: what this one would have said has been said, or will be."""


class AlbumGrew(Exception):
    """Another part of the album has come while it was worked on: it is looked at anew, whole, before it is answered."""


class Worker:
    """Works on updates: in order in a chat, chats side by side."""

    def __init__(
        self, application: Machine, desk: Desk, metrics: Metrics, *, chats_at_once: int, settled: Callable[[], None]
    ) -> None:
        self._application = application
        self._desk = desk
        self._metrics = metrics
        self._settled = settled
        self._alone = asyncio.Lock()
        self._chats_at_once = chats_at_once

    async def run(self) -> None:
        """Work until cancelled; what is under way then waits again."""
        await self._desk.store.feed.run(self._do, at_once=self._chats_at_once)

    def wake(self) -> None:
        """Say that an update has come in."""
        self._desk.store.feed.wake()

    async def _do(self, arrival: Arrival) -> None:
        if hopeless(arrival):
            await self._give_up(arrival, ProcessDied())
        elif suspicious(arrival):
            await self._work_alone(arrival)
        else:
            await self._work(arrival)
        self._settled()

    async def _work_alone(self, arrival: Arrival) -> None:
        """Suspects go one by one, in an order of chance: one of them may end the process, others get done before it."""
        log.warning("the process ended while this update was in work", update=arrival.id, attempt=arrival.attempts)
        await asyncio.sleep(_SUSPECT_PAUSE_S * random.random())  # noqa: S311 - no secret
        async with self._alone:
            await self._work(arrival)

    async def _work(self, arrival: Arrival) -> None:
        with self._metrics.work.time():
            try:
                output = await handle(arrival, self._application, self._desk)
            except Exception as error:  # noqa: BLE001 - whatever goes wrong with one update must not stop the others
                await self._failed(arrival, error)
            else:
                await patiently(lambda: self._settle(arrival, output, None))

    async def _failed(self, arrival: Arrival, error: Exception) -> None:
        name, after = type(error).__name__, again_after(error, arrival.attempts)
        if after is None:
            await self._give_up(arrival, error)
            return
        log.warning("trying again later", error=name, update=arrival.id, attempt=arrival.attempts)
        if arrival.attempts == TOLD_AFTER:
            await self._tell_of_delay(arrival, error)
        await patiently(lambda: self._put_off(arrival, after, name))

    async def _tell_of_delay(self, arrival: Arrival, error: Exception) -> None:
        try:
            await tell_of_delay(arrival, self._application, self._desk, error)
        except Exception as another:  # noqa: BLE001 - a courtesy
            log.warning("a delay was not told of", error=type(another).__name__)

    async def _give_up(self, arrival: Arrival, error: Exception) -> None:
        """Tell the sender, once; keep as failed, for the operator to see, what was no fault of theirs."""
        name = type(error).__name__
        fault = None if expected(error) and not passing(error) else name
        if fault:
            log.error("an update could not be worked on", update=arrival.id, exc_info=error)
        self._metrics.failures.labels(error=name).inc()
        apology = await self._apology(arrival, error)
        await patiently(lambda: self._settle(arrival, apology, fault))

    async def _apology(self, arrival: Arrival, error: Exception) -> Output:
        try:
            return await patiently(lambda: apologise(arrival, self._application, self._desk, error))
        except Exception as another:
            log.error("no apology could be made", exc_info=another)  # noqa: TRY400 - without the message
            return Output()

    async def _put_off(self, arrival: Arrival, after: timedelta, error: str) -> None:
        async with self._desk.store.write() as records:
            await records.inbox.retry(arrival, after=after, error=error)

    async def _settle(self, arrival: Arrival, output: Output, fault: str | None) -> None:
        try:
            await self._commit(arrival, output, fault)
        except AlbumGrew:
            await self._begin_anew(arrival)
        except AlreadySettled:
            return

    async def _commit(self, arrival: Arrival, output: Output, fault: str | None) -> None:
        async with self._desk.store.write() as records:
            inbox = records.inbox
            if await inbox.outgrown(arrival):
                raise AlbumGrew
            await records.outbox.add(arrival.bot, output.replies, update=arrival.id)
            await records.calls.add(arrival.bot, output.calls, update=arrival.id)
            if not await (inbox.fail(arrival, fault) if fault else inbox.done(arrival)):
                raise AlreadySettled
            if fault:
                await records.alerts.unsaid(arrival.id)
                await records.sightings.forget_turns(arrival.id)
            await inbox.finish_parts(arrival)

    async def _begin_anew(self, arrival: Arrival) -> None:
        async with self._desk.store.write() as records:
            await records.sightings.forget_turns(arrival.id)
            await records.inbox.give_back(arrival)
