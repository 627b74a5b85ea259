"""Which webhooks are left alone for a while."""

from datetime import timedelta

import pytest

from bot.rests import Rests

NO_WISH = timedelta(0)


@pytest.fixture
def rests():
    return Rests()


def test_a_webhook_that_fails_rests_the_longer_the_more_often(rests):
    for wait in (1, 4, 16, 64, 256, 300, 300):
        rests.failed(7, "https://a.example", 1000.0, NO_WISH)
        assert rests.resting(999.5 + wait) == {7}
        assert rests.resting(1000.0 + wait) == set()
    assert rests.failing == {7: "https://a.example"}


def test_one_that_fails_for_weeks_rests_no_longer_than_that(rests):
    for _ in range(2000):
        rests.failed(7, "https://a.example", 1000.0, NO_WISH)
    assert rests.resting(1299.5) == {7}
    assert rests.resting(1300.0) == set()


def test_one_that_asks_for_time_is_given_it(rests):
    rests.failed(7, "https://a.example", 0.0, timedelta(hours=2))
    assert rests.resting(7199.0)
    assert not rests.resting(7200.0)


def test_it_counts_as_back_only_after_it_was_away(rests):
    rests.failed(7, "https://a.example", 0.0, NO_WISH)
    assert not rests.took(7)
    assert not rests.took(7)
    for _ in range(3):
        rests.failed(7, "https://a.example", 0.0, NO_WISH)
    assert rests.took(7)
    assert rests.failing == {}


def test_another_address_begins_anew(rests):
    for _ in range(5):
        rests.failed(7, "https://a.example", 0.0, NO_WISH)
    rests.failed(7, "https://b.example", 0.0, NO_WISH)
    assert rests.failing == {7: "https://b.example"}
    assert rests.resting(0.5) == {7}
    assert rests.resting(1.0) == set()
