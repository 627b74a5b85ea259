"""`python -m bench.soak`: ten thousand requests of every kind at once, many of them cancelled; nothing may be lost,
crossed or left behind.

What each request has to say is asked beforehand, one request at a time. Then random ones of them come from many chats,
sixteen in flight, with random priorities and deadlines, and are dropped at random moments. Everything that comes back,
before a cancel too, must be the beginning of what the request said alone. The process's memory is sampled, and what it
keeps is looked at before and after.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from bench.kinds import MUST_FAIL, Case, Said, cases
from bench.plain import Plain, Written
from bench.table import table
from bench.unquantised import f16
from vision.engine import Engine, EngineSettings
from vision.errors import EngineTimeout, VisionError
from vision.model.units import common_length
from vision.request import Again, Request, Shelves
from vision.weights import Weights, tiny_weights
from vision.wire import pictures_of

IN_FLIGHT = 16
WARM_UP = 0.3  # of all requests; until then caches fill
NEAR = 0.02  # how far a probability may lie from what it was alone
TIE = 0.1  # logits so close are turned by rounding
PATIENCE_S = 300.0
PAGE = 4096


# ---- alone ----


async def heard(engine: Engine, request: Request) -> Said:
    """A whole answer, or the error it ended in."""
    said = Said()
    try:
        async for event in engine.ask(request):
            said.take(event)
    except VisionError as error:
        said.error = type(error)
    return said


async def alone(engine: Engine, asked_: Sequence[Case]) -> list[Case]:
    """Each request by itself."""
    return [replace(case, alone=await heard(engine, case.request)) for case in asked_]


# ---- all at once ----


class Soak:
    """The storm, and what was found in it."""

    def __init__(self, engine: Engine, known: Sequence[Case], requests: int, seed: int) -> None:
        self._engine, self._known, self._requests = engine, known, requests
        self._rng = random.Random(seed)
        self._told = [(case.alone.text, _seen(case.request)) for case in known if len(case.alone.text) > 12]
        self.counts: Counter[str] = Counter()
        self.kinds: Counter[str] = Counter()
        self.farthest = 0.0
        self.different: list[tuple[Case, Said]] = []
        self.memory: list[tuple[int, float, float]] = []  # requests so far, the process's and our own megabytes

    async def run(self) -> None:
        """Throw all the requests at the engine."""
        numbers = iter(range(self._requests))
        async with asyncio.TaskGroup() as group:
            for _ in range(IN_FLIGHT):
                group.create_task(self._work(numbers))
        self._sample(self._requests)

    async def _work(self, numbers: Iterator[int]) -> None:
        for number in numbers:
            if number % max(self._requests // 100, 1) == 0:
                self._sample(number)
            case = self._rng.choice(self._known)
            said = Said()
            try:
                async with asyncio.timeout(PATIENCE_S):
                    await self._ask(case, said)
            except TimeoutError:
                self.counts["waited for ever"] += 1
            self._judge(case, said)

    async def _ask(self, case: Case, said: Said) -> None:
        """With a random sender, and perhaps dropped: at some event, or after some time."""
        rng = self._rng
        request = replace(
            case.request,
            chat=f"chat {rng.randrange(40)}",
            priority=rng.choice(("interactive", "interactive", "camera", "batch")),
            deadline_s=rng.choice((None, None, None, 60.0, rng.uniform(0, 0.2))),
        )
        patience = rng.choice(("", "", "events", "time"))
        reading = asyncio.create_task(
            self._read(request, said, rng.randrange(6) if patience == "events" else sys.maxsize)
        )
        if patience == "time":
            await asyncio.wait([reading], timeout=rng.expovariate(4))
            reading.cancel()
        try:
            await reading
        except asyncio.CancelledError:
            if asyncio.current_task().cancelling():  # type: ignore[union-attr]  # we are in a task
                raise

    async def _read(self, request: Request, said: Said, most: int) -> None:
        events = self._engine.ask(request)
        try:
            async for event in events:
                said.take(event)
                self.counts["asked again"] += isinstance(event, Again)
                most -= 1
                if most < 0:
                    return
        except VisionError as error:
            said.error = type(error)
        finally:
            await events.aclose()

    def _judge(self, case: Case, said: Said) -> None:
        """Whether what came is (the beginning of) what came alone."""
        self.kinds[case.kind] += 1
        self.counts["finished" if said.done else "failed" if said.error else "dropped"] += 1
        if said.error is EngineTimeout:
            self.counts["overdue"] += 1
        elif said.error is not case.alone.error and said.error:
            self.counts[f"unexpected {said.error.__name__}"] += 1
        self.farthest = max(self.farthest, apart(case.alone, said))
        if not alike(case.alone, said):
            self.different.append((case, said))

    def crossed(self) -> int:
        """How many answers are, word for word, those about other pictures."""
        return sum(self._another(_seen(case.request), said.text) for case, said in self.different)

    def _another(self, seen: set[str], text: str) -> bool:
        owners = [pictures for told, pictures in self._told if told == text]
        return bool(owners) and not any(seen & pictures for pictures in owners)

    def _sample(self, number: int) -> None:
        self.memory.append((number, resident(self._engine.pid), resident(None)))

    def growth(self, column: int) -> float:
        """Megabytes for a thousand requests once the caches are full, by least squares."""
        late = np.array([row for row in self.memory if row[0] >= WARM_UP * self._requests])
        return float(1000 * np.polyfit(late[:, 0], late[:, column], 1)[0]) if len(late) > 2 else float("nan")


def resident(pid: int | None) -> float:
    """A process's memory in megabytes; our own without a number, 0 where it is gone."""
    try:
        statm = Path(f"/proc/{pid or 'self'}/statm").read_text("ascii")
    except OSError:
        return 0.0
    return int(statm.split()[1]) * PAGE / 1e6


def _seen(request: Request) -> set[str]:
    return {picture.digest for picture in pictures_of(request)}


# ---- what is found ----


def apart(own: Said, said: Said) -> float:
    """How far the probabilities lie from what they were alone, at most; 9 for one that was never asked for."""
    pairs = [(p, own.scores.get(number, 9.0)) for number, p in said.scores.items()]
    for number, p in said.rankings.items():
        pairs += zip(p, own.rankings.get(number, (9.0,) * len(p)), strict=True)
    return max((abs(one - other) for one, other in pairs), default=0.0)


def alike(own: Said, said: Said) -> bool:
    """Whether what came is what came alone; of what was dropped, whether it is the beginning of that."""
    whole = (own.text, own.scores.keys(), own.rankings.keys()) == (said.text, said.scores.keys(), said.rankings.keys())
    return apart(own, said) <= NEAR and own.text.startswith(said.text) and (whole or not said.done)


def explained(plain: Plain, case: Case, said: Said) -> str:
    """Why an answer differs: a tie that rounding turns, as the plain run sees it, or nothing that is known."""
    generate = case.request.generate
    if generate is None or said.text == case.alone.text:
        return "scores"
    if generate.temperature > 0:
        return "dice"
    gap = _gap(plain.write(case.request.conversation, generate), case.alone.text, said.text)
    return f"a tie of {gap:.3f}" if gap < TIE else f"NO tie: {gap:.3f}"


def _gap(written: Written, one: str, other: str) -> float:
    """Where two answers part, how far the plain run's best two tokens lay apart; or anywhere before, if it is less."""
    both, text, least = common_length(one, other), b"", float("inf")
    for piece, gap in zip((*written.pieces, b""), written.gaps, strict=False):
        text, least = text + piece, min(gap, least)
        if len(text.decode(errors="ignore").lstrip()) > both:
            break
    return least


def _kept(shelves: Shelves | None) -> str:
    if shelves is None:
        return "not told"
    parts = ((name, getattr(shelves, name)) for name in ("cells", "host", "embeddings"))
    return ", ".join(f"{name} {s.held_bytes / 1e6:.2f} of {s.budget_bytes / 1e6:.2f} MB" for name, s in parts)


async def soak(given: argparse.Namespace) -> bool:
    """Run it all and tell; whether nothing was wrong."""
    weights = tiny_weights() if given.shipped else f16(tiny_weights())
    settings = EngineSettings(
        weights, threads=1, context_tokens=1024, cache_tokens=3072, host_cache_bytes=4 << 20, embeddings_bytes=1 << 20
    )
    async with Engine(settings) as engine:
        pid, begun = engine.pid, time.perf_counter()
        known = await alone(engine, list(cases(given.pictures, given.seed)))
        known = await alone(engine, known)  # the second time from the same shelves as the last time, below
        before = engine.shelves
        odd = {case.kind for case in known if case.alone.error is not MUST_FAIL.get(case.kind)}
        texts = len({case.alone.text for case in known})
        print(f"{len(known)} requests alone in {time.perf_counter() - begun:.0f} s, {texts} different texts")
        print(f"failed alone, though sound: {', '.join(sorted(odd)) or 'none'}", flush=True)
        storm, begun = Soak(engine, known, given.requests, given.seed), time.perf_counter()
        await storm.run()
        taken = time.perf_counter() - begun
        again = zip(known, await alone(engine, known), strict=True)
        changed = [(case, new.alone) for case, new in again if not alike(case.alone, new.alone)]
        after, same = engine.shelves, engine.pid == pid
    _tell(storm, taken)
    print(f"kept before: {_kept(before)}\nkept after:  {_kept(after)}")
    print(
        f"alone once more: {len(changed)} of {len(known)} differ; {'the same process' if same else 'ANOTHER PROCESS'}"
    )
    fine = _tell_differences(weights, storm.different + changed) and same and not odd and not storm.crossed()
    return fine and not any(name.startswith(("waited", "unexpected", "asked")) for name, n in storm.counts.items() if n)


def _tell(storm: Soak, taken: float) -> None:
    asked_ = sum(storm.kinds.values())
    print(f"\n{asked_:,} requests in {taken:.0f} s ({asked_ / taken:.0f} a second), {IN_FLIGHT} in flight")
    print(json.dumps(dict(sorted(storm.kinds.items()))))
    rows = [(name, f"{count:,}") for name, count in sorted(storm.counts.items())]
    rows += [("differing answers", str(len(storm.different))), ("another request's answer", str(storm.crossed()))]
    rows += [("probabilities apart, most", f"{storm.farthest:.4f}")]
    told = ", ".join(f"{megabytes:.0f}" for _, megabytes, _ in storm.memory[:: max(len(storm.memory) // 10, 1)])
    rows += [("memory of the process on the way, MB", told)]
    rows += [("its growth, MB for 1,000 requests", f"{storm.growth(1):+.3f}")]
    rows += [("our own growth, MB for 1,000 requests", f"{storm.growth(2):+.3f}")]
    print(f"\n{table(f'{asked_:,} requests at once', ('found', ''), rows)}")


def _tell_differences(weights: Weights, different: Sequence[tuple[Case, Said]]) -> bool:
    """Whether rounding explains all of them."""
    if not different:
        return True
    plain = Plain(weights)
    reasons = Counter(explained(plain, case, said) for case, said in different)
    print("differences:", json.dumps(reasons))
    for case, said in different[:8]:
        print(f"- {case.kind}: alone {case.alone.text!r} {case.alone.scores}, now {said.text!r} {said.scores}")
    return not any(reason.startswith(("NO", "scores")) for reason in reasons)


def main() -> None:
    """Soak, and end with 1 where something was wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--pictures", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--shipped", action="store_true", help="with q8_0 as it ships, not f16: rounding shows more often"
    )
    raise SystemExit(not asyncio.run(soak(parser.parse_args())))


if __name__ == "__main__":
    main()
