"""What a plot of p(yes) shows: points over time, a strip for each watch; and which are drawn where there are many."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final, Literal

Kind = Literal["no", "unsure", "yes", "told", "right", "wrong"]
KINDS: Final[tuple[Kind, ...]] = ("no", "unsure", "yes", "told", "right", "wrong")
"""The more a point matters the later it stands: it is drawn over those before it."""


@dataclass(frozen=True, slots=True)
class Point:
    """One verdict: p(yes), when it was seen, and what came of it.

    "no", "unsure" and "yes" were not told; what was "told" nobody has judged, the others were "right" or "wrong".
    """

    at: datetime
    p: float
    kind: Kind


@dataclass(frozen=True, slots=True)
class Strip:
    """One watch: its points in any order, and the threshold it has now (its points may have met another one)."""

    name: str
    points: tuple[Point, ...]
    threshold: float


@dataclass(frozen=True, slots=True)
class Placed:
    """A point where it is drawn: in which of the columns between the first and the last time, and how high (0–1)."""

    column: int
    p: float
    kind: Kind


@dataclass(frozen=True, slots=True)
class Shown:
    """What is drawn of one strip: the points, and for each column that has more, how low and how high they go."""

    points: tuple[Placed, ...]
    spans: tuple[tuple[int, float, float], ...] = ()


def span_of(strips: Iterable[Strip]) -> tuple[datetime, datetime] | None:
    """The first and the last time on any of them; None where there is no point."""
    times = [point.at for strip in strips for point in strip.points]
    return (min(times), max(times)) if times else None


def shown(strip: Strip, span: tuple[datetime, datetime], columns: int) -> Shown:
    """The strip's points in their columns; of each kind in a column the lowest and the highest are drawn.

    So no extreme and no kind is ever left out, and a strip never has more than two points of a kind in a column.
    """
    placed = sorted((_placed(point, span, columns) for point in strip.points), key=lambda each: (each.column, each.p))
    points: list[Placed] = []
    spans: list[tuple[int, float, float]] = []
    for column, found in groupby(placed, key=lambda each: each.column):
        here = list(found)
        kept = _extremes(here)
        points += kept
        if len(kept) < len(here):
            spans.append((column, here[0].p, here[-1].p))
    return Shown(tuple(sorted(points, key=lambda each: KINDS.index(each.kind))), tuple(spans))


def _extremes(here: Sequence[Placed]) -> list[Placed]:
    """The first and the last of each kind."""
    of_kind = [[each for each in here if each.kind == kind] for kind in KINDS]
    return [each for found in of_kind for each in ([*found[:1], *found[-1:]] if len(found) > 1 else found)]


def _placed(point: Point, span: tuple[datetime, datetime], columns: int) -> Placed:
    first, last = span
    part = (point.at - first) / (last - first) if last > first else 0.5
    return Placed(round(part * (columns - 1)), min(max(point.p, 0.0), 1.0), point.kind)
