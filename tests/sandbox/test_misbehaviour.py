"""The Bot API misbehaves when it is told to, and only then."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest

from sandbox import Sandbox
from sandbox.driver import Driver, DriverError
from sandbox.misbehaviour import Misbehaviour, read_rules


async def test_a_status_is_answered_without_the_work(api: Any, ada: Driver) -> None:
    await ada.misbehave([{"method": "sendMessage", "what": "status", "status": 429, "retry_after": 3, "times": 1}])
    assert await api.ask("sendMessage", chat_id=101, text="a") == {
        "ok": False,
        "error_code": 429,
        "description": "Too Many Requests: retry after 3",
        "parameters": {"retry_after": 3},
    }
    assert await ada.messages() == []
    await api.call("sendMessage", chat_id=101, text="a")
    assert len(await ada.messages()) == 1


async def test_a_page_may_stand_where_an_answer_should(api: Any, ada: Driver, sandbox: Sandbox, session: Any) -> None:
    await ada.misbehave([{"method": "getMe", "what": "page", "status": 403, "description": "<closed>", "times": 1}])
    async with session.get(f"{sandbox.url}/bot{sandbox.token}/getMe") as response:
        assert (response.status, response.content_type) == (403, "text/html")
        assert "&lt;closed&gt;" in await response.text()
    await api.call("getMe")


@pytest.mark.parametrize(("what", "messages"), [("drop_before", 0), ("drop_after", 1)])
async def test_a_connection_is_dropped_before_or_after_the_work(
    api: Any, ada: Driver, what: str, messages: int
) -> None:
    await ada.misbehave([{"method": "sendmessage", "what": what, "times": 1}])
    with pytest.raises(aiohttp.ClientError):
        await api.ask("sendMessage", chat_id=101, text="a")
    assert len(await ada.messages()) == messages
    await api.call("getMe")


async def test_server_errors_and_delays(api: Any, ada: Driver, sandbox: Sandbox, session: Any) -> None:
    await ada.misbehave(
        [
            {"method": "*", "what": "delay", "seconds": 0.01},
            {"method": "getMe", "what": "status", "status": 502},
        ]
    )
    assert (await api.ask("getMe"))["description"] == "Bad Gateway"
    await api.call("getChat", chat_id=101)
    async with session.get(f"{sandbox.url}/api/misbehave") as response:
        assert [rule["used"] for rule in (await response.json())["rules"]] == [2, 1]
    await ada.misbehave([])
    await api.call("getMe")


async def test_a_refusal_says_what_it_is_told_to(api: Any, ada: Driver) -> None:
    rule = {"method": "sendMessage", "what": "status", "status": 400, "times": 1}
    await ada.misbehave([{**rule, "description": "Bad Request: TOPIC_CLOSED", "migrate_to_chat_id": -1005}])
    assert await api.ask("sendMessage", chat_id=101, text="a") == {
        "ok": False,
        "error_code": 400,
        "description": "Bad Request: TOPIC_CLOSED",
        "parameters": {"migrate_to_chat_id": -1005},
    }


async def test_an_answer_may_come_long_after_the_work(api: Any, ada: Driver) -> None:
    await ada.misbehave([{"method": "sendMessage", "what": "delay_after", "seconds": 600}])
    call = asyncio.create_task(api.ask("sendMessage", chat_id=101, text="a"))
    assert (await ada.reply())["text"] == "a"
    assert not call.done()
    assert [rule["used"] for rule in await ada.misbehaved()] == [1]
    call.cancel()


async def test_an_update_may_come_again_after_it_was_confirmed(api: Any, ada: Driver) -> None:
    await ada.say("once")
    [first] = await api.updates()
    assert await api.updates(offset=first["update_id"] + 1) == []
    await ada.misbehave([{"method": "getUpdates", "what": "repeat", "times": 1}])
    await ada.say("next")
    again, second = await api.updates(offset=first["update_id"] + 1)
    assert again == first
    assert [update["message"]["text"] for update in await api.updates(offset=second["update_id"])] == ["next"]
    assert await api.updates(offset=second["update_id"] + 1) == []


async def test_numbers_may_start_anew_and_no_old_offset_loses_what_comes_then(api: Any, ada: Driver) -> None:
    await ada.say("before")
    [before] = await api.updates()
    after_it = before["update_id"] + 1
    await ada.misbehave([{"method": "getUpdates", "what": "renumber", "times": 1}])
    await api.updates(offset=after_it)
    await ada.say("after")
    [after] = await api.updates(offset=after_it)
    assert after["message"]["text"] == "after"
    assert after["update_id"] != after_it
    assert await api.updates(offset=after["update_id"] + 1) == []


def test_a_rule_may_be_a_matter_of_chance() -> None:
    misbehaviour = Misbehaviour(seed=1)
    misbehaviour.replace(read_rules([{"what": "drop_before", "probability": 0.5}]))
    dropped = sum(misbehaviour.apply("getme")[1] is not None for _ in range(1000))
    assert 400 < dropped < 600


@pytest.mark.parametrize(
    "rule",
    [
        5,
        {},
        {"what": "explode"},
        {"what": "delay", "seconds": -1},
        {"what": "delay", "seconds": "long"},
        {"what": "status", "status": 200},
        {"what": "status", "status": True},
        {"what": "delay", "method": 5},
        {"what": "status", "description": 5},
        {"what": []},
    ],
)
async def test_senseless_rules_are_refused(ada: Driver, rule: Any) -> None:
    with pytest.raises(DriverError):
        await ada.misbehave([rule])


async def test_calls_are_logged_the_same_from_every_client(api: Any, ada: Driver, png: bytes) -> None:
    markup: dict[str, Any] = {"inline_keyboard": []}
    await api.call("sendMessage", chat_id=101, text="a", reply_markup=markup)
    await api.upload("sendPhoto", {"photo": png}, chat_id=101, reply_markup='{"inline_keyboard": []}')
    await api.ask("sendMessage", chat_id=101)
    first, second, third = await ada.calls()
    assert first["parameters"] == {"chat_id": "101", "text": "a", "reply_markup": markup}
    assert second["parameters"] == {"chat_id": "101", "photo": {"file": len(png)}, "reply_markup": markup}
    assert [(call["n"], call["method"], call["status"]) for call in (first, second, third)] == [
        (1, "sendMessage", 200),
        (2, "sendPhoto", 200),
        (3, "sendMessage", 400),
    ]


async def test_a_late_call_is_carried_out_though_nobody_waits_for_it_any_more(api: Any, ada: Driver) -> None:
    await ada.misbehave([{"method": "sendMessage", "what": "delay", "seconds": 0.3, "times": 1}])
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await api.call("sendMessage", chat_id=101, text="late")
    assert (await ada.reply())["text"] == "late"
