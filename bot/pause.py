"""How long to wait before the next try."""

from __future__ import annotations

from datetime import timedelta

from telegram.error import RetryAfter


def pause(attempts: int) -> timedelta:
    """After this many attempts that failed: 1, 4, 16, 64 seconds, then five minutes."""
    return timedelta(seconds=min(4.0 ** (attempts - 1), 300.0))


def asked_for(error: RetryAfter) -> timedelta:
    """The wait that Telegram asks for; the library gives it in either form."""
    wait = error.retry_after
    return timedelta(seconds=wait) if isinstance(wait, int) else wait
