"""Whoever asks before each reply keeps Telegram's rates, and waits no longer than they demand."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.pace import ALL, CALLS, GROUP, PRIVATE, Pace, Rate

PERSON, FAMILY = 101, -100


def say(pace: Pace, chat: int, at: float) -> None:
    """A reply: the message that holds its place, and the edit."""
    pace.took(chat, at, new=True)
    pace.took(chat, at, new=False)


def busiest(times: list[float], rate: Rate) -> int:
    """The most that fell into one window."""
    return max(sum(begin <= time < begin + rate.seconds for time in times) for begin in times)


def test_nobody_rests_before_anything_was_said():
    assert Pace().resting(0.0) == {}
    assert Pace().opens(0) == -math.inf


def test_a_private_chat_may_hear_a_short_burst_and_then_one_a_second():
    pace = Pace()
    for at in (0.0, 0.1, 0.2):
        assert pace.resting(at) == {}
        say(pace, PERSON, at)
    assert pace.resting(0.3) == {PERSON: 3.0}
    assert pace.resting(3.0) == {}


def test_who_heard_something_lately_is_known_for_as_long_as_it_counts():
    pace = Pace()
    assert pace.lately(0.0) == set()
    say(pace, PERSON, 0.0)
    say(pace, FAMILY, 1.0)
    assert pace.lately(2.9) == {PERSON, FAMILY}
    assert pace.lately(60.9) == {FAMILY}
    assert pace.lately(61.0) == set()


def test_a_group_rests_where_a_reply_with_its_edit_would_be_too_much():
    pace = Pace()
    for number in range(GROUP.most // CALLS):
        assert pace.resting(number) == {}
        say(pace, FAMILY, number)
    assert pace.resting(10.0) == {FAMILY: 60.0}
    assert pace.resting(60.0) == {}


def test_one_chat_that_rests_holds_no_other_up():
    pace = Pace()
    for _ in range(3):
        say(pace, PERSON, 0.0)
    assert pace.resting(0.5).keys() == {PERSON}
    assert pace.opens(0) <= 0.5


def test_what_is_under_way_counts_before_it_is_done():
    pace = Pace()
    assert pace.opens(ALL.most // CALLS - 1) == -math.inf
    assert pace.opens(ALL.most // CALLS) == math.inf
    for number in range(5):
        say(pace, number + 1, number / 100)
    assert pace.opens(10) == ALL.seconds + 0.0
    assert pace.opens(9) == -math.inf


def test_what_is_long_over_is_forgotten():
    pace = Pace()
    for number in range(1000):
        say(pace, number + 1, float(number))
        pace.resting(float(number))
    assert len(pace._chats) <= PRIVATE.seconds + 1


@given(st.lists(st.tuples(st.sampled_from([1, 2, -1, -2]), st.floats(0, 3)), min_size=1, max_size=200))
def test_however_it_comes_no_window_holds_too_much_and_nobody_waits_for_ever(wanted):
    """A sender that has one reply after the other to send, each after some seconds and to some chat."""
    pace, now = Pace(), 0.0
    calls: dict[int, list[float]] = {}
    for chat, pause in wanted:
        now += pause
        now = max(now, pace.resting(now).get(chat, now), pace.opens(0))
        assert chat not in pace.resting(now)
        say(pace, chat, now)
        calls.setdefault(chat, []).extend([now] * (CALLS if chat < 0 else 1))
    both = sorted(time for chat, times in calls.items() for time in times for _ in range(1 if chat < 0 else CALLS))
    assert busiest(both, ALL) <= ALL.most
    for chat, times in calls.items():
        assert busiest(times, GROUP if chat < 0 else PRIVATE) <= (GROUP if chat < 0 else PRIVATE).most


def test_half_of_each_rate_is_kept_for_replies():
    pace = Pace()
    for _ in range(10):
        assert pace.spare(FAMILY, 1.0)
        pace.took(FAMILY, 0.0, new=False)
    assert not pace.spare(FAMILY, 59.0)
    assert pace.spare(FAMILY, 61.0)
    assert pace.spare(PERSON, 0.5)
    for chat in range(5):
        pace.took(chat + 1, 0.0, new=True)
    assert not pace.spare(PERSON, 0.5)
    assert pace.spare(PERSON, 1.5)


@pytest.mark.parametrize("chat", [PERSON, FAMILY])
def test_a_call_that_only_edits_counts_in_a_group_and_in_all(chat):
    pace = Pace()
    for _ in range(GROUP.most):
        pace.took(chat, 0.0, new=False)
    assert (chat in pace.resting(0.5)) == (chat < 0)
    assert pace.opens(5) == ALL.seconds
