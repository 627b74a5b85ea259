from __future__ import annotations

import math

import pytest

from places.errors import PlaceError
from places.position import Position, map_link


@pytest.mark.parametrize("latitude", [90.0001, -90.0001, math.nan, math.inf, -math.inf])
def test_a_latitude_that_is_not_on_the_earth_is_refused(latitude: float) -> None:
    with pytest.raises(PlaceError) as caught:
        Position(latitude, 0)
    assert caught.value.code == "latitude"


@pytest.mark.parametrize("longitude", [180.0001, -180.0001, math.nan, math.inf, -math.inf])
def test_a_longitude_that_is_not_on_the_earth_is_refused(longitude: float) -> None:
    with pytest.raises(PlaceError) as caught:
        Position(0, longitude)
    assert caught.value.code == "longitude"


@pytest.mark.parametrize("corner", [(90, 180), (90, -180), (-90, 180), (-90, -180), (0, 0)])
def test_poles_antimeridian_and_the_origin_are_positions(corner: tuple[float, float]) -> None:
    position = Position(*corner)
    assert (position.latitude, position.longitude) == corner


def test_a_position_is_written_for_people() -> None:
    assert str(Position(52.52, 13.405)) == "52.5200, 13.4050"
    assert str(Position(-33.86786, 151.20732)) == "-33.8679, 151.2073"


def test_nothing_is_minus_zero() -> None:
    assert str(Position(-0.00001, -0.0)) == "0.0000, 0.0000"


def test_the_map_link_marks_the_position() -> None:
    assert map_link(Position(52.52, -13.405)) == (
        "https://www.openstreetmap.org/?mlat=52.52000&mlon=-13.40500#map=16/52.52000/-13.40500"
    )
