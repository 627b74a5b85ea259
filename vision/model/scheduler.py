"""Who computes next, and how much: decides and touches nothing, so it is tested without a model or a clock.

Urgent work goes first, though what has waited long rises; of the same urgency the chat comes first that has been served
least. While answers are being written, each has its row in every step, and all else shares a bounded number of rows, so
that no stream stands still for long.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from vision.request import Priority

_URGENCY: dict[Priority, int] = {"interactive": 0, "camera": 1, "batch": 2}
_RISES_AFTER_S = 30.0
_KEPT_FREE = 2  # of those that may run at once, for requests that somebody waits for

Rank = tuple[float, ...]
"""The lowest goes first."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What decides when a request is served: who asked it, how urgent it is, and when it came (seconds)."""

    number: int
    chat: str
    priority: Priority
    arrived: float


@dataclass(frozen=True, slots=True)
class Need:
    """How many cells of the cache a request that waits will take at most."""

    of: Standing
    cells: int


@dataclass(frozen=True, slots=True)
class Want:
    """What a request that runs could compute now: its next token, some rows, or rows that cannot be divided."""

    of: Standing
    kind: Literal["token", "rows", "whole"]
    rows: int = 1


class Scheduler:
    """Keeps account of what each chat was given. Times come from the caller."""

    def __init__(self, *, most_running: int, most_rows: int, bounded_rows: int) -> None:
        self._most_running = most_running
        self._most_rows = most_rows
        self.bounded_rows = bounded_rows
        self._requests: Counter[str] = Counter()
        self._served: dict[str, float] = {}

    def arrive(self, chat: str) -> None:
        """A request of a chat has come. Who was away for a while has earned nothing by it."""
        if not self._requests[chat]:
            self._served[chat] = min(self._served.values(), default=0.0)
        self._requests[chat] += 1

    def leave(self, chat: str) -> None:
        """A request of a chat is done with."""
        self._requests[chat] -= 1
        if not self._requests[chat]:
            del self._requests[chat], self._served[chat]

    def rank(self, of: Standing, now: float) -> Rank:
        """Where a request stands among others."""
        return self._urgency(of, now), self._served.get(of.chat, 0.0), of.arrived, of.number

    def _urgency(self, of: Standing, now: float) -> int:
        return max(0, _URGENCY[of.priority] - int((now - of.arrived) / _RISES_AFTER_S))

    def admit(self, waiting: Iterable[Need], *, running: int, free_cells: int, now: float) -> list[int]:
        """The requests that may begin. None overtakes one that does not fit yet, or large ones would wait for ever."""
        admitted: list[int] = []
        for need in sorted(waiting, key=lambda need: self.rank(need.of, now)):
            most = self._most_running - (_KEPT_FREE if self._urgency(need.of, now) else 0)
            if running + len(admitted) >= most or need.cells > free_cells:
                break
            admitted.append(need.of.number)
            free_cells -= need.cells
        return admitted

    def share(self, wants: Sequence[Want], now: float, *, others_wait: bool = False) -> dict[int, int]:
        """How many rows each request computes in the next step, which is bounded where `others_wait` for its end."""
        shares = {want.of.number: 1 for want in wants if want.kind == "token"}
        bounded = shares or others_wait
        left = self.bounded_rows if bounded else self._most_rows
        others = [want for want in wants if want.kind != "token"]
        for want in sorted(others, key=lambda want: self.rank(want.of, now)):
            if left <= 0:
                break
            shares[want.of.number] = rows = want.rows if want.kind == "whole" else min(want.rows, left)
            left -= rows
        for want in wants:
            self._served[want.of.chat] += shares.get(want.of.number, 0)
        return shares
