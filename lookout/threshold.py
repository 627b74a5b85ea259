"""From where on a watch takes p(yes) for a yes: by its sensitivity, and by what people said of its alerts. Pure.

On the logit scale a watch's threshold is that of its sensitivity plus a shift. Where people call an alert wrong that
was told at p, the model is too sure of this question by some bias; Platt scaling with its slope held at one finds it:
P(right | p) = sigmoid(logit p - bias) (Platt 1999, "Probabilistic outputs for support vector machines and comparisons
to regularized likelihood methods"). Taken is the bias of highest posterior probability under a normal prior around
none: a press moves it the more, the surer the alert was that it contradicts, and the order of the presses does not
matter. It only ever raises the threshold: nobody is asked about what lies below, so that an alert was right says
nothing of what would be told there.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import exp, log
from typing import Final

from storage.records import Sensitivity, Watch

BY_SENSITIVITY: Final[dict[Sensitivity, float]] = {"low": 0.8, "normal": 0.6, "high": 0.4}
"""What p(yes) has to reach before anybody has said Right or Wrong. The middle is above one half, because a false alarm
costs a chat more trust than a late one."""

DEFAULT_THRESHOLD: Final = BY_SENSITIVITY["normal"]

PRIOR: Final = 1.5
"""Standard deviation of the bias before anything is known of it, on the logit scale."""

_SUREST: Final = 1e-4
_STEPS: Final = 40


def threshold_of(watch: Watch) -> float:
    """From which p(yes) on (0–1) a watch says yes."""
    return sigmoid(logit(BY_SENSITIVITY[watch.sensitivity]) + watch.shift)


def shift_after(feedback: Iterable[tuple[float, bool]]) -> float:
    """The shift of a watch's threshold that follows from its alerts: for each p(yes), and whether it was right."""
    said = [(logit(p), right) for p, right in feedback]
    low, high = -20.0, 20.0
    for _ in range(_STEPS):  # the slope of the log-posterior falls all the way, so its zero is found by halving
        bias = (low + high) / 2
        slope = -bias / PRIOR**2 + sum(sigmoid(score - bias) - right for score, right in said)
        low, high = (bias, high) if slope > 0 else (low, bias)
    return max(0.0, (low + high) / 2)


def logit(p: float) -> float:
    """Where a probability stands on the logit scale; none is taken for quite sure."""
    bounded = min(max(p, _SUREST), 1 - _SUREST)
    return log(bounded / (1 - bounded))


def sigmoid(score: float) -> float:
    """The probability that stands there on the logit scale."""
    return 1 / (1 + exp(-score))
