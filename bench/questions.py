"""One photo, N yes/no questions: one request to the engine beside one call a question to each peer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import median
from typing import NamedTuple

from bench.conditions import questions
from bench.contender import Contender
from bench.cost import Cost, cost
from bench.field import Field
from bench.pictures import pictures
from bench.table import table

ROUNDS = 9
ENOUGH_S = 20.0  # one contender's share of a row: what takes longer gets fewer rounds
TOO_MANY = 100  # beyond this only those are asked whose cost is not simply a multiple
HEAD = (
    "questions",
    "bindings: s (CPU s)",
    "llama-server at its best: s (CPU s)",
    "that is",
    "ours: s (CPU s)",
    "bindings / ours (CPU)",
    "llama-server / ours (CPU)",
    "ours, each further question: ms",
)


class Row(NamedTuple):
    """What a number of questions cost each contender in the median, by name, and in how many rounds."""

    questions: int
    costs: dict[str, Cost]
    rounds: dict[str, int]


async def question_table(field: Field, counts: Sequence[int], title: str) -> str:
    """The table: seconds and processor seconds of the median photo, and the ratios of the seconds."""
    files = pictures(seed=78)  # each a new one: no cache can help
    await _measured(field.all, questions(2), files, rounds=1)  # warm up
    rows: list[Row] = []
    for count in counts:
        asked: Sequence[Contender] = field.all if count <= TOO_MANY else (field.ours, *field.servers[:1])
        rows.append(Row(count, *await _measured(asked, questions(count), files)))
    return table(title, HEAD, [_cells(row, field, rows) for row in rows]) + _note(rows)


async def _measured(
    contenders: Sequence[Contender], asked: tuple[str, ...], files: Iterator[bytes], rounds: int = ROUNDS
) -> tuple[dict[str, Cost], dict[str, int]]:
    """In turns, each round on a new picture that is the same for all."""
    seen: dict[str, list[Cost]] = {contender.name: [] for contender in contenders}
    for _ in range(rounds):
        jpeg = next(files)
        for contender in contenders:
            if not seen[contender.name] or sum(each.wall for each in seen[contender.name]) < ENOUGH_S:
                seen[contender.name].append(await cost(contender.questions(jpeg, asked), contender.pids))
    medians = {name: Cost(*map(median, zip(*costs, strict=True))) for name, costs in seen.items()}
    return medians, {name: len(costs) for name, costs in seen.items()}


def _cells(row: Row, field: Field, rows: Sequence[Row]) -> tuple[str, ...]:
    mine = row.costs[field.ours.name]
    peer, guessed = _bindings(row, field, rows)
    servers = [server.name for server in field.servers if server.name in row.costs]
    best = min(servers, key=lambda name: row.costs[name].wall, default="")
    server = row.costs.get(best)
    return (
        f"{row.questions:,}",
        f"{'≈ ' if guessed else ''}{_shown(peer)}",
        _shown(server) if server else "–",
        best.removeprefix("llama-server, "),
        _shown(mine),
        _ratio(peer, mine),
        _ratio(server, mine) if server else "–",
        _further(row, rows[0], field.ours.name),
    )


def _bindings(row: Row, field: Field, rows: Sequence[Row]) -> tuple[Cost, bool]:
    """What the bindings cost, and whether that is only a multiple of a smaller row."""
    if found := row.costs.get(field.bindings.name):
        return found, False
    base = next(each for each in reversed(rows) if field.bindings.name in each.costs)
    return Cost(*(value * row.questions / base.questions for value in base.costs[field.bindings.name])), True


def _shown(spent: Cost) -> str:
    return f"{_seconds(spent.wall)} ({_seconds(spent.cpu)})"


def _seconds(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _further(row: Row, first: Row, name: str) -> str:
    """Milliseconds for each question beyond the first row's."""
    more = row.questions - first.questions
    return f"{1000 * (row.costs[name].wall - first.costs[name].wall) / more:.1f}" if more else "–"


def _ratio(theirs: Cost, ours: Cost) -> str:
    return " (".join(f"{a / b:.3g}" for a, b in zip(theirs, ours, strict=True)) + ")"


def _note(rows: Sequence[Row]) -> str:
    fewer = [f"{name} at {row.questions} {n}" for row in rows for name, n in row.rounds.items() if n < ROUNDS]
    guess = "≈: not run, but so many times the largest row that was. "
    return f"\n{guess}Medians of {ROUNDS} rounds, each on a new photo; fewer: {'; '.join(fewer) or 'none'}.\n"
