"""How full the queues are, and how old what is in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from storage.store import Records


@dataclass(frozen=True, slots=True)
class QueueStatus:
    """Rows by state, and for how many seconds the oldest unfinished one has been there; None where there is none."""

    rows: Mapping[str, int]
    oldest_s: float | None

    def __str__(self) -> str:
        counts = ", ".join(f"{count} {state}" for state, count in self.rows.items())
        return counts if self.oldest_s is None else f"{counts}; the oldest came {self.oldest_s:.0f} s ago"


async def queues_of(records: Records) -> dict[str, QueueStatus]:
    """The queues by their names."""
    now = datetime.now(UTC)
    return {
        name: QueueStatus(await queue.depth(), _age(await queue.oldest(), now))
        for name, queue in (("inbox", records.inbox), ("outbox", records.outbox), ("calls", records.calls))
    }


def _age(since: datetime | None, now: datetime) -> float | None:
    return None if since is None else max((now - since).total_seconds(), 0.0)
