"""Many short texts after one prompt as a tree of tokens: what they begin with alike is computed once. Pure.

The tree is cut into waves, each a depth-first list of rows that llama.cpp takes as it is: a row carries a sequence for
every text that goes through it, and the set of sequences only ever shrinks on the way down.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from vision.model.units import common_length


@dataclass(frozen=True, slots=True)
class Tail:
    """The tokens after the shared prompt, and from which of them on the logits are wanted."""

    tokens: tuple[int, ...]
    wanted_from: int


@dataclass(frozen=True, slots=True)
class TreeRow:
    """One token at a depth below the prompt's end, shared by the wave's leaves first … last (inclusive)."""

    token: int
    depth: int
    first: int
    last: int
    wanted: bool


@dataclass(frozen=True, slots=True)
class Wave:
    """Rows to compute together; `leaves` holds, for each leaf, the numbers of the tails that are its text."""

    rows: tuple[TreeRow, ...]
    leaves: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class WaveLimits:
    """What one wave may hold at most. A single text may take more rows: it is a wave of its own."""

    rows: int
    leaves: int
    wanted: int


def waves(tails: Sequence[Tail], limits: WaveLimits) -> Iterator[Wave]:
    """Every tail in one of the waves, tails of the same text in the same leaf, neighbours in the alphabet together."""
    leaves: list[tuple[int, ...]] = []
    rows = wanted = 0
    for leaf in _leaves(tails):
        more_rows, more_wanted = _cost(tails, leaves[-1] if leaves else None, leaf)
        over = rows + more_rows > limits.rows or wanted + more_wanted > limits.wanted or len(leaves) == limits.leaves
        if leaves and over:
            yield _wave(tails, leaves)
            leaves, rows, wanted = [], 0, 0
            more_rows, more_wanted = _cost(tails, None, leaf)
        leaves.append(leaf)
        rows += more_rows
        wanted += more_wanted
    if leaves:
        yield _wave(tails, leaves)


def row_count(tails: Sequence[Tail]) -> int:
    """How many rows the tails take as one tree."""
    leaves = list(_leaves(tails))
    before: list[tuple[int, ...] | None] = [None, *leaves]
    return sum(_cost(tails, previous, leaf)[0] for previous, leaf in zip(before, leaves, strict=False))


def _leaves(tails: Sequence[Tail]) -> Iterator[tuple[int, ...]]:
    """The tails' numbers in the order of their tokens, those of the same tokens together."""
    same: list[int] = []
    for number in sorted(range(len(tails)), key=lambda number: tails[number].tokens):
        if same and tails[same[0]].tokens != tails[number].tokens:
            yield tuple(same)
            same = []
        same.append(number)
    if same:
        yield tuple(same)


def _cost(tails: Sequence[Tail], before: tuple[int, ...] | None, leaf: tuple[int, ...]) -> tuple[int, int]:
    """How many rows a leaf adds to the wave that ends with `before`, and how many more may be wanted of it."""
    text = tails[leaf[0]].tokens
    shared = common_length(tails[before[0]].tokens, text) if before else 0
    wanted_from = min(tails[number].wanted_from for number in leaf)
    return len(text) - shared, len(text) - min(wanted_from, len(text) - 1)


def _wave(tails: Sequence[Tail], leaves: Sequence[tuple[int, ...]]) -> Wave:
    texts = [tails[leaf[0]].tokens for leaf in leaves]
    wanted_from = [min(tails[number].wanted_from for number in leaf) for leaf in leaves]
    alike = [*(common_length(one, other) for one, other in pairwise(texts)), 0]
    rows = []
    for first, text in enumerate(texts):
        for depth in range(alike[first - 1] if first else 0, len(text)):
            last = first
            while alike[last] > depth:
                last += 1
            wanted = any(depth >= wanted_from[leaf] for leaf in range(first, last + 1))
            rows.append(TreeRow(text[depth], depth, first, last, wanted))
    return Wave(tuple(rows), tuple(leaves))
