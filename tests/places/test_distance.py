from __future__ import annotations

import math

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from places.distance import EARTH_RADIUS, Box, boxes, distance
from places.errors import PlaceError
from places.position import Position

HALF_ROUND = math.pi * EARTH_RADIUS
MILLIMETRE = 1e-3

positions = st.builds(Position, st.floats(-90, 90), st.floats(-180, 180))
bearings = st.floats(0, 2 * math.pi)
radii = st.one_of(st.floats(0, 5_000), st.floats(0, 300_000), st.floats(0, HALF_ROUND))


def destination(start: Position, bearing: float, metres: float) -> Position:
    """Where one arrives; the direct formula, which shares nothing with haversine."""
    angle, latitude = metres / EARTH_RADIUS, math.radians(start.latitude)
    sine = math.sin(latitude) * math.cos(angle) + math.cos(latitude) * math.sin(angle) * math.cos(bearing)
    east = math.atan2(
        math.sin(bearing) * math.sin(angle) * math.cos(latitude), math.cos(angle) - math.sin(latitude) * sine
    )
    longitude = math.remainder(start.longitude + math.degrees(east), 360)
    return Position(math.degrees(math.asin(max(-1.0, min(1.0, sine)))), longitude)


@pytest.mark.parametrize(
    ("one", "other", "kilometres"),
    [
        (Position(52.5200, 13.4050), Position(48.8566, 2.3522), 877.5),  # Berlin, Paris
        (Position(31.2304, 121.4737), Position(39.9042, 116.4074), 1067.3),  # Shanghai, Beijing
        (Position(0, 179.5), Position(0, -179.5), 111.195),  # one degree, across ±180°
        (Position(90, 0), Position(-90, 0), 20015.1),
    ],
)
def test_known_distances(one: Position, other: Position, kilometres: float) -> None:
    assert distance(one, other) / 1000 == pytest.approx(kilometres, rel=0.002)


def test_both_names_of_the_antimeridian_are_one_line() -> None:
    assert distance(Position(10, 180), Position(10, -180)) == pytest.approx(0, abs=MILLIMETRE)


@given(positions, positions)
def test_distance_is_the_same_both_ways_and_never_past_the_far_side(one: Position, other: Position) -> None:
    assert distance(one, other) == pytest.approx(distance(other, one), abs=MILLIMETRE)
    assert 0 <= distance(one, other) <= HALF_ROUND + MILLIMETRE


@given(positions)
def test_a_position_is_at_no_distance_from_itself(position: Position) -> None:
    assert distance(position, position) == 0


@given(positions, positions, positions)
def test_a_detour_is_never_shorter(one: Position, other: Position, between: Position) -> None:
    direct = distance(one, other)
    # Near the far side of the Earth haversine loses half its digits: a metre of grace.
    assert direct <= distance(one, between) + distance(between, other) + 1.0


@given(positions, bearings, st.floats(0, 10_000_000))
def test_who_goes_some_metres_is_as_many_metres_away(start: Position, bearing: float, metres: float) -> None:
    assert distance(start, destination(start, bearing, metres)) == pytest.approx(metres, rel=1e-6, abs=0.2)


@given(positions, radii, bearings, st.floats(0, 1))
@example(Position(0, 179.999), 5_000, math.pi / 2, 1.0)
@example(Position(0, -179.999), 5_000, 3 * math.pi / 2, 1.0)
@example(Position(89.99, 0), 5_000, 0.0, 1.0)
@example(Position(-89.99, 100), 5_000, math.pi, 1.0)
@example(Position(89.95, 0), 5_000, 1.5, 1.0)
def test_every_position_within_the_radius_is_in_a_box(
    centre: Position, radius: float, bearing: float, share: float
) -> None:
    position = destination(centre, bearing, radius * share)
    assume(distance(centre, position) <= radius)
    assert any(position in box for box in boxes(centre, radius))


@given(positions, st.floats(0, 300_000), positions)
def test_what_is_in_no_box_is_out_of_reach(centre: Position, radius: float, position: Position) -> None:
    if not any(position in box for box in boxes(centre, radius)):
        assert distance(centre, position) > radius


@given(positions, radii)
def test_boxes_are_on_the_earth_and_in_order(centre: Position, radius: float) -> None:
    found = boxes(centre, radius)
    assert 1 <= len(found) <= 2
    for box in found:
        assert -90 <= box.south <= box.north <= 90
        assert -180 <= box.west <= box.east <= 180


@given(st.floats(-80, 80), st.floats(-180, 180), st.floats(100, 50_000))
def test_a_box_is_not_much_wider_than_its_circle(latitude: float, longitude: float, radius: float) -> None:
    found = boxes(Position(latitude, longitude), radius)
    width = sum(box.east - box.west for box in found) * 111_195 * math.cos(math.radians(latitude))
    height = (found[0].north - found[0].south) * 111_195
    assert width == pytest.approx(2 * radius, rel=0.01)
    assert height == pytest.approx(2 * radius, rel=0.01)


def test_a_circle_across_the_antimeridian_is_two_boxes() -> None:
    this_side, far_side = boxes(Position(0, 179.99), 5_000)
    assert Position(0, 179.98) in this_side
    assert Position(0, -179.98) in far_side
    assert Position(0, -179.98) not in this_side
    assert Position(0, 0) not in this_side
    assert Position(0, 0) not in far_side


def test_a_circle_over_a_pole_is_one_box_all_round() -> None:
    (box,) = boxes(Position(89.99, 13), 5_000)
    assert box.south == pytest.approx(89.945, abs=0.001)
    assert box == Box(box.south, 90, -180, 180)


def test_half_the_round_of_the_earth_is_everywhere() -> None:
    assert boxes(Position(0, 0), HALF_ROUND) == (Box(-90, 90, -180, 180),)


@pytest.mark.parametrize("radius", [-1.0, math.nan, math.inf])
def test_a_radius_that_is_none_is_refused(radius: float) -> None:
    with pytest.raises(PlaceError) as caught:
        boxes(Position(0, 0), radius)
    assert caught.value.code == "distance"
