"""The seam behind which a model answers, in a process beside this one or across a network."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol

from vision.request import Event, Request


class Backend(Protocol):
    """Whatever can look at pictures."""

    def ask(self, request: Request) -> AsyncIterator[Event]:
        """Answer one request: scores, then deltas, then Done. Raises EngineError; may be abandoned at any event."""
        ...
