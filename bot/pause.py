"""How long to wait before the next try."""

from __future__ import annotations

from datetime import timedelta


def pause(attempts: int) -> timedelta:
    """After this many attempts that failed: 1, 4, 16, 64, 256 seconds, then five minutes each time."""
    return timedelta(seconds=min(4.0 ** (attempts - 1), 300.0))
