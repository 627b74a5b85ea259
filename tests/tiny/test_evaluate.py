"""The figures of the evaluation, on answers of which the truth is plain."""

from __future__ import annotations

import pytest

from tiny.evaluate import area_under_curve, boxes_in, calibration_error, matched, overlap, told_apart


def test_the_area_is_one_where_every_yes_is_above_every_no() -> None:
    assert area_under_curve([(0.9, True), (0.8, True), (0.3, False), (0.1, False)]) == 1.0
    assert area_under_curve([(0.9, False), (0.1, True)]) == 0.0


def test_equal_chances_count_half() -> None:
    assert area_under_curve([(0.5, True), (0.5, False)]) == 0.5
    assert area_under_curve([(0.5, True), (0.5, False), (0.9, True), (0.1, False)]) == pytest.approx(0.875)


def test_chances_that_come_true_as_often_as_they_say_are_calibrated() -> None:
    assert calibration_error([(0.75, True)] * 3 + [(0.75, False)]) == pytest.approx(0.0)
    assert calibration_error([(1.0, False), (1.0, True)]) == pytest.approx(0.5)


def test_overlap_is_shared_part_of_all() -> None:
    assert overlap((0.0, 0.0, 0.5, 1.0), (0.0, 0.0, 0.5, 1.0)) == 1.0
    assert overlap((0.0, 0.0, 0.5, 1.0), (0.25, 0.0, 0.75, 1.0)) == pytest.approx(1 / 3)
    assert overlap((0.0, 0.0, 0.2, 0.2), (0.5, 0.5, 0.9, 0.9)) == 0.0


def test_each_box_is_matched_once_the_best_pair_first() -> None:
    left, right, middle = (0.0, 0.0, 0.5, 1.0), (0.5, 0.0, 1.0, 1.0), (0.25, 0.0, 0.75, 1.0)
    assert matched([left, right], [right, left]) == 2.0
    assert matched([left, right], [left, left]) == 1.0
    assert matched([left, right], [middle, left]) == pytest.approx(1 + 1 / 3)
    assert matched([left], []) == matched([], [left]) == 0.0


def test_boxes_are_read_and_what_is_no_json_has_none() -> None:
    assert boxes_in('[{"label": "car", "box": [0, 500, 250, 1000]}]') == [(0.0, 0.5, 0.25, 1.0)]
    assert boxes_in("[]") == boxes_in("a car") == boxes_in('[{"box": [1, 2]}]') == boxes_in('{"box": 1}') == []


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("Only the first picture shows a cat. Only the second picture shows a sun and a moon. Both show smoke.", "en"),
        ("只有第一张有一只猫。只有第二张有一个太阳和一个月亮。两张都有一团烟。", "zh"),
    ],
)
def test_a_comparison_names_things_of_the_first_of_the_second_and_of_both(said: str, language: str) -> None:
    names = {"en": ("cat", "sun", "moon", "smoke"), "zh": ("猫", "太阳", "月亮", "烟")}[language]
    assert told_apart(said, language) == set(zip((0, 1, 1, 2), names, strict=True))
    assert told_apart("I see no difference.", language) == set()
