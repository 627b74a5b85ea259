"""How near a hundred questions come to what the processor can do: their rows at the price of the best plain prefill."""

from __future__ import annotations

from statistics import median
from typing import NamedTuple

from bench.bindings import Bindings
from bench.conditions import questions
from bench.cost import Cost, cost
from bench.field import Field
from bench.pictures import pictures
from bench.table import table

COUNT = 100
ROUNDS = 5
HEAD = (
    "rows",
    "a row at best: ms (CPU ms)",
    "limit: s",
    "measured: s (CPU s)",
    "encoding: s",
    "share (by CPU)",
    "without encoding",
)


class Round(NamedTuple):
    """What a row costs at best, what the whole request did, and the seconds of its picture's encoding."""

    row: Cost
    whole: Cost
    encode_s: float


async def limit_table(field: Field, title: str) -> str:
    """The table, in the median of rounds in which prefill and request follow each other."""
    files, asked, rounds = pictures(seed=82), questions(COUNT), []
    rows = await _rows(field, next(files), asked)
    for _ in range(ROUNDS):
        row = await field.bindings.row()
        whole = await cost(field.ours.questions(next(files), asked), field.ours.pids)
        rounds.append(Round(row, whole, field.ours.encode_s))
    return table(title, HEAD, [_cells(rows, rounds)])


def _cells(rows: int, rounds: list[Round]) -> tuple[str, ...]:
    row_s, row_cpu = map(median, zip(*(each.row for each in rounds), strict=True))
    whole_s, whole_cpu = map(median, zip(*(each.whole for each in rounds), strict=True))
    encode_s = median(each.encode_s for each in rounds)
    share = median(rows * each.row.wall / each.whole.wall for each in rounds)
    by_cpu = median(rows * each.row.cpu / each.whole.cpu for each in rounds)
    without = median(rows * each.row.wall / (each.whole.wall - each.encode_s) for each in rounds)
    return (
        str(rows),
        f"{1000 * row_s:.2f} ({1000 * row_cpu:.2f})",
        f"{rows * row_s:.2f}",
        f"{whole_s:.2f} ({whole_cpu:.2f})",
        f"{encode_s:.2f}",
        f"{share:.0%} ({by_cpu:.0%})",
        f"{without:.0%}",
    )


async def _rows(field: Field, jpeg: bytes, asked: tuple[str, ...]) -> int:
    """What a tree of the tokens needs at least: the prompt before the questions, each different beginning once."""
    endings = [await _ending(field.bindings, question) for question in asked]
    before = (await field.bindings.write(jpeg, asked[0], 1)).prompt_tokens - len(endings[0])
    return before + len({tuple(ending[: end + 1]) for ending in endings for end in range(len(ending))})


async def _ending(peer: Bindings, question: str) -> list[int]:
    """A prompt's tokens after the picture, as the weights' template puts them."""
    return await peer.tokens(f"\n{question} ASSISTANT:")
