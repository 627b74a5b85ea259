"""Which webhooks are left alone for a while, so that those that are away take no place from others. Pure.

A call that fails has pauses of its own; without a rest, one after the other of many calls would wait its whole ten
seconds for the same receiver. Moments are seconds of any clock that only goes forward.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from bot.pause import pause

AWAY_AFTER: Final = 3
"""Failures in a row after which a receiver counts as away, and not only as having choked on something."""


@dataclass(frozen=True, slots=True)
class _Rest:
    url: str
    failures: int
    until: float


class Rests:
    """What failed since the last call that a watch's webhook took."""

    def __init__(self) -> None:
        self._rests: dict[int, _Rest] = {}

    def failed(self, watch: int, url: str, at: float, asked: timedelta) -> None:
        """A call was not taken at this address, which may have asked to be left alone."""
        before = self._rests.get(watch)
        failures = before.failures + 1 if before and before.url == url else 1
        self._rests[watch] = _Rest(url, failures, at + max(pause(failures), asked).total_seconds())

    def took(self, watch: int) -> bool:
        """A call was taken. Gives whether the receiver had been away."""
        before = self._rests.pop(watch, None)
        return before is not None and before.failures >= AWAY_AFTER

    @property
    def failing(self) -> dict[int, str]:
        """The watches whose webhook did not take the last call, each with the address that did not."""
        return {watch: rest.url for watch, rest in self._rests.items()}

    def resting(self, now: float) -> set[int]:
        """Those of them that are to be left alone."""
        return {watch for watch, rest in self._rests.items() if rest.until > now}
