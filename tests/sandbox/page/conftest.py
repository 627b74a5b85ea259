"""A browser on the chat page, and a small bot at the other end of the Bot API."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Self

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page

from sandbox.server import Sandbox

Json = dict[str, Any]
Open = Callable[..., Awaitable[Page]]
_EXPECTED = ("ERR_CONNECTION_REFUSED", "status of 400")  # a server that is gone, a refusal: some tests want them
_DESKTOP: Json = {"viewport": {"width": 1200, "height": 820}, "reduced_motion": "reduce", "locale": "en-GB"}


class SmallBot:
    """A bot that does as the test says: calls the Bot API over HTTP, and hands out updates one by one."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._base = f"{sandbox.url}/bot{sandbox.token}"
        self._offset = 0
        self._waiting: list[Json] = []

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def call(self, method: str, **parameters: Any) -> Any:
        """The result of one call; bytes are uploaded as a file."""
        form = aiohttp.FormData(default_to_multipart=True)
        for name, value in parameters.items():
            if isinstance(value, bytes):
                form.add_field(name, value, filename=f"{name}.bin")
            else:
                form.add_field(name, value if isinstance(value, str) else json.dumps(value))
        async with self._session.post(f"{self._base}/{method}", data=form) as response:
            answer = await response.json()
        assert answer["ok"], answer
        return answer["result"]

    async def say(self, text: str, chat: int = 101, **more: Any) -> Json:
        sent: Json = await self.call("sendMessage", chat_id=chat, text=text, **more)
        return sent

    async def hear(self, kind: str = "message") -> Json:
        """The next update of this kind; others before it are passed over."""
        async with asyncio.timeout(10):
            while True:
                while not self._waiting:
                    self._waiting = await self.call("getUpdates", offset=self._offset, timeout=10)
                update = self._waiting.pop(0)
                self._offset = update["update_id"] + 1
                if kind in update:
                    found: Json = update[kind]
                    return found


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def desktop(browser: Browser) -> AsyncIterator[BrowserContext]:
    """A wide screen for all tests that want nothing special: its cache makes the page quick to load."""
    async with await browser.new_context(**_DESKTOP) as context:
        yield context


@pytest.fixture(scope="session")
def port() -> int:
    """Every sandbox listens here, one after the other, since a browser's cache goes by address."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        found: int = server.getsockname()[1]
    return found


@pytest_asyncio.fixture(loop_scope="session")
async def sandbox(port: int) -> AsyncIterator[Sandbox]:
    note = {"en": "Drawn pictures only. See https://example.org/weights", "zh": "只认识画出来的图片。"}
    async with Sandbox(port=port, note=note) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def bot(sandbox: Sandbox) -> AsyncIterator[SmallBot]:
    async with SmallBot(sandbox) as bot:
        yield bot


@pytest_asyncio.fixture(loop_scope="session")
async def open_page(browser: Browser, desktop: BrowserContext, sandbox: Sandbox) -> AsyncIterator[Open]:
    """Opens the page as somebody; whatever the browser complains about fails the test in the end."""
    pages: list[Page] = []
    complaints: list[str] = []

    def complain(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not any(one in message.text for one in _EXPECTED):
            complaints.append(message.text)

    async def open_one(person: int = 101, chat: int = 101, *, at: str | None = None, **options: Any) -> Page:
        context = await browser.new_context(**{**_DESKTOP, **options}) if options else desktop
        page = await context.new_page()
        pages.append(page)
        page.set_default_timeout(8000)
        page.on("console", complain)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(f"{at or sandbox.url}/#person={person}&chat={chat}")
        await page.get_by_test_id("composer-text").wait_for(state="attached")
        return page

    yield open_one
    for page in pages:
        await page.evaluate("localStorage.clear()")
        await (page.close() if page.context is desktop else page.context.close())
    assert complaints == []


@pytest_asyncio.fixture(loop_scope="session")
async def page(open_page: Open) -> Page:
    """Ada's private chat on a desktop."""
    return await open_page()
