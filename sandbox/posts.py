"""What a person sends or changes, turned into messages."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.errors import BadRequest, PageError
from sandbox.limits import ALBUM, CAPTION_LENGTH, TEXT_LENGTH
from sandbox.location import at_rest, live_until, new_location, read_location
from sandbox.markup import format_text
from sandbox.media import KINDS, NotAPictureError
from sandbox.message import Message
from sandbox.parameters import Parameters
from sandbox.world import World

_FILE_KINDS = [kind for kind in KINDS if kind != "photo"]
_WITHOUT_CAPTION = frozenset({"sticker", "video_note"})


@dataclass(frozen=True, slots=True)
class Post:
    """One message to be: its content, and further fields of Message."""

    content: Mapping[str, Any]
    more: Mapping[str, Any] = field(default_factory=dict)


def read_posts(world: World, parameters: Parameters) -> list[Post]:
    """Everything that one request sends; PageError when there is nothing or something is wrong with it."""
    try:
        posts = [*_texts(parameters), *_media(world, parameters), *_locations(world, parameters)]
    except NotAPictureError as error:
        raise PageError("not a picture") from error
    except BadRequest as error:
        raise PageError(error.reason) from error
    if not posts:
        raise PageError("there is nothing to send")
    return posts


def edit_post(world: World, message: Message, parameters: Parameters) -> dict[str, Any]:
    """The fields of Message that an edit changes."""
    values = parameters.values
    try:
        if "text" in values and "text" in message.content:
            return {"content": _text(parameters)}
        if "caption" in values and any(kind in message.content for kind in KINDS):
            rest = {name: value for name, value in message.content.items() if not name.startswith("caption")}
            return {"content": rest | _caption(parameters)}
        if "location" in message.content and ("latitude" in values or parameters.flag("stop_live")):
            return _moved(world, message, parameters)
    except BadRequest as error:
        raise PageError(error.reason) from error
    raise PageError("there is nothing in this message that could be edited so")


def _texts(parameters: Parameters) -> Iterator[Post]:
    if parameters.text("text"):
        yield Post(_text(parameters))


def _media(world: World, parameters: Parameters) -> Iterator[Post]:
    """Photos, then other files; the first that can have one gets the caption."""
    captions = iter([_caption(parameters)])
    photos = parameters.files.get("photo", ())
    if len(photos) > ALBUM:
        raise PageError(f"an album has at most {ALBUM} photos")
    album = {"media_group_id": str(secrets.randbits(53) | 1 << 53)} if len(photos) > 1 else {}
    for upload in photos:
        media = world.media.upload("photo", upload)
        yield Post(media.as_content() | next(captions, {}), album)
    for kind in _FILE_KINDS:
        for upload in parameters.files.get(kind, ()):
            caption = {} if kind in _WITHOUT_CAPTION else next(captions, {})
            yield Post(world.media.upload(kind, upload).as_content() | caption)


def _locations(world: World, parameters: Parameters) -> Iterator[Post]:
    if parameters.text("latitude") or parameters.text("longitude"):
        location = new_location(parameters)
        until = live_until(world.clock(), location.get("live_period", 0))
        yield Post({"location": location}, {"live_until": until})


def _text(parameters: Parameters) -> dict[str, Any]:
    text = format_text(parameters.text("text"))
    if not text.text:
        raise PageError("an empty text says nothing")
    if len(text.text) > TEXT_LENGTH:
        raise PageError(f"a text has at most {TEXT_LENGTH} characters")
    return text.as_content("text", "entities")


def _caption(parameters: Parameters) -> dict[str, Any]:
    caption = format_text(parameters.text("caption"))
    if len(caption.text) > CAPTION_LENGTH:
        raise PageError(f"a caption has at most {CAPTION_LENGTH} characters")
    return caption.as_content("caption", "caption_entities")


def _moved(world: World, message: Message, parameters: Parameters) -> dict[str, Any]:
    if message.live_until is None or message.live_until < world.clock():
        raise PageError("this location is not live")
    old = message.content["location"]
    if parameters.flag("stop_live"):
        return {"content": {"location": at_rest(old)}, "live_until": None}
    return {"content": {"location": read_location(parameters) | {"live_period": old["live_period"]}}}
