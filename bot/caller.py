"""The caller: posts what the watches have to tell to their webhooks, signed, until each has taken it.

A receiver may get a call twice, when the process or the connection dies between its answer and the commit; it knows it
again by its name.
"""

from __future__ import annotations

import random
import time
from collections.abc import Collection
from typing import Final

import structlog

from bot.grace import to_its_end
from bot.metrics import Metrics
from bot.redial import Step, step_after
from bot.rests import Rests
from handlers.astray import given_up, turned_off
from storage.lanes import Lanes, patiently
from storage.records import Calling, Reply
from storage.store import Records, Store
from web.dial import Answer, Dial
from web.guard import host_of
from web.signature import signed

log = structlog.get_logger()

AT_ONCE: Final = 32
"""Calls on their way at a time."""

MOST_FAILING: Final = AT_ONCE // 2
"""Those among them to receivers that did not take the last one, and may let this one wait for its whole time."""


class Caller:
    """Calls what the queue holds, one at a time for each watch."""

    def __init__(self, dial: Dial, store: Store, metrics: Metrics) -> None:
        self._dial = dial
        self._store = store
        self._metrics = metrics
        self._rests = Rests()
        self.lanes: Lanes[Calling] = Lanes(
            take=self._take,
            lane=lambda calling: calling.call.watch,
            do=lambda calling: to_its_end(self._do(calling)),
            limit=AT_ONCE,
        )

    async def _take(self, busy: Collection[int]) -> Calling | None:
        """The next call: of a webhook that took the last one, or else of one that did not and has rested."""
        async with self._store.write() as records:
            failing = await self._failing(records)
            found = await records.calls.take({*busy, *failing})
            if found is None and len(failing.intersection(busy)) < MOST_FAILING:
                found = await records.calls.take({*busy, *(failing & self._rests.resting(time.monotonic()))})
            return found

    async def _failing(self, records: Records) -> set[int]:
        """The watches whose webhook did not take the last call, and that have no other one since."""
        failed = self._rests.failing
        now = await records.watches.webhooks(failed) if failed else {}
        return {watch for watch, url in failed.items() if now.get(watch) == url}

    async def _do(self, calling: Calling) -> None:
        try:
            await self._bring(calling)
        except Exception as error:  # one call that cannot be settled must not stop the others
            log.exception("a call was not settled")
            step = step_after(error, calling.attempts, _chance())
            await patiently(lambda: self._put_back(calling, step))

    async def _bring(self, calling: Calling) -> None:
        step = await self._step(calling)
        self._metrics.calls.labels(outcome=step.outcome).inc()
        if step.outcome != "taken":
            log.warning(
                "a webhook did not take a call",
                host=host_of(calling.url or ""),
                reason=step.reason,
                attempt=calling.attempts,
                again=step.outcome == "again",
            )
        back = self._note(calling, step)
        await patiently(lambda: self._settle(calling, step, back=back))

    def _note(self, calling: Calling, step: Step) -> bool:
        """Remember how the receiver is; gives whether it is back after it was away."""
        watch = calling.call.watch
        if step.outcome == "taken":
            return self._rests.took(watch)
        if calling.url is not None:
            self._rests.failed(watch, calling.url, time.monotonic(), step.asked)
        return False

    async def _step(self, calling: Calling) -> Step:
        if calling.url is None or calling.secret is None:
            return Step("refused", "NoWebhook")
        try:
            answer: Answer | Exception = await self._call(calling, calling.url, calling.secret)
        except Exception as error:  # noqa: BLE001 - whatever goes wrong with one call must not stop the others
            answer = error
        return step_after(answer, calling.attempts, _chance())

    async def _call(self, calling: Calling, url: str, secret: str) -> Answer:
        body = calling.call.body.encode()
        return await self._dial.post(url, body, signed(secret, calling.name, int(time.time()), body))

    async def _settle(self, calling: Calling, step: Step, *, back: bool) -> None:
        async with self._store.write() as records:
            if step.outcome == "taken":
                await records.calls.taken_in(calling)
                if back:
                    await records.calls.hasten(calling.call.watch)
            elif await _put_off(records, calling, step):
                await _tell(records, calling, step)

    async def _put_back(self, calling: Calling, step: Step) -> None:
        async with self._store.write() as records:
            await _put_off(records, calling, step)


def _chance() -> float:
    return random.random()  # noqa: S311 - no secret


async def _put_off(records: Records, calling: Calling, step: Step) -> bool:
    """Let a call wait for its next try, or give it up. Gives whether it was given up."""
    if step.outcome == "again":
        await records.calls.retry(calling, after=step.after, error=step.reason)
        return False
    return await records.calls.fail(calling, step.reason)


async def _tell(records: Records, calling: Calling, step: Step) -> None:
    """Say in the watch's chat that its webhook is gone, or away for a day, unless the watch has another one meanwhile.

    Of what is away it is said once, until it takes a call.
    """
    watch = await records.watches.get(calling.call.watch)
    if watch is None or watch.webhook != calling.url:
        return
    chat = await records.chats.get(watch.chat)
    if step.outcome == "gone":
        await records.watches.change(watch.chat, watch.id, webhook=None, secret=None)
        said = turned_off(watch, chat)
    elif step.outcome == "failed" and not await records.calls.failed_before(calling):
        said = given_up(watch, chat, step.reason)
    else:
        return
    await records.outbox.add(calling.bot, [Reply(watch.chat, "text", said)])
