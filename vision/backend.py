"""The seam behind which a model answers, in a process beside this one or across a network."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Protocol

from vision.request import Event, Request


class Backend(Protocol):
    """Whatever can look at pictures."""

    def ask(self, request: Request) -> AsyncGenerator[Event, None]:
        """Answer one request: scores, then deltas, then Done. Raises EngineError; may be closed at any event."""
        ...
