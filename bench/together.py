"""Eight descriptions of eight pictures at once, and how long a stream waits while others' pictures come in."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import islice, pairwise
from math import isnan, nan
from statistics import median

from bench.contender import Contender
from bench.cost import cost
from bench.field import Field
from bench.pictures import pictures
from bench.table import table
from prompts.questions import describe

STREAMS = 8
TOKENS = 64
LONG = 192  # tokens of the stream that others' pictures come into
BEGUN_S = 0.5  # after which the long stream flows
ROUNDS = 3
HEAD = (
    "",
    "all written: s (CPU s)",
    "ratio to ours",
    "a token as a rule: ms",
    "longest wait while a picture came in: ms",
)


async def together_table(field: Field, title: str) -> str:
    """The table: medians of the rounds, and the longest wait of all."""
    files = pictures(seed=81)
    rows: dict[str, list[tuple[float, ...]]] = {contender.name: [] for contender in field.all}
    for _ in range(ROUNDS):
        batch = list(islice(files, STREAMS))
        for contender in field.all:
            spent = await cost(_all_at_once(contender, batch), contender.pids)
            rows[contender.name].append((*spent, *await _disturbed(contender, files)))
    medians = {name: [median(column) for column in zip(*found, strict=True)] for name, found in rows.items()}
    mine = medians[field.ours.name][0]
    longest = {name: max(row[3] for row in found) for name, found in rows.items()}
    return table(title, HEAD, [_cells(name, found, longest[name], mine) for name, found in medians.items()])


async def _all_at_once(contender: Contender, batch: list[bytes]) -> None:
    written = await asyncio.gather(*(contender.write(jpeg, describe("en"), TOKENS) for jpeg in batch))
    short = [len(each.pieces) for each in written if len(each.pieces) < TOKENS // 2]
    if short:
        raise SystemExit(f"{contender.name} wrote {short} pieces only")


async def _disturbed(contender: Contender, files: Iterator[bytes]) -> tuple[float, float]:
    """One long stream, into which two new pictures come: its usual and its longest step, in seconds.

    The stream's own picture was seen before, so that it has begun when the others come.
    """
    if contender.at_once == 1:
        return nan, nan
    await contender.write(jpeg := next(files), describe("en"), 1)
    stream = asyncio.create_task(contender.write(jpeg, describe("en"), LONG))
    await asyncio.sleep(BEGUN_S)
    await asyncio.gather(*(contender.write(next(files), describe("en"), 1) for _ in range(2)))
    written = await stream
    steps = [b - a for a, b in pairwise(written.pieces)]
    return median(steps), max(steps)


def _cells(name: str, found: list[float], longest_s: float, mine: float) -> tuple[str, ...]:
    wall, spent, step, _ = found
    waits = ("one by one", "–") if isnan(step) else (f"{1000 * step:.0f}", f"{1000 * longest_s:.0f}")
    return (name, f"{wall:.3g} ({spent:.3g})", f"{wall / mine:.2f}", *waits)
