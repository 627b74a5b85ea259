"""Sightings, the messages that showed them, and the conversation."""

from __future__ import annotations

from storage.records import Place, Sighting, Turn
from storage.store import Records
from tests.storage.conftest import Clock


async def add(
    records: Records,
    clock: Clock,
    *,
    chat: int = 1,
    messages: tuple[int, ...] = (5,),
    caption: str | None = None,
    pictures: tuple[str, ...] = ("ab" * 32,),
    place: Place | None = None,
) -> Sighting:
    return await records.sightings.add(
        chat=chat, sender=2, at=clock.now, pictures=pictures, caption=caption, place=place, messages=messages
    )


async def test_a_sighting_comes_out_as_it_went_in(store, clock):
    place = Place(47.1, 8.5, "exif", clock.now, "Zug")
    async with store.write() as records:
        seen = await add(records, clock, pictures=("cd" * 32, "ab" * 32, "cd" * 32), caption="which?", place=place)
    async with store.read() as records:
        assert await records.sightings.get(seen.id) == seen
    assert (seen.pictures, seen.caption, seen.place) == (("cd" * 32, "ab" * 32, "cd" * 32), "which?", place)


async def test_every_message_of_an_album_leads_to_its_sighting(store, clock):
    async with store.write() as records:
        album = await add(records, clock, messages=(5, 6, 7))
        assert [await records.sightings.of_message(1, number) for number in (5, 6, 7)] == [album] * 3
        assert await records.sightings.of_message(1, 8) is None
        assert await records.sightings.of_message(2, 5) is None


async def test_the_same_first_message_makes_one_sighting(store, clock):
    async with store.write() as records:
        first = await add(records, clock, caption="what is it?")
    async with store.write() as records:
        assert await add(records, clock, caption="another try", pictures=("ef" * 32,), messages=(5, 6)) == first
        assert await records.sightings.files() == {"ab" * 32}


async def test_messages_of_other_chats_may_have_the_same_number(store, clock):
    async with store.write() as records:
        assert (await add(records, clock, chat=1)).id != (await add(records, clock, chat=2)).id


async def test_the_latest_sighting_is_the_one_that_came_last(store, clock):
    async with store.write() as records:
        assert await records.sightings.latest(1) is None
        await add(records, clock, messages=(5,))
        second = await add(records, clock, messages=(6,))
        await add(records, clock, chat=2, messages=(7,))
        assert await records.sightings.latest(1) == second


async def test_an_unknown_sighting_is_none(store):
    async with store.read() as records:
        assert await records.sightings.get(99) is None
        assert await records.sightings.turns(99) == []


async def test_a_conversation_is_kept_in_order_and_once(store, clock):
    async with store.write() as records:
        seen, other = await add(records, clock, messages=(5,)), await add(records, clock, messages=(6,))
        first = [Turn(seen.id, "user", "what?"), Turn(seen.id, "assistant", "a dog")]
        later = [Turn(seen.id, "user", "which colour?"), Turn(seen.id, "assistant", "brown")]
        await records.sightings.add_turns(first, update=1)
        await records.sightings.add_turns([Turn(other.id, "user", "?")], update=2)
        await records.sightings.add_turns(later, update=3)
        await records.sightings.add_turns(
            [Turn(seen.id, "user", "what?"), Turn(seen.id, "assistant", "a cat")], update=1
        )
        await records.sightings.add_turns([], update=4)
        assert await records.sightings.turns(seen.id) == first + later
