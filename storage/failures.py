"""What was given up for good: listed for the operator, and put back into its queue when asked."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final, Literal

import sqlalchemy as sa

from storage import schema
from storage.queue import DONE, WAITING
from storage.records import Failure
from storage.transaction import Transaction

_TABLES: Final = {"update": schema.inbox, "reply": schema.outbox, "call": schema.calls}
_UNTRIED: Final[dict[str, Any]] = {
    "state": WAITING,
    "attempts": 0,
    "error": None,
    "not_before": None,
    "finished": None,
}


class Failures:
    """Failed updates, replies and calls, and replies of which nobody knows whether Telegram has them."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def newest(self, most: int) -> list[Failure]:
        """The newest ones of each kind, updates before replies before calls, at most so many of a kind."""
        return [
            *await self._newest("update", "failed", most),
            *await self._newest("reply", "failed", most),
            *await self._newest("reply", "unknown", most),
            *await self._newest("call", "failed", most),
        ]

    async def replay(
        self,
        *,
        updates: Collection[int] | None = None,
        replies: Collection[int] | None = None,
        calls: Collection[int] | None = None,
    ) -> int:
        """Put failed rows with these ids back as if they had never been tried, or all where it is None.

        Returns how many; an album is one of them. What may have arrived is not, lest it be said twice.
        """
        parts = await self._replay_parts(updates)
        again = await self._replay(schema.inbox, updates, turn=_first_of_its_chat(), stop=False)
        if self._transaction.jobs:
            await self._transaction.jobs.add(self._transaction.connection, *again, *parts)
        said, called = await self._replay(schema.outbox, replies), await self._replay(schema.calls, calls)
        return len(again) + len(said) + len(called)

    async def _newest(
        self, kind: Literal["update", "reply", "call"], state: Literal["failed", "unknown"], most: int
    ) -> list[Failure]:
        table = _TABLES[kind]
        # The state stands in the statement as it stands in the index, or SQLite would not use it.
        given_up = sa.select(table).where(sa.text(f"state = '{state}'")).order_by(table.c.id.desc()).limit(most)
        rows = await self._transaction.execute(given_up)
        return [Failure(kind, row.id, row.chat, state, row.error or "", row.attempts, row.finished) for row in rows]

    async def _replay_parts(self, updates: Collection[int] | None) -> list[sa.Row[Any]]:
        """Put back what was settled together with a failed update, as parts of its album. Before that update itself.

        Parts that stay finished count as answered; those that came before are, and stay so.
        """
        row, rows = schema.inbox.c, list[sa.Row[Any]]()
        failed = sa.select(row.bot, row.chat, row.album, row.finished).where(_failed(schema.inbox, updates))
        for whole in (await self._transaction.execute(failed.where(row.album.is_not(None)))).all():
            same = (row.chat == whole.chat) & (row.album == whole.album) & (row.bot == whole.bot)
            parts = sa.update(schema.inbox).where(same, row.state == DONE, row.finished == whole.finished)
            back = parts.values(**_UNTRIED, turn=_first_of_its_chat()).returning(schema.inbox)
            rows += await self._transaction.execute(back)
        return sorted(rows, key=lambda row: int(row.id))

    async def _replay(self, table: sa.Table, ids: Collection[int] | None, **values: Any) -> list[sa.Row[Any]]:
        back = sa.update(table).where(_failed(table, ids)).values(**_UNTRIED, **values)
        rows = (await self._transaction.execute(back.returning(table))).all()
        return sorted(rows, key=lambda row: int(row.id))


def _failed(table: sa.Table, ids: Collection[int] | None) -> sa.ColumnElement[bool]:
    """The failed rows with these ids, or all. The state stands in the statement as it stands in the index."""
    failed = sa.text("state = 'failed'")
    return sa.and_(failed) if ids is None else sa.and_(failed, table.c.id.in_(ids))


def _first_of_its_chat() -> sa.ColumnElement[int]:
    """The turn of an update that goes before all that wait of its chat, as it came before them."""
    waiting = schema.inbox.alias("waiting").c
    least = sa.select(sa.func.min(waiting.turn)).where(waiting.finished.is_(None))
    own = least.where(waiting.chat == schema.inbox.c.chat).correlate(schema.inbox).scalar_subquery()
    return sa.func.coalesce(own - 1, least.scalar_subquery(), 0)
