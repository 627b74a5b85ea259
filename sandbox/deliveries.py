"""Sending updates to webhooks: in order, one at a time for each bot, again and again until they are taken."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import structlog

from sandbox.bot import Bot
from sandbox.errors import BotApiError
from sandbox.misbehaviour import Misbehaviour
from sandbox.parameters import Parameters, as_text, decode_json

_log = structlog.get_logger()
_RESPONSE_SECONDS = 60
_RESPONSE_BYTES = 1 << 20
_LONGEST_PAUSE = 60.0

Call = Callable[[Bot, str, Parameters], Awaitable[Any]]


class Deliveries:
    """One task for each bot that has a webhook; it lives while there is something to deliver.

    `call` does the method that a webhook's response may ask for. A rule for the method "webhook" is about
    what is delivered: late, not at all for now, or twice.
    """

    def __init__(
        self, call: Call, misbehaviour: Misbehaviour, clock: Callable[[], float], first_pause: float = 1.0
    ) -> None:
        self._call = call
        self._misbehaviour = misbehaviour
        self._clock = clock
        self._first_pause = first_pause
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._session: aiohttp.ClientSession | None = None

    def wake(self, bot: Bot) -> None:
        """See whether there is something to deliver."""
        if self._session is None or bot.id in self._tasks or not bot.webhook.url or bot.updates.first() is None:
            return
        task = asyncio.create_task(self._deliver_all(bot))
        self._tasks[bot.id] = task
        task.add_done_callback(lambda done: self._ended(bot, done))

    async def start(self) -> None:
        timeout = aiohttp.ClientTimeout(total=_RESPONSE_SECONDS)
        self._session = aiohttp.ClientSession(timeout=timeout)

    async def stop(self) -> None:
        session, self._session = self._session, None
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if session is not None:
            await session.close()

    def _ended(self, bot: Bot, task: asyncio.Task[None]) -> None:
        self._tasks.pop(bot.id, None)
        if task.cancelled():
            return
        if (error := task.exception()) is not None:
            _log.error("webhook delivery failed", bot=bot.id, error=type(error).__name__)
        else:
            self.wake(bot)  # an update may have come between the task's last look and now

    async def _deliver_all(self, bot: Bot) -> None:
        pause = self._first_pause
        while bot.webhook.url and (update := bot.updates.first()) is not None:
            webhook = bot.webhook
            error = await self._misbehave_or_deliver(bot, update)
            if bot.webhook is not webhook:
                pause = self._first_pause
            elif error:
                webhook.last_error, webhook.last_error_date = error, int(self._clock())
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
            else:
                bot.updates.confirm(update["update_id"] + 1)
                pause = self._first_pause

    async def _misbehave_or_deliver(self, bot: Bot, update: dict[str, Any]) -> str:
        delay, rule = self._misbehaviour.apply("webhook")
        await asyncio.sleep(delay)
        if rule is not None and rule.what in {"status", "drop_before"}:
            return "Connection failed"
        error = await self._deliver(bot, update)
        if rule is not None and rule.what == "repeat":
            error = error or await self._deliver(bot, update)
        return "Read timeout expired" if rule is not None and rule.what == "drop_after" else error

    async def _deliver(self, bot: Bot, update: dict[str, Any]) -> str:
        """Why it was not taken; empty when it was."""
        session = self._session
        if session is None:
            return "Connection closed"
        headers = {"Content-Type": "application/json"}
        if bot.webhook.secret_token:
            headers["X-Telegram-Bot-Api-Secret-Token"] = bot.webhook.secret_token
        body = json.dumps(update).encode()
        try:
            async with session.post(bot.webhook.url, data=body, headers=headers, allow_redirects=False) as response:
                if not 200 <= response.status < 300:
                    return f"Wrong response from the webhook: {response.status} {response.reason}"
                answer = await response.content.read(_RESPONSE_BYTES)
        except TimeoutError:
            return "Read timeout expired"
        except (aiohttp.ClientError, ValueError):
            return "Connection failed"
        await self._do(bot, answer)
        return ""

    async def _do(self, bot: Bot, answer: bytes) -> None:
        """A webhook may answer with a method call; Telegram never tells what became of it."""
        try:
            found = decode_json(answer) if answer.strip() else None
        except ValueError:
            return
        if not isinstance(found, dict) or not isinstance(found.get("method"), str):
            return
        values = {name: as_text(value) for name, value in found.items() if value is not None}
        try:
            await self._call(bot, found["method"], Parameters(values))
        except BotApiError as error:
            _log.info("a webhook's answer was refused", bot=bot.id, status=error.status)
