"""What a watch makes of p(yes)."""

from datetime import UTC, datetime

import pytest

from lookout.judge import alarming, outcome_of, surest, verdict_of
from storage.records import Verdict, Watch


def watch(number: int) -> Watch:
    return Watch(number, 1, "fire", "en", datetime(2026, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("p_yes", "outside", "outcome"),
    [
        (0.6, 0.0, "yes"),
        (0.99, 0.5, "yes"),
        (0.55, 0.0, "unsure"),
        (0.4, 0.0, "no"),
        (0.99, 0.51, "unsure"),
        (0, 0, "no"),
    ],
)
def test_the_threshold_decides_and_a_model_that_evades_is_unsure(p_yes, outside, outcome):
    assert outcome_of(p_yes, outside, 0.6) == outcome


def test_only_a_yes_alarms():
    watches = [watch(1), watch(2), watch(3)]
    verdicts = [verdict_of(w, 7, p_yes=p, outside=0) for w, p in zip(watches, (0.9, 0.55, 0.1), strict=True)]
    assert [(w.id, v.sighting) for w, v in alarming(watches, verdicts)] == [(1, 7)]


def test_the_surest_yes_counts_and_no_answer_at_all_only_where_there_is_no_other():
    def of(p_yes: float, outside: float = 0.0) -> Verdict:
        return verdict_of(watch(1), 7, p_yes=p_yes, outside=outside)

    assert surest([of(0.2), of(0.9), of(0.7)]) == 1
    assert surest([of(0.99, outside=0.9), of(0.1)]) == 1
    assert surest([of(0.2, outside=0.9), of(0.6, outside=0.9)]) == 1
