"""A piece of a text with a meaning or a look; offsets and lengths count UTF-16 units, as everywhere in Telegram."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sandbox.errors import BadRequest

STYLES = ("bold", "italic", "underline", "strikethrough", "spoiler")
QUOTES = ("blockquote", "expandable_blockquote")
# Inside these nothing else is looked for.
OPAQUE = frozenset({"code", "pre", "text_link", "text_mention", "custom_emoji"})
_PRIORITIES = {"pre": 10, "code": 20, "custom_emoji": 99} | {style: 90 + at for at, style in enumerate(STYLES)}


class MarkupError(BadRequest):
    """A text whose markup can't be read."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"Can't parse entities: {reason}")


@dataclass(frozen=True, slots=True)
class Entity:
    """`extra` holds the field that some types have: url, language, user or custom_emoji_id."""

    type: str
    offset: int
    length: int
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def end(self) -> int:
        return self.offset + self.length

    def between(self, offset: int, end: int) -> Entity:
        return replace(self, offset=offset, length=end - offset)

    def as_json(self) -> dict[str, Any]:
        """The Bot API's MessageEntity."""
        return {"offset": self.offset, "length": self.length, "type": self.type, **self.extra}


def utf16_length(text: str) -> int:
    return len(text) + sum(character > "\uffff" for character in text)


def byte_offset(text: str, at: int) -> int:
    """Where the character at an index starts in UTF-8, as Telegram's errors count."""
    return len(text[:at].encode())


def in_order(entities: list[Entity]) -> list[Entity]:
    """Outer before inner, and of equal ones quotes, code, links, then styles."""
    return sorted(entities, key=lambda entity: (entity.offset, -entity.length, _priority(entity)))


def _priority(entity: Entity) -> int:
    return 0 if entity.type in QUOTES else _PRIORITIES.get(entity.type, 50)
