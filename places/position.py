"""A position: latitude and longitude in degrees (WGS 84)."""

from dataclasses import dataclass

from places.errors import PlaceError


@dataclass(frozen=True)
class Position:
    """Degrees north (−90…90) and degrees east (−180…180); PlaceError if they are not."""

    latitude: float
    longitude: float

    def __post_init__(self) -> None:
        """Refuse what is not on the Earth; NaN fails every comparison."""
        if not -90 <= self.latitude <= 90:
            raise PlaceError("latitude", "A latitude lies between -90 and 90 degrees.")
        if not -180 <= self.longitude <= 180:
            raise PlaceError("longitude", "A longitude lies between -180 and 180 degrees.")

    def __str__(self) -> str:
        """For people: "52.5200, 13.4050", true to about 10 m."""
        return f"{self.latitude:z.4f}, {self.longitude:z.4f}"


def map_link(position: Position) -> str:
    """The address of an OpenStreetMap page with a marker there."""
    latitude, longitude = f"{position.latitude:z.5f}", f"{position.longitude:z.5f}"
    return f"https://www.openstreetmap.org/?mlat={latitude}&mlon={longitude}#map=16/{latitude}/{longitude}"
