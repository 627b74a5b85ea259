"""What the bot counts, for Prometheus."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bot.queues import QueueStatus
from vision.request import Shelf, Shelves
from vision.shared import Tally


class Metrics:
    """The counters of one running bot, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.updates = Counter("lookout_updates", "Updates taken in", registry=self.registry)
        self.work = Histogram(
            "lookout_work_seconds", "Time from taking an update to settling it", registry=self.registry
        )
        self.failures = Counter("lookout_failures", "Updates that brought an error", ["error"], registry=self.registry)
        self.replies = Counter("lookout_replies", "Replies by outcome", ["kind", "outcome"], registry=self.registry)
        self.calls = Counter("lookout_calls", "Attempts at webhooks by outcome", ["outcome"], registry=self.registry)
        self._rows = Gauge(
            "lookout_queue_rows", "Rows that are not done, by state", ["queue", "state"], registry=self.registry
        )
        self._oldest = Gauge(
            "lookout_queue_oldest_seconds", "Age of the oldest unfinished row", ["queue"], registry=self.registry
        )

    def show(self, queues: Mapping[str, QueueStatus]) -> None:
        """Show these queues as they are, and nothing of any other."""
        self._rows.clear()
        self._oldest.clear()
        for name, queue in queues.items():
            self._oldest.labels(queue=name).set(queue.oldest_s or 0.0)
            for state, count in queue.rows.items():
                self._rows.labels(queue=name, state=state).set(count)

    def count_kept(self, shelves: Callable[[], Shelves | None]) -> None:
        """Count too what the model's process keeps of earlier requests; a new process begins at zero."""
        self.registry.register(_Kept(shelves))

    def count_questions(self, tally: Callable[[], Tally]) -> None:
        """Count too what became of the questions that only a yes or no is wanted to."""
        self.registry.register(_Questions(tally))

    def text(self) -> bytes:
        """All of it in Prometheus' text format."""
        return generate_latest(self.registry)


class _Kept(Collector):
    """What is kept for later, by where: keys and values in "cells" and on the "host", "embeddings" of pictures."""

    def __init__(self, shelves: Callable[[], Shelves | None]) -> None:
        self._shelves = shelves

    def collect(self) -> Iterator[Metric]:
        """Ask anew each time."""
        shelves = self._shelves()
        held: dict[str, Shelf] = vars(shelves) if shelves else {}
        families: dict[str, GaugeMetricFamily | CounterMetricFamily] = {
            "held_bytes": GaugeMetricFamily("lookout_kept_bytes", "Kept for later", labels=["shelf"]),
            "budget_bytes": GaugeMetricFamily("lookout_kept_budget_bytes", "May be kept for later", labels=["shelf"]),
            "hits": CounterMetricFamily("lookout_kept_hits", "Found when looked for", labels=["shelf"]),
            "misses": CounterMetricFamily("lookout_kept_misses", "Not found when looked for", labels=["shelf"]),
        }
        for field, family in families.items():
            for name, shelf in held.items():
                family.add_metric([name], getattr(shelf, field))
            yield family


class _Questions(Collector):
    """How many questions were "asked" of the model, answered by what was "kept", or "joined" one under way."""

    def __init__(self, tally: Callable[[], Tally]) -> None:
        self._tally = tally

    def collect(self) -> Iterator[Metric]:
        """Ask anew each time."""
        tally = self._tally()
        family = CounterMetricFamily("lookout_questions", "Yes/no questions, by who answered", labels=["answer"])
        for name, number in (("asked", tally.asked), ("kept", tally.kept), ("joined", tally.joined)):
            family.add_metric([name], number)
        yield family
