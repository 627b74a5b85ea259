"""Turns go to one at a time, in the order in which they were asked for, and none is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from types import SimpleNamespace

import pytest

from vision.model import turns as turns_module
from vision.model.turns import Turns

WAIT_S = 30.0


def wait_for(turns: Turns, waiting: int) -> None:
    """Until so many wait for their turn; pytest's timeout ends it where that never comes."""
    pause = threading.Event()
    while len(turns._waiting) < waiting:
        pause.wait(0.0005)


def started(*runs: Callable[[], None]) -> list[threading.Thread]:
    threads = [threading.Thread(target=run, daemon=True) for run in runs]
    for thread in threads:
        thread.start()
    return threads


def ended(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.join(WAIT_S)
    assert not any(thread.is_alive() for thread in threads)


def test_turns_come_in_the_order_in_which_they_were_asked_for() -> None:
    turns, order, threads = Turns(), [], []

    def take(number: int) -> None:
        with turns:
            order.append(number)

    with turns:
        for number in range(12):
            threads += started(partial(take, number))
            wait_for(turns, number + 1)
        assert order == []
    ended(threads)
    assert order == list(range(12))


def test_one_at_a_time_and_nobody_waits_for_ever() -> None:
    turns, inside, most, taken = Turns(), [0], [0], [0]

    def work() -> None:
        for n in range(300):
            with turns:
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                if n % 7 == 0:
                    inside[0] -= 1
                    turns.pass_on()
                    inside[0] += 1
                taken[0] += 1
                inside[0] -= 1

    ended(started(*[work] * 16))
    assert most == [1]
    assert taken == [16 * 300]
    assert not turns._taken
    assert not turns._waiting


def test_passing_on_lets_all_go_first_who_wait_already() -> None:
    turns, order = Turns(), []

    def take(number: int) -> None:
        with turns:
            order.append(number)

    with turns:
        threads = started(partial(take, 1))
        wait_for(turns, 1)
        threads += started(partial(take, 2))
        wait_for(turns, 2)
        turns.pass_on()
        order.append(0)
    ended(threads)
    assert order == [1, 2, 0]


def test_who_waited_keeps_the_turn_as_long_but_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time stands still but for what the test says, so whoever enters at once has waited for nothing."""
    turns, order, now = Turns(), [], [0.0]
    monkeypatch.setattr(turns_module, "time", SimpleNamespace(monotonic=lambda: now[0]))

    def slices() -> None:
        """Enters while another has the turn, and then works in slices of a 64th of a second."""
        with turns:
            for number in range(9):
                order.append(number)
                now[0] += 1 / 64
                turns.pass_on()

    def step() -> None:
        with turns:
            order.append(-1)

    for waited, before in ((0.0, 1), (2 / 64, 2), (9.0, 7)):
        order.clear()
        with turns:
            threads = started(slices)
            wait_for(turns, 1)
            threads += started(step)
            wait_for(turns, 2)
            now[0] += waited
        ended(threads)
        assert order.index(-1) == before
    assert 6 / 64 < turns_module._LONGEST_S <= 7 / 64


def test_passing_on_to_nobody_keeps_the_turn() -> None:
    turns = Turns()
    with turns:
        turns.pass_on()
        assert turns._taken
    assert not turns._taken


def test_the_turn_is_given_back_after_a_fault() -> None:
    turns = Turns()
    with suppress(ZeroDivisionError), turns:
        1 / 0  # noqa: B018
    ended(started(turns.__enter__))
