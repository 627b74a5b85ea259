"""What prompts are made of: tokens, and pictures that stand for many cells of the cache."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PictureUnit:
    """A picture, or a slice of one, by its content: how many cells of the cache and how many positions it takes.

    `whole` says that its tokens see one another, so that all of them must be computed in one step.
    """

    digest: str
    part: int
    cells: int
    positions: int
    whole: bool = False


Unit = int | PictureUnit


def cells_of(units: Sequence[Unit]) -> int:
    """How many cells of the cache a stretch of prompt takes."""
    return sum(1 if isinstance(unit, int) else unit.cells for unit in units)


def common_length(one: Sequence[object], other: Sequence[object]) -> int:
    """How many units, or tokens, two prompts begin with alike."""
    return next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
