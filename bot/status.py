"""`status`: what waits, for how long, and what was given up; for people and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any, Final

from rich.console import Console
from rich.markup import escape

from bot.queues import QueueStatus, queues_of
from bot.settings import Settings
from storage.records import Failure
from storage.store import Store

MOST_LISTED: Final = 50
"""Failures of a kind that are listed; the counts are of all."""

LETTERS: Final = {"update": "u", "reply": "r", "call": "c"}
"""What a failure's label begins with, by its kind."""


async def show_status(settings: Settings, console: Console, *, as_json: bool) -> None:
    """Print how things are, beside a running bot or without one."""
    async with (
        Store.open(**settings.storage, recover=False, migrate=False) as store,
        store.read() as records,
    ):
        queues = await queues_of(records)
        failures = await records.failures.newest(MOST_LISTED)
    if as_json:
        print(json.dumps(_report(queues, failures), ensure_ascii=False, indent=2))  # noqa: T201
        return
    for name, queue in queues.items():
        console.print(f"[bold]{name.capitalize():<7}[/] {queue}", soft_wrap=True)
    for failure in failures:
        console.print(escape(_failure_line(failure)), soft_wrap=True)


def label(failure: Failure) -> str:
    """By which `replay` knows it: u12 is an update, r7 a reply, c3 a call of a webhook."""
    return f"{LETTERS[failure.kind]}{failure.id}"


def _failure_line(failure: Failure) -> str:
    tries = "1 attempt" if failure.attempts == 1 else f"{failure.attempts} attempts"
    when = failure.at.isoformat(timespec="seconds")
    return f"{label(failure):<8} {failure.state:<8} chat {failure.chat}  {failure.reason}, {tries}, {when}"


def _report(queues: Mapping[str, QueueStatus], failures: Iterable[Failure]) -> dict[str, Any]:
    listed = [
        {**asdict(failure), "id": label(failure), "at": failure.at.isoformat(timespec="seconds")}
        for failure in failures
    ]
    return {name: asdict(queue) for name, queue in queues.items()} | {"failures": listed}
