"""The database as the trial sees it: what waits in its queues, and how it is taken away from the bots."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Protocol

import psycopg

from bench.kills.ledger import Photo
from bench.postgresql import PostgreSQL

QUEUES = ("inbox", "outbox")
PROMISED = "SELECT 'alerts', count(*) FROM alerts WHERE told"
LATE = (
    "SELECT DISTINCT late.chat, late.key FROM inbox AS late JOIN inbox AS earlier ON earlier.bot = late.bot"
    " AND earlier.chat = late.chat AND earlier.album = late.album WHERE earlier.finished < late.created"
)
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

    async def late(self) -> set[Photo]:
        """The messages of albums that came in when their album had been answered."""
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
        return int(self._ask(PROMISED)[0][1])

    async def late(self) -> set[Photo]:
        return photos(self._ask(LATE))

    def _ask(self, statement: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(f"file:{self._path}?mode=ro", uri=True)) as connection:
            return connection.execute(statement).fetchall()

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
        return int((await self._ask(PROMISED))[0][1])

    async def late(self) -> set[Photo]:
        return photos(await self._ask(LATE))

    async def _ask(self, statement: str) -> list[tuple[Any, ...]]:
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


def photos(rows: Iterable[tuple[int, str]]) -> set[Photo]:
    """Messages by their chats and the keys that the inbox knows them by, "message:chat:number:…"."""
    return {(chat, int(key.split(":")[2])) for chat, key in rows}


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
