"""parse_mode Markdown, the old one: nothing nests, and only inside an entity can an end be missing."""

from __future__ import annotations

from sandbox.markup.entity import Entity, MarkupError
from sandbox.markup.link import link_entity
from sandbox.markup.source import Plain, Source

_ESCAPABLE = frozenset("_*`[")
_TYPES = {"_": "italic", "*": "bold", "`": "code", "```": "pre"}


def parse_markdown(text: str) -> tuple[str, list[Entity]]:
    """The plain text and its entities; MarkupError as Telegram words it."""
    source, plain = Source(text), Plain()
    entities: list[Entity] = []
    while not source.ended:
        character = source.peek()
        if character == "\\" and source.peek(1) in _ESCAPABLE:
            plain.add(source.peek(1))
            source.at += 2
        elif character in _ESCAPABLE:
            entity = _read_entity(source, plain)
            if entity is not None and entity.length:
                entities.append(entity)
        else:
            plain.add(character)
            source.at += 1
    return plain.since(0), entities


def _read_entity(source: Source, plain: Plain) -> Entity | None:
    begin, offset = source.at, plain.length
    opener = "```" if source.starts("```") else source.peek()
    source.at += len(opener)
    language = source.read_language() if opener == "```" else ""
    inner = _read_until("]" if opener == "[" else opener, begin, source)
    plain.add(inner)
    length = plain.length - offset
    if opener == "[":
        return link_entity(offset, length, _read_url(source, inner))
    return Entity(_TYPES[opener], offset, length, {"language": language} if language else {})


def _read_until(closer: str, begin: int, source: Source) -> str:
    end = source.text.find(closer, source.at)
    if end < 0:
        raise MarkupError(f"Can't find end of the entity starting at byte offset {source.bytes_to(begin)}")
    inner = source.text[source.at : end]
    source.at = end + len(closer)
    return inner


def _read_url(source: Source, inner: str) -> str:
    """The address behind the text; without parentheses the text itself. Telegram lets the last one stay open."""
    if source.peek() != "(":
        return inner
    end = source.text.find(")", source.at)
    end = len(source.text) if end < 0 else end
    url = source.text[source.at + 1 : end]
    source.at = end + 1
    return url
