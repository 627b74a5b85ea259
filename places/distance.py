"""Distances in metres on a sphere, and the boxes that find candidates for them in an index."""

import math
from dataclasses import dataclass

from places.errors import PlaceError
from places.position import Position

EARTH_RADIUS = 6_371_008.8
"""Metres, the mean of WGS 84. A sphere is at most 0.6 % off the ellipsoid."""

_SLACK = 1e-6  # degrees, a decimetre: rounding must not push the rim of a circle out of its box


def distance(one: Position, other: Position) -> float:
    """Metres along the great circle (haversine)."""
    north, north_other = math.radians(one.latitude), math.radians(other.latitude)
    east = math.radians(other.longitude - one.longitude)
    chord = math.sin((north_other - north) / 2) ** 2 + math.cos(north) * math.cos(north_other) * math.sin(east / 2) ** 2
    return 2 * EARTH_RADIUS * math.asin(min(1.0, math.sqrt(chord)))


@dataclass(frozen=True)
class Box:
    """South to north and west to east in degrees, edges included; `west` is never greater than `east`."""

    south: float
    north: float
    west: float
    east: float

    def __contains__(self, position: Position) -> bool:
        """Whether the position lies in the box or on its edge."""
        return self.south <= position.latitude <= self.north and self.west <= position.longitude <= self.east


def boxes(centre: Position, radius: float) -> tuple[Box, ...]:
    """One box, or two where ±180° is crossed, that hold every position within `radius` metres (and some others)."""
    if not 0 <= radius < math.inf:
        raise PlaceError("distance", "A radius is a number of metres, zero or more.")
    angle = radius / EARTH_RADIUS
    reach = math.degrees(angle) + _SLACK
    south, north = max(-90.0, centre.latitude - reach), min(90.0, centre.latitude + reach)
    if south == -90 or north == 90:  # a pole is inside, and there every longitude meets
        return (Box(south, north, -180.0, 180.0),)
    width = math.degrees(math.asin(min(1.0, math.sin(angle) / math.cos(math.radians(centre.latitude))))) + _SLACK
    return _split(south, north, centre.longitude - width, centre.longitude + width)


def _split(south: float, north: float, west: float, east: float) -> tuple[Box, ...]:
    if west < -180:
        return Box(south, north, -180.0, east), Box(south, north, west + 360, 180.0)
    if east > 180:
        return Box(south, north, west, 180.0), Box(south, north, -180.0, east - 360)
    return (Box(south, north, west, east),)
