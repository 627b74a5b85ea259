"""What people send beside texts, files and places: contacts, dice, polls, stories, and media that cost stars."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sandbox.errors import BadRequest
from sandbox.parameters import Parameters, integer_field, string_field

_FACES = {"🎲": 6, "🎯": 6, "🎳": 6, "🏀": 5, "⚽": 5, "🎰": 64}
Fields = Mapping[str, Any]


def contents(parameters: Parameters) -> Iterator[dict[str, Any]]:
    """The message's fields for each that is given, as a JSON object under the name of its kind."""
    for kind, make in _KINDS.items():
        given = parameters.json(kind, kind)
        if isinstance(given, Mapping):
            yield {kind: make(given)}


def _contact(given: Fields) -> dict[str, Any]:
    return {
        "phone_number": string_field(given, "phone_number") or "+1 555 0100",
        "first_name": string_field(given, "first_name") or "Bo",
    }


def _dice(given: Fields) -> dict[str, Any]:
    emoji = string_field(given, "emoji") or "🎲"
    if emoji not in _FACES:
        raise BadRequest("DICE_EMOJI_INVALID")
    return {"emoji": emoji, "value": 1 + secrets.randbelow(_FACES[emoji])}


def _poll(given: Fields) -> dict[str, Any]:
    options = given.get("options") or ["Yes", "No"]
    if not isinstance(options, list):
        raise BadRequest("a poll has a list of options")
    return {
        "id": str(secrets.randbits(62)),
        "question": string_field(given, "question") or "Yes or no?",
        "options": [{"persistent_id": str(n), "text": str(text), "voter_count": 0} for n, text in enumerate(options)],
        "total_voter_count": 0,
        "is_closed": False,
        "is_anonymous": True,
        "type": "regular",
        "allows_multiple_answers": False,
        "allows_revoting": True,
        "members_only": False,
    }


def _story(given: Fields) -> dict[str, Any]:
    teller = {"id": integer_field(given, "chat") or 101, "first_name": "Ada", "type": "private"}
    return {"chat": teller, "id": integer_field(given, "id") or 1}


def _paid_media(given: Fields) -> dict[str, Any]:
    """Of what was not paid for, a bot sees the size only."""
    preview = {"type": "preview", "width": 1280, "height": 960}
    return {"star_count": integer_field(given, "star_count") or 1, "paid_media": [preview]}


_KINDS: Mapping[str, Callable[[Fields], dict[str, Any]]] = {
    "contact": _contact,
    "dice": _dice,
    "poll": _poll,
    "story": _story,
    "paid_media": _paid_media,
}
