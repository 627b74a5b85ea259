"""Where those who write in each chat said they are."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from storage import schema
from storage.records import Place
from storage.transaction import Transaction

_NOBODY = 0  # of whom Telegram says nothing: it gives nobody this number


class Places:
    """Each sender's newest position in each chat."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def remember(self, chat: int, sender: int | None, place: Place) -> None:
        """Keep a position unless a newer one is known."""
        values = asdict(place)
        new = self._transaction.insert(schema.places).values(chat=chat, sender=sender or _NOBODY, **values)
        newer = schema.places.c.at <= new.excluded.at
        await self._transaction.execute(
            new.on_conflict_do_update(index_elements=["chat", "sender"], set_=values, where=newer)
        )

    async def last(self, chat: int, sender: int | None, *, within: timedelta, now: datetime) -> Place | None:
        """That sender's newest position in that chat, if it is no further than `within` from `now`, before or after."""
        known = schema.places.c
        whose = (
            (known.chat == chat) & (known.sender == (sender or _NOBODY)) & known.at.between(now - within, now + within)
        )
        row = (await self._transaction.execute(sa.select(schema.places).where(whose))).one_or_none()
        return row and _place(row)

    async def moved(self, old: int, new: int) -> None:
        """A chat got another number: its people's newest positions, in either, are those of the new one."""
        theirs = schema.places.c.chat == old
        for row in (await self._transaction.execute(sa.select(schema.places).where(theirs))).all():
            await self.remember(new, row.sender, _place(row))
        await self._transaction.execute(sa.delete(schema.places).where(theirs))


def _place(row: sa.Row[Any]) -> Place:
    return Place(row.latitude, row.longitude, row.source, row.at, row.name)
