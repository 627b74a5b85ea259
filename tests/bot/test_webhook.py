"""Telegram brings the updates: each is committed before it hears 200, taken once, and none is lost on the way."""

import asyncio
import io
import json
import socket

import aiohttp
import pytest
from pydantic import SecretStr

from bot.client import secret_of
from sandbox.driver import Driver, text_of
from tests.bot.conftest import write_locked

HEADER = "X-Telegram-Bot-Api-Secret-Token"


@pytest.fixture
async def ada(sandbox):
    async with Driver(sandbox.url) as driver:
        yield driver


@pytest.fixture
def polling(settings, sandbox):
    """Settings of a bot that fetches its updates from the sandbox."""
    return settings.model_copy(update={"telegram_token": SecretStr(sandbox.token), "telegram_api": sandbox.url})


@pytest.fixture
def hooked(polling):
    """Settings of the same bot that has them brought."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    return polling.model_copy(update={"web_port": port, "webhook_url": f"http://127.0.0.1:{port}/telegram"})


@pytest.fixture
async def bring(hooked, sandbox):
    """Posts a body to the webhook as Telegram would, or as somebody else; gives the status."""
    async with aiohttp.ClientSession() as session:

        async def post(body: object, secret: str | None = secret_of(sandbox.token)) -> int:
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            headers = {} if secret is None else {HEADER: secret}
            async with session.post(hooked.webhook_url, data=io.BytesIO(data), headers=headers) as response:
                return response.status

        yield post


def said(update: int, text: str) -> dict[str, object]:
    """An update: Ada says something in her private chat."""
    ada = {"id": 101, "is_bot": False, "first_name": "Ada", "language_code": "en"}
    chat = {"id": 101, "type": "private", "first_name": "Ada"}
    words: dict[str, object] = {"message_id": 10_000 + update, "date": 1, "from": ada, "chat": chat, "text": text}
    if text.startswith("/"):
        words["entities"] = [{"type": "bot_command", "offset": 0, "length": len(text)}]
    return {"update_id": update, "message": words}


async def answers(ada: Driver) -> list[str]:
    return [text_of(message) for message in await ada.messages() if message["from"]["is_bot"]]


async def kept(bot) -> int:
    async with bot.store.read() as records:
        depth = await records.inbox.depth()
    return sum(depth.values())


async def test_a_photo_that_is_brought_is_answered(running, hooked, ada, cat):
    async with running(hooked):
        await ada.send_photo(cat)
        assert "cat" in text_of(await ada.reply())
        assert not await ada.calls("getUpdates")


async def test_what_is_brought_twice_is_answered_once(running, hooked, ada, bring):
    async with running(hooked):
        assert await asyncio.gather(*(bring(said(1, "/prompt")) for _ in range(5))) == [200] * 5
        await ada.reply()
        assert await bring(said(1, "/prompt")) == 200
        assert await bring(said(2, "/help")) == 200
        await ada.wait_for(lambda message: "/prompt" in text_of(message))
        assert sum("no instruction" in text for text in await answers(ada)) == 1


@pytest.mark.parametrize("secret", [None, "", "wrong", "\udcff"])
async def test_who_does_not_know_the_secret_brings_nothing(running, hooked, bring, secret):
    async with running(hooked) as bot:
        assert await bring(said(1, "/prompt"), secret) == 403
        assert await kept(bot) == 0


async def test_what_is_no_update_is_refused(running, hooked, bring):
    odd = [b"", b"{", b"\xff", b"[" * 100_000, [], {}, "1", {"update_id": "1"}, {"update_id": True}, {"update_id": 1.5}]
    async with running(hooked) as bot:
        assert [await bring(body) for body in odd] == [400] * len(odd)
        assert await bring(b" " * (1 << 20) + b"{}") == 413
        assert await kept(bot) == 0


async def test_what_comes_while_the_database_is_away_is_taken_when_it_comes_again(
    running, hooked, ada, bring, monkeypatch
):
    monkeypatch.setattr("web.webhook.LONGEST_WAIT_S", 0.5)
    async with running(hooked) as bot:
        async with write_locked(bot):
            assert await bring(said(1, "/help")) == 503
            await ada.say("/prompt")
            await asyncio.sleep(1)
        assert "no instruction" in text_of(await ada.reply())


async def test_no_update_is_lost_between_polling_and_webhook(running, polling, hooked, ada):
    words = iter(range(100))
    for settings in (polling, hooked, polling):
        await ada.say(f"/prompt {next(words)} before")
        async with running(settings):
            await ada.say(f"/prompt {next(words)} under way")
    async with running(polling):
        await ada.say("/help")
        await ada.wait_for(lambda message: "/prompt" in text_of(message))
    said_back = [text for text in await answers(ada) if text.startswith("Kept.")]
    assert [int(next(filter(str.isdecimal, text.split()))) for text in said_back] == list(range(6))
