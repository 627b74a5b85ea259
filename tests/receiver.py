"""Somebody's server that takes a watch's calls, and checks who they are from as Standard Webhooks 1.0.0 says."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import web

Answering = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Called:
    """One request as it came."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def name(self) -> str:
        return self.headers["webhook-id"]

    @property
    def notice(self) -> dict[str, Any]:
        notice: dict[str, Any] = json.loads(self.body)
        return notice

    def is_signed_with(self, secret: str) -> bool:
        """Written from the specification, with nothing of ours."""
        key = base64.b64decode(secret.split("_")[1])
        content = f"{self.headers['webhook-id']}.{self.headers['webhook-timestamp']}.".encode() + self.body
        expected = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
        signatures = [each.split(",", 1) for each in self.headers["webhook-signature"].split(" ")]
        return any(version == "v1" and hmac.compare_digest(expected, said) for version, said in signatures)


@dataclass
class Receiver:
    """Answers with each of `answers` once, then always with 204."""

    answers: list[Answering | web.Response] = field(default_factory=list)
    calls: list[Called] = field(default_factory=list)
    url: str = ""

    async def __aenter__(self) -> Self:
        self._news = asyncio.Condition()
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", self._take)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.port: int = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{self.port}/hook"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def until_called(self, times: int) -> Called:
        """Wait for so many calls in all, and give the last of them."""
        async with asyncio.timeout(60), self._news:
            await self._news.wait_for(lambda: len(self.calls) >= times)
        return self.calls[times - 1]

    async def _take(self, request: web.Request) -> web.StreamResponse:
        called = Called(request.path, dict(request.headers), await request.read())
        answer = self.answers.pop(0) if self.answers else web.Response(status=204)
        async with self._news:
            self.calls.append(called)
            self._news.notify_all()
        return answer if isinstance(answer, web.Response) else await answer(request)


async def silence(request: web.Request) -> web.StreamResponse:
    """An answer that never comes."""
    await asyncio.sleep(600)
    return web.Response(status=204)
