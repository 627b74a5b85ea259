"""Whatever stops the bot: what was handed over is answered, once, after it starts again."""

import asyncio
import signal
import sys

import pytest

from sandbox.driver import Driver, text_of
from sandbox.server import Sandbox


@pytest.fixture
async def sandbox():
    async with Sandbox(port=0) as served:
        yield served


class Process:
    """The real bot in a process of its own, talking to a sandbox outside of it."""

    def __init__(self, sandbox: Sandbox, environment: dict[str, str]) -> None:
        self.environment = environment | {"TELEGRAM_TOKEN": sandbox.token, "TELEGRAM_API": sandbox.url}
        self.process: asyncio.subprocess.Process

    async def start(self) -> None:
        self.process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "run"),
            env=self.environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )

    async def stop(self, number: signal.Signals) -> tuple[int | None, str]:
        """Send a signal; gives the exit status and all that was printed."""
        self.process.send_signal(number)
        output, _ = await self.process.communicate()
        return self.process.returncode, output.decode()


@pytest.fixture
async def process(sandbox, environment):
    bot = Process(sandbox, environment)
    yield bot
    if bot.process.returncode is None:
        await bot.stop(signal.SIGKILL)


async def until_called(ada: Driver, method: str) -> None:
    """Wait until the bot has called a method."""
    async with asyncio.timeout(60):
        while not await ada.calls(method):  # noqa: ASYNC110 - what is waited for happens in another process
            await asyncio.sleep(0.02)


async def test_photos_that_a_killed_bot_had_taken_are_answered_once_after_the_restart(sandbox, process, cat):
    async with Driver(sandbox.url) as ada:
        await process.start()
        await ada.say("/start")
        await ada.reply()
        photos = [(await ada.send_photo(cat))[0]["message_id"] for _ in range(5)]
        await until_called(ada, "getFile")
        await process.stop(signal.SIGKILL)
        await process.start()
        await ada.say("/help")
        await ada.wait_for(lambda message: "/prompt" in text_of(message))
        answers = [message for message in await ada.messages() if "photo" in message.get("reply_to_message", {})]
        assert [answer["reply_to_message"]["message_id"] for answer in answers] == photos


async def test_sigterm_ends_it_in_good_order_and_its_logs_hold_no_secrets(sandbox, process, cat):
    async with Driver(sandbox.url) as ada:
        await process.start()
        await ada.send_photo(cat, caption="a very private caption")
        await ada.reply()
        status, output = await process.stop(signal.SIGTERM)
    assert status == 0
    assert "Stopped." in output
    assert sandbox.token not in output
    assert "private caption" not in output
