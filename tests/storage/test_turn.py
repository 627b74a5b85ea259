"""Chats take turns."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from storage.turn import turn


def test_the_first_update_of_all_has_the_first_turn():
    assert turn(running=None, least=None, newest=None) == 0


def test_a_chat_with_nothing_waiting_has_the_turn_that_all_the_work_has_come_to():
    assert turn(running=7, least=3, newest=None) == 7
    assert turn(running=None, least=3, newest=None) == 3


def test_what_waits_behind_others_of_its_chat_has_a_later_turn():
    assert turn(running=7, least=7, newest=9) == 10
    assert turn(running=7, least=2, newest=2) == 7


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), max_size=80))
def test_nobody_waits_for_more_than_one_update_of_each_other_chat(steps):
    """One worker, who sees to every other chat once at most between a chat's first update and its turn."""
    waiting: list[tuple[int, int, int]] = []  # turn, number, chat
    running: tuple[int, int, int] | None = None
    since: dict[int, Counter[int]] = {}
    for number, (chat, work) in enumerate(steps):
        own = [row for row in [*waiting, *([running] if running else [])] if row[2] == chat]
        at = turn(
            running=running[0] if running else None,
            least=min((row[0] for row in waiting), default=None),
            newest=max(own)[0] if own else None,
        )
        if not own:
            since[chat] = Counter()
        waiting.append((at, number, chat))
        if work:
            running = min(waiting)
            waiting.remove(running)
            since.pop(running[2], None)
            for counter in since.values():
                counter[running[2]] += 1
                assert counter[running[2]] <= 1
