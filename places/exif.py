"""The position that a camera wrote into a photo."""

from collections.abc import Mapping
from typing import Any

from places.errors import PlaceError
from places.position import Position

_LATITUDE_REF, _LATITUDE, _LONGITUDE_REF, _LONGITUDE, _STATUS = 1, 2, 3, 4, 9
_VOID = "V"
_NORTH_SOUTH = {"N": 1, "S": -1}
_EAST_WEST = {"E": 1, "W": -1}


def position_from_exif(gps: Mapping[int, Any]) -> Position | None:
    """The position in a GPS IFD as Pillow gives it (tag number → value), None if there is none or it makes no sense.

    Never raises: the values come from anybody's file.
    """
    if _reference(gps.get(_STATUS)) == _VOID:  # the camera says that it had lost the satellites
        return None
    latitude = _degrees(gps.get(_LATITUDE), _NORTH_SOUTH.get(_reference(gps.get(_LATITUDE_REF))))
    longitude = _degrees(gps.get(_LONGITUDE), _EAST_WEST.get(_reference(gps.get(_LONGITUDE_REF))))
    if latitude is None or longitude is None:
        return None
    if latitude == longitude == 0:  # what cameras write before the first fix, and a spot in the open sea
        return None
    try:
        return Position(latitude, longitude)
    except PlaceError:
        return None


def _reference(value: Any) -> str:
    """ "N", "S", "E", "W" from text or bytes, with or without the NUL that ends it in the file."""
    text = value.decode("ascii", "replace") if isinstance(value, bytes) else value
    return text.strip("\0 ").upper() if isinstance(text, str) else ""


def _degrees(value: Any, sign: int | None) -> float | None:
    """Degrees, minutes and seconds (the later ones may be missing) as one signed number."""
    if sign is None or not isinstance(value, (tuple, list)) or not 1 <= len(value) <= 3:
        return None
    try:
        parts = [_number(part) for part in value]
    except (TypeError, ValueError, ArithmeticError):
        return None
    if any(part < 0 for part in parts):
        return None
    return sign * sum(part / unit for part, unit in zip(parts, (1, 60, 3600), strict=False))


def _number(value: Any) -> float:
    """A number, or a fraction as a pair of numbers."""
    if isinstance(value, tuple):
        numerator, denominator = value
        return float(numerator) / float(denominator)
    return float(value)
