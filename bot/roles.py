"""Work that only one of several processes does at a time: it is taken up by another when that one is gone."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from storage.errors import StorageDown
from storage.sole import Role
from storage.store import Store

log = structlog.get_logger()

AGAIN_AFTER_S: Final = 1.0


async def in_role(role: Role, store: Store, work: Callable[[], Awaitable[None]]) -> None:
    """Wait until no other process has the role, then do the work until cancelled; seek a role anew that was lost."""
    while True:
        try:
            async with store.sole(role):
                await work()
        except StorageDown:
            log.warning("the database is away, and with it a role; asking for it again", role=role)
            await asyncio.sleep(AGAIN_AFTER_S)
