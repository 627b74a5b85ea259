"""One chat sends a thousand photos: nobody else waits for them."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator

import pytest

from bot.assembly import Assembly
from sandbox.driver import Driver
from vision.request import Delta, Done, Event, Request, Timings, Usage

FLOOD = 1000
ALBUM = 10
FEW = 10


class Gate:
    """Stands where the model does: writes down whose photo is looked at, and lets none pass until it is opened."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.open = asyncio.Event()

    async def ask(self, request: Request) -> AsyncGenerator[Event, None]:
        self.asked.append(int(request.chat))
        await self.open.wait()
        yield Delta("a photo")
        yield Done("stop", Usage(0, 0, 0, 0), Timings(0, 0, 0, 0, 0))


@pytest.fixture(params=["sqlite", "postgresql"])
async def one_at_a_time(request, running, settings, monkeypatch) -> AsyncIterator[tuple[Assembly, Gate]]:
    """A bot that works on one photo at a time, and what stands in its model's place."""
    gate = Gate()
    url = request.getfixturevalue("postgresql").emptied() if request.param == "postgresql" else None
    async with running(settings.model_copy(update={"chats_at_once": 1, "database_url": url})) as bot:
        monkeypatch.setattr(bot.engine, "ask", gate.ask)
        yield bot, gate


async def until_taken_in(bot, updates: int) -> None:
    """Wait until so many updates are in the inbox."""
    depth = {"waiting": 0}
    async with asyncio.timeout(60):
        while sum(depth.values()) < updates:
            async with bot.store.read() as records:
                depth = await records.inbox.depth()


async def test_a_photo_waits_for_the_work_in_flight_and_one_more_at_most(one_at_a_time, cat):
    bot, gate = one_at_a_time
    async with Driver(bot.page) as ada:
        ming, others = ada.as_person(102), [await ada.newcomer(name) for name in ("Bo", "Cai")]
        for _ in range(FLOOD // ALBUM):
            await ada.send_photo([cat] * ALBUM)
        await until_taken_in(bot, FLOOD)
        await ming.send_photo(cat)
        await until_taken_in(bot, FLOOD + 1)
        assert gate.asked == [ada.chat], "the work in flight, which nobody can help"
        gate.open.set()
        await ming.reply()
        assert gate.asked.index(ming.chat) <= 2

        for other in others:
            await other.send_photo(cat)
        before = len(gate.asked)
        for other in others:
            await other.reply()
        since = gate.asked[before:]
        assert max(since.index(other.chat) for other in others) <= 2 + len(others)


async def test_two_who_flood_take_turns(one_at_a_time, cat):
    bot, gate = one_at_a_time
    async with Driver(bot.page) as ada:
        ming = ada.as_person(102)
        for person in (ada, ming):
            for _ in range(FEW):
                await person.send_photo(cat)
        await until_taken_in(bot, 2 * FEW)
        gate.open.set()
        async with asyncio.timeout(60):
            while len(gate.asked) < 2 * FEW:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    assert all({*pair} == {ada.chat, ming.chat} for pair in zip(gate.asked[1::2], gate.asked[2::2], strict=False))
