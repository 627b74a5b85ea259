"""Instructions that were brought up in a chat, until somebody keeps or discards them."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa

from storage import schema
from storage.records import Proposal
from storage.transaction import Transaction

MOST: Final = 20
"""Proposals that wait in a chat; the oldest go. Whoever asks for more has long forgotten the first."""


class Proposals:
    """The chats' proposals."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def add(self, chat: int, text: str, *, message_id: int) -> Proposal:
        """Keep a proposal. The message that made it makes one, however often it is handled."""
        new = self._transaction.insert(schema.proposals).values(chat=chat, message=message_id, text=text)
        once = new.on_conflict_do_update(index_elements=["chat", "message"], set_={"text": text})
        row = (await self._transaction.execute(once.returning(schema.proposals))).one()
        await self._forget_oldest(chat)
        return _proposal(row)

    async def get(self, chat: int, id: int) -> Proposal | None:  # noqa: A002
        """The proposal with that id, if it is one of the chat's and still waits."""
        row = (await self._transaction.execute(sa.select(schema.proposals).where(_is(chat, id)))).one_or_none()
        return row and _proposal(row)

    async def remove(self, chat: int, id: int) -> Proposal | None:  # noqa: A002
        """Kept or discarded: it waits no longer. None if it did not."""
        gone = sa.delete(schema.proposals).where(_is(chat, id)).returning(schema.proposals)
        row = (await self._transaction.execute(gone)).one_or_none()
        return row and _proposal(row)

    async def moved(self, old: int, new: int) -> None:
        """A chat got another number, and forgets the messages' numbers, which start again there."""
        theirs = sa.update(schema.proposals).where(schema.proposals.c.chat == old)
        await self._transaction.execute(theirs.values(chat=new, message=None))

    async def _forget_oldest(self, chat: int) -> None:
        theirs = schema.proposals.c.chat == chat
        newest = sa.select(schema.proposals.c.id).where(theirs).order_by(schema.proposals.c.id.desc()).limit(MOST)
        await self._transaction.execute(
            sa.delete(schema.proposals).where(theirs, schema.proposals.c.id.not_in(newest.subquery().select()))
        )


def _is(chat: int, id: int) -> sa.ColumnElement[bool]:  # noqa: A002
    return (schema.proposals.c.id == id) & (schema.proposals.c.chat == chat)


def _proposal(row: sa.Row[Any]) -> Proposal:
    return Proposal(row.id, row.chat, row.text)
