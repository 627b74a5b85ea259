"""The newest position of each person in each chat."""

from __future__ import annotations

from datetime import timedelta, timezone

import pytest

from storage.records import Place
from storage.store import Store
from tests.storage.conftest import Clock

HOUR = timedelta(hours=1)


async def last(store: Store, clock: Clock, chat: int = 1, sender: int | None = 5) -> Place | None:
    async with store.read() as records:
        return await records.places.last(chat, sender, within=HOUR, now=clock.now)


async def remember(store: Store, place: Place, sender: int | None = 5) -> None:
    async with store.write() as records:
        await records.places.remember(1, sender, place)


async def test_a_position_is_remembered_as_it_was(store, clock):
    place = Place(-33.856784, 151.215297, "live", clock.now, "Sydney")
    await remember(store, place)
    assert await last(store, clock) == place


async def test_nobody_is_anywhere_at_first(store, clock):
    assert await last(store, clock) is None


async def test_a_position_belongs_to_one_person_in_one_chat(store, clock):
    await remember(store, Place(1.0, 2.0, "pin", clock.now))
    assert await last(store, clock, sender=6) is None
    assert await last(store, clock, chat=2) is None


async def test_a_channel_has_a_position_without_a_person(store, clock):
    place = Place(1.0, 2.0, "pin", clock.now)
    await remember(store, place, sender=None)
    assert await last(store, clock, sender=None) == place


async def test_a_newer_position_replaces_an_older_one_and_not_the_other_way_round(store, clock):
    newer, older = Place(1.0, 1.0, "live", clock.now), Place(2.0, 2.0, "live", clock.now - timedelta(seconds=1))
    for place in (older, newer, older):
        await remember(store, place)
    assert await last(store, clock) == newer


async def test_a_position_gets_its_name_later(store, clock):
    await remember(store, Place(1.0, 1.0, "pin", clock.now))
    await remember(store, Place(1.0, 1.0, "pin", clock.now, "the harbour"))
    known = await last(store, clock)
    assert known
    assert known.name == "the harbour"


async def test_an_old_position_is_not_used(store, clock):
    await remember(store, Place(1.0, 1.0, "pin", clock.now))
    clock.forward(3600)
    assert await last(store, clock)
    clock.forward(1)
    assert await last(store, clock) is None


async def test_a_moment_is_the_same_in_every_zone(store, clock):
    there = clock.now.astimezone(timezone(timedelta(hours=8)))
    await remember(store, Place(1.0, 1.0, "pin", there))
    known = await last(store, clock)
    assert known
    assert known.at == there
    assert known.at.utcoffset() == timedelta(0)


async def test_a_moment_without_a_zone_is_refused(store, clock):
    with pytest.raises(Exception, match="refused"):
        await remember(store, Place(1.0, 1.0, "pin", clock.now.replace(tzinfo=None)))
