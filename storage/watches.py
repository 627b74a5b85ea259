"""What each chat watches for, and what every watch made of every sighting."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, TypedDict, Unpack

import sqlalchemy as sa

from storage import schema
from storage.records import Hours, Judged, Sensitivity, Tells, Verdict, Watch
from storage.transaction import Transaction


class Options(TypedDict, total=False):
    """What can be changed about a watch; what is left out stays."""

    condition: str
    language: str
    sensitivity: Sensitivity
    shift: float
    paused: bool
    snoozed: datetime | None
    cooldown: int
    tells: Tells
    needed: int
    among: int
    hours: Hours | None
    target: int | None
    webhook: str | None
    secret: str | None
    voice: bool


class Watches:
    """The watches and their verdicts. A removed watch leaves the lists; its row and its verdicts stay."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def add(
        self, *, chat: int, condition: str, language: str, message_id: int | None, kept: bool = True
    ) -> Watch:
        """Subscribe a chat. The message that asked for it, if one did, makes one watch, however often it is handled.

        A watch that it made while it said something else stays, and is that message's no more. One that is not `kept`
        is only tried: it is on no list until it is restored.
        """
        made = message_id is not None and await self.made_by(chat, message_id)
        if made and made.condition == condition:
            return made
        if made:
            await self._transaction.execute(
                sa.update(schema.watches).where(schema.watches.c.id == made.id).values(message=None)
            )
        row = {"chat": chat, "message": message_id, "condition": condition, "language": language}
        removed = None if kept else self._transaction.now
        new = self._transaction.insert(schema.watches).values(**row, created=self._transaction.now, removed=removed)
        return _watch((await self._transaction.execute(new.returning(schema.watches))).one())

    async def made_by(self, chat: int, message_id: int) -> Watch | None:
        """The watch that a message asked for, on the list or not."""
        return await self._first((schema.watches.c.chat == chat) & (schema.watches.c.message == message_id))

    async def change(self, chat: int, id: int, **changes: Unpack[Options]) -> Watch | None:  # noqa: A002
        """Change some of a watch on its chat's list. None if it is not on it."""
        values: dict[str, Any] = dict(changes)
        if "hours" in values:
            hours = values.pop("hours")
            values |= {"hours_start": hours and hours.start, "hours_end": hours and hours.end}
        if values.get("paused") is False:
            row = schema.watches.c
            values["resumed"] = sa.case((row.paused, self._transaction.now), else_=row.resumed)
        return await self._change(chat, id, schema.watches.c.removed.is_(None), **values)

    async def reword(self, chat: int, id: int, *, condition: str, language: str) -> Watch | None:  # noqa: A002
        """Let a watch on its chat's list ask another question. None if it is not on it.

        What it has made of sightings until then, and what people said of that, was of the old question and is dropped.
        """
        asked = await self.change(chat, id, condition=condition, language=language, shift=0.0)
        if asked:
            for table in (schema.alerts, schema.verdicts):
                await self._transaction.execute(sa.delete(table).where(table.c.watch == id))
        return asked

    async def count(self) -> int:
        """How many watches there are on all chats' lists."""
        current = sa.select(sa.func.count()).select_from(schema.watches).where(schema.watches.c.removed.is_(None))
        return int((await self._transaction.execute(current)).scalar_one())

    async def of_chat(self, chat: int) -> list[Watch]:
        """The chat's watches, oldest first."""
        current = (schema.watches.c.chat == chat) & schema.watches.c.removed.is_(None)
        rows = await self._transaction.execute(sa.select(schema.watches).where(current).order_by(schema.watches.c.id))
        return [_watch(row) for row in rows]

    async def get(self, id: int) -> Watch | None:  # noqa: A002
        """The watch with that id, removed or not."""
        return await self._first(schema.watches.c.id == id)

    async def as_now(self, watches: Sequence[Watch]) -> list[Watch]:
        """The same watches, removed or not, as they are by now."""
        wanted = schema.watches.c.id.in_([watch.id for watch in watches])
        rows = await self._transaction.execute(sa.select(schema.watches).where(wanted))
        now = {row.id: _watch(row) for row in rows}
        return [now[watch.id] for watch in watches]

    async def webhooks(self, ids: Collection[int]) -> dict[int, str | None]:
        """Where each of these watches calls now."""
        row = schema.watches.c
        rows = await self._transaction.execute(sa.select(row.id, row.webhook).where(row.id.in_(ids)))
        return {each.id: each.webhook for each in rows}

    async def remove(self, chat: int, id: int) -> Watch | None:  # noqa: A002
        """Take a watch off its chat's list. None if it is not on it."""
        return await self._change(chat, id, schema.watches.c.removed.is_(None), removed=self._transaction.now)

    async def restore(self, chat: int, id: int) -> Watch | None:  # noqa: A002
        """Put a removed watch back on its chat's list. None if it is not one of those."""
        removed = schema.watches.c.removed.is_not(None)
        return await self._change(chat, id, removed, removed=None, resumed=self._transaction.now)

    async def come_home(self, target: int) -> list[Watch]:
        """Let the watches whose alerts go to a chat tell their own one again. Returns them."""
        aimed = (schema.watches.c.target == target) & schema.watches.c.removed.is_(None)
        change = sa.update(schema.watches).where(aimed).values(target=None).returning(schema.watches)
        return [_watch(row) for row in await self._transaction.execute(change)]

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

    async def course(self, watch: int, *, most: int) -> list[Judged]:
        """What a watch has made of the `most` newest sightings that it has judged, oldest first."""
        given, seen, alert = schema.verdicts.c, schema.sightings.c, schema.alerts.c
        told = sa.and_(alert.watch == given.watch, alert.sighting == given.sighting, alert.kind == "yes", alert.told)
        all_three = schema.verdicts.join(schema.sightings, given.sighting == seen.id).outerjoin(schema.alerts, told)
        columns = sa.select(seen.at, given.p_yes, given.outcome, alert.told, alert.right)
        newest = columns.select_from(all_three).where(given.watch == watch).order_by(seen.id.desc()).limit(most)
        rows = (await self._transaction.execute(newest)).all()
        return [Judged(row.at, row.p_yes, row.outcome, bool(row.told), row.right) for row in reversed(rows)]

    async def _change(self, chat: int, id: int, now_it_is: sa.ColumnElement[bool], **values: Any) -> Watch | None:  # noqa: A002
        own = (schema.watches.c.id == id) & (schema.watches.c.chat == chat) & now_it_is
        change = sa.update(schema.watches).where(own).values(**values).returning(schema.watches)
        row = (await self._transaction.execute(change)).one_or_none()
        return row and _watch(row)

    async def _first(self, which: sa.ColumnElement[bool]) -> Watch | None:
        row = (await self._transaction.execute(sa.select(schema.watches).where(which))).one_or_none()
        return row and _watch(row)


def _watch(row: sa.Row[Any]) -> Watch:
    return Watch(
        id=row.id,
        chat=row.chat,
        condition=row.condition,
        language=row.language,
        created=row.created,
        sensitivity=row.sensitivity,
        shift=row.shift,
        paused=row.paused,
        resumed=row.resumed,
        snoozed=row.snoozed,
        cooldown=row.cooldown,
        tells=row.tells,
        needed=row.needed,
        among=row.among,
        hours=None if row.hours_start is None else Hours(row.hours_start, row.hours_end),
        target=row.target,
        webhook=row.webhook,
        secret=row.secret,
        voice=row.voice,
    )
