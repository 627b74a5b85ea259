"""From a photo's file to the first and to the last word of its description."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from bench.contender import Contender, Writing
from bench.field import Field
from bench.pictures import pictures
from bench.table import table
from prompts.questions import describe

TOKENS = 128
ROUNDS = 3
HEAD = ("", "first word: s", f"last of {TOKENS} tokens: s", "ours to it, first", "ours to it, last")


async def word_table(field: Field, title: str) -> str:
    """The table: medians of the rounds, each on a photo that is new to all."""
    files = pictures(seed=83)
    found: dict[str, list[Writing]] = {contender.name: [] for contender in field.all}
    await _round(field.all, files, found)
    for writings in found.values():
        writings.clear()  # that was to warm up
    for _ in range(ROUNDS):
        await _round(field.all, files, found)
    times = {name: (_median(writings, 0), _median(writings, -1)) for name, writings in found.items()}
    return table(title, HEAD, [_cells(name, times[name], times[field.ours.name]) for name in times])


async def _round(contenders: tuple[Contender, ...], files: Iterator[bytes], found: dict[str, list[Writing]]) -> None:
    jpeg = next(files)
    for contender in contenders:
        found[contender.name].append(await contender.write(jpeg, describe("en"), TOKENS))


def _median(writings: list[Writing], piece: int) -> float:
    return median(writing.pieces[piece] for writing in writings)


def _cells(name: str, times: tuple[float, float], mine: tuple[float, float]) -> tuple[str, ...]:
    ratios = (own / theirs for own, theirs in zip(mine, times, strict=True))
    return (name, *(f"{each:.3g}" for each in times), *(f"{ratio:.2f}" for ratio in ratios))
