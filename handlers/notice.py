"""What a watch's webhook is told, as JSON: that its condition holds or is over, or that it can be reached.

No picture is among it: who wants it asks Telegram, by the link. Words are what people wrote, as they wrote them.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final, Literal, TypedDict

from lookout.threshold import threshold_of
from places.position import Position, map_link
from prompts.conditions import question_of
from prompts.languages import language_of
from storage.records import Alert, AlertKind, Place, Sighting, Watch

_TYPES: Final[dict[AlertKind, Literal["watch.alert", "watch.over"]]] = {"yes": "watch.alert", "over": "watch.over"}


class Watched(TypedDict):
    """A watch: its number, the chat's words for it, the question that is asked, and the chat's number."""

    watch: int
    condition: str
    question: str
    chat: int


class NoticePlace(TypedDict):
    """Degrees (WGS 84), and a page with a map of there."""

    latitude: float
    longitude: float
    map: str


class NoticeSender(TypedDict):
    """Who sent what was seen: Telegram's number and the name there, as far as they are known."""

    id: int | None
    name: str | None


class AlertData(Watched):
    """What was seen. `p_yes` and `threshold` are 0–1; `link` leads to the message for those who are in the chat."""

    kind: AlertKind
    p_yes: float
    threshold: float
    sighting: int
    sender: NoticeSender
    caption: str | None
    place: NoticePlace | None
    link: str | None


class AlertNotice(TypedDict):
    """That a condition holds, or is over, since a moment (ISO 8601, UTC)."""

    type: Literal["watch.alert", "watch.over"]
    timestamp: str
    data: AlertData


class TrialNotice(TypedDict):
    """That a watch has this webhook from now on."""

    type: Literal["watch.test"]
    timestamp: str
    data: Watched


def alert_notice(
    watch: Watch, alert: Alert, sighting: Sighting, *, sender: str | None, link: str | None
) -> AlertNotice:
    """What is told of an alert; `sender` is the name of who sent the picture, `link` the message's address."""
    return {
        "type": _TYPES[alert.kind],
        "timestamp": _moment(alert.at),
        "data": {
            **_watched(watch),
            "kind": alert.kind,
            "p_yes": round(alert.p_yes, 4),
            "threshold": round(threshold_of(watch), 4),
            "sighting": sighting.id,
            "sender": {"id": sighting.sender, "name": sender},
            "caption": sighting.caption,
            "place": _place(sighting.place) if sighting.place else None,
            "link": link,
        },
    }


def trial_notice(watch: Watch, at: datetime) -> TrialNotice:
    """The first call of a webhook, by which its owner sees that it works."""
    return {"type": "watch.test", "timestamp": _moment(at), "data": _watched(watch)}


def _watched(watch: Watch) -> Watched:
    question = question_of(watch.condition, language_of(watch.language))
    return {"watch": watch.id, "condition": watch.condition, "question": question, "chat": watch.chat}


def _place(place: Place) -> NoticePlace:
    position = Position(place.latitude, place.longitude)
    return {"latitude": place.latitude, "longitude": place.longitude, "map": map_link(position)}


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
