"""How long to wait before the next try."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

_LONGEST_S: Final = 300.0
_LONGEST_AFTER: Final = 6  # attempts; the power of a number without bound would be one that no float can hold


def pause(attempts: int) -> timedelta:
    """After this many attempts that failed: 1, 4, 16, 64, 256 seconds, then five minutes each time."""
    return timedelta(seconds=_LONGEST_S if attempts >= _LONGEST_AFTER else 4.0 ** (attempts - 1))
