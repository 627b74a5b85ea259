"""What a watch makes of p(yes)."""

from datetime import UTC, datetime

import pytest

from lookout.judge import Answers, decided, doubtful, outcome_of, surest, verdict_of
from storage.records import Verdict, Watch
from vision.request import Score


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


def first(p_yes: float, outside: float = 0.0) -> Verdict:
    return verdict_of(watch(1), 7, p_yes=p_yes, outside=outside)


def test_a_clear_no_is_not_looked_at_again():
    assert [doubtful(first(p)) for p in (0.49, 0.5, 0.6, 0.99)] == [False, True, True, True]
    assert doubtful(first(0.01, outside=0.9))


@pytest.mark.parametrize(
    ("p_yes", "described", "turned", "outcome"),
    [
        (0.9, 0.9, 0.1, "yes"),
        (0.9, 0.9, 0.999, "no"),
        (0.7, 0.2, None, "no"),
        (0.55, 0.8, 0.2, "yes"),
        (0.55, 0.6, None, "unsure"),
    ],
)
def test_a_second_look_confirms_or_denies(p_yes, described, turned, outcome):
    second = Answers(Score(0, described, 0.0), None if turned is None else Score(1, turned, 0.0))
    assert decided(watch(1), first(p_yes), second).outcome == outcome


def test_the_answers_count_alike_whichever_way_the_question_was_put():
    second = Answers(Score(0, 0.8, 0.2), Score(1, 0.3, 0.1))
    verdict = decided(watch(1), first(0.6, outside=0.3), second)
    odds = (0.6 / 0.4 * 0.8 / 0.2 * 0.7 / 0.3) ** (1 / 3)
    assert verdict.p_yes == pytest.approx(odds / (1 + odds))
    assert verdict.outside == pytest.approx(0.2)


def test_what_was_no_answer_does_not_count():
    evaded = Score(0, 0.99, 0.8)
    assert decided(watch(1), first(0.3, outside=0.9), Answers(evaded)).outcome == "unsure"
    assert decided(watch(1), first(0.3, outside=0.9), Answers(Score(0, 0.9, 0.0))).p_yes == pytest.approx(0.9)
    assert decided(watch(1), first(0.7), Answers(evaded, evaded)).p_yes == pytest.approx(0.7)


def test_the_surest_yes_counts_and_no_answer_at_all_only_where_there_is_no_other():
    def of(p_yes: float, outside: float = 0.0) -> Verdict:
        return verdict_of(watch(1), 7, p_yes=p_yes, outside=outside)

    assert surest([of(0.2), of(0.9), of(0.7)]) == 1
    assert surest([of(0.99, outside=0.9), of(0.1)]) == 1
    assert surest([of(0.2, outside=0.9), of(0.6, outside=0.9)]) == 1
