"""What tests of every room stand on: a whole bot against the sandbox, people who write to it, and drawn pictures."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path

import hypothesis
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Error, async_playwright

from bench.postgresql import PostgreSQL
from bot.assembly import Assembly, assembled
from bot.settings import Settings
from sandbox.driver import Driver
from tests.receiver import Receiver
from tiny.world.picture import jpeg_bytes, render
from tiny.world.scene import Scene, random_scene

Running = Callable[[Settings], AbstractAsyncContextManager[Assembly]]
# Property tests are about values, never about how fast a busy machine tries them, nor about what an earlier run left.
hypothesis.settings.register_profile(
    "steady",
    deadline=None,
    database=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow, hypothesis.HealthCheck.function_scoped_fixture],
)
hypothesis.settings.load_profile("steady")

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")
Draw = Callable[[Callable[[Scene], bool]], bytes]


ROOT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Whatever the operator has set, in the environment or in .env, stays out: a test must never poll a real bot."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))  # what a test starts finds the rooms from there


@pytest.fixture
def environment(no_settings_from_outside: None, tmp_path: Path) -> dict[str, str]:
    """For a bot in a process of its own: its data in the test's folder, ports that are free, one thread."""
    own = {"DATA": str(tmp_path / "data"), "SANDBOX_PORT": "0", "WEB_PORT": "0", "THREADS": "1"}
    return os.environ | own


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Embedded defaults, with everything that is written in the test's own folder and ports that are free."""
    return Settings(_env_file=None, telegram_token=None, data=tmp_path / "data", threads=1, sandbox_port=0, web_port=0)


@asynccontextmanager
async def _running(settings: Settings) -> AsyncIterator[Assembly]:
    async with assembled(settings) as assembly:
        task = asyncio.create_task(assembly.run())
        try:
            yield assembly
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


@pytest.fixture
def running() -> Running:
    """Runs a bot with the given settings while the block lasts; for tests that start it more than once."""
    return _running


@pytest.fixture
async def bot(settings: Settings) -> AsyncIterator[Assembly]:
    """A bot at work: the real engine, the real HTTP."""
    async with _running(settings) as assembly:
        yield assembly


@pytest.fixture
async def ada(bot: Assembly) -> AsyncIterator[Driver]:
    """Ada, who writes English, in her private chat with the bot."""
    assert bot.page
    async with Driver(bot.page) as driver:
        yield driver


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """Somebody's server that a watch may call."""
    async with Receiver() as receiver:
        yield receiver


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """A PostgreSQL server, started for the first test that asks for it."""
    server = PostgreSQL()
    yield server
    server.close()


@pytest.fixture(scope="session")
def draw() -> Draw:
    """Draws a picture (JPEG) of the first scene that the given condition holds for."""

    def drawn(wanted: Callable[[Scene], bool]) -> bytes:
        scenes = (random_scene(random.Random(seed)) for seed in range(2_000_000, 2_010_000))
        image, _ = render(next(filter(wanted, scenes)), 512)
        return jpeg_bytes(image, 90)

    return drawn


def shows_only(*kinds: str) -> Callable[[Scene], bool]:
    """Holds for a scene with exactly one thing of each of these kinds, drawn large."""

    def holds(scene: Scene) -> bool:
        return sorted(thing.kind for thing in scene.things) == sorted(kinds) and all(t.size > 0.3 for t in scene.things)

    return holds


@pytest.fixture(scope="session")
def fire(draw: Draw) -> bytes:
    """A picture of a fire and nothing else."""
    return draw(shows_only("fire"))


@pytest.fixture(scope="session")
def cat(draw: Draw) -> bytes:
    """A picture of a cat and nothing else."""
    return draw(shows_only("cat"))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """The system's Chromium, else Playwright's own; tests without either are skipped."""
    path = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    arguments = ["--no-sandbox", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
    async with async_playwright() as playwright:
        try:
            chromium = await playwright.chromium.launch(executable_path=path, args=arguments)
        except Error:
            if path:
                raise
            pytest.skip("no Chromium: neither on the PATH nor one that `playwright install chromium` put there")
        yield chromium
        await chromium.close()
