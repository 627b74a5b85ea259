"""The sheet calls right what is right, and shows what was asked."""

from __future__ import annotations

from itertools import islice

import pytest

from tiny.questions import Turn
from tiny.runner import Runner
from tiny.sheet import CELL, TOPICS, is_right, specimens

FOUND = '[{"label": "car", "box": [100, 100, 300, 300]}]'


@pytest.mark.parametrize(
    ("said", "right"),
    [
        (FOUND, True),
        (FOUND.replace("300]", "320]"), True),
        (FOUND.replace("[100, 100", "[250, 250"), False),
        ("[]", False),
        (FOUND[:-1] + ", " + FOUND[1:], False),
        ("a car", False),
    ],
)
def test_a_box_is_right_where_it_covers_most_of_the_thing(said: str, right: bool) -> None:
    assert is_right(Turn("find", "en", "Find the car. Answer as JSON.", FOUND), said) is right


def test_words_are_right_only_as_they_are() -> None:
    turn = Turn("colour", "en", "What colour is the car?", "red")
    assert is_right(turn, "red")
    assert not is_right(turn, "orange")


def test_every_topic_has_its_picture_and_its_answer(runner: Runner) -> None:
    shown = list(islice(specimens(runner, 1), len(TOPICS)))
    assert all(max(each.image.size) <= CELL and each.question for each in shown)
    assert all(each.said == each.truth for each in shown if each.right and "JSON" not in each.question)
