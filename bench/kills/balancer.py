"""A proxy before several bots, as an operator would have one: each update goes to one that listens."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web

SECRET = "X-Telegram-Bot-Api-Secret-Token"
BAD_GATEWAY = 502


@asynccontextmanager
async def balanced(addresses: Sequence[str], dice: random.Random) -> AsyncIterator[str]:
    """The address of a proxy for webhooks at `addresses`."""
    async with aiohttp.ClientSession() as session:

        async def forward(request: web.Request) -> web.Response:
            body, headers = await request.read(), {SECRET: request.headers.get(SECRET, "")}
            for address in dice.sample(addresses, len(addresses)):
                try:
                    async with session.post(address, data=body, headers=headers) as response:
                        return web.Response(status=response.status)
                except aiohttp.ClientConnectorError:
                    continue
                except aiohttp.ClientError:
                    break  # it had the update when it died: only Telegram may bring it again
            return web.Response(status=BAD_GATEWAY)

        application = web.Application()
        application.router.add_post("/telegram", forward)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.3)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            yield f"http://127.0.0.1:{runner.addresses[0][1]}/telegram"
        finally:
            await runner.cleanup()
