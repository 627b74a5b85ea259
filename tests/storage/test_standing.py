"""An answer that is shown while it grows: one message for all attempts, and a wish to stop that is met at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from storage.records import Held, Reply
from tests.storage.test_inbox import BOT, add, look, said, take


async def placed(store, arrival, message: int) -> bool:
    async with store.write() as records:
        return bool(await records.inbox.placed(arrival, message))


async def held(store, arrival) -> Held | None:
    async with store.read() as records:
        found: Held | None = await records.inbox.held(arrival)
    return found


async def stop(store, body) -> bool:
    """Somebody wishes that what is in work in their chat be stopped."""
    async with store.write() as records:
        arrival = await records.inbox.in_work_before(BOT, body)
        return arrival is not None and bool(await records.inbox.stop(arrival, body))


async def test_an_answer_is_shown_in_one_message_however_often_it_is_begun(store):
    await add(store, said(1, 5))
    first = await take(store)
    assert await held(store, first) == Held(None, stop=False)
    assert await placed(store, first, 77)
    assert not await placed(store, first, 78)
    async with store.write() as records:
        await records.inbox.retry(first, after=timedelta(0), error="EngineDown")
    second = await take(store)
    assert not await placed(store, second, 79)
    assert await held(store, second) == Held(77, stop=False)
    assert await held(store, first) is None
    assert not await placed(store, replace(second, attempts=3), 80)


async def test_the_reply_goes_into_that_message_and_is_known_by_its_words(store):
    reply = Reply(1, "text", "a cat", into=77)
    async with store.write() as records:
        await records.outbox.add(BOT, [reply], update=5)
        await records.outbox.add(BOT, [replace(reply, into=None)], update=5)
    async with store.write() as records:
        outgoing = await records.outbox.take()
        assert (outgoing.message, outgoing.reply.text) == (77, "a cat")
        assert await records.outbox.take([1]) is None


async def test_a_wish_to_stop_reaches_what_is_in_work_and_is_then_done(store):
    wish = said(1, 6, text="/stop")
    await add(store, said(1, 5), wish, said(1, 7), said(2, 5))
    arrival, other = await take(store), await take(store)
    assert await stop(store, wish)
    assert await held(store, arrival) == Held(None, stop=True)
    assert await held(store, other) == Held(None, stop=False)
    async with store.write() as records:
        assert await records.inbox.done(arrival)
    assert (await take(store)).body["message"]["message_id"] == 7


async def test_a_wish_that_comes_too_late_waits_for_its_turn(store):
    wish = said(1, 6, text="/stop")
    await add(store, said(1, 5), wish)
    arrival = await take(store)
    async with store.write() as records:
        assert await records.inbox.done(arrival)
        assert not await records.inbox.stop(arrival, wish)
    assert not await stop(store, wish)
    own = await take(store)
    assert own.body == wish
    assert not await stop(store, wish), "it must not stop itself, nor what came after it"


@pytest.mark.parametrize("between", [False, True], ids=["in an attempt", "between two"])
async def test_a_stop_holds_where_the_work_is_tried_again(store, between):
    wish = said(1, 6)
    await add(store, said(1, 5), wish)
    arrival = await take(store)
    assert between or await stop(store, wish)
    async with store.write() as records:
        await records.inbox.retry(arrival, after=timedelta(0), error="EngineDown")
    assert not between or await stop(store, wish)
    assert await held(store, await take(store)) == Held(None, stop=True)


async def test_a_stop_is_lost_with_who_dies_of_it(store):
    wish = said(1, 6)
    await add(store, said(1, 5), wish)
    first = await take(store)
    assert await stop(store, wish)
    async with store.write() as records:
        await records.inbox.recover()
    again = await take(store)
    assert again.id == first.id
    assert await held(store, again) == Held(None, stop=False)
    assert await look(store) is None


async def test_a_group_that_moves_leaves_the_message_behind(store):
    await add(store, said(-5, 5))
    arrival = await take(store)
    assert await placed(store, arrival, 77)
    async with store.write() as records:
        await records.chats.moved(-5, -100)
    assert await held(store, arrival) == Held(None, stop=False)
