"""What was seen, which messages showed it, and the conversation about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage import schema
from storage.records import Place, Sighting, Turn
from storage.transaction import Transaction


class Sightings:
    """The sightings with their pictures, messages and turns."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def add(
        self,
        *,
        chat: int,
        sender: int | None,
        at: datetime,
        pictures: Iterable[str],
        caption: str | None,
        place: Place | None,
        messages: Iterable[int],
        video: bool = False,
        forwarded: bool = False,
    ) -> Sighting:
        """Keep a sighting that `messages` (at least one) showed.

        If all of them have shown one already, that one is returned and nothing changes. If only some have, the others
        are parts of an album that came late: it is widened to what all of them show.
        """
        numbers = list(messages)
        told = {"caption": caption, "video": video, "forwarded": forwarded, **_columns(place)}
        known = await self._shown(chat, numbers)
        if known and len(known) == len(numbers) and (found := await self.get(known[0])):
            return found
        if known:
            return await self.change(
                known[0], pictures=pictures, caption=caption, place=place, video=video, messages=numbers
            )
        new = self._transaction.insert(schema.sightings).values(chat=chat, sender=sender, at=at, **told)
        sighting = (await self._transaction.execute(new.returning(schema.sightings.c.id))).scalar_one()
        seen = Sighting(sighting, chat, sender, at, tuple(pictures), caption, place, video, forwarded)
        await self._add_pictures(seen)
        await self._add_messages(seen, numbers)
        return seen

    async def change(
        self,
        id: int,  # noqa: A002
        *,
        pictures: Iterable[str],
        caption: str | None,
        place: Place | None,
        video: bool,
        messages: Iterable[int] = (),
    ) -> Sighting:
        """Let a sighting consist of these pictures, and `messages` lead to it too.

        `place` counts where the pictures themselves tell it; else only if none was known, or one from earlier pictures.
        Where a picture is gone, what was said until now was said about something else, and is forgotten; where all are,
        so are the verdicts.
        """
        before = await self.get(id)
        if before is None:
            raise ValueError("a sighting that is not there cannot be changed")
        where = _place_now(before.place, place)
        told = {"caption": caption, "video": video, **_columns(where)}
        await self._transaction.execute(sa.update(schema.sightings).where(schema.sightings.c.id == id).values(**told))
        await self._transaction.execute(sa.delete(schema.pictures).where(schema.pictures.c.sighting == id))
        seen = replace(before, pictures=tuple(pictures), caption=caption, place=where, video=video)
        await self._add_pictures(seen)
        await self._add_messages(seen, list(messages))
        if not Counter(before.pictures) <= Counter(seen.pictures):
            await self._transaction.execute(sa.delete(schema.turns).where(schema.turns.c.sighting == id))
        if not set(before.pictures) & set(seen.pictures):
            await self._transaction.execute(sa.delete(schema.verdicts).where(schema.verdicts.c.sighting == id))
        return seen

    async def get(self, id: int) -> Sighting | None:  # noqa: A002
        """The sighting with that id."""
        return await self._first(schema.sightings.c.id == id)

    async def of_message(self, chat: int, message_id: int) -> Sighting | None:
        """The sighting that a message showed."""
        shown = schema.messages.c
        message = (shown.chat == chat) & (shown.message == message_id)
        return await self._first(schema.sightings.c.id == sa.select(shown.sighting).where(message).scalar_subquery())

    async def message_of(self, sighting: Sighting) -> int | None:
        """The first message of the sighting's chat that showed it; None where that has got another number since."""
        shown = schema.messages.c
        theirs = (shown.sighting == sighting.id) & (shown.chat == sighting.chat)
        first = sa.select(sa.func.min(shown.message)).where(theirs)
        found: int | None = (await self._transaction.execute(first)).scalar()
        return found

    async def latest(self, chat: int) -> Sighting | None:
        """The chat's newest sighting, in the order of arrival."""
        return await self._first(schema.sightings.c.chat == chat)

    async def turns(
        self, sighting: int, *, chat: int | None = None, before: int | None = None, most: int | None = None
    ) -> list[Turn]:
        """The conversation about a sighting, oldest first: its last `most` turns of updates `before` one (inbox id).

        An alert shows the sighting of one chat in another: each has a conversation of its own, that of `chat` if given.
        """
        newest = schema.turns.c.id.desc()
        said = sa.select(schema.turns).where(schema.turns.c.sighting == sighting).order_by(newest).limit(most)
        if chat is not None:
            update = schema.inbox.c.id == schema.turns.c.arrival
            said = said.where(sa.select(schema.inbox.c.chat).where(update).scalar_subquery() == chat)
        if before is not None:
            said = said.where(schema.turns.c.arrival < before)
        rows = (await self._transaction.execute(said)).all()
        return [Turn(row.sighting, row.role, row.text) for row in reversed(rows)]

    async def add_turns(self, turns: Iterable[Turn], update: int) -> None:
        """Keep all that was said on account of one update (its inbox id), in one call: a second changes nothing."""
        rows = [
            {"sighting": turn.sighting, "arrival": update, "position": position, "role": turn.role, "text": turn.text}
            for position, turn in enumerate(turns)
        ]
        if rows:
            new = self._transaction.insert(schema.turns)
            await self._transaction.execute(new.on_conflict_do_nothing(index_elements=["arrival", "position"]), rows)

    async def forget_turns(self, update: int) -> None:
        """Take back what one update (its inbox id) brought, which is to be worked on anew or was given up."""
        await self._transaction.execute(sa.delete(schema.turns).where(schema.turns.c.arrival == update))

    async def files(self) -> set[str]:
        """The digests of all pictures that sightings are made of."""
        digests = sa.select(schema.pictures.c.digest).distinct()
        return set((await self._transaction.execute(digests)).scalars())

    async def _add_pictures(self, seen: Sighting) -> None:
        rows = [{"sighting": seen.id, "position": n, "digest": digest} for n, digest in enumerate(seen.pictures)]
        if rows:
            await self._transaction.execute(self._transaction.insert(schema.pictures), rows)

    async def _shown(self, chat: int, numbers: list[int]) -> list[int]:
        """The sightings that these messages showed, one for each message that showed one, the oldest first."""
        shown = schema.messages.c
        theirs = sa.select(shown.sighting).where(shown.chat == chat, shown.message.in_(numbers))
        return list((await self._transaction.execute(theirs.order_by(shown.sighting))).scalars())

    async def _add_messages(self, seen: Sighting, numbers: list[int]) -> None:
        if not numbers:
            return
        rows = [{"chat": seen.chat, "message": number, "sighting": seen.id} for number in numbers]
        new = self._transaction.insert(schema.messages)
        await self._transaction.execute(new.on_conflict_do_nothing(index_elements=["chat", "message"]), rows)

    async def _first(self, which: sa.ColumnElement[bool]) -> Sighting | None:
        newest = sa.select(schema.sightings).where(which).order_by(schema.sightings.c.id.desc()).limit(1)
        row = (await self._transaction.execute(newest)).one_or_none()
        if row is None:
            return None
        held = schema.pictures.c
        digests = sa.select(held.digest).where(held.sighting == row.id).order_by(held.position)
        pictures = tuple((await self._transaction.execute(digests)).scalars())
        return Sighting(
            row.id, row.chat, row.sender, row.at, pictures, row.caption, _place(row), row.video, row.forwarded
        )


def _place_now(before: Place | None, told: Place | None) -> Place | None:
    """A picture knows best where it was taken; whoever sent it may have gone on since."""
    by_picture = told is not None and told.source == "exif"
    return told if by_picture or before is None or before.source == "exif" else before


def _columns(place: Place | None) -> dict[str, Any]:
    return {
        "latitude": place and place.latitude,
        "longitude": place and place.longitude,
        "place_source": place and place.source,
        "place_at": place and place.at,
        "place_name": place and place.name,
    }


def _place(row: sa.Row[Any]) -> Place | None:
    if row.place_source is None:
        return None
    return Place(row.latitude, row.longitude, row.place_source, row.place_at, row.place_name)
