"""Not to be stopped between the network and the database."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

GRACE_S: Final = 3.0
"""Seconds that what is on its way is given to arrive when its sender has to stop."""


async def to_its_end(work: Coroutine[Any, Any, None]) -> None:
    """Do it; if it has to stop, give it a moment first, so that what arrived is also known to have."""
    task = asyncio.create_task(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task}, timeout=GRACE_S)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        raise
