"""Boxes and labels on pictures of every shape."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from vision.letters import drawable
from vision.marks import LEAST_SIDE, Area, Mark, marked, placed
from vision.picture import Picture, picture_from_rgb

GROUND = (90, 90, 90)


def plain(width: int, height: int, colour: tuple[int, int, int] = GROUND) -> Picture:
    return picture_from_rgb(width, height, bytes(colour) * (width * height))


def drawn(picture: Picture, *marks: Mark) -> Image.Image:
    return Image.open(io.BytesIO(marked(picture, marks))).convert("RGB")


def differs(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return sum(abs(a - b) for a, b in zip(one, other, strict=True)) > 90


def pixel(image: Image.Image, x: int, y: int) -> tuple[int, ...]:
    found = image.getpixel((x, y))
    assert isinstance(found, tuple)
    return found


def test_lines_run_around_the_box_and_leave_its_inside_and_the_rest_alone():
    image = drawn(plain(1000, 800), Mark("car", (200, 250, 600, 750)))
    assert image.size == (1000, 800)
    for x, y in ((202, 400), (597, 400), (400, 202), (400, 597)):
        assert differs(pixel(image, x, y), GROUND)
    for x, y in ((400, 400), (100, 400), (700, 400), (400, 700)):
        assert not differs(pixel(image, x, y), GROUND)


@pytest.mark.parametrize("ground", [(0, 0, 0), (255, 255, 255), (255, 225, 25), (128, 128, 128)], ids=str)
def test_a_line_is_seen_on_any_ground(ground):
    image = drawn(plain(1000, 800, ground), Mark("car", (200, 250, 600, 750)))
    assert any(differs(pixel(image, x, 500), ground) for x in range(198, 208))


def test_neighbours_have_colours_of_their_own():
    image = drawn(plain(1000, 800), *(Mark("", (n * 90 + 10, 100, n * 90 + 80, 900)) for n in range(10)))
    lines = [pixel(image, n * 90 + 12, 400) for n in range(10)]
    assert all(differs(one, other) for at, one in enumerate(lines) for other in lines[:at])


@pytest.mark.parametrize("size", [(1, 1), (1344, 1), (3, 1344), (40, 30), (1344, 1008)], ids=str)
def test_a_picture_of_any_shape_becomes_one_that_telegram_takes(size):
    image = drawn(plain(*size), Mark("a rather long label", (0, 0, 10, 10)), Mark("猫", (900, 900, 1000, 1000)))
    assert LEAST_SIDE <= max(image.size) <= 1344
    assert max(image.size) / min(image.size) <= 9


def test_what_has_no_letters_here_is_known_to_have_none():
    drawn_here = ["car", "红色的汽车", "红色的汽車", "Жук", "Ünï", "か", "…"]
    assert [label for label in drawn_here if not drawable(label)] == []
    assert [label for label in ["🚗", "سيارة", "car 🚗", "", " ", "\u202eab", "ก"] if drawable(label)] == []


sides = st.integers(0, 1000)
spans = st.tuples(sides, sides).map(sorted)
areas = st.tuples(spans, spans).map(lambda found: Area(found[0][0], found[1][0], found[0][1], found[1][1]))


@given(st.tuples(st.integers(1, 1001), st.integers(1, 1001)), areas, st.lists(areas, max_size=3))
def test_a_label_lies_within_the_picture_wherever_its_box_is(size, box, taken):
    tag = placed(size, box, Area(0, 0, 1000, 1000), taken)
    assert (tag.width, tag.height) == size
    assert tag.left >= 0
    assert tag.top >= 0
    assert tag.right <= 1000
    assert tag.bottom <= 1000


def test_labels_of_boxes_side_by_side_do_not_cover_each_other():
    whole, box = Area(0, 0, 1000, 1000), Area(100, 100, 300, 300)
    tags: list[Area] = []
    for _ in range(4):
        tags.append(placed((150, 40), box, whole, tags))
    assert not any(one.overlaps(other) for at, one in enumerate(tags) for other in tags[:at])
