"""One transaction, as the nouns of this room use it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Executable, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import CursorResult
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.jobs import Jobs

Insert = sqlite.Insert | postgresql.Insert


@dataclass(frozen=True, slots=True)
class Transaction:
    """An open transaction and the moment, aware and in UTC, that counts as now for all of it.

    `jobs` are there where several processes may share the inbox.
    """

    connection: AsyncConnection
    now: datetime
    jobs: Jobs | None = None

    async def execute(self, statement: Executable, rows: list[dict[str, Any]] | None = None) -> CursorResult[Any]:
        """Run one statement, for each of `rows` where there are any."""
        return await self.connection.execute(statement, rows)

    def insert(self, table: Table) -> Insert:
        """An INSERT that knows ON CONFLICT, in the dialect of this database."""
        return postgresql.insert(table) if self.connection.dialect.name == "postgresql" else sqlite.insert(table)
