"""When a webhook is called again, and when a call is left."""

from datetime import timedelta

import pytest

from bot.redial import MOST_ATTEMPTS, pause, step_after
from web.dial import Answer
from web.errors import HasPassword, HostUnknown, NotAnAddress, NotHttps, NotPublic, Unreached, WebhooksOff

HOUR = timedelta(hours=1)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_a_call_that_was_taken_is_done(status):
    assert step_after(Answer(status), 1, 0.5).outcome == "taken"


@pytest.mark.parametrize("status", [100, 199, 301, 302, 307, 308, 400, 401, 404, 429, 500, 502, 503, 599])
def test_any_other_status_is_a_failure_and_is_tried_again(status):
    step = step_after(Answer(status), 1, 0.5)
    assert (step.outcome, step.reason) == ("again", f"HTTP {status}")


@pytest.mark.parametrize(
    "error", [Unreached("gaierror"), HostUnknown(), NotPublic(), ZeroDivisionError("a word of somebody's")]
)
def test_what_keeps_it_from_arriving_is_tried_again_for_about_a_day(error):
    tries = [step_after(error, attempt, 0.5) for attempt in range(1, MOST_ATTEMPTS + 1)]
    assert [step.outcome for step in tries] == ["again"] * (MOST_ATTEMPTS - 1) + ["failed"]
    assert 20 * HOUR < sum((step.after for step in tries), timedelta()) < 30 * HOUR
    assert "somebody" not in tries[0].reason


def test_pauses_grow_and_are_spread():
    steady = [pause(attempt, 0.5) for attempt in range(1, MOST_ATTEMPTS)]
    assert steady[0] == timedelta(seconds=5)
    assert steady == sorted(steady)
    assert steady[-1] == 6 * HOUR
    assert (pause(1, 0.0), pause(1, 1.0)) == (timedelta(seconds=4), timedelta(seconds=6))


def test_a_receiver_that_asks_for_time_is_given_it_but_not_for_ever():
    assert step_after(Answer(429, HOUR), 1, 0.5).after == HOUR
    assert step_after(Answer(503, timedelta(seconds=1)), 1, 0.5).after == timedelta(seconds=5)
    assert step_after(Answer(503, timedelta(days=900)), 1, 0.5).after == timedelta(days=1)


def test_a_receiver_that_is_gone_is_not_called_again():
    assert step_after(Answer(410), 1, 0.5).outcome == "gone"


@pytest.mark.parametrize("error", [WebhooksOff(), NotAnAddress(), NotHttps(), HasPassword()])
def test_an_address_that_may_not_be_called_is_not_tried_again(error):
    step = step_after(error, 1, 0.5)
    assert (step.outcome, step.reason) == ("refused", type(error).__name__)
