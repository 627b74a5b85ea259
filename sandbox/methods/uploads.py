"""Sending photos, voice notes, documents and albums."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.errors import BadRequest, parsing
from sandbox.limits import ALBUM
from sandbox.media import Media, NotAPictureError
from sandbox.message import new_album_id
from sandbox.methods.call import Call, Method, caption_content
from sandbox.parameters import ATTACH, Upload, flag_field, integer_field, string_field
from sandbox.picture import read_picture

_NUMBERS = ("duration", "width", "height", "length")
_TEXTS = ("title", "performer")
_NUMBER_LIMIT = 10_000_000
_IN_ALBUMS = frozenset({"photo", "video", "audio", "document"})
_ALONE_IN_ALBUMS = {"audio": "Audio", "document": "Document"}
_INPUT_MEDIA = _IN_ALBUMS | {"animation"}
_VISIBLE = frozenset({"photo", "video", "animation"})


def sender(kind: str) -> Method:
    """The method that sends one medium of a kind."""

    def send(call: Call) -> dict[str, Any]:
        parameters = call.parameters
        details: dict[str, Any] = {name: parameters.integer(name, 0, 0, _NUMBER_LIMIT) for name in _NUMBERS}
        details |= {name: parameters.text(name) for name in _TEXTS}
        caption = call.caption()
        media = input_media(call, kind, parameters.text(kind), details)
        return call.send(media.as_content() | caption | _shown(kind, parameters.flag))

    return send


def send_media_group(call: Call) -> list[dict[str, Any]]:
    """Two to ten media in messages that share a media_group_id (Telegram takes a single one, too)."""
    found = call.parameters.json("media", "media")
    if found is None:
        raise BadRequest('Parameter "media" is required')
    if not isinstance(found, list):
        raise BadRequest("Expected an Array of InputMedia")
    if not found:
        raise BadRequest("There are no messages to send")
    if len(found) > ALBUM:
        raise BadRequest("Too many messages to send as an album")
    conversation = call.conversation()
    where = call.whereabouts(conversation)
    media = [read_input_media(call, one, for_album=True) for one in found]
    _check_mixture([kind for kind, _ in media])
    shared = {**where, "media_group_id": new_album_id() if len(media) > 1 else None}
    contents = [call.marked(content) for _, content in media]
    return [conversation.show(call.world.post(conversation, call.bot, content, **shared)) for content in contents]


def read_input_media(call: Call, found: Any, *, for_album: bool = False) -> tuple[str, dict[str, Any]]:
    """The kind and the message's fields of an InputMedia object."""
    with parsing("InputMedia"):
        if not isinstance(found, Mapping):
            raise BadRequest("expected an Object")
        caption = _read_caption(call, found)
        kind = string_field(found, "type", required=True)
        if kind not in _INPUT_MEDIA:
            raise BadRequest(f'type "{kind}" is unsupported')
        if for_album and kind not in _IN_ALBUMS:
            raise BadRequest(f'type "{kind}" can\'t be used in sendMediaGroup')
        reference = string_field(found, "media")
        if not reference:
            raise BadRequest("media not found")
        details: dict[str, Any] = {name: min(max(integer_field(found, name), 0), _NUMBER_LIMIT) for name in _NUMBERS}
        details |= {name: string_field(found, name) for name in _TEXTS}
        shown = _shown(kind, lambda name: flag_field(found, name))
    return kind, input_media(call, kind, reference, details).as_content() | caption_content(caption) | shown


def input_media(call: Call, kind: str, reference: str, details: Mapping[str, Any]) -> Media:
    """A medium by attach://name, by file_id or, without a reference, from the file of its kind's name."""
    if reference and not reference.startswith(ATTACH):
        if reference.startswith(("http://", "https://")):
            raise BadRequest("failed to get HTTP URL content")  # nothing is fetched from outside
        return call.world.media.again(kind, reference)
    upload = call.parameters.file(reference or kind)
    if upload is None:
        raise BadRequest(f"There is no {kind.replace('_', ' ')} in the request")
    if kind == "photo":
        _check_dimensions(upload)
    try:
        return call.world.media.upload(kind, upload, details)
    except NotAPictureError as error:
        raise BadRequest("IMAGE_PROCESS_FAILED") from error


def _shown(kind: str, asked: Callable[[str], bool]) -> dict[str, Any]:
    """How a picture or a film is shown: covered until one taps on it, and its caption above it."""
    names = {"has_spoiler": "has_media_spoiler", "show_caption_above_media": "show_caption_above_media"}
    return {shown: True for name, shown in names.items() if kind in _VISIBLE and asked(name)}


def _read_caption(call: Call, found: Mapping[str, Any]) -> Any:
    return call.format(string_field(found, "caption"), string_field(found, "parse_mode"), found.get("caption_entities"))


def _check_mixture(kinds: list[str]) -> None:
    for kind in kinds:
        if kind in _ALONE_IN_ALBUMS and len(set(kinds)) > 1:
            raise BadRequest(f"{_ALONE_IN_ALBUMS[kind]} can't be mixed with other media types")


def _check_dimensions(upload: Upload) -> None:
    """Telegram's bounds for a bot's photo: sides of 10,000 together, and of 20 to 1."""
    picture = read_picture(upload.data)
    if picture is None:
        return
    long, short = max(picture.width, picture.height), min(picture.width, picture.height)
    if long + short > 10_000 or long > 20 * short:
        raise BadRequest("PHOTO_INVALID_DIMENSIONS")
