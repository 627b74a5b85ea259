"""What the way of an update costs beside the model: how many go through a second, where the time goes, and whether rows
that were finished long ago make it dearer; and how long a chat waits while another one floods.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

from bench.old_rows import fill
from bench.pictures import pictures
from bench.postgresql import PostgreSQL
from bench.stub import Clock, at_work, stub_bot
from bench.table import table
from bench.telegram import Telegram, telegram
from sandbox.driver import Driver
from vision.pictures import Pictures

OLD = (1, 10_000, 1_000_000)
CHATS = 40
MANY = 400
SINGLE = 80
FLOOD = 1_000
OTHERS = 10
ANSWER_S = 0.1
SIDE = 320

STEPS = {
    "fetch": "posted until getUpdates has it",
    "commit": "into the inbox",
    "take": "out of it",
    "handle": "file fetched, opened and kept, sighting written, model asked (it answers at once)",
    "settle": "done, with the reply in the outbox",
    "send": "taken, sent, and written down",
}


@dataclass(frozen=True, slots=True)
class Cost:
    """Updates a second, what each takes of the processor, and the steps of one that is alone (ms, medians)."""

    a_second: float
    cpu_ms: float
    steps: dict[str, float]


async def intake() -> str:
    """The tables, with each number of old rows."""
    photo = next(pictures(5, SIDE))
    costs = {(name, old): await _measured(photo, name, old) for name in DATABASES for old in OLD}
    head = ("", *(f"{name}, {old:,} old rows" for name, old in costs))
    rows = [
        ("updates a second, getUpdates to done", *(f"{cost.a_second:.0f}" for cost in costs.values())),
        ("processor time of each, replies sent, ms", *(f"{cost.cpu_ms:.0f}" for cost in costs.values())),
    ]
    rows += [
        (f"one alone: {step} ({what}), ms", *(f"{cost.steps[step]:.1f}" for cost in costs.values()))
        for step, what in STEPS.items()
    ]
    rows += [("– of handle, opening the picture", *[f"{1000 * await _opening(photo):.1f}"] * len(costs))]
    title = f"From Telegram to done, {MANY} photos of {SIDE} px from {CHATS} chats, without a model"
    return table(title, head, rows) + "\n" + await _flood(photo)


async def _measured(photo: bytes, name: str, old: int) -> Cost:
    async with _place(name, people=CHATS) as (there, folder, database):
        await there.people[0].send_photo(photo)
        async with stub_bot(there, folder, database) as (assembly, clock), at_work(assembly):
            await clock.reach("outbox.sent", 1)
        await asyncio.to_thread(fill, database, old)
        for number in range(MANY):
            await there.people[number % CHATS].send_photo(photo)
        async with stub_bot(there, folder, database) as (assembly, clock), at_work(assembly):
            used = time.process_time()
            await clock.reach("inbox.done", MANY)
            a_second = MANY / (_last(clock, "inbox.done") - next(clock.of("inbox.add")).began)
            await clock.reach("outbox.sent", MANY)
            cpu = (time.process_time() - used) / MANY
            steps = [await _one(there.people[number % CHATS], photo, clock) for number in range(SINGLE)]
    return Cost(a_second, 1000 * cpu, {step: 1000 * median(each[step] for each in steps) for step in STEPS})


@contextmanager
def _sqlite(folder: Path) -> Iterator[str]:
    yield f"sqlite:///{folder / 'lookout.db'}"


@contextmanager
def _postgresql(_: Path) -> Iterator[str]:
    server = PostgreSQL(durable=True)
    try:
        yield server.new()
    finally:
        server.close()


DATABASES: Final = {"SQLite": _sqlite, "PostgreSQL": _postgresql}


@asynccontextmanager
async def _place(database: str, *, people: int) -> AsyncIterator[tuple[Telegram, Path, str]]:
    """A Telegram, a folder, and the address of an empty database."""
    with TemporaryDirectory() as name, DATABASES[database](Path(name)) as url:
        async with telegram(Path(name), people=people) as there:
            yield there, Path(name), url


async def _one(person: Driver, photo: bytes, clock: Clock) -> dict[str, float]:
    """Seconds for each step of a photo that is alone in the bot."""
    clock.blocks.clear()
    posted = time.perf_counter()
    await person.send_photo(photo)
    await clock.reach("outbox.sent", 1)
    added, settled = next(clock.of("inbox.add")), next(clock.of("inbox.done"))
    taken = next(block.ended for block in clock.blocks if block.asked & {"inbox.take", "inbox.start"})
    moments = [posted, added.began, added.ended, taken, settled.began, settled.ended, _last(clock, "outbox.sent")]
    return dict(zip(STEPS, (after - before for before, after in pairwise(moments)), strict=True))


def _last(clock: Clock, name: str) -> float:
    return max(block.ended for block in clock.of(name))


async def _opening(photo: bytes) -> float:
    """Seconds, once the process that decodes is up."""
    taken = []
    async with Pictures() as pictures:
        await pictures.open(photo)
        for _ in range(20):
            began = time.perf_counter()
            await pictures.open(photo)
            taken.append(time.perf_counter() - began)
    return median(taken)


# ---- the flood ----


async def _flood(photo: bytes) -> str:
    rows = [(f"{name}, {at_once}", *await _flooded(photo, name, at_once)) for name in DATABASES for at_once in (1, 8)]
    head = (
        "chats at once",
        "updates done before it: median, most",
        "waited, s: median, longest",
        "without the flood, s",
    )
    return table(f"One chat floods {FLOOD:,} photos of {ANSWER_S} s each; a photo of another chat", head, rows)


async def _flooded(photo: bytes, name: str, at_once: int) -> tuple[str, str, str]:
    async with _place(name, people=OTHERS + 2) as (there, folder, database):
        flooder, calm, *others = there.people
        async with (
            stub_bot(there, folder, database, answer_s=ANSWER_S, chats_at_once=at_once) as (assembly, clock),
            at_work(assembly),
        ):
            alone = await _wait(calm, photo, clock)
            for _ in range(FLOOD):
                await flooder.send_photo(photo)
            waits = [await _wait(other, photo, clock) for other in others]
    return (
        _spread([before for before, _ in waits], "d"),
        _spread([seconds for _, seconds in waits], ".2f"),
        f"{alone[1]:.2f}",
    )


async def _wait(person: Driver, photo: bytes, clock: Clock) -> tuple[int, float]:
    """For a photo: how many updates were done from its commit until its answer was there, and the seconds of it all."""
    posted = time.perf_counter()
    await person.send_photo(photo)
    await person.wait_for(lambda message: message.get("text") == "A cat.", timeout=600)
    came_in = _last(clock, "inbox.add")
    return sum(block.ended > came_in for block in clock.of("inbox.done")) - 1, time.perf_counter() - posted


def _spread(values: Sequence[float], form: str) -> str:
    return f"{median(values):{'.1f' if form == 'd' else form}}, {max(values):{form}}"
