"""Which watches are asked about what somebody sends."""

from __future__ import annotations

from datetime import datetime

from handlers.work import Work
from handlers.zones import zone_of
from lookout.tell import awake
from storage.records import Watch


async def due(work: Work, at: datetime) -> tuple[Watch, ...]:
    """The chat's watches that are awake at a time, oldest first."""
    zone = zone_of(work.chat)
    async with work.desk.store.read() as records:
        return tuple(watch for watch in await records.watches.of_chat(work.chat.id) if awake(watch, at, zone))
