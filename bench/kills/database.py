"""The database as the trial sees it: what waits in its queues, and how it is taken away from the bots."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import Awaitable, Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Protocol

import psycopg

from bench.postgresql import PostgreSQL

QUEUES = ("inbox", "outbox")
PROMISED = "SELECT 'alerts', count(*) FROM alerts WHERE told"
UNDONE = "SELECT state, count(*) FROM {} WHERE state <> 'done' GROUP BY state ORDER BY state DESC"
DOWN_S = (1.0, 6.0)
"""How long a database server stays away."""

Blow = Callable[[random.Random], Awaitable[None]]
"""Strikes the database itself; what is random about it comes from the dice."""


class Database(Protocol):
    """One of the two databases: `url` is DATABASE_URL for the bots.

    `victims` is what may be killed in a trial on it, and how often against each other; `blows` has those of them that
    are parts of the database.
    """

    victims: Mapping[str, float]
    blows: Mapping[str, Blow]
    url: str

    async def under_way(self) -> str:
        """What is not done, in words: "inbox 2 waiting 1 running"; empty when all is."""
        ...

    async def promised(self) -> int:
        """How many alerts somebody is to be told."""
        ...

    def close(self) -> None:
        """Remove what does not lie in the trial's folder."""
        ...


class Sqlite:
    """A file: there are no connections to cut and there is no server."""

    victims: Mapping[str, float] = {"bot": 7, "model": 3}
    blows: Mapping[str, Blow] = {}

    def __init__(self, folder: Path) -> None:
        self._path = folder / "lookout.db"
        self.url = f"sqlite:///{self._path}"

    async def under_way(self) -> str:
        return await asyncio.to_thread(self._under_way)

    def _under_way(self) -> str:
        """Read only, so that nothing is mended before the bot does it."""
        try:
            with closing(sqlite3.connect(f"file:{self._path}?mode=ro", uri=True)) as connection:
                return told({queue: dict(connection.execute(UNDONE.format(queue)).fetchall()) for queue in QUEUES})
        except sqlite3.OperationalError as error:
            return f"no queues ({error})"

    async def promised(self) -> int:
        with closing(sqlite3.connect(f"file:{self._path}?mode=ro", uri=True)) as connection:
            return int(connection.execute(PROMISED).fetchone()[1])

    def close(self) -> None:
        return


class Postgres:
    """A server of the trial's own."""

    victims: Mapping[str, float] = {"bot": 6, "model": 2, "connections": 1.5, "server": 0.5}

    def __init__(self) -> None:
        self._server = PostgreSQL()
        self.url = self._server.new()
        self.blows: Mapping[str, Blow] = {"connections": self._cut, "server": self._restart}

    async def under_way(self) -> str:
        try:
            return told({queue: dict(await self._ask(UNDONE.format(queue))) for queue in QUEUES})
        except psycopg.OperationalError:
            return "the database is away"
        except psycopg.errors.UndefinedTable:
            return "no queues"

    async def promised(self) -> int:
        return (await self._ask(PROMISED))[0][1]

    async def _ask(self, statement: str) -> list[tuple[str, int]]:
        return await asyncio.to_thread(self._server.ask, statement, self.url)

    async def _cut(self, _dice: random.Random) -> None:
        """End all connections to it."""
        await asyncio.to_thread(self._server.cut, self.url)

    async def _restart(self, dice: random.Random) -> None:
        """Kill its server and start it again after some seconds."""
        await asyncio.to_thread(self._server.crash)
        await asyncio.sleep(dice.uniform(*DOWN_S))
        await asyncio.to_thread(self._server.start)

    def close(self) -> None:
        self._server.close()


def undone(under_way: str) -> bool:
    """Whether something is still to be done; what failed, or perhaps arrived, is not."""
    return "waiting" in under_way or "running" in under_way


def told(found: Mapping[str, Mapping[str, int]]) -> str:
    """The queues in words."""
    queues = (
        f"{queue} {' '.join(f'{count} {state}' for state, count in states.items())}"
        for queue, states in found.items()
        if states
    )
    return ", ".join(queues)
