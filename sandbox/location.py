"""A position in a message, at rest or live."""

from __future__ import annotations

import math
from typing import Any

from sandbox.errors import BadRequest
from sandbox.limits import LIVE_PERIOD_FOREVER
from sandbox.parameters import Parameters

LIVE_PERIODS = range(60, 86_401)


def read_location(parameters: Parameters) -> dict[str, Any]:
    """Latitude, longitude and what else of a Location object the parameters carry, without its live period."""
    location: dict[str, Any] = {}
    for name, most in (("latitude", 90), ("longitude", 180)):
        if not parameters.text(name).strip():
            raise BadRequest(f"{name} is empty")
        value = parameters.number(name)
        if value is None or not math.isfinite(value) or abs(value) > most:
            raise BadRequest("wrong location specified")
        location[name] = value
    accuracy = parameters.number("horizontal_accuracy")
    if accuracy is not None and 0 < accuracy <= 1500:
        location["horizontal_accuracy"] = accuracy
    heading = parameters.integer("heading")
    if 1 <= heading <= 360:
        location["heading"] = heading
    return location


def read_live_period(parameters: Parameters) -> int:
    """Seconds, 0 for a location at rest."""
    period = parameters.integer("live_period")
    if period and period not in LIVE_PERIODS and period != LIVE_PERIOD_FOREVER:
        raise BadRequest("wrong live location period specified")
    return period


def live_until(now: float, period: int) -> float | None:
    """When a live location ends; None for one at rest."""
    if period == LIVE_PERIOD_FOREVER:
        return math.inf
    return now + period if period else None


def at_rest(location: dict[str, Any]) -> dict[str, Any]:
    """A live location after its end."""
    live_only = {"live_period", "heading", "proximity_alert_radius"}
    return {name: value for name, value in location.items() if name not in live_only}


def new_location(parameters: Parameters) -> dict[str, Any]:
    """The Location object of a new message."""
    location, period = read_location(parameters), read_live_period(parameters)
    if not period:
        return at_rest(location)
    radius = parameters.integer("proximity_alert_radius", 0, 0, 100_000)
    return location | {"live_period": period} | ({"proximity_alert_radius": radius} if radius else {})
