"""What the bot serves: /healthz and /metrics for an operator's tools, and the webhook where there is one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass

from aiohttp import web

from web.webhook import LARGEST_BODY, PATH, Webhook

_FAREWELL_S = 2.0
"""Seconds that requests under way have to end when the bot stops."""


@dataclass(frozen=True, slots=True)
class Health:
    """Whether the bot does its work, and the state of each part in a word or two."""

    well: bool
    parts: dict[str, str]


@dataclass(frozen=True, slots=True)
class Site:
    """The application, made of the two functions that know the answers, and of the webhook."""

    health: Callable[[], Awaitable[Health]]
    metrics: Callable[[], Awaitable[bytes]]
    webhook: Webhook | None = None

    async def _health(self, _: web.Request) -> web.Response:
        health = await self.health()
        return web.json_response(asdict(health), status=200 if health.well else 503)

    async def _metrics(self, _: web.Request) -> web.Response:
        return web.Response(
            body=await self.metrics(), headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}
        )

    def application(self) -> web.Application:
        """The aiohttp application with its routes."""
        application = web.Application(client_max_size=LARGEST_BODY)
        application.add_routes([web.get("/healthz", self._health), web.get("/metrics", self._metrics)])
        if self.webhook:
            application.add_routes([web.post(PATH, self.webhook.receive)])
        return application


@asynccontextmanager
async def served(site: Site, host: str, port: int) -> AsyncIterator[int]:
    """Serve the site while the block runs; gives the port that was bound. Raises OSError where it cannot listen."""
    runner = web.AppRunner(site.application(), access_log=None, shutdown_timeout=_FAREWELL_S)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()
