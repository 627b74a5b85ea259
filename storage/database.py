"""The open database: its transactions, whichever of the two it is.

Knows transactions, not what is in the tables; what only one kind of database needs stands in `sqlite` and `postgresql`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from types import ModuleType
from typing import Any, Final, Self

from sqlalchemy import URL, exc, make_url, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from storage import postgresql, sqlite
from storage.errors import StorageError, translated
from storage.migrate import Shapes

_ADDRESS: Final = (
    "The database's address must look like sqlite:///data/lookout.db or postgresql://user:password@host/database."
)

_REWRITE: Final = text("UPDATE alembic_version SET version_num = version_num")


class Database:
    """An open database in its newest shape. Transactions commit when their block ends, and roll back when it raises."""

    def __init__(self, address: URL, writer: AsyncEngine, reader: AsyncEngine) -> None:
        self.address = address
        self._writer = writer
        self._reader = reader
        # SQLite has one writer; waiting for each other here is fairer than what it does.
        self._turn: AbstractAsyncContextManager[None] = nullcontext() if self.shared else asyncio.Lock()
        self._writing: set[asyncio.Task[Any] | None] = set()

    @property
    def shared(self) -> bool:
        """Whether several processes may work on it at once: it is a PostgreSQL."""
        return _is_postgresql(self.address)

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str, *, migrate: bool = True) -> AsyncIterator[Self]:
        """Migrate the database at `url` to the newest shape, then keep it open for the block.

        `url` is sqlite:///PATH or postgresql://USER:PASSWORD@HOST/DATABASE. Without `migrate` its shape stays, and
        SchemaTooOld is raised where that is not the newest, and NoDatabase where there is no file.
        """
        address = _address(url)
        kind = _kind(address)
        with translated():
            await asyncio.to_thread(kind.migrate if migrate else kind.inspect, address)
        writer, reader = kind.engines(address)
        try:
            yield cls(address, writer, reader)
        finally:
            await reader.dispose()
            await writer.dispose()

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A writing transaction. On SQLite there is one at a time, and others wait their turn."""
        task = asyncio.current_task()
        if task in self._writing:
            raise RuntimeError("a writing transaction inside a writing transaction would wait for itself")
        async with self._turn:
            self._writing.add(task)
            try:
                with translated():
                    async with self._writer.begin() as connection:
                        yield connection
            finally:
                self._writing.discard(task)

    async def probe(self) -> None:
        """Commit a write that changes nothing: the one row that every database has is written anew."""
        async with self.write() as connection:
            await connection.execute(_REWRITE)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A view of the database as it is at the first question, beside other readers and the writers."""
        with translated():
            async with self._reader.begin() as connection:
                yield connection


async def migrated(url: str) -> Shapes:
    """Bring the database at `url` to the newest shape; says what it was and is."""
    address = _address(url)
    with translated():
        return await asyncio.to_thread(_kind(address).migrate, address)


def _kind(address: URL) -> ModuleType:
    return postgresql if _is_postgresql(address) else sqlite


def _address(url: str) -> URL:
    try:
        address = make_url(url)
    except (exc.ArgumentError, ValueError):  # the latter for a port that is no number
        raise StorageError(_ADDRESS) from None
    named = address.database not in {None, "", ":memory:"}
    if not named or not (address.drivername == "sqlite" or _is_postgresql(address)):
        raise StorageError(_ADDRESS)
    return address


def _is_postgresql(address: URL) -> bool:
    return address.drivername in {"postgresql", "postgres"}
