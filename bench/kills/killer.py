"""Kills at random moments of the work, and says each."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Literal

from bench.kills.bots import Bot
from bench.kills.database import Database
from bench.kills.feeder import LOOK_S
from bench.kills.ledger import Ledger

Victim = Literal["bot", "model", "connections", "server"]
MEAN_DELAY_S = 1.0
"""A start takes a little longer: some kills hit a bot that starts, others one at work."""


@dataclass(frozen=True, slots=True)
class Kill:
    """One of them; `at` is in seconds of the monotonic clock, `waiting` how many photos waited for their answer."""

    victim: Victim
    at: float
    waiting: int


def marks(dice: random.Random, photos: int, kills: int) -> Iterator[float]:
    """After how many answers to kill: `kills` random places in each `photos` of them, without end."""
    for block in count():
        yield from sorted(photos * (block + 0.95 * dice.random()) for _ in range(kills))


class Killer:
    """Kills at each of `places`, a random moment after that many answers: the work goes on, however slow it is."""

    def __init__(
        self,
        bots: Sequence[Bot],
        database: Database,
        ledger: Ledger,
        places: Iterator[float],
        *,
        dice: random.Random,
        tell: Callable[[str], None],
    ) -> None:
        self.kills: list[Kill] = []
        self._bots = bots
        self._database = database
        self._ledger = ledger
        self._places = places
        self._dice = dice
        self._tell = tell
        self._began = time.monotonic()

    async def run(self) -> None:
        """Kill until the places or the photos are at an end."""
        for place in self._places:
            while self._ledger.answered < place:
                if self._ledger.over and self._ledger.open == 0:
                    return
                await asyncio.sleep(LOOK_S)
            await self._kill()

    async def _kill(self) -> None:
        bot = self._dice.choice(self._bots)
        (victim,) = self._dice.choices(*zip(*self._database.victims.items(), strict=True))
        await bot.up()
        await asyncio.sleep(self._dice.expovariate(1 / MEAN_DELAY_S))
        under_way = await self._database.under_way()
        if victim == "model" and not bot.kill_model():
            victim = "bot"  # one that starts has no model yet
        self._note(victim, bot, under_way)
        if victim == "bot":
            await bot.kill()
        if blow := self._database.blows.get(victim):
            await blow(self._dice)

    def _note(self, victim: Victim, bot: Bot, under_way: str) -> None:
        self.kills.append(Kill(victim, time.monotonic(), self._ledger.open))
        self._ledger.touch()
        whose = {"bot": f"{bot.name}, up {bot.age_s:.1f} s", "model": f"the model of {bot.name}"}
        self._tell(
            f"{time.monotonic() - self._began:7.1f} s  kill {len(self.kills):3}: "
            f"{whose.get(victim, f'the database: {victim}'):24} | {self._ledger.open} photos unanswered, {under_way}"
        )
