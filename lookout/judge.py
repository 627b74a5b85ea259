"""What a watch makes of p(yes). Pure: no model, no clock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from lookout.threshold import threshold_of
from storage.records import Outcome, Verdict, Watch

UNSURE_WITHIN: Final = 0.1
"""So near below the threshold, p(yes) is neither."""

MOST_OUTSIDE: Final = 0.5
"""With more probability than this on words that are neither yes nor no, the model did not answer the question."""


def outcome_of(p_yes: float, outside: float, threshold: float) -> Outcome:
    """Yes from the threshold on, no well below it, unsure between and where the model answered something else."""
    if outside > MOST_OUTSIDE:
        return "unsure"
    if p_yes >= threshold:
        return "yes"
    return "unsure" if p_yes >= threshold - UNSURE_WITHIN else "no"


def verdict_of(watch: Watch, sighting: int, *, p_yes: float, outside: float) -> Verdict:
    """The verdict of one watch on one sighting."""
    return Verdict(watch.id, sighting, p_yes, outside, outcome_of(p_yes, outside, threshold_of(watch)))


def surest(verdicts: Sequence[Verdict]) -> int:
    """Which of one watch's verdicts on several pictures counts: the likeliest yes.

    A picture about which the model answered something else counts only where it did so about all of them.
    """

    def weight(at: int) -> tuple[bool, bool, float]:
        verdict = verdicts[at]
        return verdict.outcome == "yes", verdict.outside <= MOST_OUTSIDE, verdict.p_yes

    return max(range(len(verdicts)), key=weight)


def alarming(watches: Sequence[Watch], verdicts: Iterable[Verdict]) -> list[tuple[Watch, Verdict]]:
    """The watches whose chat is to be told, with the verdicts to tell."""
    by_id = {watch.id: watch for watch in watches}
    return [(by_id[verdict.watch], verdict) for verdict in verdicts if verdict.outcome == "yes"]
