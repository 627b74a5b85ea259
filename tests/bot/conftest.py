"""The bot in a process of its own, beside a sandbox that stays, and its command line."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from typing import Any

import pytest

from bot.assembly import Assembly
from sandbox.driver import Driver, Message
from sandbox.server import Sandbox

Command = Callable[..., Awaitable[tuple[int, str, str]]]


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(port=0, webhook_pause=0.1) as served:
        yield served


class Process:
    """The real bot in a process of its own, talking to a sandbox outside of it."""

    def __init__(self, sandbox: Sandbox, environment: dict[str, str]) -> None:
        self.environment = environment | {"TELEGRAM_TOKEN": sandbox.token, "TELEGRAM_API": sandbox.url}
        self.program = ("-m", "bot")
        self.process: asyncio.subprocess.Process

    async def start(self) -> None:
        self.process = await asyncio.create_subprocess_exec(
            *(sys.executable, *self.program, "run"),
            env=self.environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )

    async def ended_before(self, event: asyncio.Future[Any]) -> bool:
        """Wait until it ends by itself or `event` happens; whether it was the end that came first."""
        end = asyncio.create_task(self.process.wait())
        await asyncio.wait({end, event}, return_when=asyncio.FIRST_COMPLETED)
        ended = end.done()
        end.cancel()
        return ended

    async def stop(self, number: signal.Signals) -> tuple[int | None, str]:
        """Send a signal; gives the exit status and all that was printed."""
        self.process.send_signal(number)
        output, _ = await self.process.communicate()
        return self.process.returncode, output.decode()


@pytest.fixture
async def process(sandbox: Sandbox, environment: dict[str, str]) -> AsyncIterator[Process]:
    bot = Process(sandbox, environment)
    yield bot
    if bot.process.returncode is None:
        await bot.stop(signal.SIGKILL)


@asynccontextmanager
async def write_locked(bot: Assembly) -> AsyncIterator[None]:
    """Another program holds the lock of the bot's SQLite file, so that nothing can be written."""
    file = bot.store._database.address.database or ""
    with closing(sqlite3.connect(file, isolation_level=None, check_same_thread=False)) as other:
        await asyncio.to_thread(other.execute, "BEGIN IMMEDIATE")
        yield


async def until_called(ada: Driver, method: str) -> None:
    """Wait until the bot has called a method."""
    async with asyncio.timeout(60):
        while not await ada.calls(method):  # noqa: ASYNC110 - what is waited for happens in another process
            await asyncio.sleep(0.02)


async def until_placed(ada: Driver) -> Message:
    """Wait until a placeholder stands in the chat, and give it."""
    async with asyncio.timeout(60):
        while not (places := await ada.placeholders()):  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.02)
    return places[0]


async def until_misbehaved(ada: Driver) -> None:
    """Wait until a rule of misbehaviour has met a call, which may go on being delayed."""
    async with asyncio.timeout(60):
        while not any(rule["used"] for rule in await ada.misbehaved()):  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.02)


@pytest.fixture
def lookout(environment: dict[str, str]) -> Command:
    """Runs `python -m bot …`; gives the exit status, standard output and standard error."""

    async def run(*words: str, standard_input: bytes = b"", **settings: str) -> tuple[int, str, str]:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", *words),
            env=environment | settings,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate(standard_input)
        return process.returncode or 0, out.decode(), err.decode()

    return run
