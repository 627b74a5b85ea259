"""Updates pushed to a webhook: in order, with the secret, again until they are taken."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from sandbox.driver import Driver


class Receiver:
    """A bot's web server; `answers` are given one after another, then 200."""

    def __init__(self) -> None:
        self.answers: list[web.Response] = []
        self.tries: list[int] = []
        self.updates: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.secrets: set[str | None] = set()

    async def receive(self, request: web.Request) -> web.Response:
        update = await request.json()
        self.secrets.add(request.headers.get("X-Telegram-Bot-Api-Secret-Token"))
        self.tries.append(update["update_id"])
        answer = self.answers.pop(0) if self.answers else web.Response()
        if answer.status == 200:
            self.updates.put_nowait(update)
        return answer


@pytest.fixture
async def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
async def address(receiver: Receiver) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_post("/hook", receiver.receive)
    async with TestServer(app) as server:
        yield str(server.make_url("/hook"))


async def test_updates_are_pushed_in_order_with_the_secret(
    api: Any, ada: Driver, receiver: Receiver, address: str
) -> None:
    await ada.say("before")
    assert await api.call("setWebhook", url=address, secret_token="s3cret")
    await ada.say("after")
    texts = [(await receiver.updates.get())["message"]["text"] for _ in range(2)]
    assert texts == ["before", "after"]
    assert receiver.secrets == {"s3cret"}


async def test_what_is_not_taken_comes_again(api: Any, ada: Driver, receiver: Receiver, address: str) -> None:
    receiver.answers = [web.Response(status=302), web.Response(status=404), web.Response()]
    await api.call("setWebhook", url=address)
    await ada.say("one")
    await ada.say("two")
    first, second = await receiver.updates.get(), await receiver.updates.get()
    assert receiver.tries == [first["update_id"]] * 3 + [second["update_id"]]
    info = await api.call("getWebhookInfo")
    assert info["last_error_message"] == "Wrong response from the webhook: 404 Not Found"
    assert info["url"] == address


async def test_what_can_t_be_delivered_stays_pending(api: Any, ada: Driver) -> None:
    await api.call("setWebhook", url="http://127.0.0.1:9/hook")
    await ada.say("one")
    async with asyncio.timeout(10):
        while not (info := await api.call("getWebhookInfo")).get("last_error_message"):
            pass
    assert info["pending_update_count"] == 1
    await api.call("deleteWebhook")
    assert [update["message"]["text"] for update in await api.updates()] == ["one"]


async def test_an_answer_may_be_a_call(api: Any, ada: Driver, receiver: Receiver, address: str) -> None:
    receiver.answers = [web.json_response({"method": "sendMessage", "chat_id": 101, "text": "by the way"})]
    await api.call("setWebhook", url=address)
    await ada.say("hi")
    assert (await ada.reply())["text"] == "by the way"


async def test_polling_and_webhook_exclude_each_other(api: Any, address: str) -> None:
    await api.call("setWebhook", url=address)
    answer = await api.ask("getUpdates")
    assert (answer["error_code"], answer["description"]) == (
        409,
        "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
    )
    assert (await api.ask("setWebhook", url=address))["description"] == "Webhook is already set"
    assert (await api.ask("deleteWebhook"))["description"] == "Webhook was deleted"
    assert (await api.ask("deleteWebhook"))["description"] == "Webhook is already deleted"
    poll = asyncio.create_task(api.ask("getUpdates", timeout=50))
    other = asyncio.create_task(api.ask("getUpdates", timeout=50))
    await asyncio.wait({poll, other}, return_when=asyncio.FIRST_COMPLETED)
    await api.call("setWebhook", url=address)
    descriptions = {(await poll)["description"], (await other)["description"]}
    assert "Conflict: terminated by setWebhook request" in descriptions


async def test_pending_updates_can_be_dropped(api: Any, ada: Driver) -> None:
    await ada.say("old")
    await api.call("deleteWebhook", drop_pending_updates=True)
    assert await api.updates() == []


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ({"url": "ftp://e.org"}, "invalid webhook URL specified"),
        ({"url": "http://[broken"}, "invalid webhook URL specified"),
        ({"url": "https://e.org", "secret_token": "a b"}, "secret token contains unallowed characters"),
        ({"url": "https://e.org", "secret_token": "a" * 257}, "secret token is too long"),
    ],
)
async def test_wrong_webhooks_are_refused(api: Any, parameters: dict[str, str], reason: str) -> None:
    assert await api.refusal("setWebhook", **parameters) == reason
    assert (await api.call("getWebhookInfo"))["url"] == ""


@pytest.mark.parametrize(
    ("what", "tries"), [("repeat", 2), ("drop_before", 1), ("drop_after", 2), ("status", 1), ("delay", 1)]
)
async def test_what_is_pushed_may_come_late_or_twice_but_comes(
    api: Any, ada: Driver, receiver: Receiver, address: str, *, what: str, tries: int
) -> None:
    await ada.misbehave([{"method": "webhook", "what": what, "seconds": 0.01, "times": 1}])
    await api.call("setWebhook", url=address)
    await ada.say("one")
    await ada.say("two")
    texts = [(await receiver.updates.get())["message"]["text"] for _ in range(tries + 1)]
    assert texts == ["one"] * tries + ["two"]
    assert [rule["used"] for rule in await ada.misbehaved()] == [1]
