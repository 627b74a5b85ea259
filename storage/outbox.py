"""Everything that is to be said, kept until Telegram has it.

Telegram knows no request again that it has had before. So a row remembers what may have left: the message that holds
the reply's place, into which it can be edited any number of times; or, where it is sent at once, that it is unsure.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import asdict, replace
from hashlib import sha256
from typing import Any

import sqlalchemy as sa

from storage import schema
from storage.queue import DONE, FAILED, WAITING, Queue
from storage.records import About, Button, Outgoing, Reply
from storage.transaction import Transaction

UNKNOWN = "unknown"
"""The end of a reply that Telegram may have or not: it is not sent again."""


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
            row["message"] = row.pop("into")
            new = self._transaction.insert(schema.outbox).values(
                **row, state=WAITING, attempts=0, created=self._transaction.now
            )
            await self._transaction.execute(new.on_conflict_do_nothing(index_elements=["bot", "key"]))

    async def take(self, busy_chats: Collection[int] = (), *, later: Collection[int] = ()) -> Outgoing | None:
        """The oldest due reply to a chat that has none on its way and is not in `busy_chats`; marks it running.

        One to a chat in `later` is taken only where there is none to another, so that what waits for many chats for
        long holds up nobody else.
        """
        row, other = schema.outbox.c, schema.outbox.alias("other").c
        heads = sa.select(sa.func.min(other.id)).where(other.finished.is_(None)).group_by(other.chat)
        due = row.finished.is_(None) & (row.state == WAITING) & self._due() & row.chat.not_in(busy_chats)
        first = sa.select(row.id).where(row.id.in_(heads), due).order_by(row.chat.in_(later), row.id).limit(1)
        found = (await self._transaction.execute(first)).scalar()
        taken = None if found is None else await self._start(row.id == found)
        return taken and Outgoing(taken.id, taken.bot, _reply(taken), taken.attempts, taken.message, taken.unsure)

    async def placed(self, outgoing: Outgoing, message_id: int) -> bool:
        """A message of ours holds the reply's place. False where another sender has taken the reply over since."""
        return await self._change(outgoing, message=message_id, unsure=False)

    async def leaving(self, outgoing: Outgoing) -> bool:
        """The reply is about to be sent at once: from now on Telegram may have it. False as in `placed`."""
        return await self._change(outgoing, unsure=True)

    async def stayed(self, outgoing: Outgoing) -> bool:
        """It did not leave after all, and may be sent another time. False as in `placed`."""
        return await self._change(outgoing, unsure=False)

    async def sent(self, outgoing: Outgoing, message_id: int) -> bool:
        """Telegram has the reply, under this message id. False as in `placed`."""
        return await self._finish(outgoing, DONE, message=message_id)

    async def unknown(self, outgoing: Outgoing, error: str) -> bool:
        """Whether Telegram has the reply cannot be known; its chat goes on with the next. False as in `placed`."""
        return await self._finish(outgoing, UNKNOWN, error=error)

    async def fail_chat(self, bot: int, chat: int, error: str) -> int:
        """Give up all that a bot still has to say in a chat, with the reason. Returns how many replies that were."""
        theirs = (schema.outbox.c.bot == bot) & (schema.outbox.c.chat == chat) & schema.outbox.c.finished.is_(None)
        failed = {"state": FAILED, "finished": self._transaction.now, "error": error}
        return (await self._transaction.execute(sa.update(schema.outbox).where(theirs).values(**failed))).rowcount

    async def bring_home(self, bot: int, lost: int) -> set[int]:
        """Let the alerts that a bot still has to say in a chat be said where their watches were made instead.

        They answer nothing there. Returns their ids.
        """
        row, made = schema.outbox.c, schema.watches.c
        home = sa.select(made.chat).where(made.id == row.watch).scalar_subquery()
        unsent = (row.bot == bot) & (row.chat == lost) & row.finished.is_(None)
        anew = {"chat": home, "reply_to": None, "thread": None, "message": None, "state": WAITING, "not_before": None}
        brought = sa.update(schema.outbox).where(unsent, home != lost).values(**anew).returning(row.id)
        return set((await self._transaction.execute(brought)).scalars())

    async def moved(self, old: int, new: int) -> None:
        """A chat got another number: what is still to be said is said in the new one.

        Message numbers start again there, so a reply forgets the one that it answers and the one that holds its place.
        What was sent keeps its old chat.
        """
        unsent = (schema.outbox.c.chat == old) & schema.outbox.c.finished.is_(None)
        forgotten = {"chat": new, "reply_to": None, "message": None}
        await self._transaction.execute(sa.update(schema.outbox).where(unsent).values(**forgotten))

    async def depth(self) -> dict[str, int]:
        """How many replies are waiting, running, failed, and sent or not, nobody knows."""
        unknown = sa.select(sa.func.count()).select_from(schema.outbox).where(sa.text("state = 'unknown'"))
        return {**await super().depth(), UNKNOWN: (await self._transaction.execute(unknown)).scalar_one()}

    async def about(self, bot: int, chat: int, message_id: int) -> About:
        """What a message sent by the bot was about."""
        sent = schema.outbox.c
        message = (sent.bot == bot) & (sent.chat == chat) & (sent.message == message_id)
        about = sa.select(sent.sighting, sent.watch).where(message).order_by(sent.id.desc()).limit(1)
        found = (await self._transaction.execute(about)).one_or_none()
        return About(found.sighting, found.watch) if found else About()

    async def open_in(self, bot: int, chat: int) -> bool:
        """Whether something is still to be said in a chat."""
        row = schema.outbox.c
        unsent = sa.select(sa.exists().where(row.finished.is_(None), row.chat == chat, row.bot == bot))
        return bool((await self._transaction.execute(unsent)).scalar())

    async def files(self) -> set[str]:
        """The digests of the files that are still to be sent, or would be sent if a failed reply were tried again."""
        row = schema.outbox.c
        unsent = sa.select(row.file).where(row.file.is_not(None), row.state.not_in((DONE, UNKNOWN)))
        return set((await self._transaction.execute(unsent)).scalars())

    def _key(self, update: int, reply: Reply) -> str:
        said = asdict(replace(reply, into=None))
        digest = sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
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
        watch=row.watch,
    )
