"""The connections: one that writes, any number that read, and what SQLite has to be told on each.

Knows transactions, not what is in the tables.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self

from sqlalchemy import Connection, event, exc, make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from storage.errors import StorageDown, StorageError, translated
from storage.migrate import upgrade

_BUSY_S = 10  # how long another process, such as the command line, may hold the write lock


class Database:
    """An open database in its newest shape. Transactions commit when their block ends, and roll back when it raises."""

    def __init__(self, writer: AsyncEngine, reader: AsyncEngine) -> None:
        self._writer = writer
        self._reader = reader
        self._turn = asyncio.Lock()
        self._holder: asyncio.Task[Any] | None = None

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str) -> AsyncIterator[Self]:
        """Migrate the database at `url` (sqlite:///PATH) to the newest shape, then keep it open for the block."""
        logging.getLogger("aiosqlite").setLevel(logging.INFO)  # at DEBUG it writes down every value
        address = _address(url)
        with translated():
            await _migrate(address)
        writer = _engine(address, "BEGIN IMMEDIATE", "foreign_keys = ON", pool_size=1, max_overflow=0)
        reader = _engine(address, "BEGIN DEFERRED", "query_only = ON", pool_size=4, max_overflow=-1)
        try:
            yield cls(writer, reader)
        finally:
            await reader.dispose()
            await writer.dispose()

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """The one writing transaction; others wait their turn."""
        if self._holder is asyncio.current_task():
            raise RuntimeError("a writing transaction inside a writing transaction would wait for itself")
        async with self._turn:
            self._holder = asyncio.current_task()
            try:
                with translated():
                    async with self._writer.begin() as connection:
                        yield connection
            finally:
                self._holder = None

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A view of the database as it is at the first question, beside other readers and the writer."""
        with translated():
            async with self._reader.begin() as connection:
                yield connection


def _address(url: str) -> str:
    try:
        parsed = make_url(url)
    except exc.ArgumentError:
        raise StorageError("The database's address must look like sqlite:///data/lookout.db.") from None
    if parsed.drivername != "sqlite" or not parsed.database or parsed.database == ":memory:":
        raise StorageError("The database's address must look like sqlite:///data/lookout.db.")
    try:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageDown(f"The database's folder cannot be made ({error.strerror}).") from error
    return parsed.set(drivername="sqlite+aiosqlite").render_as_string(hide_password=False)


async def _migrate(address: str) -> None:
    # Foreign keys stay off here: rebuilding a table drops it, and with them on that would empty the tables below it.
    engine = _engine(address, "BEGIN IMMEDIATE", "foreign_keys = OFF", pool_size=1, max_overflow=0)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(upgrade)
    finally:
        await engine.dispose()


def _engine(address: str, begin: str, pragma: str, *, pool_size: int, max_overflow: int) -> AsyncEngine:
    """Connections that are durable at every commit. `isolation_level=None`: the driver starts no transaction itself."""
    engine = create_async_engine(
        address,
        connect_args={"isolation_level": None, "timeout": _BUSY_S},
        hide_parameters=True,
        pool_size=pool_size,
        max_overflow=max_overflow,
    )

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        for setting in ("journal_mode = WAL", "synchronous = FULL", pragma):
            cursor.execute(f"PRAGMA {setting}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine
