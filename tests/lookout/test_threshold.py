"""What people say of alerts moves the threshold, and how far."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookout.threshold import BY_SENSITIVITY, logit, shift_after, sigmoid, threshold_of
from storage.records import Watch

said = st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=30)


def watch(**options: object) -> Watch:
    return Watch(1, 1, "fire", "en", datetime(2026, 1, 1, tzinfo=UTC), **options)  # type: ignore[arg-type]


def test_nobody_has_said_anything_so_the_sensitivity_decides():
    assert shift_after([]) == pytest.approx(0, abs=1e-6)
    assert [threshold_of(watch(sensitivity=each)) for each in BY_SENSITIVITY] == pytest.approx([0.8, 0.6, 0.4])


def test_a_wrong_alarm_raises_the_threshold_the_more_the_surer_it_was():
    unsure, sure = shift_after([(0.62, False)]), shift_after([(0.99, False)])
    assert 0 < unsure < sure
    assert threshold_of(watch(shift=sure)) > 0.85


def test_two_wrong_alarms_that_look_alike_stop_the_third():
    once, twice = (threshold_of(watch(shift=shift_after([(0.95, False)] * times))) for times in (1, 2))
    assert once < 0.95 < twice


def test_right_alarms_keep_the_threshold_where_they_are_told():
    shift = shift_after([(0.9, True)] * 5 + [(0.9, False)])
    assert 0.6 < threshold_of(watch(shift=shift)) < 0.9


def test_right_alarms_take_back_what_wrong_ones_raised_and_no_more():
    wrong = [(0.7, False)]
    assert 0 <= shift_after([*wrong, (0.7, True)]) < shift_after(wrong)
    assert shift_after([(0.61, True)] * 10) == shift_after([*wrong, *[(0.61, True)] * 10]) == 0


@given(said)
def test_the_order_does_not_matter_and_the_threshold_stays_a_probability(feedback):
    shift = shift_after(feedback)
    assert shift == pytest.approx(shift_after(reversed(feedback)), abs=1e-6)
    assert 0 < threshold_of(watch(shift=shift)) < 1


@given(said, st.floats(0, 1))
def test_one_more_wrong_never_lowers_it_and_one_more_right_never_raises_it(feedback, p):
    shift = shift_after(feedback)
    assert shift_after([*feedback, (p, False)]) >= shift - 1e-6
    assert shift_after([*feedback, (p, True)]) <= shift + 1e-6


@given(st.floats(0.001, 0.999))
def test_the_logit_scale_is_left_the_way_it_was_entered(p):
    assert sigmoid(logit(p)) == pytest.approx(p)
