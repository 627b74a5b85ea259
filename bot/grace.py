"""A stop waits for what is between the network and the database."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

GRACE_S: Final = 3.0
"""Seconds that a call which is on its way is given to end when the process has to stop."""


async def to_its_end(work: Coroutine[Any, Any, None]) -> None:
    """Do the work. Cancelled, it is given GRACE_S to end by itself: what has arrived is then written down as such."""
    task = asyncio.create_task(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task}, timeout=GRACE_S)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        raise
