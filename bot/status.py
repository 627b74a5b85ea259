"""`status`: what waits, for how long, and what was given up; for people and as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Final

from rich.console import Console
from rich.markup import escape

from bot.settings import Settings
from storage.records import Failure
from storage.store import Store

MOST_LISTED: Final = 50
"""Failures of a kind that are listed; the counts are of all."""

_LETTERS: Final = {"update": "u", "reply": "r"}


@dataclass(frozen=True, slots=True)
class QueueStatus:
    """Rows by state, and for how many seconds the oldest unfinished one has been there; None where there is none."""

    rows: Mapping[str, int]
    oldest_s: float | None


@dataclass(frozen=True, slots=True)
class Status:
    """Both queues, and the newest failures."""

    inbox: QueueStatus
    outbox: QueueStatus
    failures: tuple[Failure, ...]


async def status_of(store: Store, *, listed: int) -> Status:
    """How things are; `listed` failures of a kind at most. Raises StorageDown."""
    now = datetime.now(UTC)
    async with store.read() as records:
        inbox, outbox = [
            QueueStatus(await queue.depth(), _age(await queue.oldest(), now))
            for queue in (records.inbox, records.outbox)
        ]
        return Status(inbox, outbox, tuple(await records.failures.newest(listed)))


async def show_status(settings: Settings, console: Console, *, as_json: bool) -> None:
    """Print how things are, beside a running bot or without one."""
    async with Store.open(settings.database, settings.data / "files", recover=False, migrate=False) as store:
        status = await status_of(store, listed=MOST_LISTED)
    if as_json:
        print(json.dumps(_report(status), ensure_ascii=False, indent=2))  # noqa: T201
        return
    for name, queue in (("Inbox", status.inbox), ("Outbox", status.outbox)):
        console.print(f"[bold]{name:<7}[/] {_line(queue)}", soft_wrap=True)
    for failure in status.failures:
        console.print(escape(_failure_line(failure)), soft_wrap=True)


def label(failure: Failure) -> str:
    """By which `replay` knows it: u12 is an update, r7 a reply."""
    return f"{_LETTERS[failure.kind]}{failure.id}"


def _age(since: datetime | None, now: datetime) -> float | None:
    return None if since is None else max((now - since).total_seconds(), 0.0)


def _line(queue: QueueStatus) -> str:
    counts = ", ".join(f"{count} {state}" for state, count in queue.rows.items())
    return counts if queue.oldest_s is None else f"{counts}; the oldest came {queue.oldest_s:.0f} s ago"


def _failure_line(failure: Failure) -> str:
    tries = "1 attempt" if failure.attempts == 1 else f"{failure.attempts} attempts"
    when = failure.at.isoformat(timespec="seconds")
    return f"{label(failure):<8} {failure.state:<8} chat {failure.chat}  {failure.reason}, {tries}, {when}"


def _report(status: Status) -> dict[str, Any]:
    failures = [
        {"id": label(failure)}
        | {key: value for key, value in asdict(failure).items() if key not in {"id", "at"}}
        | {"at": failure.at.isoformat()}
        for failure in status.failures
    ]
    return {"inbox": asdict(status.inbox), "outbox": asdict(status.outbox), "failures": failures}
