"""Everything that is to be said, kept until Telegram has it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import asdict
from hashlib import sha256
from typing import Any

import sqlalchemy as sa

from storage import schema
from storage.queue import DONE, WAITING, Queue
from storage.records import Button, Outgoing, Reply
from storage.transaction import Transaction


class Outbox(Queue):
    """The outbox. Within a chat, replies leave in the order in which they were added."""

    def __init__(self, transaction: Transaction) -> None:
        super().__init__(transaction, schema.outbox)
        self._said: Counter[str] = Counter()

    async def add(self, bot: int, replies: Iterable[Reply], *, update: int | None = None) -> None:
        """Queue replies, in order. Those that answer an `update` (its inbox id) may be added again without effect.

        What counts as the same reply is the update, the content, and how often this transaction has said it before.
        """
        for reply in replies:
            row = {"bot": bot, "key": None if update is None else self._key(update, reply), **asdict(reply)}
            new = self._transaction.insert(schema.outbox).values(
                **row, state=WAITING, attempts=0, created=self._transaction.now
            )
            await self._transaction.execute(new.on_conflict_do_nothing(index_elements=["bot", "key"]))

    async def take(self, busy_chats: Collection[int] = ()) -> Outgoing | None:
        """The oldest due reply to a chat that has none on its way and is not in `busy_chats`; marks it running."""
        row = await self._take(busy_chats)
        return row and Outgoing(id=row.id, bot=row.bot, reply=_reply(row), attempts=row.attempts)

    async def sent(self, id: int, message_id: int) -> None:  # noqa: A002
        """Telegram has the reply, under this message id."""
        await self._finish(id, DONE, message=message_id)

    async def about(self, bot: int, chat: int, message_id: int) -> int | None:
        """The id of the sighting that a message sent by the bot was about."""
        sent = schema.outbox.c
        message = (sent.bot == bot) & (sent.chat == chat) & (sent.message == message_id)
        about = sa.select(sent.sighting).where(message).order_by(sent.id.desc()).limit(1)
        found: int | None = (await self._transaction.execute(about)).scalar()
        return found

    async def files(self) -> set[str]:
        """The digests of the files that are still to be sent, or would be sent if a failed reply were tried again."""
        unsent = sa.select(schema.outbox.c.file).where(schema.outbox.c.file.is_not(None), schema.outbox.c.state != DONE)
        return set((await self._transaction.execute(unsent)).scalars())

    def _key(self, update: int, reply: Reply) -> str:
        digest = sha256(json.dumps(asdict(reply), sort_keys=True).encode()).hexdigest()
        before = self._said[f"{update}:{digest}"]
        self._said[f"{update}:{digest}"] += 1
        return f"{update}:{digest}:{before}"


def _reply(row: sa.Row[Any]) -> Reply:
    return Reply(
        chat=row.chat,
        kind=row.kind,
        text=row.text,
        html=row.html,
        file=row.file,
        duration=row.duration,
        reply_to=row.reply_to,
        thread=row.thread,
        sighting=row.sighting,
        buttons=tuple(tuple(Button(**button) for button in line) for line in row.buttons),
    )
