"""A sandbox with nobody behind it: the tests are the bot and the people."""

from __future__ import annotations

import io
import struct
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest
from PIL import Image

from sandbox import Sandbox
from sandbox.driver import Driver


class Api:
    """The Bot API of one bot, spoken by hand."""

    def __init__(self, session: aiohttp.ClientSession, url: str, token: str) -> None:
        self.session = session
        self.url = url
        self.root = f"{url}/bot{token}"
        self.files = f"{url}/file/bot{token}"

    async def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """The whole answer to a call with JSON parameters."""
        async with self.session.post(f"{self.root}/{method}", json=parameters) as response:
            answer: dict[str, Any] = await response.json()
            assert answer.get("error_code", 200) == response.status
            return answer

    async def call(self, method: str, **parameters: Any) -> Any:
        """The result of a call that works."""
        answer = await self.ask(method, **parameters)
        assert answer["ok"], answer
        return answer["result"]

    async def upload(self, method: str, files: dict[str, bytes], **parameters: Any) -> dict[str, Any]:
        """The whole answer to a call with files."""
        form = aiohttp.FormData(default_to_multipart=True)
        for name, value in parameters.items():
            form.add_field(name, str(value))
        for name, data in files.items():
            form.add_field(name, io.BytesIO(data), filename=f"{name}.bin")
        async with self.session.post(f"{self.root}/{method}", data=form) as response:
            answer: dict[str, Any] = await response.json()
            return answer

    async def refusal(self, method: str, **parameters: Any) -> str:
        """The description of a call that is refused with 400."""
        answer = await self.ask(method, **parameters)
        assert answer.get("error_code") == 400, answer
        return str(answer["description"]).removeprefix("Bad Request: ")

    async def updates(self, **parameters: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = await self.call("getUpdates", **parameters)
        return found


def _picture(width: int, height: int, kind: str = "PNG") -> bytes:
    """The bytes of a plain picture."""
    stream = io.BytesIO()
    Image.new("RGB", (width, height), (20, 120, 200)).save(stream, kind)
    return stream.getvalue()


def _ogg(seconds: float) -> bytes:
    """Two empty OGG pages; the last one's granule position says how long it lasts."""
    pages = [(0, 2), (round(seconds * 48_000), 4)]
    return b"".join(b"OggS" + struct.pack("<BBqIII", 0, flags, position, 1, 0, 0) + b"\0" for position, flags in pages)


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(webhook_pause=0.01) as running:
        yield running


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest.fixture
def api(sandbox: Sandbox, session: aiohttp.ClientSession) -> Api:
    return Api(session, sandbox.url, sandbox.token)


@pytest.fixture
async def ada(sandbox: Sandbox) -> AsyncIterator[Driver]:
    """Ada in her private chat, with no bot that answers."""
    async with Driver(sandbox.url) as driver:
        yield driver


@pytest.fixture
def png() -> bytes:
    return _picture(640, 480)


@pytest.fixture
def voice_note() -> bytes:
    return _ogg(2.4)


@pytest.fixture
def picture() -> Callable[..., bytes]:
    """Makes a picture of a width, a height and a kind."""
    return _picture


@pytest.fixture
def ogg() -> Callable[[float], bytes]:
    """Makes a voice note of so many seconds."""
    return _ogg
