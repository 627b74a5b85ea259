"""One trial: a sandbox that survives, bots that don't, people who send photos, and somebody who kills."""

from __future__ import annotations

import asyncio
import os
import random
import socket
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Literal

from bench.kills.balancer import balanced
from bench.kills.bots import Bot
from bench.kills.cruelty import RULES
from bench.kills.database import Database, Postgres, Sqlite, undone
from bench.kills.feeder import LOOK_S, Feeder, watch
from bench.kills.killer import Kill, Killer, marks
from bench.kills.ledger import Ledger, Tally
from bench.pictures import pictures
from bench.telegram import Telegram, telegram
from bot.settings import Settings
from sandbox.driver import Driver

SIDE = 320  # pixels of a photo
BACKLOG = 2  # photos that wait for their answer, for each chat
PATIENCE_S = 120.0
CALM_S = 2.0  # how long to look on after the last answer, for a second one


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do. With `minutes` it goes on for so long, with `kills` in every `photos`.

    `growing` has every answer stand in its chat from the start, as one that takes long would, and edited all the while.
    """

    photos: int = 300
    kills: int = 50
    chats: int = 12
    seed: int = 1
    database: Literal["sqlite", "postgresql"] = "sqlite"
    processes: int = 1
    cruel: bool = False
    growing: bool = False
    minutes: float | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it. `pauses` are the seconds from each kill to the next answer, where one was waited for."""

    tally: Tally
    kills: Sequence[Kill]
    pauses: Sequence[float]
    fell: int
    stopped_s: float
    left: str
    took_s: float
    complaints: Counter[str] = field(default_factory=Counter)


async def trial(plan: Plan, folder: Path, tell: Callable[[str], None]) -> Outcome:
    """Do as planned, with everything in `folder`; `tell` hears of each kill."""
    began = time.monotonic()
    async with AsyncExitStack() as stack:
        stage = await _set_up(plan, folder, stack)
        killer = _killer(plan, stage, tell)
        stopped_s = await _run(plan, stage, killer)
        shown = {one.chat: [*await one.messages(), *await one.placeholders()] for one in stage.people}
        return Outcome(
            tally=stage.ledger.tally(shown, late=await stage.database.late(), promised=await stage.database.promised()),
            kills=killer.kills,
            pauses=_pauses(killer.kills, stage.ledger),
            fell=sum(bot.fell for bot in stage.bots),
            stopped_s=stopped_s,
            left=await stage.database.under_way(),
            took_s=time.monotonic() - began,
            complaints=sum((bot.complaints() for bot in stage.bots), Counter()),
        )


@dataclass(frozen=True, slots=True)
class _Stage:
    """Who takes part."""

    people: Sequence[Driver]
    database: Database
    bots: Sequence[Bot]
    ledger: Ledger = field(default_factory=Ledger)


async def _set_up(plan: Plan, folder: Path, stack: AsyncExitStack) -> _Stage:
    there = await stack.enter_async_context(telegram(folder, people=plan.chats))
    if plan.cruel:
        await there.people[0].misbehave(RULES)
        await there.people[0].count(enforced=True)
    database: Database = Sqlite(folder / "data") if plan.database == "sqlite" else Postgres()
    stack.callback(database.close)
    return _Stage(there.people, database, await _bots(plan, there, database, folder, stack))


async def _bots(plan: Plan, there: Telegram, database: Database, folder: Path, stack: AsyncExitStack) -> list[Bot]:
    """One that fetches its updates, or several that have them brought by a proxy."""
    ports = [_free_port() for _ in range(plan.processes)]
    environment = _outside() | {
        "TELEGRAM_TOKEN": there.token,
        "TELEGRAM_API": there.url,
        "DATA": str(folder / "data"),
        "DATABASE_URL": database.url,
        "THREADS": "1",
    }
    if plan.processes > 1:
        addresses = [f"http://127.0.0.1:{port}/telegram" for port in ports]
        proxy = balanced(addresses, random.Random(f"{plan.seed} proxy"))
        environment["WEBHOOK_URL"] = await stack.enter_async_context(proxy)
    return [
        Bot(
            f"bot {number}",
            environment | {"WEB_PORT": str(port)},
            folder,
            random.Random(f"{plan.seed} bot {number}"),
            growing=plan.growing,
        )
        for number, port in enumerate(ports, 1)
    ]


def _outside() -> dict[str, str]:
    """The environment without anything that would set up a bot."""
    return {name: value for name, value in os.environ.items() if name.lower() not in Settings.model_fields}


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port


def _killer(plan: Plan, stage: _Stage, tell: Callable[[str], None]) -> Killer:
    dice = random.Random(f"{plan.seed} killer")
    places = marks(dice, plan.photos, plan.kills)
    if plan.minutes is None:
        places = islice(places, plan.kills)
    return Killer(stage.bots, stage.database, stage.ledger, places, dice=dice, tell=tell)


async def _run(plan: Plan, stage: _Stage, killer: Killer) -> float:
    """Feed and kill until all is answered, or nothing comes any more; the seconds that the bots took to stop."""
    feeder = Feeder(
        stage.people,
        stage.ledger,
        pictures(plan.seed, SIDE),
        photos=None if plan.minutes else plan.photos,
        backlog=BACKLOG * len(stage.people),
        dice=random.Random(f"{plan.seed} feeder"),
    )
    async with asyncio.TaskGroup() as group:
        bots = [group.create_task(bot.run()) for bot in stage.bots]
        watching = [group.create_task(watch(one.in_chat(one.chat), stage.ledger)) for one in stage.people]
        acting = [group.create_task(feeder.run()), group.create_task(killer.run())]
        await _settled(plan, stage, acting)
        stopped = await asyncio.gather(*(bot.stop() for bot in stage.bots))
        for task in (*bots, *watching, *acting):
            task.cancel()
    return max(stopped)


async def _settled(plan: Plan, stage: _Stage, acting: Sequence[asyncio.Task[None]]) -> None:
    """Until all is sent, killed, answered and done, or for too long nothing happens; and for a while after that."""
    ledger, end = stage.ledger, time.monotonic() + 60 * (plan.minutes or float("inf"))
    while ledger.quiet_s < PATIENCE_S:
        await asyncio.sleep(LOOK_S)
        ledger.over = ledger.over or time.monotonic() > end
        if ledger.open == 0 and all(task.done() for task in acting) and not undone(await stage.database.under_way()):
            break
    await asyncio.sleep(CALM_S)


def _pauses(kills: Sequence[Kill], ledger: Ledger) -> list[float]:
    found = (ledger.next_answer_after(kill.at) for kill in kills if kill.waiting)
    return [seconds for seconds in found if seconds is not None]
