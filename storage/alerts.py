"""What the watches told, what they only noted, what was seen before, and what people said of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import sqlalchemy as sa

from storage import schema
from storage.records import Alert, Outcome, Past, Sighting, Tally, Watch
from storage.transaction import Transaction


class Alerts:
    """At most one of each watch on each sighting."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def put(self, alerts: Iterable[Alert], sighting: Sighting, *, watches: Sequence[Watch], update: int) -> None:
        """Keep what an update (its inbox id) brought about a sighting that these watches judged.

        It stands in place of what the update brought before, and of what others only noted. What these told stays.
        """
        row, judged = schema.alerts.c, [watch.id for watch in watches]
        before = (row.arrival == update) | (row.watch.in_(judged) & row.told.is_(sa.false()))
        await self._transaction.execute(sa.delete(schema.alerts).where((row.sighting == sighting.id) & before))
        rows = [asdict(alert) | {"source": sighting.sender, "arrival": update} for alert in alerts]
        if rows:
            new = self._transaction.insert(schema.alerts)
            await self._transaction.execute(new.on_conflict_do_nothing(index_elements=["watch", "sighting"]), rows)

    async def unsaid(self, update: int) -> None:
        """An update (its inbox id) was given up: what it should have told was not, and holds no later word back."""
        row = schema.alerts.c
        await self._transaction.execute(sa.delete(schema.alerts).where(row.arrival == update, row.told))

    async def settled(self, sighting: int, *, update: int) -> set[int]:
        """The ids of the watches that have said their word on a sighting on account of another update than this."""
        others = (schema.alerts.c.sighting == sighting) & (schema.alerts.c.arrival != update) & schema.alerts.c.told
        return set((await self._transaction.execute(sa.select(schema.alerts.c.watch).where(others))).scalars())

    async def get(self, watch: int, sighting: int) -> Alert | None:
        """What a watch told of a sighting."""
        rows = await self._transaction.execute(sa.select(schema.alerts).where(_is(watch, sighting)))
        row = rows.one_or_none()
        return row and _alert(row)

    async def judge(self, watch: int, sighting: int, *, right: bool) -> Alert | None:
        """Note that an alert of a yes was right, or wrong. None if there is no such alert."""
        told = _is(watch, sighting) & (schema.alerts.c.kind == "yes")
        said = sa.update(schema.alerts).where(told).values(right=right).returning(schema.alerts)
        row = (await self._transaction.execute(said)).one_or_none()
        return row and _alert(row)

    async def judged(self, watch: int) -> list[Alert]:
        """The alerts of a watch that somebody called right or wrong, in the order of the sightings."""
        said = (schema.alerts.c.watch == watch) & schema.alerts.c.right.is_not(None)
        rows = await self._transaction.execute(sa.select(schema.alerts).where(said).order_by(schema.alerts.c.sighting))
        return [_alert(row) for row in rows]

    async def past(self, watches: Sequence[Watch], sighting: Sighting) -> Mapping[int, Past]:
        """What each of these watches made of the earlier sightings of the same sender, by its id."""
        ids = [watch.id for watch in watches]
        found = dict.fromkeys(ids, Past()) | await self._told(ids, sighting)
        outcomes = await self._outcomes(ids, sighting, max((watch.among for watch in watches), default=1) - 1)
        return {watch: replace(past, outcomes=tuple(outcomes.get(watch, ()))) for watch, past in found.items()}

    async def tallies(self, watches: Sequence[Watch]) -> Mapping[int, Tally]:
        """How each of these watches has done, by its id."""
        ids = [watch.id for watch in watches]
        alerts, verdicts = schema.alerts.c, schema.verdicts.c
        counted = sa.select(verdicts.watch, sa.func.count().label("checked")).where(verdicts.watch.in_(ids))
        checked = {row.watch: row.checked for row in await self._transaction.execute(counted.group_by(verdicts.watch))}
        told = (
            sa.select(
                alerts.watch,
                sa.func.count().label("told"),
                sa.func.count().filter(alerts.right.is_(sa.true())).label("right"),
                sa.func.count().filter(alerts.right.is_(sa.false())).label("wrong"),
                sa.func.max(alerts.at).label("last"),
            )
            .where(alerts.watch.in_(ids), alerts.told, alerts.kind == "yes")
            .group_by(alerts.watch)
        )
        tallies = {watch: Tally(checked.get(watch, 0)) for watch in ids}
        for row in await self._transaction.execute(told):
            tallies[row.watch] = Tally(checked.get(row.watch, 0), row.told, row.right, row.wrong, row.last)
        return tallies

    async def _told(self, watches: Sequence[int], sighting: Sighting) -> dict[int, Past]:
        row = schema.alerts.c
        yes, over = row.kind == "yes", row.kind == "over"
        last = (
            sa.select(
                row.watch,
                sa.func.max(row.at).filter(yes & row.told).label("told"),
                sa.func.max(row.sighting).filter(yes).label("yes"),
                sa.func.max(row.sighting).filter(over).label("over"),
            )
            .where(row.watch.in_(watches), row.source.is_not_distinct_from(sighting.sender), row.sighting < sighting.id)
            .group_by(row.watch)
        )
        return {
            each.watch: Past(told=each.told, standing=(each.yes or 0) > (each.over or 0))
            for each in await self._transaction.execute(last)
        }

    async def _outcomes(self, watches: Sequence[int], sighting: Sighting, most: int) -> dict[int, list[Outcome]]:
        """The verdicts on the `most` sightings of the same sender before this one, newest first, by watch."""
        if most < 1:
            return {}
        row, seen = schema.verdicts.c, schema.sightings.c
        same = (seen.chat == sighting.chat) & seen.sender.is_not_distinct_from(sighting.sender)
        before = sa.select(seen.id).where(same, seen.id < sighting.id).order_by(seen.id.desc()).limit(most)
        given = sa.select(row.watch, row.outcome).where(row.watch.in_(watches), row.sighting.in_(before))
        outcomes: dict[int, list[Outcome]] = {}
        for each in await self._transaction.execute(given.order_by(row.sighting.desc())):
            outcomes.setdefault(each.watch, []).append(each.outcome)
        return outcomes


def _is(watch: int, sighting: int) -> sa.ColumnElement[bool]:
    return (schema.alerts.c.watch == watch) & (schema.alerts.c.sighting == sighting)


def _alert(row: sa.Row[Any]) -> Alert:
    return Alert(row.watch, row.sighting, row.kind, row.told, row.p_yes, row.at, row.right)
