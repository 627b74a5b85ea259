"""What was given up is listed, and comes back into its queue once."""

from datetime import timedelta

import pytest

from storage.records import Held, Reply


def body(number: int, chat: int = 1) -> dict[str, object]:
    return {"update_id": number, "message": {"message_id": number, "chat": {"id": chat}}}


@pytest.fixture
async def failed(store, clock) -> list[int]:
    """Three updates of one chat, the first two of which failed after a second attempt."""
    async with store.write() as records:
        for number in range(3):
            await records.inbox.add(1, body(number))
    ids = []
    for _ in range(2):
        async with store.write() as records:
            arrival = await records.inbox.take()
            await records.inbox.retry(arrival, after=timedelta(0), error="Earlier")
            again = await records.inbox.take()
            await records.inbox.stop(again, body(9))
            await records.inbox.fail(again, "ZeroDivisionError")
            ids.append(again.id)
        clock.forward(1)
    return ids


async def test_failures_are_listed_newest_first_and_no_more_than_asked_for(store, failed, clock):
    async with store.read() as records:
        (newest,) = await records.failures.newest(1)
        both = await records.failures.newest(10)
    assert [failure.id for failure in both] == failed[::-1]
    assert (newest.kind, newest.chat, newest.state) == ("update", 1, "failed")
    assert (newest.reason, newest.attempts) == ("ZeroDivisionError", 2)
    assert newest.at == clock.now - timedelta(seconds=1)


async def test_what_is_replayed_is_taken_as_if_it_were_new(store, failed):
    async with store.write() as records:
        assert await records.failures.replay(updates=[failed[1], 999], replies=[]) == 1
    async with store.write() as records:
        assert await records.failures.replay(updates=[failed[1]], replies=[]) == 0, "it waits already"
        arrival = await records.inbox.take()
        assert (arrival.id, arrival.attempts, arrival.error) == (failed[1], 1, None)
        assert await records.inbox.held(arrival) == Held(None, stop=False)
        assert await records.inbox.take([1]) is None
        await records.inbox.done(arrival)
        assert await records.failures.replay(updates=[arrival.id], replies=[]) == 0, "it is done"


async def test_all_that_failed_is_replayed_in_its_order_but_nothing_that_may_have_arrived(store, failed):
    async with store.write() as records:
        await records.outbox.add(1, [Reply(1, "text", text) for text in ("failed", "unknown")])
        reply = await records.outbox.take()
        await records.outbox.fail(reply, "Forbidden")
        lost = await records.outbox.take()
        await records.outbox.unknown(lost, "TimedOut")
    async with store.write() as records:
        assert [failure.state for failure in await records.failures.newest(10)] == ["failed"] * 3 + ["unknown"]
        assert await records.failures.replay() == 3
    taken = []
    async with store.write() as records:
        while arrival := await records.inbox.take():
            taken.append(arrival.id)
            await records.inbox.done(arrival)
        assert (await records.outbox.take()).reply.text == "failed"
        assert await records.outbox.take() is None
    assert taken == [*failed, failed[-1] + 1]
