"""What each chat has chosen for itself, and what happens when a chat gets another number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict, Unpack

import sqlalchemy as sa

from storage import schema
from storage.calls import Calls
from storage.outbox import Outbox
from storage.places import Places
from storage.presets import Presets
from storage.proposals import Proposals
from storage.records import Chat, PromptBy, Speaks
from storage.transaction import Transaction


class Choices(TypedDict, total=False):
    """The settings a chat can change; those left out stay."""

    prompt: str | None
    voice: bool
    language: str | None
    speaks: Speaks
    prompt_by: PromptBy
    zone: str | None


class Chats:
    """The chats' settings."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def get(self, chat: int) -> Chat:
        """The chat's settings; the defaults if it has never changed one."""
        row = (await self._transaction.execute(sa.select(schema.chats).where(schema.chats.c.id == chat))).one_or_none()
        return Chat(id=chat) if row is None else _chat(row)

    async def set(self, chat: int, **changes: Unpack[Choices]) -> Chat:
        """Change some settings; returns all of them."""
        new = self._transaction.insert(schema.chats).values(**{"id": chat, "voice": False, **changes})
        upsert = new.on_conflict_do_update(index_elements=["id"], set_={"id": chat, **changes})
        row = (await self._transaction.execute(upsert.returning(schema.chats))).one()
        return _chat(row)

    async def menu_behind(self, versions: Mapping[str, str]) -> tuple[int, str | None] | None:
        """A chat whose command menu at Telegram is another than its language's (by `versions`), and that language.

        None as the language where it chose none, and shall have no menu of its own any more.
        """
        chat = schema.chats.c
        behind = [(chat.language == language) & chat.menu.is_distinct_from(menu) for language, menu in versions.items()]
        behind.append(chat.language.is_(None) & chat.menu.is_not(None))
        found = await self._transaction.execute(sa.select(chat.id, chat.language).where(sa.or_(*behind)).limit(1))
        row = found.one_or_none()
        return row and (row.id, row.language)

    async def menu_set(self, chat: int, menu: str | None) -> None:
        """That is the chat's menu at Telegram now; None where it has none of its own."""
        now = sa.update(schema.chats).where(schema.chats.c.id == chat).values(menu=menu)
        await self._transaction.execute(now)

    async def moved(self, old: int, new: int) -> None:
        """A group became a supergroup: everything of `old` goes on in `new`.

        Message numbers start again there. So what is known by the number of an old message (`messages`, replies already
        sent) keeps its old chat, and a moved watch forgets the message that made it.
        """
        await self._merge_settings(old, new)
        await Presets(self._transaction).moved(old, new)
        await Proposals(self._transaction).moved(old, new)
        await Places(self._transaction).moved(old, new)
        await Outbox(self._transaction).moved(old, new)
        await Calls(self._transaction).moved(old, new)
        if self._transaction.jobs:
            await self._transaction.jobs.moved(self._transaction.connection, old, new)
        inbox, sightings = schema.inbox, schema.sightings
        await self._transaction.execute(sa.update(inbox).where(inbox.c.chat == old).values(chat=new, message=None))
        await self._transaction.execute(sa.update(sightings).where(sightings.c.chat == old).values(chat=new))
        watches = schema.watches
        await self._transaction.execute(sa.update(watches).where(watches.c.chat == old).values(chat=new, message=None))
        await self._transaction.execute(sa.update(watches).where(watches.c.target == old).values(target=new))

    async def _merge_settings(self, old: int, new: int) -> None:
        """What was chosen in the new chat already stands; the old one fills the gaps."""
        before, after = await self.get(old), await self.get(new)
        await self.set(
            new,
            prompt=before.prompt if after.prompt is None else after.prompt,
            voice=before.voice or after.voice,
            language=before.language if after.language is None else after.language,
            speaks=before.speaks if after.speaks == "mentioned" else after.speaks,
            prompt_by=before.prompt_by if after.prompt_by == "everyone" else after.prompt_by,
            zone=before.zone if after.zone is None else after.zone,
        )
        await self._transaction.execute(sa.delete(schema.chats).where(schema.chats.c.id == old))


def _chat(row: sa.Row[Any]) -> Chat:
    return Chat(row.id, row.prompt, row.voice, row.language, row.speaks, row.prompt_by, row.zone)
