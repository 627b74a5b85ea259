"""Intake: every update is committed to the inbox before Telegram may forget it, whichever way it comes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Final

from bot.metrics import Metrics
from handlers.stop import wishes_stop
from storage.inbox import ALBUM_SETTLES_AFTER, album_of
from storage.store import Store
from storage.whole import may_go_on

KINDS: Final = ("message", "edited_message", "callback_query")
"""The updates that Telegram is asked for."""


class Intake:
    """Keeps the updates of the bot with the number `bot`; who wishes to `stop` something is heard at once."""

    def __init__(
        self,
        bot: int,
        store: Store,
        metrics: Metrics,
        *,
        arrived: Callable[[], None],
        stop: Callable[[dict[str, Any]], None],
    ) -> None:
        self._bot = bot
        self._store = store
        self._metrics = metrics
        self._arrived = arrived
        self._stop = stop

    async def keep(self, updates: Sequence[dict[str, Any]]) -> None:
        """Commit raw updates, in order; those that are there already stay as they are. Raises StorageDown."""
        if not updates:
            return
        async with self._store.write() as records:
            fresh = [await records.inbox.add(self._bot, body) for body in updates]
        self._metrics.updates.inc(sum(fresh))
        self._arrived()
        if any(album_of(update) or may_go_on(update) for update in updates):
            # If no more of it comes it is due then, and would otherwise be found by the next look only.
            asyncio.get_running_loop().call_later(ALBUM_SETTLES_AFTER.total_seconds(), self._arrived)
        for body, new in zip(updates, fresh, strict=True):
            if new and wishes_stop(body):
                self._stop(body)
