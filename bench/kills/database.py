"""The database as the trial sees it: what waits in its queues, and how it is taken away from the bot."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Protocol

QUEUES = ("inbox", "outbox")
UNDONE = "SELECT state, count(*) FROM {} WHERE state <> 'done' GROUP BY state ORDER BY state DESC"


class Database(Protocol):
    """One of the two databases."""

    victims: Mapping[str, float]
    """What may be killed, and how often against each other."""

    @property
    def url(self) -> str:
        """DATABASE_URL for the bot."""
        ...

    async def under_way(self) -> str:
        """What is not done, in words; empty when all is."""
        ...

    async def cut(self) -> None:
        """End all connections to it."""
        ...

    async def restart(self, *, down_s: float) -> None:
        """Kill its server and start it again after some seconds."""
        ...


class Sqlite:
    """A file: there are no connections to cut and there is no server."""

    victims: Mapping[str, float] = {"bot": 7, "model": 3}

    def __init__(self, folder: Path) -> None:
        self._path = folder / "lookout.db"

    @property
    def url(self) -> str:
        return f"sqlite:///{self._path}"

    async def under_way(self) -> str:
        return await asyncio.to_thread(self._under_way)

    def _under_way(self) -> str:
        """Read only, so that nothing is mended before the bot does it."""
        try:
            with closing(sqlite3.connect(f"file:{self._path}?mode=ro", uri=True)) as connection:
                return told({queue: dict(connection.execute(UNDONE.format(queue)).fetchall()) for queue in QUEUES})
        except sqlite3.OperationalError as error:
            return f"no queues ({error})"

    async def cut(self) -> None:
        raise NotImplementedError

    async def restart(self, *, down_s: float) -> None:
        raise NotImplementedError


def told(undone: Mapping[str, Mapping[str, int]]) -> str:
    """The queues in words: "inbox 2 waiting 1 running"."""
    queues = (
        f"{queue} {' '.join(f'{count} {state}' for state, count in states.items())}"
        for queue, states in undone.items()
        if states
    )
    return ", ".join(queues)
