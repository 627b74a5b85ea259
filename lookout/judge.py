"""What a watch makes of p(yes). Pure: no model, no clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Final

from lookout.threshold import DEFAULT_THRESHOLD, logit, sigmoid, threshold_of
from storage.records import Outcome, Verdict, Watch
from vision.request import Score

UNSURE_WITHIN: Final = 0.1
"""So near below the threshold, p(yes) is neither."""

MOST_OUTSIDE: Final = 0.5
"""With more probability than this on words that are neither yes nor no, the model did not answer the question."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What a second look brought: the question asked with a description in hand, and `turned` the other way round."""

    described: Score
    turned: Score | None = None


def outcome_of(p_yes: float, outside: float, threshold: float) -> Outcome:
    """Yes from the threshold on, no well below it, unsure between and where the model answered something else."""
    if outside > MOST_OUTSIDE:
        return "unsure"
    if p_yes >= threshold:
        return "yes"
    return "unsure" if p_yes >= threshold - UNSURE_WITHIN else "no"


def plain_outcome(score: Score) -> Outcome:
    """What an answer means to a question that belongs to no watch: by the threshold that watches begin with."""
    return outcome_of(score.p_yes, score.outside, DEFAULT_THRESHOLD)


def verdict_of(watch: Watch, sighting: int, *, p_yes: float, outside: float) -> Verdict:
    """The verdict of one watch on one sighting."""
    return Verdict(watch.id, sighting, p_yes, outside, outcome_of(p_yes, outside, threshold_of(watch)))


def doubtful(verdict: Verdict) -> bool:
    """Whether a first look's verdict is worth a second one: a yes would be told, and an unsure might be one."""
    return verdict.outcome != "no"


def decided(watch: Watch, first: Verdict, second: Answers) -> Verdict:
    """The verdict after a second look: the mean, on the logit scale, of all answers that were a yes or a no.

    The mean log-odds are those of the geometric mean of the answers' odds: one answer that is sure of the contrary
    outweighs a yes that is not.
    """
    answers = [(first.p_yes, first.outside), (second.described.p_yes, second.described.outside)]
    if second.turned is not None:
        answers.append((1 - second.turned.p_yes, second.turned.outside))
    given = [(p, outside) for p, outside in answers if outside <= MOST_OUTSIDE]
    if not given:
        return first
    p_yes = sigmoid(fmean(logit(p) for p, _ in given))
    return verdict_of(watch, first.sighting, p_yes=p_yes, outside=fmean(outside for _, outside in given))


def surest(verdicts: Sequence[Verdict]) -> int:
    """Which of one watch's verdicts on several pictures counts: the likeliest yes.

    A picture about which the model answered something else counts only where it did so about all of them.
    """

    def weight(at: int) -> tuple[bool, bool, float]:
        verdict = verdicts[at]
        return verdict.outcome == "yes", verdict.outside <= MOST_OUTSIDE, verdict.p_yes

    return max(range(len(verdicts)), key=weight)
