"""What a person sends or changes, turned into messages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox.chat import Conversation
from sandbox.content import contents
from sandbox.errors import BadRequest, PageError
from sandbox.limits import ALBUM, CAPTION_LENGTH, TEXT_LENGTH
from sandbox.location import at_rest, live_until, new_location, read_location
from sandbox.markup import format_text
from sandbox.media import KINDS, NotAPictureError
from sandbox.message import Message, new_album_id, origin_of
from sandbox.parameters import Parameters, Upload
from sandbox.world import World

_WITHOUT_CAPTION = frozenset({"sticker", "video_note"})
_IN_ALBUMS = (("photo", "video"), ("document",), ("audio",))  # what one sends at once Telegram puts together so
_REPLACEABLE = ("photo", "video", "animation", "document", "audio")
_ALONE = tuple(kind for kind in KINDS if not any(kind in kinds for kinds in _IN_ALBUMS))
_HIDDEN = frozenset({"photo", "video", "animation"})  # what can be covered until one taps on it
_ELSEWHERE = (*KINDS, "has_media_spoiler")  # what a reply shows of a message in another chat


@dataclass(frozen=True, slots=True)
class Post:
    """One message to be: its content, and further fields of Message."""

    content: Mapping[str, Any]
    more: Mapping[str, Any] = field(default_factory=dict)


def read_posts(world: World, parameters: Parameters) -> list[Post]:
    """Everything that one request sends; PageError when there is nothing or something is wrong with it."""
    try:
        others = (Post(content) for content in contents(parameters))
        posts = [*_texts(parameters), *_media(world, parameters), *_locations(world, parameters), *others]
    except NotAPictureError as error:
        raise PageError("not a picture") from error
    except BadRequest as error:
        raise PageError(error.reason) from error
    if not posts:
        raise PageError("there is nothing to send")
    return posts


def forwarded(messages: Sequence[Message]) -> list[Post]:
    """The same messages once more, as somebody sends them on: an album stays one, under another number."""
    albums = {message.media_group_id: new_album_id() for message in messages if message.media_group_id}
    return [
        Post(
            message.content,
            {"forward_origin": origin_of(message), "media_group_id": albums.get(message.media_group_id or "")},
        )
        for message in messages
    ]


def elsewhere(conversation: Conversation, message: Message) -> dict[str, Any]:
    """A message of another chat, as it stands in a reply to it: what it shows, but neither its text nor its caption."""
    place = {} if conversation.chat.is_private else {"chat": conversation.chat.as_json(), "message_id": message.id}
    shown = {name: message.content[name] for name in _ELSEWHERE if name in message.content}
    return {"origin": origin_of(message), **place, **shown}


def edit_post(world: World, message: Message, parameters: Parameters) -> dict[str, Any]:
    """The fields of Message that an edit changes."""
    values = parameters.values
    try:
        if parameters.files:
            return {"content": _replaced(world, message, parameters)}
        if "text" in values and "text" in message.content:
            return {"content": _text(parameters)}
        if "caption" in values and any(kind in message.content for kind in KINDS):
            rest = {name: value for name, value in message.content.items() if not name.startswith("caption")}
            return {"content": rest | _caption(parameters.text("caption"))}
        if "location" in message.content and ("latitude" in values or parameters.flag("stop_live")):
            return _moved(world, message, parameters)
    except NotAPictureError as error:
        raise PageError("not a picture") from error
    except BadRequest as error:
        raise PageError(error.reason) from error
    raise _not_so()


def _not_so() -> PageError:
    return PageError("there is nothing in this message that could be edited so")


def _texts(parameters: Parameters) -> Iterator[Post]:
    if parameters.text("text"):
        yield Post(_text(parameters))


def _media(world: World, parameters: Parameters) -> Iterator[Post]:
    """Files, as albums where there are several that go together; the first that can have one gets the caption.

    `captions` gives each its own, as a list in the order in which they are sent. `media_group_id` lets them belong to
    an album that was sent before, as if they had been held up on their way.
    """
    captions = _captions(parameters)
    flags = {name: True for name in ("has_media_spoiler", "has_protected_content") if parameters.flag(name)}
    for uploads in _albums(parameters):
        joined = parameters.text("media_group_id") or (new_album_id() if len(uploads) > 1 else None)
        for kind, upload in uploads:
            content = world.media.upload(kind, upload, _details(parameters)).as_content()
            caption = {} if kind in _WITHOUT_CAPTION else next(captions, {})
            shown = {name: flag for name, flag in flags.items() if kind in _HIDDEN or name != "has_media_spoiler"}
            yield Post(content | caption | shown, {"media_group_id": joined})


def _albums(parameters: Parameters) -> Iterator[list[tuple[str, Upload]]]:
    for kinds in _IN_ALBUMS:
        uploads = [(kind, upload) for kind in kinds for upload in parameters.files.get(kind, ())]
        if len(uploads) > ALBUM:
            raise PageError(f"an album has at most {ALBUM} messages")
        if uploads:
            yield uploads
    for kind in _ALONE:
        yield from ([(kind, upload)] for upload in parameters.files.get(kind, ()))


def _captions(parameters: Parameters) -> Iterator[dict[str, Any]]:
    several = parameters.json("captions", "captions")
    if not isinstance(several, list):
        return iter([_caption(parameters.text("caption"))])
    return iter([_caption(str(caption)) for caption in several])


def _details(parameters: Parameters) -> dict[str, Any]:
    return {name: parameters.integer(name, 0, 0) for name in ("duration", "width", "height", "length")}


def _locations(world: World, parameters: Parameters) -> Iterator[Post]:
    if parameters.text("latitude") or parameters.text("longitude"):
        location = new_location(parameters)
        until = live_until(world.clock(), location.get("live_period", 0))
        yield Post({"location": location}, {"live_until": until})


def _replaced(world: World, message: Message, parameters: Parameters) -> dict[str, Any]:
    """Another file in place of a message's; its caption stays unless another is given."""
    uploads = [(kind, upload) for kind in _replacing(message) for upload in parameters.files.get(kind, ())]
    if len(uploads) != 1:
        raise _not_so()
    [(kind, upload)] = uploads
    kept = {name: value for name, value in message.content.items() if name.startswith("caption")}
    caption = _caption(parameters.text("caption")) if "caption" in parameters.values else kept
    return world.media.upload(kind, upload, _details(parameters)).as_content() | caption


def _replacing(message: Message) -> tuple[str, ...]:
    """The kinds that may take the place of what a message shows: in an album those that may stand in it."""
    families = _IN_ALBUMS if message.media_group_id else (_REPLACEABLE,)
    return next((kinds for kinds in families if any(kind in message.content for kind in kinds)), ())


def _text(parameters: Parameters) -> dict[str, Any]:
    text = format_text(parameters.text("text"))
    if not text.text:
        raise PageError("an empty text says nothing")
    if len(text.text) > TEXT_LENGTH:
        raise PageError(f"a text has at most {TEXT_LENGTH} characters")
    return text.as_content("text", "entities")


def _caption(text: str) -> dict[str, Any]:
    caption = format_text(text)
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
