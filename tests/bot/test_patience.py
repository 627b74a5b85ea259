"""How often work is tried: long for what passes by itself, a few times for a fault, once for what nobody can change."""

from datetime import timedelta

import pytest

from bot.patience import FAULT_ATTEMPTS, MOST_DEATHS, PASSING_ATTEMPTS, again_after, hopeless, suspicious
from handlers.errors import FileTooBig, TelegramAway, TelegramRefused
from storage.errors import StorageDown
from storage.records import Arrival
from vision.errors import BrokenPicture, EngineDown, EngineKilled, EngineTimeout


def tried(error: Exception) -> tuple[int, timedelta]:
    """How often in all, and over how long."""
    attempts, over = 1, timedelta(0)
    while (wait := again_after(error, attempts)) is not None:
        attempts, over = attempts + 1, over + wait
    return attempts, over


@pytest.mark.parametrize("error", [EngineDown(), EngineTimeout(), TelegramAway(), StorageDown()])
def test_what_passes_by_itself_is_waited_for_about_an_hour(error):
    attempts, over = tried(error)
    assert attempts == PASSING_ATTEMPTS
    assert timedelta(minutes=50) < over < timedelta(minutes=70)


@pytest.mark.parametrize("error", [ZeroDivisionError(), TelegramRefused(), EngineKilled()])
def test_a_fault_gets_a_few_attempts_within_seconds(error):
    assert tried(error) == (FAULT_ATTEMPTS, timedelta(seconds=5))


@pytest.mark.parametrize("error", [BrokenPicture(), FileTooBig()])
def test_what_people_brought_about_is_tried_once(error):
    assert tried(error) == (1, timedelta(0))


def test_work_of_which_the_process_dies_is_suspected_and_then_left():
    deaths = [Arrival(1, 1, 1, {}, attempts=attempts) for attempts in range(1, MOST_DEATHS + 3)]
    assert [suspicious(arrival) for arrival in deaths] == [False] * 3 + [True] * 9
    assert [hopeless(arrival) for arrival in deaths] == [False] * MOST_DEATHS + [True] * 2


def test_attempts_that_failed_in_good_order_are_no_deaths():
    failed = [Arrival(1, 1, 1, {}, attempts=attempts, error="EngineDown") for attempts in range(1, 100)]
    assert not any(map(suspicious, failed[:PASSING_ATTEMPTS]))
    assert any(map(hopeless, failed)), "it ends all the same"
