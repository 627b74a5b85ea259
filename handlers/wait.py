"""How long Telegram asks to be left alone."""

from __future__ import annotations

from datetime import timedelta

from telegram.error import RetryAfter


def asked_for(error: RetryAfter) -> timedelta:
    """The wait that an error 429 asks for; the library gives it in either form."""
    wait = error.retry_after
    return timedelta(seconds=wait) if isinstance(wait, int) else wait
