"""When a webhook is called again, and when a call is left: decided from what came of it and how often it was tried."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

from web.dial import Answer
from web.errors import HasPassword, NotAnAddress, NotHttps, Unreached, WebhooksOff

MOST_ATTEMPTS: Final = 11
"""With the pauses between them about a day."""

_FIRST: Final = timedelta(seconds=5)
_LONGEST: Final = timedelta(hours=6)
_LONGEST_ASKED: Final = timedelta(days=1)
_JITTER: Final = 0.2
_GONE: Final = 410

# What is wrong with the address itself, or what the operator allows.
_FOR_GOOD: Final = (WebhooksOff, NotAnAddress, NotHttps, HasPassword)


@dataclass(frozen=True, slots=True)
class Step:
    """What becomes of a call: it was taken, waits for another try, has failed, may not be made, or its webhook is gone.

    `asked` is for how long its receiver wants no call at all.
    """

    outcome: Literal["taken", "again", "failed", "refused", "gone"]
    reason: str = ""
    after: timedelta = timedelta(0)
    asked: timedelta = timedelta(0)


def step_after(answer: Answer | Exception, attempts: int, chance: float) -> Step:
    """The step after so many attempts, this one among them; `chance` (0–1) spreads those that failed together."""
    if isinstance(answer, Answer) and answer.taken:
        return Step("taken")
    reason = _reason(answer)
    if isinstance(answer, Answer) and answer.status == _GONE:
        return Step("gone", reason)
    if isinstance(answer, _FOR_GOOD):
        return Step("refused", reason)
    if attempts >= MOST_ATTEMPTS:
        return Step("failed", reason)
    asked = min((answer.retry_after if isinstance(answer, Answer) else None) or timedelta(0), _LONGEST_ASKED)
    return Step("again", reason, max(pause(attempts, chance), asked), asked)


def pause(attempts: int, chance: float) -> timedelta:
    """After this many attempts: 5 s, then four times as long each time up to six hours, a fifth more or less."""
    steady = min(_FIRST * 4.0 ** (attempts - 1), _LONGEST)
    return steady * (1 + _JITTER * (2 * chance - 1))


def _reason(answer: Answer | Exception) -> str:
    """What the operator is told: neither the address nor what it says."""
    if isinstance(answer, Answer):
        return f"HTTP {answer.status}"
    return str(answer) if isinstance(answer, Unreached) else type(answer).__name__
