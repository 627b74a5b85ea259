"""What only one of several processes may do at a time: a lock that PostgreSQL keeps while a connection lives."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress
from typing import Any, Final, Literal, TypeAlias

import psycopg
from sqlalchemy import URL

from storage.errors import StorageDown, translated
from storage.postgresql import connect

Role: TypeAlias = Literal["poller", "sender", "caller", "keeper", "menus"]

LOOK_EVERY_S: Final = 1.0
"""How often one who waits asks whether the role is free, and one who has it whether the server still answers."""

_SILENCE_S: Final = 5.0


@asynccontextmanager
async def sole(address: URL, role: Role) -> AsyncIterator[None]:
    """Wait until nobody else has the role, and have it for the block.

    Raises StorageDown, and cancels what the block is at, as soon as the connection is lost: others may have the role
    then.
    """
    with translated():
        async with await connect(address) as connection:
            await _taken(connection, role)
            try:
                async with asyncio.timeout(None) as hold, _watched(connection, hold):
                    yield
            except TimeoutError:
                if hold.expired():
                    raise StorageDown("The database let go of what only one process may do.") from None
                raise


async def _taken(connection: psycopg.AsyncConnection[Any], role: Role) -> None:
    take = "SELECT pg_try_advisory_lock(hashtextextended('lookout:' || %s, 0))"
    while await (await connection.execute(take, [role])).fetchone() != (True,):  # noqa: ASYNC110 - nobody tells us
        await asyncio.sleep(LOOK_EVERY_S)


@asynccontextmanager
async def _watched(connection: psycopg.AsyncConnection[Any], hold: asyncio.Timeout) -> AsyncIterator[None]:
    watching = asyncio.create_task(_watch(connection, hold))
    try:
        yield
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching


async def _watch(connection: psycopg.AsyncConnection[Any], hold: asyncio.Timeout) -> None:
    """End the hold when the connection ends: at once where that is told, else when the server does not answer."""
    with suppress(psycopg.Error, TimeoutError):
        while True:
            async with aclosing(connection.notifies(timeout=LOOK_EVERY_S)) as ended:
                async for _ in ended:
                    pass
            async with asyncio.timeout(_SILENCE_S):
                await connection.execute("SELECT 1")
    hold.reschedule(asyncio.get_running_loop().time())
