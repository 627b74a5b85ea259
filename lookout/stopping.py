"""Work that somebody may want no more of."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any


async def unless(stop: asyncio.Event | None, work: Coroutine[Any, Any, None]) -> bool:
    """Do the work, or leave it in the middle when `stop` is set; says whether it was done."""
    if stop is None:
        await work
        return True
    doing, stopping = asyncio.create_task(work), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({doing, stopping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        doing.cancel()
        stopping.cancel()
        await asyncio.wait({doing, stopping})
    return not doing.cancelled() and doing.result() is None
