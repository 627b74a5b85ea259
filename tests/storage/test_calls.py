"""The calls: kept until a receiver has them, known by one name, and in nobody else's way."""

from __future__ import annotations

from datetime import timedelta

import pytest

from storage.records import Call, Calling, Watch
from storage.store import Store

BOT = 1


@pytest.fixture
async def watches(store) -> list[Watch]:
    """Two watches of different chats with webhooks."""
    made = []
    async with store.write() as records:
        for chat in (1, 2):
            watch = await records.watches.add(chat=chat, condition="fire", language="en", message_id=5)
            url, secret = f"https://example.org/{chat}", f"whsec_{chat}"
            made.append(await records.watches.change(chat, watch.id, webhook=url, secret=secret))
    return made


async def add(store: Store, watch: Watch, *bodies: str, update: int = 9) -> None:
    async with store.write() as records:
        await records.calls.add(BOT, [Call(watch.id, watch.chat, body) for body in bodies], update=update)


async def look(store: Store, *busy: int) -> Calling | None:
    async with store.write() as records:
        return await records.calls.take(busy)


async def take(store: Store, *busy: int) -> Calling:
    found = await look(store, *busy)
    assert found
    return found


async def test_a_call_comes_out_as_it_went_in_with_where_it_goes(store, watches):
    await add(store, watches[0], '{"条件":"火"}')
    calling = await take(store)
    assert calling.call == Call(watches[0].id, 1, '{"条件":"火"}')
    assert (calling.url, calling.secret, calling.attempts) == ("https://example.org/1", "whsec_1", 1)
    assert await look(store) is None


async def test_the_name_stays_the_same_over_tries_and_is_like_no_other(store, watches, clock):
    await add(store, watches[0], "1", "2")
    first, second = await take(store), await take(store)
    assert first.name != second.name
    assert "." not in first.name
    async with store.write() as records:
        await records.calls.retry(first, after=timedelta(seconds=5), error="503")
    assert await look(store) is None
    clock.forward(5)
    again = await take(store)
    assert (again.name, again.attempts) == (first.name, 2)


async def test_an_update_worked_on_twice_calls_once(store, watches):
    await add(store, watches[0], "1", "2")
    await add(store, watches[0], "1", "2")
    await add(store, watches[0], "1", update=10)
    assert [(await take(store)).call.body for _ in range(3)] == ["1", "2", "1"]
    assert await look(store) is None


async def test_a_busy_watch_is_passed_over_and_what_was_not_tried_goes_first(store, watches, clock):
    await add(store, watches[0], "old")
    tried = await take(store)
    async with store.write() as records:
        await records.calls.retry(tried, after=timedelta(0), error="500")
    await add(store, watches[0], "new", update=10)
    await add(store, watches[1], "other")
    assert (await take(store, watches[0].id)).call.body == "other"
    assert [(await take(store)).call.body for _ in range(2)] == ["new", "old"]


async def test_where_a_call_goes_is_asked_when_it_goes(store, watches):
    await add(store, watches[0], "1", "2")
    async with store.write() as records:
        await records.watches.change(1, watches[0].id, webhook="https://example.org/new")
    assert (await take(store)).url == "https://example.org/new"
    async with store.write() as records:
        await records.watches.remove(1, watches[0].id)
    calling = await take(store)
    assert (calling.url, calling.secret) == (None, None)


async def test_whoever_becomes_the_caller_finds_waiting_what_was_on_its_way(store, watches):
    await add(store, watches[0], "1")
    name = (await take(store)).name
    async with store.sole("caller"):
        assert (await take(store)).name == name


async def test_who_lost_a_call_to_another_caller_settles_nothing(store, watches):
    await add(store, watches[0], "1")
    async with store.write() as records:
        lost = await records.calls.take()
        await records.calls.recover()
        assert not await records.calls.taken_in(lost)
        held = await records.calls.take()
        assert not await records.calls.retry(lost, after=timedelta(0), error="late")
        assert not await records.calls.fail(lost, "late")
        assert not await records.calls.taken_in(lost)
        assert await records.calls.taken_in(held)


async def test_what_was_given_up_is_listed_and_comes_back_under_its_name(store, watches, clock):
    await add(store, watches[0], "1", "2")
    lost, kept = await take(store), await take(store)
    async with store.write() as records:
        await records.calls.fail(lost, "HTTP 500")
        await records.calls.taken_in(kept)
        assert await records.calls.depth() == {"waiting": 0, "running": 0, "failed": 1}
    async with store.write() as records:
        (failure,) = await records.failures.newest(5)
        assert (failure.kind, failure.id, failure.chat, failure.reason) == ("call", lost.id, 1, "HTTP 500")
        assert await records.failures.replay(updates=[], replies=[], calls=[lost.id, kept.id]) == 1
    again = await take(store)
    assert (again.name, again.attempts) == (lost.name, 1)


async def test_a_group_that_moves_takes_its_calls_along(store, watches):
    await add(store, watches[0], "1")
    async with store.write() as records:
        await records.chats.moved(1, -100)
    assert (await take(store)).call.chat == -100


async def test_when_a_receiver_is_back_what_waits_for_it_is_due_and_for_no_other(store, watches):
    for watch in watches:
        await add(store, watch, "1")
        tried = await take(store)
        async with store.write() as records:
            await records.calls.retry(tried, after=timedelta(hours=5), error="502")
    assert await look(store) is None
    async with store.write() as records:
        await records.calls.hasten(watches[1].id)
    assert (await take(store)).call.watch == watches[1].id
    assert await look(store) is None


async def test_it_is_known_whether_the_last_call_of_a_watch_was_given_up(store, watches, clock):
    async def ends(watch, update, *, failed):
        clock.forward(1)
        await add(store, watch, "1", update=update)
        calling = await take(store)
        async with store.write() as records:
            await (records.calls.fail(calling, "500") if failed else records.calls.taken_in(calling))
            return await records.calls.failed_before(calling)

    assert not await ends(watches[0], 1, failed=True)
    assert not await ends(watches[1], 2, failed=True)
    assert await ends(watches[0], 3, failed=True)
    assert await ends(watches[0], 4, failed=False)
    assert not await ends(watches[0], 5, failed=True)


async def test_where_watches_call_is_known_of_many_at_once(store, watches):
    async with store.write() as records:
        await records.watches.change(2, watches[1].id, webhook=None)
        found = await records.watches.webhooks([watch.id for watch in watches] + [99])
    assert found == {watches[0].id: "https://example.org/1", watches[1].id: None}
