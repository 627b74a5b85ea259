"""The update in hand, looked at again and again: whether it is still ours, and whether somebody wants it to stop."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

from handlers.work import Work
from lookout.stopping import unless
from storage.errors import StorageError

LOOK_EVERY_S: Final = 0.2
"""How often the update is looked at."""


class Hold:
    """What is known of that update: `ours` while nobody else has it; `stop` is set when the work shall end as it is."""

    def __init__(self, work: Work) -> None:
        self.stop = asyncio.Event()
        self.ours = True
        self._work = work

    async def keep_looking(self) -> None:
        """Look until cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                async with self._work.desk.store.read() as records:
                    held = await records.inbox.held(self._work.arrival)
            except StorageError:
                self.ours = False  # as far as anybody knows
                continue
            self.ours = held is not None
            if held and held.stop:
                self.stop.set()


async def unless_stopped(work: Work, doing: Coroutine[Any, Any, None]) -> bool:
    """Do a part of the work, or leave it in the middle when somebody wants no more; says whether it was done."""
    hold = Hold(work)
    looking = asyncio.create_task(hold.keep_looking())
    try:
        return await unless(hold.stop, doing)
    finally:
        looking.cancel()
        await asyncio.wait({looking})
