"""How often the work of an update is tried, and when it is left: decided from what went wrong and how often."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from bot.pause import pause
from handlers.complaints import PASSING, expected
from storage.records import Arrival
from vision.errors import EngineKilled

PASSING_ATTEMPTS: Final = 17
"""For what passes by itself: with the pauses between them about an hour."""

FAULT_ATTEMPTS: Final = 3
"""For a fault of the program, or of the model at this one picture."""

TOLD_AFTER: Final = 3
"""After so many attempts that failed, with which the long pauses begin, the sender is told that it takes longer."""

MOST_DEATHS: Final = 10
"""How often an update may have been in work when the process died, before it counts as the reason."""

_TRUSTED_DEATHS: Final = 3
"""How often an update may have been in work when the process died, before it is worked on apart from others."""


def again_after(error: Exception, attempts: int) -> timedelta | None:
    """How long to wait before the work is tried again after `error`; None where that is of no use."""
    if expected(error) and not passing(error):
        return None
    most = PASSING_ATTEMPTS if passing(error) and not isinstance(error, EngineKilled) else FAULT_ATTEMPTS
    return pause(attempts) if attempts < most else None


def passing(error: Exception) -> bool:
    """Whether the error may be gone at the next try."""
    return isinstance(error, PASSING)


def suspicious(arrival: Arrival) -> bool:
    """Whether it may be this update of which the process dies: it has died a few times while this one was in work."""
    return _deaths(arrival) >= _TRUSTED_DEATHS


def hopeless(arrival: Arrival) -> bool:
    """Whether the process has died of it so often that it must not be tried any more."""
    return _deaths(arrival) >= MOST_DEATHS


def _deaths(arrival: Arrival) -> int:
    """Attempts that came to no end. One that failed in good order left its error; as many as are allowed may have."""
    return arrival.attempts - 1 - (0 if arrival.error is None else PASSING_ATTEMPTS)
