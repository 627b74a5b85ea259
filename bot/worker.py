"""The worker: takes updates from the inbox, has them handled, and settles each with its replies in one commit."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Final

import structlog

from bot.lanes import Lanes, patiently
from bot.metrics import Metrics
from bot.pause import pause
from handlers.complaints import PASSING, expected
from handlers.entry import Machine, apologise, handle
from handlers.work import Desk
from storage.records import Arrival, Reply

log = structlog.get_logger()

MOST_ATTEMPTS: Final = 4
"""How often an update is worked on before its sender is told that it went wrong."""


class Worker:
    """Works on updates: in order in a chat, chats side by side."""

    def __init__(
        self, application: Machine, desk: Desk, metrics: Metrics, *, chats_at_once: int, settled: Callable[[], None]
    ) -> None:
        self._application = application
        self._desk = desk
        self._metrics = metrics
        self._settled = settled
        self.lanes: Lanes[Arrival] = Lanes(
            take=self._take, lane=lambda arrival: arrival.chat, do=self._do, limit=chats_at_once
        )

    async def _take(self, busy: Collection[int]) -> Arrival | None:
        async with self._desk.store.write() as records:
            return await records.inbox.take(busy)

    async def _do(self, arrival: Arrival) -> None:
        with self._metrics.work.time():
            try:
                replies = await handle(arrival, self._application, self._desk)
            except Exception as error:  # noqa: BLE001 - whatever goes wrong with one update must not stop the others
                await self._failed(arrival, error)
            else:
                await patiently(lambda: self._settle(arrival, replies, None))
        self._settled()

    async def _failed(self, arrival: Arrival, error: Exception) -> None:
        name = type(error).__name__
        if isinstance(error, PASSING) and arrival.attempts < MOST_ATTEMPTS:
            log.warning("trying again later", error=name, attempt=arrival.attempts)
            await patiently(lambda: self._put_off(arrival, name))
            return
        fault = None if expected(error) else name
        if fault:
            log.error("an update could not be worked on", exc_info=error)
        self._metrics.failures.labels(error=name).inc()
        replies = await self._apology(arrival, error)
        await patiently(lambda: self._settle(arrival, replies, fault))

    async def _apology(self, arrival: Arrival, error: Exception) -> tuple[Reply, ...]:
        try:
            return await patiently(lambda: apologise(arrival, self._application, self._desk, error))
        except Exception as another:
            log.error("no apology could be made", exc_info=another)  # noqa: TRY400 - without the message
            return ()

    async def _put_off(self, arrival: Arrival, error: str) -> None:
        async with self._desk.store.write() as records:
            await records.inbox.retry(arrival.id, after=pause(arrival.attempts), error=error)

    async def _settle(self, arrival: Arrival, replies: tuple[Reply, ...], fault: str | None) -> None:
        async with self._desk.store.write() as records:
            await records.outbox.add(arrival.bot, replies, update=arrival.id)
            if fault:
                await records.inbox.fail(arrival.id, fault)
            else:
                await records.inbox.done(arrival.id)
