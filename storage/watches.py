"""What each chat watches for, and what every watch made of every sighting."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa

from storage import schema
from storage.records import Verdict, Watch
from storage.transaction import Transaction


class Watches:
    """The watches and their verdicts. A removed watch leaves the lists; its row and its verdicts stay."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def add(self, *, chat: int, condition: str, language: str, threshold: float, message_id: int) -> Watch:
        """Subscribe a chat. The message that asked for it makes one watch, however often it is handled."""
        made = (schema.watches.c.chat == chat) & (schema.watches.c.message == message_id)
        if known := await self._first(made):
            return known
        row = {"chat": chat, "message": message_id, "condition": condition, "language": language}
        new = self._transaction.insert(schema.watches).values(**row, threshold=threshold, created=self._transaction.now)
        return _watch((await self._transaction.execute(new.returning(schema.watches))).one())

    async def of_chat(self, chat: int) -> list[Watch]:
        """The chat's watches, oldest first."""
        current = (schema.watches.c.chat == chat) & schema.watches.c.removed.is_(None)
        rows = await self._transaction.execute(sa.select(schema.watches).where(current).order_by(schema.watches.c.id))
        return [_watch(row) for row in rows]

    async def get(self, id: int) -> Watch | None:  # noqa: A002
        """The watch with that id, removed or not."""
        return await self._first(schema.watches.c.id == id)

    async def remove(self, chat: int, id: int) -> Watch | None:  # noqa: A002
        """Take a watch off its chat's list. None if it is not on it."""
        return await self._set_removed(chat, id, schema.watches.c.removed.is_(None), removed=self._transaction.now)

    async def restore(self, chat: int, id: int) -> Watch | None:  # noqa: A002
        """Put a removed watch back on its chat's list. None if it is not one of those."""
        return await self._set_removed(chat, id, schema.watches.c.removed.is_not(None), removed=None)

    async def record(self, verdicts: Iterable[Verdict]) -> None:
        """Keep verdicts. The surest of a watch on a sighting stands: an album's late picture may bring another one."""
        rows = [asdict(verdict) for verdict in verdicts]
        if rows:
            new = self._transaction.insert(schema.verdicts)
            surer = new.excluded.p_yes > schema.verdicts.c.p_yes
            values = {name: new.excluded[name] for name in ("p_yes", "outside", "outcome")}
            kept = new.on_conflict_do_update(index_elements=["watch", "sighting"], set_=values, where=surer)
            await self._transaction.execute(kept, rows)

    async def verdicts(self, watch: int) -> list[Verdict]:
        """All verdicts of a watch, in the order of the sightings."""
        given = sa.select(schema.verdicts).where(schema.verdicts.c.watch == watch)
        rows = await self._transaction.execute(given.order_by(schema.verdicts.c.sighting))
        return [Verdict(row.watch, row.sighting, row.p_yes, row.outside, row.outcome) for row in rows]

    async def _set_removed(self, chat: int, id: int, now_it_is: sa.ColumnElement[bool], **values: Any) -> Watch | None:  # noqa: A002
        own = (schema.watches.c.id == id) & (schema.watches.c.chat == chat) & now_it_is
        change = sa.update(schema.watches).where(own).values(**values).returning(schema.watches)
        row = (await self._transaction.execute(change)).one_or_none()
        return row and _watch(row)

    async def _first(self, which: sa.ColumnElement[bool]) -> Watch | None:
        row = (await self._transaction.execute(sa.select(schema.watches).where(which))).one_or_none()
        return row and _watch(row)


def _watch(row: sa.Row[Any]) -> Watch:
    return Watch(row.id, row.chat, row.condition, row.language, row.threshold, row.created)
