"""The connections: one that writes, any number that read, and what SQLite has to be told on each.

Knows transactions, not what is in the tables.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, Self

from sqlalchemy import URL, Connection, Engine, create_engine, event, exc, make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from storage.errors import StorageDown, StorageError, translated
from storage.migrate import upgrade

_ADDRESS: Final = "The database's address must look like sqlite:///data/lookout.db."
_SETTINGS: Final[dict[str, Any]] = {
    # No isolation level: the driver starts no transactions of its own. `timeout` is how many seconds another process,
    # such as the command line, may hold the write lock.
    "connect_args": {"isolation_level": None, "timeout": 10},
    "hide_parameters": True,
}


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
            await asyncio.to_thread(_migrate, address)
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


def _address(url: str) -> URL:
    try:
        address = make_url(url)
    except exc.ArgumentError:
        raise StorageError(_ADDRESS) from None
    if address.drivername != "sqlite" or not address.database or address.database == ":memory:":
        raise StorageError(_ADDRESS)
    try:
        Path(address.database).parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageDown(f"The database's folder cannot be made ({error.strerror}).") from error
    return address


def _migrate(address: URL) -> None:
    # Foreign keys stay off here: rebuilding a table drops it, and with them on that would empty the tables below it.
    engine = create_engine(address, **_SETTINGS)
    _listen(engine, "BEGIN IMMEDIATE", "foreign_keys = OFF")
    try:
        with engine.begin() as connection:
            upgrade(connection)
    finally:
        engine.dispose()


def _engine(address: URL, begin: str, pragma: str, *, pool_size: int, max_overflow: int) -> AsyncEngine:
    driven = address.set(drivername="sqlite+aiosqlite")
    engine = create_async_engine(driven, pool_size=pool_size, max_overflow=max_overflow, **_SETTINGS)
    _listen(engine.sync_engine, begin, pragma)
    return engine


def _listen(engine: Engine, begin: str, pragma: str) -> None:
    """Make every connection durable at its commits, and start every transaction with `begin`."""

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        for setting in ("journal_mode = WAL", "synchronous = FULL", pragma):
            cursor.execute(f"PRAGMA {setting}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)
