"""Wishes to stop an answer, which act as soon as they are kept: their turn would come after that answer."""

from __future__ import annotations

import asyncio
from typing import Any

import structlog
from telegram.ext import ExtBot

from handlers.stop import stop_at_once
from storage.store import Store

log = structlog.get_logger()


class Stops:
    """The wishes that this process has kept."""

    def __init__(self, bot: ExtBot[None], store: Store) -> None:
        self._bot = bot
        self._store = store
        self._heard: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    def hear(self, body: dict[str, Any]) -> None:
        """Take up an update, in its raw form, that is in the inbox."""
        self._heard.put_nowait(body)

    async def run(self) -> None:
        """Act until cancelled, side by side: whether somebody may stop an answer is asked at Telegram."""
        async with asyncio.TaskGroup() as group:
            while True:
                group.create_task(self._act(await self._heard.get()))

    async def _act(self, body: dict[str, Any]) -> None:
        try:
            await stop_at_once(body, self._bot, self._store)
        except Exception as error:  # noqa: BLE001 - its turn will come, and then somebody says so
            log.warning("a wish to stop was not acted upon at once", error=type(error).__name__)
