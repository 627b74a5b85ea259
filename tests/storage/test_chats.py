"""Settings, and a group that becomes a supergroup."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from storage import schema
from storage.records import About, Chat, Place, Reply, Turn
from storage.store import Records
from tests.storage.conftest import Clock

OLD, NEW = -7, -1007


async def test_a_chat_has_defaults_until_it_chooses(store):
    async with store.read() as records:
        assert await records.chats.get(1) == Chat(id=1)


async def test_a_change_leaves_the_other_settings_alone(store):
    async with store.write() as records:
        assert await records.chats.set(1, prompt="like a pirate") == Chat(1, prompt="like a pirate")
        await records.chats.set(1, voice=True, language="zh")
        await records.chats.set(1)
        group = await records.chats.set(3, speaks="always", prompt_by="admins")
        assert group == await records.chats.get(3) == Chat(3, speaks="always", prompt_by="admins")
        assert await records.chats.set(1, prompt=None) == Chat(1, voice=True, language="zh")
    async with store.read() as records:
        assert await records.chats.get(1) == Chat(1, voice=True, language="zh")
        assert await records.chats.get(2) == Chat(2)


async def fill(records: Records, clock: Clock) -> None:
    """One row with the old chat in every table that names a chat."""
    await records.chats.set(OLD, prompt="briefly", voice=True, speaks="always", prompt_by="admins")
    await records.presets.save(OLD, "Lab", "read the labels")
    await records.proposals.add(OLD, "in rhymes", message_id=9)
    place = Place(1.0, 2.0, "pin", clock.now)
    await records.places.remember(OLD, 5, place)
    await records.inbox.add(1, {"update_id": 1, "message": {"message_id": 3, "chat": {"id": OLD}}})
    seen = await records.sightings.add(
        chat=OLD, sender=5, at=clock.now, pictures=["ab" * 32], caption=None, place=place, messages=[3]
    )
    await records.sightings.add_turns([Turn(seen.id, "user", "what?")], update=1)
    await records.watches.add(chat=OLD, condition="smoke", language="en", message_id=4)
    elsewhere = await records.watches.add(chat=1, condition="fog", language="en", message_id=4)
    await records.watches.change(1, elsewhere.id, target=OLD)
    await records.outbox.add(1, [Reply(OLD, "text", "first", sighting=seen.id), Reply(OLD, "text", "second")])
    first = await records.outbox.take()
    assert first
    await records.outbox.sent(first, 8)


async def test_a_moved_chat_keeps_everything(store, clock):
    async with store.write() as records:
        await fill(records, clock)
        await records.chats.moved(OLD, NEW)
        await records.chats.moved(OLD, NEW)
    async with store.write() as records:
        chosen = Chat(NEW, prompt="briefly", voice=True, speaks="always", prompt_by="admins")
        assert await records.chats.get(NEW) == chosen
        [preset] = await records.presets.of_chat(NEW)
        assert (preset.chat, preset.name, preset.text) == (NEW, "Lab", "read the labels")
        assert (await records.proposals.get(NEW, 1)).text == "in rhymes"
        assert await records.places.last(NEW, 5, within=timedelta(hours=1), now=clock.now)
        seen = await records.sightings.latest(NEW)
        assert await records.sightings.turns(seen.id)
        assert [watch.condition for watch in await records.watches.of_chat(NEW)] == ["smoke"]
        assert [watch.target for watch in await records.watches.of_chat(1)] == [NEW]
        assert (await records.inbox.take()).chat == NEW
        assert (await records.outbox.take()).reply == Reply(NEW, "text", "second")


async def test_nothing_but_the_names_of_old_messages_is_left_behind(store, clock):
    """Fails for a new table with a chat in it that `moved` has not heard of."""
    async with store.write() as records:
        await fill(records, clock)
        await records.chats.moved(OLD, NEW)
    left = set()
    async with store._database.read() as connection:
        for table in schema.metadata.sorted_tables:
            column = table.c.get("chat", table.c.id if table is schema.chats else None)
            if column is not None and (await connection.execute(sa.select(column).where(column == OLD))).first():
                left.add(table.name)
    assert left == {"messages", "outbox"}


async def test_the_new_chats_messages_are_not_taken_for_the_old_ones(store, clock):
    async with store.write() as records:
        await fill(records, clock)
        await records.chats.moved(OLD, NEW)
        assert await records.sightings.of_message(NEW, 3) is None
        assert await records.outbox.about(1, NEW, 8) == About()
        assert (await records.proposals.add(NEW, "in prose", message_id=9)).id == 2
        await records.watches.add(chat=NEW, condition="fire", language="en", message_id=4)
        assert [watch.condition for watch in await records.watches.of_chat(NEW)] == ["smoke", "fire"]


async def test_what_the_new_chat_has_chosen_already_stands(store, clock):
    async with store.write() as records:
        await records.chats.set(OLD, prompt="old", language="zh")
        await records.chats.set(NEW, prompt="new", voice=True)
        await records.presets.save(OLD, "Lab", "old")
        await records.presets.save(OLD, "Shop", "prices")
        await records.presets.save(NEW, "LAB", "new")
        await records.places.remember(OLD, 5, Place(1.0, 1.0, "pin", clock.now))
        await records.places.remember(NEW, 5, Place(2.0, 2.0, "pin", clock.now + timedelta(seconds=1)))
        await records.chats.moved(OLD, NEW)
        assert await records.chats.get(NEW) == Chat(NEW, prompt="new", voice=True, language="zh")
        assert await records.chats.get(OLD) == Chat(OLD)
        presets = {preset.name: preset.text for preset in await records.presets.of_chat(NEW)}
        assert presets == {"Shop": "prices", "LAB": "new"}
        last = await records.places.last(NEW, 5, within=timedelta(hours=1), now=clock.now)
        assert last.latitude == 2.0


@pytest.mark.parametrize(("written", "kept"), [("a\0b", "ab"), ("a\ud83d", "a?"), ("🐕", "🐕"), ("", "")])
async def test_what_no_database_takes_is_left_out(store, written, kept):
    async with store.write() as records:
        assert (await records.chats.set(1, prompt=written)).prompt == kept
