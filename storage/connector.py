"""procrastinate's questions, asked on this room's connections: one pool, one way to recover, one set of errors.

A job can thus be put into the transaction that adds its update, and everything procrastinate does raises StorageError.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import aclosing
from typing import Any

from procrastinate.connector import LISTEN_TIMEOUT, BaseAsyncConnector, Notify
from psycopg import sql
from psycopg.types.json import Jsonb
from sqlalchemy.engine import CursorResult
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database import Database
from storage.errors import translated
from storage.postgresql import connect


class Connector(BaseAsyncConnector):
    """What procrastinate's JobManager stands on. A `connection` is one of SQLAlchemy's."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def execute_query_async(self, query: str, **arguments: Any) -> None:
        """Ask, in a transaction of its own."""
        async with self._database.write() as connection:
            await _ask(connection, query, arguments)

    async def execute_query_one_async(self, query: str, **arguments: Any) -> dict[str, Any]:
        """The one row that is the answer."""
        async with self._database.write() as connection:
            return dict((await _ask(connection, query, arguments)).mappings().one())

    async def execute_query_all_async(self, query: str, **arguments: Any) -> list[dict[str, Any]]:
        """All rows of the answer."""
        async with self._database.write() as connection:
            return await self.execute_query_all_async_with_connection(connection, query, **arguments)

    async def execute_query_all_async_with_connection(
        self, connection: AsyncConnection, query: str, **arguments: Any
    ) -> list[dict[str, Any]]:
        """All rows of the answer, asked inside somebody's transaction."""
        return [dict(row) for row in (await _ask(connection, query, arguments)).mappings()]

    async def listen_notify(self, on_notification: Notify, channels: Iterable[str]) -> None:
        """Pass on what is announced on the channels, until the connection is lost: StorageDown."""
        with translated():
            async with await connect(self._database.address) as connection:
                for channel in channels:
                    await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
                while True:
                    async with aclosing(connection.notifies(timeout=LISTEN_TIMEOUT)) as news:
                        async for notification in news:
                            await on_notification(channel=notification.channel, payload=notification.payload)
                    await connection.execute("SELECT 1")  # a sign of life


async def _ask(connection: AsyncConnection, query: str, arguments: dict[str, Any]) -> CursorResult[Any]:
    return await connection.exec_driver_sql(query, {name: _adapted(value) for name, value in arguments.items()})


def _adapted(value: Any) -> Any:
    """The driver takes a dict for nothing of PostgreSQL's by itself."""
    match value:
        case dict():
            return Jsonb(value)
        case list():
            return [_adapted(item) for item in value]
        case tuple():
            return tuple(_adapted(item) for item in value)
    return value
