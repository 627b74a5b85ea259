"""Several processes, one bot, one PostgreSQL: each update is answered once, whoever of them hears of it."""

import asyncio
import socket
from contextlib import AsyncExitStack

import aiohttp
import pytest
from pydantic import SecretStr

from bench.postgresql import PostgreSQL
from bot.assembly import assembled
from bot.client import secret_of
from sandbox.driver import Driver, text_of
from tests.handlers.conftest import Model

UPDATES = 20


@pytest.fixture
def shared(settings, sandbox, postgresql):
    """Settings for each of the processes."""
    return settings.model_copy(
        update={
            "telegram_token": SecretStr(sandbox.token),
            "telegram_api": sandbox.url,
            "database_url": postgresql.emptied(),
        }
    )


@pytest.fixture
async def ada(sandbox):
    async with Driver(sandbox.url) as driver:
        yield driver


def hooked(settings):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    return settings.model_copy(update={"web_port": port, "webhook_url": f"http://127.0.0.1:{port}/telegram"})


def asks(number: int, person: int) -> dict[str, object]:
    """An update: somebody asks for their instruction."""
    somebody = {"id": person, "is_bot": False, "first_name": "Somebody", "language_code": "en"}
    chat = {"id": person, "type": "private", "first_name": "Somebody"}
    command = {"text": "/prompt", "entities": [{"type": "bot_command", "offset": 0, "length": 7}]}
    message = {"message_id": 10_000 + number, "date": 1, "from": somebody, "chat": chat, **command}
    return {"update_id": number, "message": message}


async def test_what_is_brought_to_both_at_once_is_answered_once(running, shared, sandbox, ada):
    one, other = hooked(shared), hooked(shared)
    people = [await ada.newcomer(f"Person {number}") for number in range(UPDATES)]
    headers = {"X-Telegram-Bot-Api-Secret-Token": secret_of(sandbox.token)}
    async with running(one), running(other), aiohttp.ClientSession(headers=headers) as telegram:

        async def bring(settings, number):
            async with telegram.post(settings.webhook_url, json=asks(number, people[number].chat)) as response:
                return response.status

        statuses = await asyncio.gather(*(bring(to, number) for number in range(UPDATES) for to in (one, other, one)))
        assert set(statuses) == {200}
        for person in people:
            await person.wait_for(lambda message: "no instruction" in text_of(message))
        await asyncio.sleep(2)  # for what should not come
        for person in people:
            assert len([message for message in await person.messages() if message["from"]["is_bot"]]) == 1


async def test_a_press_that_one_of_them_hears_stops_the_answer_that_another_one_writes(shared, ada, cat, monkeypatch):
    monkeypatch.setattr("handlers.growing.STANDS_AFTER_S", 0.0)
    model = Model()
    async with assembled(shared) as hears, assembled(shared) as works:
        monkeypatch.setattr(works.engine, "ask", model.ask)
        assert hears.poller
        parts = (hears.poller.run(), hears.stops.run(), works.worker.run(), works.sender.lanes.run())
        tasks = [asyncio.create_task(part) for part in parts]
        await ada.send_photo(cat)
        model.say("A cat")
        growing = await ada.growing("A cat")
        [[stop]] = growing["reply_markup"]["inline_keyboard"]
        assert (await ada.press(growing, stop["callback_data"]))["text"] == "Stopped."
        answer = await ada.reply()
        assert (text_of(answer), answer["message_id"]) == ("A cat\n\n⏹ Stopped.", growing["message_id"])
        assert model.left == 1
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_one_of_them_fetches_and_another_goes_on_when_that_one_stops(running, shared, ada):
    async with AsyncExitStack() as first:
        await first.enter_async_context(running(shared))
        await ada.say("/prompt")
        await ada.wait_for(lambda message: "no instruction" in text_of(message))
        async with running(shared):
            await ada.say("/help")
            await ada.wait_for(lambda message: "/watch" in text_of(message))
            assert {call["status"] for call in await ada.calls("getUpdates")} == {200}, "one fetched at a time"
            await first.aclose()
            await ada.say("/prompt")
            await ada.wait_for(lambda message: "no instruction" in text_of(message))


async def test_a_process_that_starts_before_its_database_waits_for_it(running, shared, ada):
    server = PostgreSQL()
    try:
        settings = shared.model_copy(update={"database_url": server.new()})
        server.crash()
        asyncio.get_running_loop().call_later(3, server.start)
        async with running(settings):
            await ada.say("/prompt")
            await ada.wait_for(lambda message: "no instruction" in text_of(message))
    finally:
        server.close()
