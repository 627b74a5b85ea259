"""p(yes) over time as a picture: what is drawn of few points, of many and of none."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from vision.marks import Colour
from vision.plot import COLOURS, WIDTH, Words, plot
from vision.strips import KINDS, Kind, Point, Shown, Strip, shown, span_of

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
NAMES = dict(zip(KINDS, ("no", "unsure", "yes", "alert", "right", "wrong"), strict=True))
WORDS = Words("21 Nov, 12:00", "22 Nov, 12:00", NAMES, "Nothing yet.")
BLANK = Words("", "", dict.fromkeys(KINDS, ""), "")
INK, GRID = (32, 33, 36), (205, 209, 214)
AT_THE_EDGE = 1170  # where a strip has its lines, and no name is and no point

times = st.integers(0, 5000).map(lambda seconds: NOON + timedelta(seconds=seconds))
points = st.builds(Point, times, st.floats(0, 1), st.sampled_from(KINDS))


def image_of(*strips: Strip, words: Words = WORDS) -> Image.Image:
    return Image.open(io.BytesIO(plot(strips, words)))


def seen_at(seconds: int, p: float, kind: Kind = "no") -> Point:
    return Point(NOON + timedelta(seconds=seconds), p, kind)


def one_of_each() -> tuple[Point, ...]:
    return tuple(seen_at(100 * at, 0.1 + 0.15 * at, kind) for at, kind in enumerate(KINDS))


def is_of(image: Image.Image, colour: Colour) -> NDArray[np.bool_]:
    """Which pixels have exactly this colour, by row and column."""
    return np.asarray((np.asarray(image) == colour).all(axis=2))


def kinds_in(image: Image.Image) -> set[str]:
    return {kind for kind in KINDS if is_of(image, COLOURS[kind]).any()}


@pytest.mark.parametrize("strips", [1, 2, 5, 10])
@pytest.mark.parametrize("number", [0, 1, 40])
def test_it_is_a_png_that_telegram_takes_as_a_photo(strips, number):
    given_points = tuple(seen_at(at * 60, at / 40) for at in range(number))
    file = plot([Strip(f"{at}. smoke", given_points, 0.6) for at in range(strips)], WORDS)
    image = Image.open(io.BytesIO(file))
    assert image.format == "PNG"
    assert image.width == WIDTH
    assert image.width + image.height <= 10_000
    assert max(image.size) / min(image.size) <= 3
    assert len(file) < 2_000_000


@pytest.mark.parametrize("threshold", [0.0, 0.25, 0.6, 0.9, 1.0])
def test_the_threshold_stands_at_its_height_between_nothing_and_all(threshold):
    image = image_of(Strip("", (), threshold), Strip("", (), 0.7), words=BLANK)
    grid, lines = (np.flatnonzero(is_of(image, colour)[:, AT_THE_EDGE]) for colour in (GRID, INK))
    ruled = [y for y in grid if y < image.height // 2]
    top, bottom = (lines[0] if threshold == 1.0 else ruled[0]), (lines[0] if threshold == 0.0 else ruled[-1])
    assert bottom - top > 200
    assert lines[0] == pytest.approx(bottom - threshold * (bottom - top), abs=1)
    assert lines[-1] > image.height // 2, "each strip has its own"


def test_each_kind_of_point_that_is_there_has_its_colour_and_no_other_has():
    assert kinds_in(image_of(Strip("smoke", one_of_each(), 0.6))) == set(KINDS)
    for kind in KINDS:
        assert kinds_in(image_of(Strip("smoke", (seen_at(0, 0.9, kind),), 0.6))) == {kind}


def test_the_kinds_differ_without_their_colours():
    forms = [_form(image_of(Strip("smoke", (seen_at(0, 0.3, kind),), 0.6)), COLOURS[kind]) for kind in KINDS]
    assert all(len(one ^ other) > 40 for at, one in enumerate(forms) for other in forms[:at])


def _form(image: Image.Image, colour: Colour) -> set[tuple[int, int]]:
    """The pixels of the one sign in the plot, wherever it is."""
    rows, columns = np.nonzero(is_of(image, colour)[:540])
    return set(zip(rows - rows.min(), columns - columns.min(), strict=True))


def test_higher_is_likelier_and_right_is_later():
    early, late = seen_at(0, 0.1, "no"), seen_at(1000, 0.9, "right")
    image = image_of(Strip("smoke", (late, early), 0.6), words=BLANK)
    found = {kind: _middle(image, COLOURS[kind]) for kind in ("no", "right")}
    assert found["no"][0] < WIDTH / 4 < 3 * WIDTH / 4 < found["right"][0]
    assert found["right"][1] < found["no"][1] - 200


def _middle(image: Image.Image, colour: Colour) -> tuple[float, float]:
    """Of the plot itself, without the signs explained below it."""
    rows, columns = np.nonzero(is_of(image, colour)[:540])
    return float(columns.mean()), float(rows.mean())


def test_points_of_one_time_stand_in_the_middle():
    image = image_of(Strip("smoke", (seen_at(5, 0.2, "no"), seen_at(5, 0.95, "wrong")), 0.6), words=BLANK)
    assert _middle(image, COLOURS["no"])[0] == pytest.approx(WIDTH / 2, abs=4)
    assert _middle(image, COLOURS["wrong"])[0] == pytest.approx(WIDTH / 2, abs=4)


def test_the_same_points_in_any_order_are_the_same_bytes():
    given_points = one_of_each()
    assert plot([Strip("烟", given_points, 0.6)], WORDS) == plot([Strip("烟", given_points[::-1], 0.6)], WORDS)


def test_a_name_without_letters_here_leaves_no_empty_boxes():
    assert plot([Strip("1. 🔥 دخان", (), 0.6)], WORDS) == plot([Strip("1.", (), 0.6)], WORDS)


def test_a_name_longer_than_the_picture_is_cut():
    image = image_of(Strip("有人没戴安全帽" * 40, (), 0.6), words=BLANK)
    ink = is_of(image, INK)[:80]
    assert ink[:, WIDTH // 2 :].any()
    assert not ink[:, -12:].any()


@pytest.mark.parametrize("number", [0, 11])
def test_none_and_more_than_ten_are_refused(number):
    with pytest.raises(ValueError, match="1 to 10"):
        plot([Strip("smoke", (), 0.6)] * number, WORDS)


def _shown(given_points: Sequence[Point], columns: int) -> Shown:
    strip = Strip("smoke", tuple(given_points), 0.6)
    span = span_of([strip])
    assert span is not None
    return shown(strip, span, columns)


@given(st.lists(points, min_size=1, max_size=300), st.integers(1, 20))
def test_of_many_points_no_extreme_and_no_kind_is_left_out(given_points, columns):
    drawn, everything = _shown(given_points, columns), _shown(given_points, 1_000_000)
    assert max(each.p for each in drawn.points) == max(point.p for point in given_points)
    assert min(each.p for each in drawn.points) == min(point.p for point in given_points)
    assert {each.kind for each in drawn.points} == {point.kind for point in given_points}
    assert len(drawn.points) <= 2 * len(KINDS) * columns
    assert {(each.p, each.kind) for each in drawn.points} <= {(point.p, point.kind) for point in given_points}
    assert len(everything.points) >= len(drawn.points)


@given(st.lists(points, min_size=1, max_size=300), st.integers(1, 20))
def test_where_points_are_left_out_it_is_shown_how_low_and_how_high_they_go(given_points, columns):
    drawn = _shown(given_points, columns)
    assert bool(drawn.spans) == (len(drawn.points) < len(given_points))
    for column, low, high in drawn.spans:
        here = [each.p for each in drawn.points if each.column == column]
        assert (low, high) == (min(here), max(here))


def test_ten_thousand_points_are_drawn_with_the_one_alarm_among_them():
    given_points = [seen_at(at, (at * 7919 % 300) / 1000) for at in range(10_000)]
    given_points[5000] = seen_at(5000, 0.97, "wrong")
    file = plot([Strip("smoke", tuple(given_points), 0.6)], WORDS)
    assert kinds_in(Image.open(io.BytesIO(file))) == {"no", "wrong"}
    assert len(file) < 500_000
