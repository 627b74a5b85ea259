"""`python -m bench.kills`: kill the bot again and again while people send photos; nothing may be lost, doubled or out
of order.

A sandbox in a process of its own survives; bots and their models' processes are killed with SIGKILL at random moments
and started again, on PostgreSQL its connections and the server too. Each kill is printed with what was under way. Ends
with 1 unless lost, twice and out of order are 0 and the alerts told are those that were to be.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from bench.kills.trial import Outcome, Plan, trial
from bench.table import table


def main() -> None:
    """Run one trial, and tell."""
    given = _parser().parse_args()
    if given.database == "sqlite" and (given.processes or 1) > 1:
        _parser().error("SQLite is for one process")
    plan = Plan(
        photos=given.photos,
        kills=given.kills,
        chats=given.chats,
        database=given.database,
        processes=given.processes or (1 if given.database == "sqlite" else 4),
        seed=given.seed,
        cruel=given.cruel,
        growing=given.growing,
        minutes=given.minutes,
    )
    with TemporaryDirectory() as temporary:
        folder = given.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        outcome = asyncio.run(trial(plan, folder.resolve(), lambda line: print(line, flush=True)))
    print(f"\n{told(plan, outcome)}")
    sys.exit(0 if outcome.tally.sound else 1)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.kills", description=__doc__)
    parser.add_argument("--photos", type=int, default=300)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--chats", type=int, default=12)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--processes", type=int, help="bots; more than one need postgresql (4)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cruel", action="store_true", help="let the sandbox misbehave all the while")
    parser.add_argument("--growing", action="store_true", help="every answer counts as one that takes long")
    parser.add_argument("--minutes", type=float, help="go on for so long, with so many kills in so many photos")
    parser.add_argument("--keep", type=Path, help="a new folder for data and logs, which then stay")
    return parser


def told(plan: Plan, outcome: Outcome) -> str:
    """The outcome as a table."""
    tally, victims = outcome.tally, Counter(kill.victim for kill in outcome.kills)
    busy = sum(kill.waiting > 0 for kill in outcome.kills)
    rows = [
        ("photos and albums sent", str(tally.sent)),
        ("answered", str(tally.answered)),
        ("**lost**", str(tally.lost)),
        ("**an apology instead of an answer**", str(tally.excused)),
        ("**said twice**", str(tally.twice)),
        ("**out of order in a chat**", str(tally.disordered)),
        ("alerts told, of those that were to be", f"{tally.alerts}, {tally.promised}"),
        ("voice notes beside the answers", str(tally.voices)),
        ("stray placeholders", str(tally.stray)),
        ("albums answered again, for a part that came late", str(tally.again)),
        ("kills", f"{len(outcome.kills)} ({', '.join(f'{count} {name}' for name, count in victims.items())})"),
        ("of them while photos waited", str(busy)),
        ("from a kill to the next answer, s: median, longest", _spread(outcome.pauses)),
        ("ended by itself", str(outcome.fell)),
        ("stopped in, s", f"{outcome.stopped_s:.1f}"),
        ("left in the queues", outcome.left or "nothing"),
        ("errors in the log", "; ".join(f"{n} x {kind}" for kind, n in outcome.complaints.items()) or "none"),
        ("took, s", f"{outcome.took_s:.0f}"),
    ]
    bots = f"{plan.database}, {plan.processes} process{'es' if plan.processes > 1 else ''}"
    cruelty = ", the sandbox misbehaving" if plan.cruel else ""
    cruelty += ", answers shown while they grow" if plan.growing else ""
    return table(f"Killed: {bots}, {plan.chats} chats, seed {plan.seed}{cruelty}", ("", ""), rows)


def _spread(pauses: Sequence[float]) -> str:
    return f"{median(pauses):.1f}, {max(pauses):.1f}" if pauses else "no answer came"


if __name__ == "__main__":
    main()
