"""The webhook: Telegram brings an update, and hears 200 only when it is committed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hmac import compare_digest
from typing import Any, Final

from aiohttp import web

from storage.errors import StorageDown

PATH: Final = "/telegram"
LARGEST_BODY: Final = 1 << 20
"""Bytes; an update has a few thousand, since its files stay with Telegram."""

LONGEST_WAIT_S: Final = 20.0
"""Seconds that Telegram waits for the commit here; it hangs up after a minute and asks again by itself."""

_HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"


@dataclass(frozen=True, slots=True)
class Webhook:
    """What may come in, and where it goes: `keep` commits one update, and raises StorageDown where it cannot.

    Every answer but 200 makes Telegram bring the update again later.
    """

    secret: str
    keep: Callable[[dict[str, Any]], Awaitable[None]]

    async def receive(self, request: web.Request) -> web.Response:
        """Take in one update from whoever knows the secret."""
        if not self._knows(request):
            return web.Response(status=403)
        update = read_update(await request.read())
        if update is None:
            return web.Response(status=400)
        try:
            async with asyncio.timeout(LONGEST_WAIT_S):
                await self.keep(update)
        except (StorageDown, TimeoutError):
            return web.Response(status=503)
        return web.Response()

    def _knows(self, request: web.Request) -> bool:
        said = request.headers.get(_HEADER, "").encode(errors="surrogateescape")
        return compare_digest(said, self.secret.encode())


def read_update(body: bytes) -> dict[str, Any] | None:
    """The update, whose `update_id` is a whole number; None for anything else."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and type(found.get("update_id")) is int else None
