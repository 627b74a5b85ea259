"""getUpdates: what is delivered, kept, confirmed, and who gets in whose way."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from sandbox.driver import Driver
from sandbox.errors import Conflict
from sandbox.updates import DEFAULT_KINDS, UpdateQueue


def ids(updates: list[dict[str, Any]]) -> list[int]:
    return [update["update_id"] for update in updates]


def filled(count: int) -> UpdateQueue:
    queue = UpdateQueue(10)
    for number in range(count):
        queue.put("message", number)
    return queue


async def test_updates_stay_until_an_offset_passes_them() -> None:
    queue = filled(3)
    assert ids(await queue.poll(0, 100, 0)) == [10, 11, 12]
    assert ids(await queue.poll(0, 100, 0)) == [10, 11, 12]
    assert ids(await queue.poll(11, 1, 0)) == [11]
    assert ids(await queue.poll(0, 100, 0)) == [11, 12]
    assert ids(await queue.poll(13, 100, 0)) == []
    assert len(queue) == 0


async def test_a_negative_offset_keeps_the_last_ones() -> None:
    queue = filled(5)
    assert ids(await queue.poll(-2, 100, 0)) == [13, 14]
    assert ids(await queue.poll(0, 100, 0)) == [13, 14]


async def test_only_allowed_kinds_are_queued() -> None:
    queue = UpdateQueue(1)
    queue.put("message_reaction", {})
    queue.allow(["message_reaction", "no such kind"])
    queue.put("message_reaction", {})
    queue.put("message", {})
    assert [list(update)[1] for update in await queue.poll(0, 100, 0)] == ["message_reaction"]
    queue.allow([])
    assert queue.allowed == DEFAULT_KINDS


async def test_a_poll_waits_for_an_update() -> None:
    queue = UpdateQueue(1)
    poll = asyncio.create_task(queue.poll(0, 100, 50))
    await asyncio.sleep(0)
    queue.put("message", "hi")
    assert await poll == [{"update_id": 1, "message": "hi"}]


async def test_a_second_poll_ends_the_first() -> None:
    queue = UpdateQueue(1)
    first = asyncio.create_task(queue.poll(0, 100, 50))
    await asyncio.sleep(0)
    second = asyncio.create_task(queue.poll(0, 100, 50))
    with pytest.raises(Conflict, match="terminated by other getUpdates request"):
        await first
    queue.put("message", "hi")
    assert len(await second) == 1


async def test_a_poll_that_was_given_up_leaves_nothing_behind() -> None:
    queue = UpdateQueue(1)
    first = asyncio.create_task(queue.poll(0, 100, 50))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    second = asyncio.create_task(queue.poll(0, 100, 50))
    await asyncio.sleep(0)
    queue.put("message", "hi")
    assert len(await second) == 1


async def test_of_two_pollers_over_http_one_goes_on(api: Any, ada: Driver) -> None:
    polls = {asyncio.create_task(api.ask("getUpdates", timeout=50)) for _ in range(2)}
    ended, going_on = await asyncio.wait(polls, return_when=asyncio.FIRST_COMPLETED)
    assert [poll.result() for poll in ended] == [
        {
            "ok": False,
            "error_code": 409,
            "description": "Conflict: terminated by other getUpdates request; "
            "make sure that only one bot instance is running",
        }
    ]
    await ada.say("hi")
    assert [(await poll)["result"][0]["message"]["text"] for poll in going_on] == ["hi"]


async def test_parameters_are_clamped_as_at_telegram(api: Any, ada: Driver) -> None:
    for number in range(3):
        await ada.say(str(number))
    assert len(await api.updates(limit=0)) == 1
    assert len(await api.updates(limit="many", offset="none")) == 1
    assert len(await api.updates(limit=100_000, allowed_updates="not a list")) == 3
    assert await api.updates(offset=2**40, timeout=-5) == []


async def test_a_person_s_doings_arrive_in_order(api: Any, ada: Driver) -> None:
    first = await ada.say("/start")
    await ada.edit(first, text="/stop")
    pin = await ada.send_location(52.5, 13.4, live_period=600)
    await ada.edit(pin, latitude=52.6, longitude=13.5)
    updates = await api.updates()
    assert [list(update)[1] for update in updates] == ["message", "edited_message", "message", "edited_message"]
    assert updates[1]["edited_message"]["text"] == "/stop"
    assert updates[1]["edited_message"]["edit_date"] >= updates[0]["message"]["date"]
    assert updates[3]["edited_message"]["location"] == {"latitude": 52.6, "longitude": 13.5, "live_period": 600}
    assert ids(updates) == list(range(updates[0]["update_id"], updates[0]["update_id"] + 4))
