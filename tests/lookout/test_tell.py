"""What is told of a verdict, given what was seen and told before."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from lookout.tell import alert_of, awake
from storage.records import Alert, Hours, Outcome, Past, Verdict, Watch

NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
FIRST = Past()
TOLD = Past(outcomes=("yes",), told=NOON - MINUTE, standing=True)
OVER = Past(outcomes=("no",), told=NOON - 3 * MINUTE)


def watch(**options: object) -> Watch:
    return Watch(1, 1, "fire", "en", NOON, **options)  # type: ignore[arg-type]


def said(outcome: Outcome, past: Past, at: datetime = NOON, **options: object) -> tuple[str, bool] | None:
    """What a watch says: yes or over, and whether that is told."""
    alert = alert_of(watch(**options), Verdict(1, 7, 0.9, 0.0, outcome), past, at, UTC)
    assert alert is None or alert == Alert(1, 7, alert.kind, alert.told, 0.9, at)
    return None if alert is None else (alert.kind, alert.told)


def test_every_yes_is_told_and_an_end_only_noted():
    assert said("yes", FIRST) == said("yes", TOLD) == ("yes", True)
    assert said("no", FIRST) is said("unsure", FIRST) is said("unsure", TOLD) is None
    assert said("no", TOLD) == ("over", False)


def test_a_watch_that_tells_the_start_tells_it_once_and_again_after_it_was_over():
    assert said("yes", FIRST, tells="start") == ("yes", True)
    assert said("yes", TOLD, tells="start") is None
    assert said("unsure", TOLD, tells="start") is None
    assert said("no", TOLD, tells="start") == ("over", False)
    assert said("no", OVER, tells="start") is None
    assert said("yes", OVER, tells="start") == ("yes", True)


def test_a_watch_that_tells_the_end_as_well_tells_it_once():
    assert said("no", TOLD, tells="both") == ("over", True)
    assert said("unsure", TOLD, tells="both") is None
    assert said("no", OVER, tells="both") is None
    assert said("no", FIRST, tells="both") is None


def test_a_cool_down_counts_from_the_last_alert_by_the_time_of_the_pictures():
    assert said("yes", TOLD, cooldown=61) is None
    assert said("yes", TOLD, cooldown=60) == ("yes", True)
    assert said("yes", OVER, tells="start", cooldown=3600) is None
    assert said("yes", Past(told=NOON + MINUTE), cooldown=3600) == ("yes", True)


def test_what_began_in_a_cool_down_or_a_snooze_is_told_after_it():
    later = Past(outcomes=("yes",), told=NOON - 70 * MINUTE)
    assert said("yes", later, tells="start", cooldown=3600) == ("yes", True)
    assert said("yes", FIRST, tells="start", snoozed=NOON + MINUTE) is None
    assert said("yes", FIRST, NOON + 2 * MINUTE, tells="start", snoozed=NOON + MINUTE) == ("yes", True)


def test_what_ends_in_a_snooze_is_noted_so_that_the_next_beginning_is_told():
    assert said("no", TOLD, tells="both", snoozed=NOON + MINUTE) == ("over", False)


@pytest.mark.parametrize(
    ("hours", "ago", "told"),
    [
        (Hours(11 * 60, 13 * 60), 59, False),
        (Hours(11 * 60, 13 * 60), 61, True),
        (Hours(22 * 60, 12 * 60 + 1), 839, False),
        (Hours(22 * 60, 12 * 60 + 1), 841, True),
        (None, 841, False),
    ],
)
def test_what_a_watch_told_in_earlier_hours_begins_anew_in_these(hours, ago, told):
    standing = Past(outcomes=("yes",), told=NOON - ago * MINUTE, standing=True)
    assert (said("yes", standing, tells="start", hours=hours) == ("yes", True)) == told
    assert said("no", standing, tells="both", hours=hours) == ("over", True)


@pytest.mark.parametrize(("resumed", "told"), [(0.5, True), (2, False)])
def test_what_a_watch_told_before_it_was_paused_begins_anew_when_it_goes_on(resumed, told):
    assert (said("yes", TOLD, tells="start", resumed=NOON - resumed * MINUTE) == ("yes", True)) == told


@pytest.mark.parametrize(
    ("before", "told"), [((), False), (("no", "no"), False), (("yes", "no"), True), (("unsure", "yes"), True)]
)
def test_so_many_of_the_last_have_to_show_it(before, told):
    assert (said("yes", Past(outcomes=before), needed=2, among=3) is not None) == told


def test_one_picture_without_it_does_not_end_what_most_of_the_last_show():
    standing = Past(outcomes=("yes", "yes"), told=NOON - MINUTE, standing=True)
    assert said("no", standing, tells="both", needed=2, among=3) is None
    one = Past(outcomes=("no", "yes"), told=NOON - MINUTE, standing=True)
    assert said("no", one, tells="both", needed=2, among=3) == ("over", True)


@pytest.mark.parametrize(
    ("hours", "hour", "asked"),
    [
        (Hours(7 * 60, 22 * 60), 7, True),
        (Hours(7 * 60, 22 * 60), 22, False),
        (Hours(22 * 60, 7 * 60), 23, True),
        (Hours(22 * 60, 7 * 60), 6, True),
        (Hours(22 * 60, 7 * 60), 7, False),
        (Hours(60, 60), 5, True),
        (None, 3, True),
    ],
)
def test_a_watch_is_awake_in_its_hours_by_the_chats_clock(hours, hour, asked):
    shanghai = ZoneInfo("Asia/Shanghai")
    at = datetime(2026, 6, 1, hour, 0, tzinfo=shanghai).astimezone(UTC)
    assert awake(watch(hours=hours), at, shanghai) == asked


def test_a_paused_watch_is_asked_nothing():
    assert not awake(watch(paused=True), NOON, None)
