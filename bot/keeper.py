"""The keeper: removes files that nothing refers to any more."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Final

import structlog

from storage.errors import StorageError
from storage.store import Store

log = structlog.get_logger()

SWEEP_EVERY_S: Final = 3600.0

SPARED: Final = timedelta(days=1)
"""Younger files stay: work that put one may have yet to refer to it."""


class Keeper:
    """Sweeps at the start and then every hour."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def run(self) -> None:
        """Sweep until cancelled; a storage that is away is swept the next time."""
        while True:
            try:
                await self._sweep()
            except StorageError as error:
                log.warning("the files were not swept", error=type(error).__name__)
            await asyncio.sleep(SWEEP_EVERY_S)

    async def _sweep(self) -> None:
        async with self._store.read() as records:
            referenced = await records.files()
        removed = await self._store.files.remove_unreferenced(referenced, SPARED)
        if removed:
            log.info("files that nothing refers to were removed", files=removed)
