"""The instructions that each chat keeps under a name."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from storage import schema
from storage.records import Preset
from storage.transaction import Transaction


class Presets:
    """The chats' own presets. Names differ by more than the case of their letters."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def save(self, chat: int, name: str, text: str) -> Preset:
        """Keep an instruction under a name; it takes the place of one that had the name."""
        row = {"chat": chat, "key": name.casefold(), "name": name, "text": text}
        new = self._transaction.insert(schema.presets).values(**row)
        upsert = new.on_conflict_do_update(index_elements=["chat", "key"], set_={"name": name, "text": text})
        return _preset((await self._transaction.execute(upsert.returning(schema.presets))).one())

    async def of_chat(self, chat: int) -> list[Preset]:
        """The chat's presets, oldest first."""
        theirs = sa.select(schema.presets).where(schema.presets.c.chat == chat).order_by(schema.presets.c.id)
        return [_preset(row) for row in await self._transaction.execute(theirs)]

    async def get(self, chat: int, id: int) -> Preset | None:  # noqa: A002
        """The preset with that id, if it is one of the chat's."""
        row = (await self._transaction.execute(sa.select(schema.presets).where(_is(chat, id)))).one_or_none()
        return row and _preset(row)

    async def remove(self, chat: int, id: int) -> Preset | None:  # noqa: A002
        """Forget a preset of the chat. None if it is not one of those."""
        gone = sa.delete(schema.presets).where(_is(chat, id)).returning(schema.presets)
        row = (await self._transaction.execute(gone)).one_or_none()
        return row and _preset(row)

    async def moved(self, old: int, new: int) -> None:
        """A chat got another number. Where both have a preset of one name, the new chat's stands."""
        taken = sa.select(schema.presets.c.key).where(schema.presets.c.chat == new)
        theirs = schema.presets.c.chat == old
        await self._transaction.execute(sa.delete(schema.presets).where(theirs, schema.presets.c.key.in_(taken)))
        await self._transaction.execute(sa.update(schema.presets).where(theirs).values(chat=new))


def _is(chat: int, id: int) -> sa.ColumnElement[bool]:  # noqa: A002
    return (schema.presets.c.id == id) & (schema.presets.c.chat == chat)


def _preset(row: sa.Row[Any]) -> Preset:
    return Preset(row.id, row.chat, row.name, row.text)
