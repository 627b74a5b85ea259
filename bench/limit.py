"""How near a hundred questions come to what the processor can do: their rows at the price of the best plain prefill."""

from __future__ import annotations

from statistics import median
from typing import NamedTuple

from bench.bindings import Bindings
from bench.conditions import questions
from bench.cost import cost
from bench.field import Field
from bench.pictures import pictures
from bench.table import table

COUNT = 100
ROUNDS = 5
HEAD = (
    "rows",
    "a row at best: ms",
    "limit: s",
    "measured: s",
    "of this encoding: s",
    "share",
    "share without encoding",
)


class Round(NamedTuple):
    """Seconds: of one row at best, of the whole request, and of the picture's encoding in it."""

    row_s: float
    whole_s: float
    encode_s: float


async def limit_table(field: Field, title: str) -> str:
    """The table, in the median of rounds in which prefill and request follow each other."""
    files, asked, rounds = pictures(seed=82), questions(COUNT), []
    rows = await _rows(field, next(files), asked)
    for _ in range(ROUNDS):
        row_s = await field.bindings.row_s()
        whole = await cost(field.ours.questions(next(files), asked), field.ours.pids)
        rounds.append(Round(row_s, whole.wall, field.ours.encode_s))
    row_s, whole_s, encode_s = map(median, zip(*rounds, strict=True))
    shares = median(rows * each.row_s / each.whole_s for each in rounds)
    without = median(rows * each.row_s / (each.whole_s - each.encode_s) for each in rounds)
    cells = (str(rows), f"{1000 * row_s:.2f}", f"{rows * row_s:.2f}", f"{whole_s:.2f}", f"{encode_s:.2f}")
    return table(title, HEAD, [(*cells, f"{shares:.0%}", f"{without:.0%}")])


async def _rows(field: Field, jpeg: bytes, asked: tuple[str, ...]) -> int:
    """What a tree of the tokens needs at least: the prompt before the questions, each different beginning once."""
    endings = [await _ending(field.bindings, question) for question in asked]
    before = (await field.bindings.write(jpeg, asked[0], 1)).prompt_tokens - len(endings[0])
    return before + len({tuple(ending[: end + 1]) for ending in endings for end in range(len(ending))})


async def _ending(peer: Bindings, question: str) -> list[int]:
    """A prompt's tokens after the picture, as the weights' template puts them."""
    return await peer.tokens(f"\n{question} ASSISTANT:")
