"""A text with its entities, cleaned as Telegram cleans it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.errors import BadRequest, parsing
from sandbox.limits import ENTITIES, RAW_TEXT_BYTES
from sandbox.markup.entity import OPAQUE, QUOTES, STYLES, Entity, in_order, utf16_length
from sandbox.markup.found import with_found
from sandbox.markup.html import parse_html
from sandbox.markup.link import link_entity, resolve_mentions
from sandbox.markup.markdown import parse_markdown
from sandbox.markup.markdown_v2 import parse_markdown_v2
from sandbox.parameters import integer_field, string_field

_PARSERS = {"html": parse_html, "markdown": parse_markdown, "markdownv2": parse_markdown_v2}
_GIVEN = frozenset({*STYLES, *QUOTES, *OPAQUE})
_FOUND = frozenset({"mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number", "bank_card_number"})
_FARTHEST = 1_000_000

Users = dict[int, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Formatted:
    """Plain text and its entities."""

    text: str
    entities: Sequence[Entity] = ()

    def as_content(self, text_name: str, entities_name: str) -> dict[str, Any]:
        """The message's fields, none for an empty text."""
        if not self.text:
            return {}
        content: dict[str, Any] = {text_name: self.text}
        if self.entities:
            content[entities_name] = [entity.as_json() for entity in self.entities]
        return content


def format_text(text: str, parse_mode: str = "", given: Any = None, users: Users | None = None) -> Formatted:
    """A text as it will stand in a message.

    `given` is the decoded `entities` parameter, which counts when there is no parse_mode; `users` are those who can
    be mentioned. The text may come out empty. BadRequest when markup or entities are wrong.
    """
    if len(text.encode()) > RAW_TEXT_BYTES:
        raise BadRequest("Text is too long")
    parse_mode = parse_mode.lower()
    if text and parse_mode not in {"", "none"}:
        if parse_mode not in _PARSERS:
            raise BadRequest("Unsupported parse_mode")
        text, entities = _PARSERS[parse_mode](text)
    else:
        entities = _read_given(given)
    text, entities = _clean(text, resolve_mentions(entities, users or {}))
    text, entities = _trim(text, _merge(entities))
    return Formatted(text, with_found(text, entities)[:ENTITIES])


def _read_given(given: Any) -> list[Entity]:
    entities = [_read_entity(found) for found in given[:ENTITIES]] if isinstance(given, list) else []
    return [entity for entity in entities if entity is not None and entity.length]


def _read_entity(found: Any) -> Entity | None:
    """None for a kind that Telegram finds by itself, and for a link that it does not accept."""
    with parsing("MessageEntity"):
        if not isinstance(found, Mapping):
            raise BadRequest("expected an Object")
        offset, length = (integer_field(found, name, required=True) for name in ("offset", "length"))
        kind = string_field(found, "type", required=True)
        if kind not in _GIVEN | _FOUND:
            raise BadRequest("Unsupported type specified")
        entity = _typed(found, kind, offset, length) if kind in _GIVEN else None
    if entity is not None and not 0 <= offset <= _FARTHEST:
        raise BadRequest(f"Receive an entity with incorrect offset {offset}")
    if entity is not None and not 0 <= length <= _FARTHEST:
        raise BadRequest(f"Receive an entity with incorrect length {length}")
    return entity


def _typed(found: Mapping[str, Any], kind: str, offset: int, length: int) -> Entity | None:
    extra: dict[str, Any] = {}
    match kind:
        case "text_link":
            return link_entity(offset, length, string_field(found, "url", required=True))
        case "pre" if language := string_field(found, "language"):
            extra = {"language": language}
        case "text_mention":
            user = found.get("user")
            if not isinstance(user, Mapping):
                raise BadRequest('Field "user" must be of type Object')
            extra = {"user_id": integer_field(user, "id", required=True)}
        case "custom_emoji":
            extra = {"custom_emoji_id": str(integer_field(found, "custom_emoji_id", required=True))}
    return Entity(kind, offset, length, extra)


def _clean(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """Without carriage returns, other control characters as spaces; entities move along and end with the text."""
    kept: list[str] = []
    moved: list[int] = []  # by UTF-16 offset in the old text, -1 inside a surrogate pair
    length = 0
    for character in text:
        piece = "" if character == "\r" else " " if character < " " and character not in "\n\t" else character
        moved += [length, -1] if character > "\uffff" else [length]
        kept.append(piece)
        length += utf16_length(piece)
    moved.append(length)
    cleaned = [_moved(entity, moved, text) for entity in entities if entity.offset < len(moved) - 1]
    return "".join(kept), [entity for entity in cleaned if entity.length > 0]


def _moved(entity: Entity, moved: list[int], text: str) -> Entity:
    offset, end = moved[entity.offset], moved[min(entity.end, len(moved) - 1)]
    if offset < 0:
        raise BadRequest(f"Entity begins in a middle of a UTF-16 symbol at byte offset {_bytes(text, entity.offset)}")
    if end < 0:
        raise BadRequest(f"Entity ends in a middle of a UTF-16 symbol at byte offset {_bytes(text, entity.end)}")
    return entity.between(offset, end)


def _bytes(text: str, units: int) -> int:
    return len(text.encode("utf-16-le")[: 2 * units].decode("utf-16-le", "ignore").encode())


def _merge(entities: list[Entity]) -> list[Entity]:
    """Of the same style, what touches or overlaps becomes one."""
    merged = [entity for entity in entities if entity.type not in STYLES]
    for style in STYLES:
        last: Entity | None = None
        for entity in in_order([entity for entity in entities if entity.type == style]):
            if last is not None and entity.offset <= last.end:
                last = merged[-1] = last.between(last.offset, max(last.end, entity.end))
            else:
                last = entity
                merged.append(entity)
    return in_order(merged)


def _trim(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """Without white space at the end, nor at the start up to the first entity."""
    text = text.rstrip()
    length = utf16_length(text)
    start = min([entity.offset for entity in entities], default=length)
    blank = 0
    while blank < min(start, len(text)) and text[blank] in " \n":
        blank += 1
    cut = [
        entity.between(entity.offset - blank, min(entity.end, length) - blank)
        for entity in entities
        if entity.offset < length
    ]
    return text[blank:], in_order(cut)
