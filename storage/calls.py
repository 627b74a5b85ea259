"""Everything that is to be posted to the webhooks of watches, kept until each has taken it.

A receiver knows a call again by its name, which stays the same however often it is tried. So a call may be repeated,
and who sends it needs no second step as a reply does. Calls of one watch go one by one, and what has not been tried yet
before what has: behind a receiver that is away nothing waits but what is for it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from hashlib import sha256
from uuid import uuid4

import sqlalchemy as sa

from storage import schema
from storage.queue import DONE, FAILED, WAITING, Queue
from storage.records import Call, Calling
from storage.transaction import Transaction


class Calls(Queue):
    """The calls, in no order that a receiver could rely on."""

    def __init__(self, transaction: Transaction) -> None:
        super().__init__(transaction, schema.calls)

    async def add(self, bot: int, calls: Iterable[Call], *, update: int) -> None:
        """Queue calls that an update (its inbox id) brought; the same ones may be added again without effect."""
        for call in calls:
            key = f"{update}:{call.watch}:{sha256(call.body.encode('utf-8', 'replace')).hexdigest()}"
            new = self._transaction.insert(schema.calls).values(
                bot=bot,
                chat=call.chat,
                watch=call.watch,
                body=call.body,
                key=key,
                name=f"msg_{uuid4().hex}",
                state=WAITING,
                attempts=0,
                created=self._transaction.now,
            )
            await self._transaction.execute(new.on_conflict_do_nothing(index_elements=["bot", "key"]))

    async def take(self, busy_watches: Collection[int] = ()) -> Calling | None:
        """A due call of a watch that is not busy, the least tried first; marks it running."""
        call = schema.calls.c
        due = (
            sa.select(call.id)
            .where(call.finished.is_(None), call.state == WAITING, self._due(), call.watch.not_in(busy_watches))
            .order_by(call.attempts, call.id)
            .limit(1)
        )
        found = (await self._transaction.execute(due)).scalar()
        row = None if found is None else await self._start(call.id == found)
        if row is None:
            return None
        url, secret = await self._receiver(row.watch)
        return Calling(row.id, row.bot, Call(row.watch, row.chat, row.body), row.name, url, secret, row.attempts)

    async def taken_in(self, calling: Calling) -> bool:
        """The receiver has the call. False where another caller has taken it over since."""
        return await self._finish(calling, DONE)

    async def failed_before(self, calling: Calling) -> bool:
        """Whether the call of the same watch that came to its end last before this one was given up."""
        row = schema.calls.c
        others = (row.watch == calling.call.watch) & (row.id != calling.id) & row.finished.is_not(None)
        last = sa.select(row.state).where(others).order_by(row.finished.desc(), row.id.desc()).limit(1)
        return bool((await self._transaction.execute(last)).scalar() == FAILED)

    async def hasten(self, watch: int) -> None:
        """Let all that waits for a watch's receiver be due: it is back."""
        row = schema.calls.c
        waiting = (row.watch == watch) & row.finished.is_(None) & (row.state == WAITING)
        await self._transaction.execute(sa.update(schema.calls).where(waiting).values(not_before=None))

    async def moved(self, old: int, new: int) -> None:
        """A chat got another number: what is still to be posted counts as its."""
        unsent = (schema.calls.c.chat == old) & schema.calls.c.finished.is_(None)
        await self._transaction.execute(sa.update(schema.calls).where(unsent).values(chat=new))

    async def _receiver(self, watch: int) -> tuple[str | None, str | None]:
        """Where a watch's calls go now, and with which secret; a removed watch has none to call."""
        row = schema.watches.c
        found = sa.select(row.webhook, row.secret).where(row.id == watch, row.removed.is_(None))
        receiver = (await self._transaction.execute(found)).one_or_none()
        return (None, None) if receiver is None else (receiver.webhook, receiver.secret)
