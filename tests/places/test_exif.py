from __future__ import annotations

import io
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from places.exif import position_from_exif
from places.position import Position

GPS_IFD = 0x8825
BERLIN = {1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 18.0)}


def rationals(*pairs: tuple[int, int]) -> tuple[IFDRational, ...]:
    return tuple(IFDRational(numerator, denominator) for numerator, denominator in pairs)


def near(position: Position | None, latitude: float, longitude: float) -> bool:
    return (
        position is not None
        and math.isclose(position.latitude, latitude)
        and math.isclose(position.longitude, longitude)
    )


def test_degrees_minutes_and_seconds_become_degrees() -> None:
    assert near(position_from_exif(BERLIN), 52.52, 13.405)


def test_south_and_west_are_negative() -> None:
    assert near(position_from_exif(BERLIN | {1: "S", 3: "W"}), -52.52, -13.405)


def test_what_pillow_reads_back_from_a_jpeg_is_understood() -> None:
    exif = Image.Exif()
    exif.get_ifd(GPS_IFD).update(
        {1: "S", 2: rationals((33, 1), (52, 1), (426, 100)), 3: "E", 4: rationals((151, 1), (12, 1), (26352, 1000))}
    )
    file = io.BytesIO()
    Image.new("RGB", (8, 8)).save(file, "JPEG", exif=exif)
    with Image.open(io.BytesIO(file.getvalue())) as picture:
        gps = picture.getexif().get_ifd(GPS_IFD)
    assert near(position_from_exif(gps), -(33 + 52 / 60 + 4.26 / 3600), 151 + 12 / 60 + 26.352 / 3600)


@pytest.mark.parametrize(
    "spelling",
    [
        {1: b"N\0", 3: b"E"},
        {1: "n", 3: "e\0"},
        {2: [52, 31, 12]},
        {2: ((52, 1), (31, 1), (1200, 100))},
        {2: rationals((52, 1), (312, 10), (0, 1))},
        {2: (52.52,)},
        {2: (52, 31.2)},
        {9: "A"},
    ],
)
def test_other_spellings_of_the_same_position(spelling: dict[int, Any]) -> None:
    assert near(position_from_exif(BERLIN | spelling), 52.52, 13.405)


@pytest.mark.parametrize(
    "damage",
    [
        {1: ""},
        {1: "E"},
        {1: None},
        {1: 78},
        {1: b"\xff"},
        {2: ()},
        {2: (1, 2, 3, 4)},
        {2: "52 31 12"},
        {2: 52.52},
        {2: None},
        {2: (None, None, None)},
        {2: ("a", "b", "c")},
        {2: ((52, 0), (31, 1), (12, 1))},
        {2: ((52, 1, 1), (31, 1), (12, 1))},
        {2: rationals((52, 1), (31, 1), (0, 0))},
        {2: rationals((52, 0), (31, 1), (12, 1))},
        {2: (math.nan, 0, 0)},
        {2: (math.inf, 0, 0)},
        {2: (-52, 31, 12)},
        {2: (10**400, 0, 0)},
        {2: (91, 0, 0)},
        {4: (181, 0, 0)},
        {9: "V"},
        {2: (0, 0, 0), 4: (0, 0, 0)},
    ],
)
def test_damaged_or_void_positions_are_none(damage: dict[int, Any]) -> None:
    assert position_from_exif(BERLIN | damage) is None


@pytest.mark.parametrize("missing", [1, 2, 3, 4])
def test_an_incomplete_position_is_none(missing: int) -> None:
    assert position_from_exif({tag: value for tag, value in BERLIN.items() if tag != missing}) is None


def test_a_photo_without_gps_has_no_position() -> None:
    assert position_from_exif({}) is None


scraps = st.recursive(
    st.none()
    | st.integers()
    | st.floats()
    | st.text("0.-NSEW\0é", max_size=3)
    | st.binary(max_size=3)
    | st.sampled_from("NSEW")
    | st.builds(IFDRational, st.integers(0, 10**9), st.integers(0, 10**9)),
    lambda inner: st.lists(inner, max_size=4) | st.lists(inner, max_size=4).map(tuple),
    max_leaves=8,
)


@given(st.dictionaries(st.integers(0, 10), scraps))
def test_no_scrap_of_a_file_raises(gps: dict[int, Any]) -> None:
    found = position_from_exif(gps)
    assert found is None or isinstance(found, Position)
