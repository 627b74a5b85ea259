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
        assert await records.sightings.message_of(album) == 5
        await records.chats.moved(1, 9)
        assert await records.sightings.message_of(await records.sightings.get(album.id)) is None


async def test_the_same_messages_make_one_sighting(store, clock):
    async with store.write() as records:
        first = await add(records, clock, caption="what is it?", messages=(5, 6))
    async with store.write() as records:
        assert await add(records, clock, caption="another try", pictures=("ef" * 32,), messages=(5, 6)) == first
        assert await add(records, clock, caption="another try", pictures=("ef" * 32,), messages=(6,)) == first
        assert await records.sightings.files() == {"ab" * 32}


async def test_a_late_part_of_an_album_widens_its_sighting(store, clock):
    async with store.write() as records:
        first = await add(records, clock, messages=(5, 7), pictures=("ab" * 32, "cd" * 32), caption="which?")
        pictures = ("ab" * 32, "ef" * 32, "cd" * 32)
        wider = await add(records, clock, messages=(5, 6, 7), pictures=pictures, caption="which?")
        assert (wider.id, wider.pictures) == (first.id, pictures)
        assert [await records.sightings.of_message(1, number) for number in (5, 6, 7)] == [wider] * 3


async def test_a_sighting_that_was_edited_has_other_pictures_and_words(store, clock):
    async with store.write() as records:
        seen = await add(records, clock, caption="what?")
        changed = await records.sightings.change(seen.id, pictures=("ef" * 32,), caption=None, place=None, video=True)
        assert (changed.pictures, changed.caption, changed.video) == (("ef" * 32,), None, True)
        assert await records.sightings.of_message(1, 5) == changed


async def test_what_was_said_about_a_picture_is_forgotten_when_that_is_gone(store, clock):
    cat, dog = "ab" * 32, "cd" * 32
    for number, (before, now, kept) in enumerate(
        (
            ((cat,), (dog,), False),
            ((cat, cat), (cat, dog), False),
            ((cat,), (dog, cat), True),
            ((cat, dog), (dog, cat), True),
        )
    ):
        async with store.write() as records:
            seen = await add(records, clock, messages=(number,), pictures=before)
            other = await add(records, clock, messages=(number + 10,), pictures=before)
            said = [Turn(seen.id, "user", "what?"), Turn(other.id, "user", "what?")]
            await records.sightings.add_turns(said, update=number)
            await records.sightings.change(seen.id, pictures=now, caption=None, place=None, video=False)
            assert await records.sightings.turns(seen.id) == (said[:1] if kept else [])
            assert await records.sightings.turns(other.id) == said[1:]


async def test_another_picture_moves_a_sighting_only_where_pictures_say_where(store, clock):
    here, there = Place(47.1, 8.5, "exif", clock.now), Place(10.0, 8.5, "exif", clock.now)
    pin, gone_on = Place(52.5, 13.4, "live", clock.now), Place(48.8, 2.3, "live", clock.now)
    for number, (before, told, after) in enumerate(
        ((here, there, there), (here, None, None), (here, pin, pin), (pin, gone_on, pin), (pin, there, there))
    ):
        async with store.write() as records:
            seen = await add(records, clock, messages=(number,), place=before)
            changed = await records.sightings.change(seen.id, pictures=(), caption=None, place=told, video=False)
            assert changed.place == after
            assert await records.sightings.get(seen.id) == changed


async def test_a_sighting_knows_whether_it_is_a_video_and_whose_its_caption_is(store, clock):
    async with store.write() as records:
        seen = await records.sightings.add(
            chat=1,
            sender=2,
            at=clock.now,
            pictures=("ab" * 32,),
            caption="Breaking!",
            place=None,
            messages=(5,),
            video=True,
            forwarded=True,
        )
        assert (seen.video, seen.forwarded) == (True, True)
        assert await records.sightings.get(seen.id) == seen


async def test_what_was_said_on_account_of_an_update_is_taken_back(store, clock):
    async with store.write() as records:
        seen = await add(records, clock)
        await records.sightings.add_turns([Turn(seen.id, "user", "what?")], update=1)
        await records.sightings.add_turns([Turn(seen.id, "user", "and now?")], update=2)
        await records.sightings.forget_turns(2)
        assert await records.sightings.turns(seen.id) == [Turn(seen.id, "user", "what?")]


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
