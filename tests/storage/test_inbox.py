"""The inbox: nothing twice, order within a chat, chats side by side."""

from __future__ import annotations

from datetime import timedelta

import pytest

from storage.inbox import identity
from storage.records import Arrival, Reply
from storage.store import Store

BOT = 1


def said(chat: int, number: int, update_id: int = 0, **more: object) -> dict[str, object]:
    return {"update_id": update_id or number, "message": {"message_id": number, "chat": {"id": chat}, **more}}


async def add(store: Store, *bodies: dict[str, object], bot: int = BOT) -> list[bool]:
    async with store.write() as records:
        return [await records.inbox.add(bot, body) for body in bodies]


async def look(store: Store, busy: tuple[int, ...] = ()) -> Arrival | None:
    async with store.write() as records:
        return await records.inbox.take(busy)


async def take(store: Store) -> Arrival:
    found = await look(store)
    assert found
    return found


async def number_taken(store: Store, busy: tuple[int, ...] = ()) -> int | None:
    arrival = await look(store, busy)
    return None if arrival is None else int(arrival.body["message"]["message_id"])


async def test_an_update_comes_out_as_it_went_in(store):
    body = said(-7, 5, text="狗在哪里? 🐕", entities=[{"type": "bold", "offset": 0, "length": 2}])
    await add(store, body, bot=42)
    arrival = await take(store)
    assert (arrival.bot, arrival.chat, arrival.body, arrival.attempts) == (42, -7, body, 1)


@pytest.mark.parametrize("text", ["a\0b", "a\ud83d"])
async def test_an_update_with_characters_that_are_none_is_kept_all_the_same(store, text):
    await add(store, said(1, 5, text=text))
    assert (await take(store)).body["message"]["text"] == text


async def test_an_empty_inbox_gives_nothing(store):
    assert await look(store) is None


async def test_a_chat_is_worked_on_in_order_and_one_at_a_time(store):
    await add(store, said(1, 10), said(1, 11))
    first = await take(store)
    assert await look(store) is None
    async with store.write() as records:
        await records.inbox.done(first)
    assert await number_taken(store) == 11


async def test_chats_go_on_side_by_side(store):
    await add(store, said(1, 10), said(1, 11), said(2, 20), said(3, 30))
    assert [await number_taken(store) for _ in range(4)] == [10, 20, 30, None]


async def test_a_busy_chat_is_passed_over(store):
    await add(store, said(1, 10), said(2, 20))
    assert await number_taken(store, busy=(1,)) == 20


async def test_updates_of_no_chat_share_the_chat_zero(store):
    await add(store, {"update_id": 1, "inline_query": {"id": "a"}}, {"update_id": 2, "inline_query": {"id": "b"}})
    assert (await take(store)).chat == 0
    assert await look(store) is None


async def test_a_retried_update_waits_its_time_and_holds_its_chat_up(store, clock):
    await add(store, said(1, 10), said(1, 11), said(2, 20))
    first = await take(store)
    async with store.write() as records:
        await records.inbox.retry(first, after=timedelta(seconds=30), error="engine down")
    assert await number_taken(store) == 20
    clock.forward(29)
    assert await look(store) is None
    clock.forward(1)
    again = await take(store)
    assert (again.id, again.attempts) == (first.id, 2)


async def test_what_was_put_off_by_a_clock_that_was_set_back_since_is_due(store, clock):
    await add(store, said(1, 10), said(2, 20, media_group_id="a"))
    first = await take(store)
    async with store.write() as records:
        await records.inbox.retry(first, after=timedelta(minutes=5), error="engine down")
        await records.outbox.add(BOT, [Reply(1, "text", "hello")])
        reply = await records.outbox.take()
        await records.outbox.retry(reply, after=timedelta(days=30), error="RetryAfter")
    assert await look(store) is None
    clock.forward(-timedelta(days=3).total_seconds())
    assert [await number_taken(store) for _ in range(2)] == [10, 20]
    async with store.write() as records:
        assert await records.outbox.take()


async def test_a_failed_update_lets_its_chat_go_on(store):
    await add(store, said(1, 10), said(1, 11))
    first = await take(store)
    async with store.write() as records:
        await records.inbox.fail(first, "a picture that breaks everything")
    assert await number_taken(store) == 11


async def test_what_is_finished_stays_finished(store):
    await add(store, said(1, 10))
    arrival = await take(store)
    async with store.write() as records:
        await records.inbox.done(arrival)
        await records.inbox.done(arrival)
        await records.inbox.retry(arrival, after=timedelta(0), error="too late")
        await records.inbox.fail(arrival, "too late")
        assert await records.inbox.depth() == {"waiting": 0, "running": 0, "failed": 0}
    assert await look(store) is None


async def test_who_lost_an_update_to_another_worker_settles_nothing(store):
    await add(store, said(1, 10))
    lost = await take(store)
    async with store.write() as records:
        await records.inbox.recover()
        assert not await records.inbox.done(lost)
    held = await take(store)
    async with store.write() as records:
        assert not await records.inbox.done(lost)
        assert not await records.inbox.fail(lost, "late")
        assert not await records.inbox.retry(lost, after=timedelta(0), error="late")
        assert await records.inbox.done(held)


async def test_depth_and_age_show_what_is_unfinished(store, clock):
    start = clock.now
    await add(store, said(1, 10), said(2, 20))
    clock.forward(60)
    await add(store, said(3, 30), said(4, 40))
    first, second = await take(store), await take(store)
    async with store.write() as records:
        await records.inbox.fail(first, "no")
        assert await records.inbox.oldest() == start
        await records.inbox.done(second)
        assert await records.inbox.oldest() == start + timedelta(seconds=60)
        assert await records.inbox.depth() == {"waiting": 2, "running": 0, "failed": 1}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (said(1, 10, update_id=1), said(1, 10, update_id=1)),
        (said(1, 10, update_id=1), said(1, 10, update_id=999)),
        ({"update_id": 1, "edited_message": {"message_id": 1, "chat": {"id": 1}, "edit_date": 7}},) * 2,
        ({"update_id": 1, "callback_query": {"id": "77"}}, {"update_id": 2, "callback_query": {"id": "77"}}),
        ({"update_id": 1, "my_chat_member": {"chat": {"id": 1}, "date": 5}},) * 2,
    ],
)
async def test_an_update_that_comes_again_is_refused(store, first, second):
    assert await add(store, first) == [True]
    assert await add(store, second) == [False]
    async with store.read() as records:
        assert (await records.inbox.depth())["waiting"] == 1


async def test_an_update_is_refused_after_it_is_done_too(store):
    await add(store, said(1, 10))
    async with store.write() as records:
        await records.inbox.done(await records.inbox.take())
    assert await add(store, said(1, 10)) == [False]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (said(1, 10, update_id=1), said(1, 11, update_id=1)),
        (said(1, 10), said(2, 10)),
        (said(1, 10), {"update_id": 2, "edited_message": {"message_id": 10, "chat": {"id": 1}, "edit_date": 7}}),
        (
            {"update_id": 1, "edited_message": {"message_id": 10, "chat": {"id": 1}, "edit_date": 7}},
            {"update_id": 2, "edited_message": {"message_id": 10, "chat": {"id": 1}, "edit_date": 7}},
        ),
        (
            {"update_id": 1, "edited_message": {"message_id": 10, "chat": {"id": 1}, "edit_date": 7}},
            {"update_id": 2, "edited_message": {"message_id": 10, "chat": {"id": 1}, "edit_date": 8}},
        ),
        ({"update_id": 1, "poll": {"id": "9"}}, {"update_id": 2, "poll": {"id": "9"}}),
        ({"update_id": 1, "message_reaction": {"date": 5}}, {"update_id": 1, "message_reaction": {"date": 6}}),
    ],
)
async def test_an_update_that_only_looks_alike_is_kept(store, first, second):
    assert await add(store, first, second) == [True, True]


async def test_two_bots_may_get_the_same_message(store):
    assert await add(store, said(1, 10), bot=1) == [True]
    assert await add(store, said(1, 10), bot=2) == [True]


@pytest.mark.parametrize(
    ("body", "chat"),
    [
        (said(-100, 1), -100),
        ({"update_id": 1, "callback_query": {"id": "7", "message": {"message_id": 3, "chat": {"id": -5}}}}, -5),
        ({"update_id": 1, "callback_query": {"id": "7", "inline_message_id": "x"}}, 0),
        ({"update_id": 1, "my_chat_member": {"chat": {"id": 6}}}, 6),
        ({"update_id": 1, "inline_query": {"id": "9", "from": {"id": 3}}}, 0),
        ({}, 0),
        ({"update_id": 1, "message": None}, 0),
        ({"update_id": 1, "message": {"message_id": 1, "chat": None}}, 0),
        ({"update_id": 1, "callback_query": {"message": 5}}, 0),
        ({"update_id": 1, "message": {"message_id": 1, "chat": {"id": "five"}}}, 0),
    ],
)
def test_an_update_of_any_shape_has_a_chat(body, chat):
    assert identity(body)[0] == chat


async def test_what_an_edit_changed_is_found(store):
    def edited(number: int, when: int) -> dict[str, object]:
        return {"update_id": when, "edited_message": {"message_id": number, "chat": {"id": 1}, "edit_date": when}}

    await add(store, said(1, 10), said(1, 100), said(2, 10), edited(10, 7), edited(1, 7), edited(10, 8))
    arrivals = []
    for _ in range(6):
        arrivals.append(await take(store))
        async with store.write() as records:
            await records.inbox.done(arrivals[-1])
    last = next(arrival for arrival in arrivals if arrival.body == edited(10, 8))
    async with store.read() as records:
        assert await records.inbox.before(last) == edited(10, 7)
        assert await records.inbox.before(next(a for a in arrivals if a.body == said(2, 10))) is None
