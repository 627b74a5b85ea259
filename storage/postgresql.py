"""PostgreSQL: connections that notice when their server is gone, and come back with it."""

from __future__ import annotations

from typing import Any, Final

import psycopg
from sqlalchemy import URL, ExceptionContext, create_engine, event, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from storage.errors import READ_ONLY
from storage.migrate import Shapes, demand_newest, upgrade

# A server that vanished without a word is given up after these seconds, by either side.
_PATIENCE: Final[dict[str, Any]] = {
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
    "application_name": "lookout",
    "options": "-c tcp_keepalives_idle=5 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3",
}
_SETTINGS: Final[dict[str, Any]] = {"connect_args": _PATIENCE, "hide_parameters": True}

_MIGRATING: Final = 0x4C6F6F6B  # any number, the same for everybody who migrates


def migrate(address: URL) -> Shapes:
    """Bring the database at `address` to the newest shape. Of several processes that start at once, one does it."""
    engine = create_engine(_driven(address), **_SETTINGS)
    try:
        with engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:it)"), {"it": _MIGRATING})
            return upgrade(connection)
    finally:
        engine.dispose()


def inspect(address: URL) -> None:
    """Raise SchemaTooOld or SchemaTooNew unless the database has this program's shape."""
    engine = create_engine(_driven(address), **_SETTINGS)
    try:
        with engine.connect() as connection:
            demand_newest(connection)
    finally:
        engine.dispose()


def engines(address: URL) -> tuple[AsyncEngine, AsyncEngine]:
    """The same connections twice: as they write, and as they read, which is one moment and no change."""
    # A connection is asked for a sign of life before each use: after the server was away the next use finds a new one.
    writer = create_async_engine(
        _driven(address), pool_pre_ping=True, pool_size=5, max_overflow=10, pool_timeout=10, **_SETTINGS
    )
    event.listen(writer.sync_engine, "handle_error", _seek_another_server)
    return writer, writer.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def _seek_another_server(error: ExceptionContext) -> None:
    """A connection that only reads goes on to, whoever may be written to by now: have it made anew."""
    if getattr(error.original_exception, "sqlstate", None) == READ_ONLY:
        error.is_disconnect = True


async def connect(address: URL) -> psycopg.AsyncConnection[Any]:
    """A connection of one's own, without transactions: for what lasts, as listening and locks do.

    The address is read as for the others: libpq would take spaces and several hosts in it otherwise, or not at all.
    """
    driven = _driven(address)
    _, arguments = driven.get_dialect()().create_connect_args(driven)
    return await psycopg.AsyncConnection.connect(autocommit=True, **{**arguments, **_PATIENCE})


def _driven(address: URL) -> URL:
    return address.set(drivername="postgresql+psycopg")
