"""SQLite: one connection that writes, a few that read, and what has to be told to each."""

from __future__ import annotations

import logging
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from storage.errors import NoDatabase, StorageDown
from storage.migrate import Shapes, demand_newest, upgrade

_SETTINGS: Final[dict[str, Any]] = {
    # No isolation level: the driver starts no transactions of its own. `timeout` is how many seconds another process,
    # such as the command line, may hold the write lock; whoever asks has to ask again then, and can be stopped.
    "connect_args": {"isolation_level": None, "timeout": 3},
    "hide_parameters": True,
}


def migrate(address: URL) -> Shapes:
    """Bring the file at `address` to the newest shape, making it and its folder where there is none."""
    try:
        Path(address.database or "").parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageDown(f"The database's folder cannot be made ({error.strerror}).") from error
    # Foreign keys stay off here: rebuilding a table drops it, and with them on that would empty the tables below it.
    engine = create_engine(address, **_SETTINGS)
    _listen(engine, "BEGIN IMMEDIATE", "foreign_keys = OFF")
    try:
        with engine.begin() as connection:
            return upgrade(connection)
    finally:
        engine.dispose()


def inspect(address: URL) -> None:
    """Raise SchemaTooOld or SchemaTooNew unless the file has this program's shape, NoDatabase where there is none."""
    if not Path(address.database or "").exists():
        raise NoDatabase("There is no database yet: it is made when the bot starts.")
    engine = create_engine(address, **_SETTINGS)
    try:
        with engine.connect() as connection:
            demand_newest(connection)
    finally:
        engine.dispose()


def engines(address: URL) -> tuple[AsyncEngine, AsyncEngine]:
    """The one connection that writes, and those that read."""
    logging.getLogger("aiosqlite").setLevel(logging.INFO)  # at DEBUG it writes down every value
    writer = _engine(address, "BEGIN IMMEDIATE", "foreign_keys = ON", pool_size=1, max_overflow=0)
    reader = _engine(address, "BEGIN DEFERRED", "query_only = ON", pool_size=4, max_overflow=-1)
    return writer, reader


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

    @event.listens_for(engine, "invalidate")
    def undo(connection: Any, _record: object, _error: object) -> None:
        # Somebody was cancelled in the middle. Closing alone would not end the transaction as long as a statement of it
        # is held, if only by the error's traceback.
        with suppress(sqlite3.Error, ValueError):
            connection.rollback()

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)
