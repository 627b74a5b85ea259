"""Bars of characters."""

import pytest

from handlers.chart import chart, percent, told_apart


def test_bars_and_figures_stand_in_columns_whatever_the_labels_are():
    lines = chart([("cat", 0.93), ("一只狗", 0.0675), ("🚗", 0.0025), ("nothing", 0.0)]).splitlines()
    assert lines == [
        "█████████▎  93% cat",
        "▋            7% 一只狗",
        "            <1% 🚗",
        "             0% nothing",
    ]


def test_a_label_from_right_to_left_does_not_turn_its_line():
    assert chart([("سيارة", 1.0)]) == "██████████ 100% \u200e\u2068سيارة\u2069"


def test_what_is_not_certain_does_not_look_so():
    assert ">99%" in chart([("a", 0.9999), ("b", 0.0001)])
    assert [percent(share) for share in (0.0, 0.005, 0.006, 0.995, 1.0)] == ["0%", "<1%", "1%", ">99%", "100%"]


@pytest.mark.parametrize(
    ("share", "bound", "said"),
    [
        (0.42, 0.6, ("42%", "60%")),
        (0.597, 0.6, ("59.7%", "60.0%")),
        (0.996, 0.9989, ("99.6%", "99.9%")),
        (0.99985, 0.9999, ("99.98%", "99.99%")),
        (0.6, 0.6, ("60%", "60%")),
        (0.6 - 1e-9, 0.6, ("60.000%", "60.000%")),
    ],
)
def test_what_misses_a_bound_is_shown_to_miss_it(share, bound, said):
    assert told_apart(share, bound) == said
