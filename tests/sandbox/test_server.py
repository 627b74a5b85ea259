"""Starting and stopping."""

from __future__ import annotations

import asyncio
import re
import signal
import socket
import sys

import aiohttp
import pytest

from sandbox import Sandbox, World
from sandbox.driver import Driver


async def test_it_stops_at_once_though_people_watch_and_bots_wait() -> None:
    async with aiohttp.ClientSession() as session:
        async with Sandbox() as sandbox:
            stream = await session.get(f"{sandbox.url}/api/events")
            await stream.content.readline()
            polls = {
                asyncio.create_task(session.get(f"{sandbox.url}/bot{sandbox.token}/getUpdates?timeout=50"))
                for _ in range(2)
            }
            _, waiting = await asyncio.wait(polls, return_when=asyncio.FIRST_COMPLETED)
            stopping = asyncio.timeout(1)
            await stopping.__aenter__()
        await stopping.__aexit__(None, None, None)
        assert await stream.content.read() == b"\n"
        async with await waiting.pop() as response:
            assert await response.json() == {"ok": True, "result": []}
        stream.close()


async def test_a_world_outlives_its_server() -> None:
    async with Sandbox() as first, Driver(first.url) as ada:
        await ada.say("before")
    async with Sandbox(world=first.world) as second, Driver(second.url) as ada:
        await ada.say("after")
        assert [message["text"] for message in await ada.messages()] == ["before", "after"]
        second.world.post(second.world.conversation(second.world.bot, 101), second.world.bot, {"text": "hello"})
        assert (await ada.reply())["text"] == "hello"


def test_a_token_has_a_shape() -> None:
    with pytest.raises(ValueError, match="a token is a number"):
        World(token="secret")


async def test_a_taken_port_is_an_oserror() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        async with Sandbox(port=taken.getsockname()[1]):
            pass


def test_a_later_world_never_repeats_a_number() -> None:
    early, late = World(clock=lambda: 1000.0), World(clock=lambda: 2000.0)
    for world in (early, late):
        world.post(world.conversation(world.bot, 101), world.people[101], {"text": "a"})
    first, second = early.bot.updates.first(), late.bot.updates.first()
    assert first
    assert second
    assert first["update_id"] < second["update_id"]
    assert first["message"]["message_id"] < second["message"]["message_id"]


async def test_a_port_that_is_none_is_one_clear_error() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sandbox", "--port", "99999", stderr=asyncio.subprocess.PIPE
    )
    _, err = await process.communicate()
    assert process.returncode == 1
    assert b"65535" in err
    assert b"Traceback" not in err


async def test_it_runs_by_itself() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sandbox", "--port", "0", stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout
    url = re.search(r"http://\S+", (await process.stdout.readline()).decode())
    token = (await process.stdout.readline()).decode().removeprefix("Token: ").strip()
    assert url
    async with aiohttp.ClientSession() as session, session.get(f"{url.group()}/bot{token}/getMe") as response:
        assert (await response.json())["ok"]
    process.send_signal(signal.SIGTERM)
    assert await process.wait() == 0
