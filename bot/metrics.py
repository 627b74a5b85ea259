"""What the bot counts, for Prometheus."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest


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

    def text(self) -> bytes:
        """All of it in Prometheus' text format."""
        return generate_latest(self.registry)
