"""Long polling: asks Telegram for updates, and lets it forget those that are kept."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import structlog
from telegram.error import Conflict, RetryAfter, TelegramError
from telegram.ext import ExtBot

from bot.intake import KINDS, Intake
from handlers.wait import asked_for
from storage.lanes import patiently

log = structlog.get_logger()

LONG_POLL_S: Final = 50
"""Seconds that Telegram holds a request without news; its own most."""

_LONGEST_PAUSE_S: Final = 60.0


class Poller:
    """The loop that asks getUpdates. The offset, which makes Telegram forget, moves only after the commit."""

    def __init__(self, bot: ExtBot[None], intake: Intake) -> None:
        self._bot = bot
        self._intake = intake
        self._offset = 0

    async def run(self) -> None:
        """Take in updates until cancelled; a network or a database that is away costs nothing but time."""
        pause = 1.0
        while True:
            try:
                updates = await self._fetch()
                pause = 1.0
            except TelegramError as error:
                wait = _seconds(error) or pause
                log.warning("no updates", error=type(error).__name__, again_in_s=wait)
                await asyncio.sleep(wait)
                pause = min(2 * pause, _LONGEST_PAUSE_S)
            else:
                await patiently(lambda: self._intake.keep(updates))  # noqa: B023 - awaited before `updates` changes
                self._offset = max((body["update_id"] + 1 for body in updates), default=self._offset)

    async def _fetch(self) -> list[dict[str, Any]]:
        # In lower case, which Telegram takes as well, because the library keeps "getUpdates" for its parsed objects,
        # and the inbox wants what was really sent.
        updates: list[dict[str, Any]] = await self._bot.do_api_request(
            "getupdates",
            api_kwargs={"offset": self._offset, "timeout": LONG_POLL_S, "allowed_updates": list(KINDS)},
            read_timeout=LONG_POLL_S + 10,
        )
        return updates


def _seconds(error: TelegramError) -> float | None:
    if isinstance(error, RetryAfter):
        return asked_for(error).total_seconds()
    if isinstance(error, Conflict):
        log.error("something else fetches this bot's updates: stop it, or give this bot a token of its own")
    return None
