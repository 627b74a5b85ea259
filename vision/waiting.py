"""The order in which requests go to the model's process, and how many may be there at once.

The process shares its time among what it has been given; here it is only decided what it is given, so that a flood of
one kind keeps nobody else out. Knows no clock, no process and nothing of what is asked.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass

from vision.request import Priority

ROOM: Mapping[Priority, int] = {"interactive": 64, "camera": 48, "batch": 32}
"""How full the process may be, in requests, for one more of a priority to go in; the first in order goes first."""


@dataclass(frozen=True)
class Place:
    """Whose a request is. Numbers grow in the order of arrival."""

    number: int
    chat: str
    priority: Priority


class Waiting:
    """Every request that is not answered yet: in line, or inside the process.

    When the process dies with several inside nobody knows whose fault it was. All become suspects: they go in alone,
    one after the other, before anything else, until the one is found with whom the process dies again.
    """

    def __init__(self) -> None:
        self._lines: dict[Priority, dict[str, dict[int, Place]]] = {priority: {} for priority in ROOM}
        self._suspects: deque[Place] = deque()
        self._inside: dict[int, Place] = {}
        self._shares: Counter[str] = Counter()  # of each chat, how many are inside
        self._leaving: set[int] = set()
        self._alone = False

    @property
    def inside(self) -> tuple[int, ...]:
        """The requests that the process has, in the order they went in."""
        return tuple(self._inside)

    def add(self, place: Place) -> None:
        """Put a request at the end of its line."""
        self._lines[place.priority].setdefault(place.chat, {})[place.number] = place

    def take(self) -> int | None:
        """Let the next request in, if there is room for one."""
        if self._inside and (self._suspects or self._alone):
            return None
        self._alone = bool(self._suspects)
        place = self._suspects.popleft() if self._suspects else self._next()
        return self._enter(place) if place else None

    def _next(self) -> Place | None:
        """The oldest of the chat that has the fewest inside, in the first line with room."""
        for priority, line in self._lines.items():
            if line and len(self._inside) < ROOM[priority]:
                heads = [next(iter(places.values())) for places in line.values()]
                place = min(heads, key=lambda head: (self._shares[head.chat], head.number))
                self._unline(place)
                return place
        return None

    def _enter(self, place: Place) -> int:
        self._inside[place.number] = place
        self._shares[place.chat] += 1
        return place.number

    def _unline(self, place: Place) -> None:
        line = self._lines[place.priority]
        del line[place.chat][place.number]
        if not line[place.chat]:
            del line[place.chat]

    def give_up(self, place: Place) -> bool:
        """Nobody wants a request any more. True where it is inside, so that the process must be told."""
        if place.number in self._inside:
            self._leaving.add(place.number)
            return True
        if place in self._suspects:
            self._suspects.remove(place)
        elif place.number in self._lines[place.priority].get(place.chat, {}):
            self._unline(place)
        return False

    def settle(self, number: int) -> None:
        """The process is through with a request, in whatever way."""
        if place := self._inside.pop(number, None):
            self._leaving.discard(number)
            self._shares[place.chat] -= 1
            if not self._shares[place.chat]:
                del self._shares[place.chat]

    def died(self) -> tuple[list[int], list[int]]:
        """The process died. Gives who was inside and is to go in again, and the one that is found guilty, if any."""
        wanted = [place for place in self._inside.values() if place.number not in self._leaving]
        guilty = wanted if self._alone else []
        suspects = [] if self._alone else wanted
        self._suspects.extend(suspects)
        self._inside.clear()
        self._shares.clear()
        self._leaving.clear()
        self._alone = False
        return [place.number for place in suspects], [place.number for place in guilty]
