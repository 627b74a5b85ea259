"""What the inbox, the outbox and the calls have in common: rows that wait, run, and are finished.

Knows the states, not the order in which rows are taken, nor what one is about. Who has taken a row can change it for as
long as nobody else has taken it since, and it is unfinished: each taking counts the attempts up. So saying twice that
one is done is harmless, nothing that was finished comes back, and who is late changes nothing.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, ClassVar, Protocol

import sqlalchemy as sa

from storage.transaction import Transaction

WAITING, RUNNING, DONE, FAILED = "waiting", "running", "done", "failed"


class Taken(Protocol):
    """A row as somebody has taken it."""

    @property
    def id(self) -> int:
        """Its number."""
        ...

    @property
    def attempts(self) -> int:
        """How often it had been taken then, this time among them."""
        ...


class Queue:
    """A table of the queue's shape, seen through one transaction."""

    longest_wait: ClassVar[timedelta] = timedelta(days=1)
    """No row is put off for longer. One that seems to be was so by a clock that has been set back since: it is due."""

    def __init__(self, transaction: Transaction, table: sa.Table) -> None:
        self._transaction = transaction
        self._table = table

    async def retry(self, taken: Taken, *, after: timedelta, error: str) -> bool:
        """Put a row back where it stood; it is taken again `after` that long at the earliest, or the longest wait.

        False, here and below, where it is in other hands by now, or finished: then nothing changes.
        """
        not_before = self._transaction.now + min(after, self.longest_wait)
        return await self._change(taken, state=WAITING, not_before=not_before, error=error)

    async def fail(self, taken: Taken, error: str) -> bool:
        """Give a row up, with the reason. Its chat goes on with the next."""
        return await self._finish(taken, FAILED, error=error)

    async def recover(self) -> int:
        """Let rows wait again that a process left running when it died. Returns how many."""
        left = self._table.c.finished.is_(None) & (self._table.c.state == RUNNING)
        return (await self._transaction.execute(sa.update(self._table).where(left).values(state=WAITING))).rowcount

    async def depth(self) -> dict[str, int]:
        """How many rows are waiting, running and failed. What is done is not counted: it may be millions."""
        state, count = self._table.c.state, sa.func.count().label("rows")
        unfinished = sa.select(state, count).where(self._table.c.finished.is_(None)).group_by(state)
        failed = sa.select(count).select_from(self._table).where(sa.text("state = 'failed'"))
        rows = {row.state: row.rows for row in await self._transaction.execute(unfinished)}
        failures = (await self._transaction.execute(failed)).scalar_one()
        return {WAITING: rows.get(WAITING, 0), RUNNING: rows.get(RUNNING, 0), FAILED: failures}

    async def oldest(self) -> datetime | None:
        """When the oldest unfinished row came in."""
        created = sa.select(self._table.c.created).where(self._table.c.finished.is_(None))
        found: datetime | None = (await self._transaction.execute(created.order_by(self._table.c.id).limit(1))).scalar()
        return found

    def _due(self) -> sa.ColumnElement[bool]:
        not_before, now = self._table.c.not_before, self._transaction.now
        return not_before.is_(None) | (not_before <= now) | (not_before > now + self.longest_wait)

    async def _start(self, which: sa.ColumnElement[bool], **values: Any) -> sa.Row[Any] | None:
        started = {"state": RUNNING, "attempts": self._table.c.attempts + 1, **values}
        running = sa.update(self._table).where(which).values(**started).returning(self._table)
        return (await self._transaction.execute(running)).one_or_none()

    async def _finish(self, taken: Taken, state: str, **values: Any) -> bool:
        return await self._change(taken, state=state, finished=self._transaction.now, **values)

    async def _change(self, taken: Taken, **values: Any) -> bool:
        changed = sa.update(self._table).where(self._mine(taken)).values(**values)
        return (await self._transaction.execute(changed)).rowcount == 1

    def _mine(self, taken: Taken) -> sa.ColumnElement[bool]:
        """Holds for the row while it is in the hands of who took it."""
        row = self._table.c
        return (row.id == taken.id) & (row.state == RUNNING) & (row.attempts == taken.attempts)
