"""What a person's screen is told: a numbered log with room for the last events only."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

from sandbox.limits import KEPT_EVENTS


@dataclass(frozen=True, slots=True)
class Event:
    """One event; `bot` is the id of the bot whose chats it belongs to, None for all."""

    seq: int
    bot: int | None
    data: dict[str, Any]


class Events:
    """The log. Numbers start from the clock, so that a page left open over a restart is told to reset."""

    def __init__(self, first: int) -> None:
        self._ring: deque[Event] = deque(maxlen=KEPT_EVENTS)
        self.seq = first
        self._start = first
        self._news = asyncio.Event()
        self._closed = False

    def publish(self, kind: str, *, bot: int | None = None, **data: Any) -> None:
        self.seq += 1
        self._ring.append(Event(self.seq, bot, {"seq": self.seq, "type": kind, **data}))
        self._announce()

    def open(self) -> None:
        """Let `follow` wait, which it may from the start."""
        self._closed = False

    def close(self) -> None:
        """End every `follow`."""
        self._closed = True
        self._announce()

    async def follow(self, after: int, bot: int, idle_seconds: float) -> AsyncGenerator[dict[str, Any]]:
        """Events later than `after` as they come; a reset first when some of them are no longer known.

        After `idle_seconds` without news an empty one, so that a dead connection is noticed.
        """
        while not self._closed:
            if not self._oldest <= after <= self.seq:
                after = self.seq
                yield {"seq": after, "type": "reset"}
            for event in self._later_than(after):
                after = event.seq
                if event.bot in {None, bot}:
                    yield event.data
            if after == self.seq and not await self._wait(idle_seconds):
                yield {}

    async def _wait(self, seconds: float) -> bool:
        """Whether there was news in time."""
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            return False
        return True

    @property
    def _oldest(self) -> int:
        return self._ring[0].seq - 1 if self._ring else self._start

    def _later_than(self, after: int) -> list[Event]:
        count = min(self.seq - after, len(self._ring))
        return [self._ring[at] for at in range(len(self._ring) - count, len(self._ring))]

    def _announce(self) -> None:
        self._news.set()
        self._news = asyncio.Event()
