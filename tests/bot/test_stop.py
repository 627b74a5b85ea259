"""SIGTERM ends the bot within ten seconds and in good order, whatever hangs; nothing of it stays behind."""

import asyncio
import os
import signal
import sqlite3
import sys
import time
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from sandbox.driver import Driver, text_of
from tests.bot.conftest import Process, until_called

LONGEST_S = 10.0


def children(process: int) -> list[int]:
    """The processes that it started."""
    return [int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def alive(process: int) -> bool:
    return Path(f"/proc/{process}").exists()


async def stopped_in(process: Process) -> float:
    """Stop it; gives how many seconds that took."""
    begun = time.monotonic()
    status, output = await process.stop(signal.SIGTERM)
    assert status == 0, output
    assert "Stopped." in output
    return time.monotonic() - begun


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds the model's process in /proc")
@pytest.mark.parametrize("hangs", ["the model", "Telegram", "the database", "all of them"])
async def test_it_stops_in_time_whatever_hangs_and_answers_later(sandbox, process, cat, hangs):
    everything = hangs == "all of them"
    async with Driver(sandbox.url) as ada:
        await process.start()
        await ada.say("/start")
        await ada.reply()
        family = children(process.process.pid)
        with ExitStack() as until_stopped:
            if hangs == "the model" or everything:
                for child in family:
                    os.kill(child, signal.SIGSTOP)
            if hangs == "Telegram" or everything:
                await ada.misbehave([{"method": "*", "what": "delay", "seconds": 600}])
            await ada.send_photo(cat)
            await until_called(ada, "getUpdates" if hangs == "Telegram" or everything else "getFile")
            if hangs == "the database" or everything:
                file = Path(process.environment["DATA"]) / "lookout.db"
                other = until_stopped.enter_context(closing(sqlite3.connect(file, isolation_level=None)))
                other.execute("BEGIN IMMEDIATE")
                await asyncio.sleep(1)
            assert await stopped_in(process) < LONGEST_S
        assert not any(map(alive, family))
        await ada.misbehave([])
        await process.start()
        assert "cat" in text_of(await ada.wait_for(lambda message: "cat" in text_of(message)))


async def test_what_never_ends_is_left_behind(environment):
    """A thread that does not come back, as of a disk that hangs, keeps Python from ending."""
    program = (
        "import asyncio, bot.cli, time;"
        "bot.cli.LONGEST_FAREWELL_S = 1;"
        "bot.cli._assemble_and_run = lambda _: asyncio.to_thread(lambda: print('up', flush=True) or time.sleep(60));"
        "asyncio.run(bot.cli._run(None))"
    )
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", program), env=environment, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout
    await process.stdout.readline()
    process.terminate()
    async with asyncio.timeout(LONGEST_S):
        assert await process.wait() == 1


async def test_it_stops_in_time_while_it_starts_and_telegram_is_silent(sandbox, process):
    async with Driver(sandbox.url) as ada:
        await ada.misbehave([{"method": "*", "what": "delay", "seconds": 600}])
        await process.start()
        while not (await ada._connection.request("GET", "/api/misbehave"))["rules"][0]["used"]:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
        assert await stopped_in(process) < LONGEST_S
