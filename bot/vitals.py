"""How the bot is, for its operator's tools: whether it sees, whether what it keeps reaches the disk, what waits."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import Final

from bot.metrics import Metrics
from bot.queues import QueueStatus, queues_of
from storage.errors import StorageDown, StorageError
from storage.store import Store
from vision.engine import Engine
from web.site import Health

PROBE_EVERY_S: Final = 5.0
"""Seconds for which the outcome of one trial write holds, however often it is asked for."""

LONGEST_LOOK_S: Final = 5.0
"""Seconds after which a database that does not answer counts as away."""


class Vitals:
    """Answers /healthz and /metrics."""

    def __init__(self, engine: Engine, store: Store, metrics: Metrics) -> None:
        self._engine = engine
        self._store = store
        self._metrics = metrics
        self._probing = asyncio.Lock()
        self._probe_holds_until = 0.0
        self._trouble: StorageError | None = None

    async def health(self) -> Health:
        """Well when the model answers, and the database and the disk take what is written."""
        parts: dict[str, str] = {"engine": self._engine.state}
        if self._engine.state in {"starting", "restarting"}:
            parts["loading"] = f"{self._engine.loading:.0%}"
        try:
            queues = await self._queues()
            await self._probe()
        except StorageError as error:
            return Health(well=False, parts=parts | {"database": type(error).__name__})
        parts |= {"database": "writable"} | {name: str(queue) for name, queue in queues.items()}
        return Health(self._engine.state in {"ready", "busy"}, parts)

    async def metrics(self) -> bytes:
        """The counters, and the queues as they are; without these while the database is away."""
        try:
            self._metrics.show(await self._queues())
        except StorageError:
            self._metrics.show({})
        return self._metrics.text()

    async def _queues(self) -> dict[str, QueueStatus]:
        try:
            async with asyncio.timeout(LONGEST_LOOK_S), self._store.read() as records:
                return await queues_of(records)
        except TimeoutError as error:
            raise StorageDown("the database takes too long") from error

    async def _probe(self) -> None:
        """Raise what the last trial write ran into."""
        async with self._probing:
            if monotonic() >= self._probe_holds_until:
                self._trouble = await self._trial()
                self._probe_holds_until = monotonic() + PROBE_EVERY_S
        if self._trouble:
            raise self._trouble

    async def _trial(self) -> StorageError | None:
        try:
            async with asyncio.timeout(LONGEST_LOOK_S):
                await self._store.probe()
        except StorageError as error:
            return error
        except TimeoutError:
            return StorageDown("a write takes too long")
        return None
