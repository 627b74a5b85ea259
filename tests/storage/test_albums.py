"""Albums in the inbox: their parts come one by one, and are worked on as one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from storage.inbox import ALBUM_SETTLES_AFTER, MOST_PARTS, album_of
from storage.records import Arrival
from storage.store import Store

BOT = 1
SETTLES_S = ALBUM_SETTLES_AFTER.total_seconds()
ALMOST_S = SETTLES_S - 0.1


def photo(number: int, album: str | None = "a", chat: int = 1) -> dict[str, object]:
    message = {"message_id": number, "chat": {"id": chat}}
    return {"update_id": number, "message": message | ({"media_group_id": album} if album else {})}


async def add(store: Store, *bodies: dict[str, object]) -> list[bool]:
    async with store.write() as records:
        return [await records.inbox.add(BOT, body) for body in bodies]


async def look(store: Store) -> Arrival | None:
    async with store.write() as records:
        return await records.inbox.take()


async def take(store: Store) -> Arrival:
    found = await look(store)
    assert found
    return found


async def settle(store: Store, arrival: Arrival, *, failing: bool = False) -> None:
    async with store.write() as records:
        inbox = records.inbox
        assert await (inbox.fail(arrival, "no") if failing else inbox.done(arrival))
        await inbox.finish_parts(arrival)


def numbers(arrival: Arrival) -> list[int]:
    return [part.body["message"]["message_id"] for part in arrival.parts]


async def test_an_album_waits_until_no_more_of_it_comes_and_is_taken_whole(store, clock):
    await add(store, photo(10))
    clock.forward(ALMOST_S)
    assert await look(store) is None
    await add(store, photo(11), photo(12))
    clock.forward(ALMOST_S)
    assert await look(store) is None
    clock.forward(0.1)
    arrival = await take(store)
    assert numbers(arrival) == [10, 11, 12]
    assert await look(store) is None
    await settle(store, arrival)
    assert await look(store) is None
    async with store.read() as records:
        assert await records.inbox.depth() == {"waiting": 0, "running": 0, "failed": 0}


async def test_what_follows_an_album_waits_for_it_and_nobody_else_does(store, clock):
    await add(store, photo(10), photo(11, album=None), photo(12), photo(20, album=None, chat=2))
    assert (await take(store)).chat == 2
    assert await look(store) is None
    clock.forward(SETTLES_S)
    album = await take(store)
    assert numbers(album) == [10, 12]
    await settle(store, album)
    assert (await take(store)).body == photo(11, album=None)


async def test_albums_side_by_side_are_told_apart(store, clock):
    await add(store, photo(10, "a"), photo(11, "b"), photo(12, "a"), photo(13, "a", chat=2))
    clock.forward(SETTLES_S)
    first, elsewhere = await take(store), await take(store)
    await settle(store, first)
    assert [numbers(each) for each in (first, elsewhere, await take(store))] == [[10, 12], [13], [11]]


async def test_a_part_that_comes_again_keeps_nobody_waiting(store, clock):
    await add(store, photo(10), photo(11))
    clock.forward(ALMOST_S)
    assert await add(store, photo(10), photo(11)) == [False, False]
    clock.forward(0.1)
    assert numbers(await take(store)) == [10, 11]


async def test_an_album_that_grew_while_it_was_worked_on_is_taken_anew_whole(store, clock):
    await add(store, photo(10))
    clock.forward(SETTLES_S)
    arrival = await take(store)
    async with store.write() as records:
        assert not await records.inbox.outgrown(arrival)
    await add(store, photo(11))
    async with store.write() as records:
        assert await records.inbox.outgrown(arrival)
        await records.inbox.give_back(arrival)
    assert await look(store) is None
    clock.forward(SETTLES_S)
    again = await take(store)
    assert (again.id, again.attempts, numbers(again)) == (arrival.id, 1, [10, 11])


async def test_a_part_that_comes_after_all_is_done_is_taken_with_the_others(store, clock):
    await add(store, photo(10), photo(11))
    clock.forward(SETTLES_S)
    await settle(store, await take(store))
    await add(store, photo(12))
    clock.forward(SETTLES_S)
    late = await take(store)
    assert [(part.body["message"]["message_id"], part.finished) for part in late.parts] == [
        (10, True),
        (11, True),
        (12, False),
    ]
    async with store.write() as records:
        assert not await records.inbox.outgrown(late)


async def test_an_album_put_off_waits_its_time_whatever_comes_of_it(store, clock):
    await add(store, photo(10))
    clock.forward(SETTLES_S)
    arrival = await take(store)
    async with store.write() as records:
        await records.inbox.retry(arrival, after=timedelta(seconds=30), error="engine down")
    await add(store, photo(11))
    clock.forward(29)
    assert await look(store) is None
    clock.forward(1)
    again = await take(store)
    assert (again.attempts, numbers(again)) == (2, [10, 11])


async def test_an_album_given_up_is_one_failure_and_comes_back_whole(store, clock):
    await add(store, photo(10), photo(11), photo(12))
    clock.forward(SETTLES_S)
    arrival = await take(store)
    await settle(store, arrival, failing=True)
    async with store.write() as records:
        assert (await records.inbox.depth())["failed"] == 1
        assert await records.failures.replay() == 1
    again = await take(store)
    assert (again.id, numbers(again)) == (arrival.id, [10, 11, 12])
    assert not any(part.finished for part in again.parts), "none of them has been answered"
    await settle(store, again)
    assert await look(store) is None


async def test_what_had_been_answered_of_an_album_is_not_replayed_with_a_part_that_came_late(store, clock):
    await add(store, photo(10), photo(11))
    clock.forward(SETTLES_S)
    await settle(store, await take(store))
    await add(store, photo(12), photo(13))
    clock.forward(SETTLES_S)
    await settle(store, await take(store), failing=True)
    async with store.write() as records:
        assert await records.failures.replay() == 1
    again = await take(store)
    assert [part.finished for part in again.parts] == [True, True, False, False]


async def test_what_comes_after_an_album_that_was_replayed_is_kept_and_waits_for_it(store, clock):
    await add(store, photo(10))
    clock.forward(SETTLES_S)
    await settle(store, await take(store), failing=True)
    async with store.write() as records:
        await records.failures.replay()
    pressed = {"update_id": 12, "callback_query": {"id": "1", "message": {"message_id": 10, "chat": {"id": 1}}}}
    assert await add(store, photo(11, album=None), pressed) == [True, True]
    again = await take(store)
    assert numbers(again) == [10]
    await settle(store, again)
    assert (await take(store)).body["update_id"] == 11


async def test_more_than_telegram_puts_in_an_album_are_taken_alone(store, clock):
    await add(store, *(photo(number) for number in range(MOST_PARTS + 2)))
    clock.forward(SETTLES_S)
    album = await take(store)
    assert numbers(album) == list(range(MOST_PARTS))
    await settle(store, album)
    assert (await take(store)).parts == ()


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_an_album_in_work_when_the_process_died_is_taken_up_whole(store, clock):
    await add(store, photo(10), photo(11))
    clock.forward(SETTLES_S)
    await take(store)
    async with store.write() as records:
        assert await records.inbox.recover() == 1
    again = await take(store)
    assert (again.attempts, numbers(again)) == (2, [10, 11])


async def test_the_album_of_a_message_is_found_whether_done_or_not(store, clock):
    await add(store, photo(10), photo(11), photo(12, "b"))
    async with store.read() as records:
        parts = await records.inbox.album(BOT, 1, "a")
        assert [part.body["message"]["message_id"] for part in parts] == [10, 11]
        assert await records.inbox.album(BOT + 1, 1, "a") == ()


@pytest.mark.parametrize(
    "body",
    [
        {"edited_message": {"message_id": 1, "chat": {"id": 1}, "media_group_id": "a"}},
        {"message": {"message_id": 1, "chat": {"id": 1}, "media_group_id": 5}},
        {"message": {"message_id": 1, "chat": {"id": 1}, "media_group_id": ""}},
        {"message": None},
        {},
    ],
)
def test_what_is_no_part_of_an_album_is_none(body):
    assert album_of(body) is None
