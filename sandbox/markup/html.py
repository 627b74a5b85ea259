"""parse_mode HTML: a few tags, four named characters, and every tag closed in its turn."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NoReturn

from sandbox.markup.entity import Entity, MarkupError, in_order
from sandbox.markup.link import link_entity
from sandbox.markup.source import Plain, Source, is_space

_STYLES = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
}
_TAGS = frozenset({*_STYLES, "a", "tg-emoji", "pre", "code", "blockquote"})
_CHARACTER = re.compile(r"&(?:#x([0-9A-Fa-f]{1,6})|#([0-9]{1,7})|(lt|gt|amp|quot)(?![A-Za-z]));?")
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_NAME_ENDS = frozenset("=>/\"'")


@dataclass(slots=True)
class _Open:
    """A tag whose end is still to come; `argument` is its address, language or the like."""

    tag: str
    argument: str
    offset: int
    mark: int


def parse_html(text: str) -> tuple[str, list[Entity]]:
    """The plain text and its entities; MarkupError as Telegram words it."""
    parser = _Parser(text)
    parser.run()
    return parser.plain.since(0), in_order([_shown(entity) for entity in parser.entities])


class _Parser:
    def __init__(self, text: str) -> None:
        self.source = Source(text)
        self.plain = Plain()
        self.entities: list[Entity] = []
        self._open: list[_Open] = []

    def run(self) -> None:
        source = self.source
        while not source.ended:
            if source.peek() == "&":
                self.plain.add(self._character())
            elif source.starts("</"):
                self._end_tag()
            elif source.peek() == "<":
                self._start_tag()
            else:
                self.plain.add(source.peek())
                source.at += 1
        if self._open:
            raise MarkupError(f'Can\'t find end tag corresponding to start tag "{self._open[-1].tag}"')

    def _character(self) -> str:
        """A character reference, or the & as it stands."""
        found = _CHARACTER.match(self.source.text, self.source.at)
        decoded = _decode(found) if found else ""
        self.source.at = found.end() if found and decoded else self.source.at + 1
        return decoded or "&"

    # Start tags

    def _start_tag(self) -> None:
        source = self.source
        begin = source.at
        source.at += 1
        while not source.ended and not is_space(source.peek()) and source.peek() != ">":
            source.at += 1
        if source.ended:
            self._refuse("Unclosed start tag", begin)
        tag = source.text[begin + 1 : source.at].lower()
        if tag not in _TAGS:
            self._refuse(f'Unsupported start tag "{tag}"', begin)
        argument = self._attributes(tag, begin)
        if tag == "span" and argument != "spoiler":
            self._refuse('Tag "span" must have class "tg-spoiler"', begin)
        source.at += 1
        self._open.append(_Open(tag, argument, self.plain.length, self.plain.mark()))

    def _attributes(self, tag: str, begin: int) -> str:
        """Read up to the closing >; what the one attribute that matters for this tag says."""
        source = self.source
        argument = ""
        while True:
            source.skip_spaces()
            if source.peek() == ">":
                return argument
            name = self._attribute_name(tag, begin)
            source.skip_spaces()
            value = "1"
            if source.peek() == "=":
                source.at += 1
                value = self._attribute_value(tag, begin)
            elif source.ended:
                self._refuse(f'Unclosed start tag "{tag}"', begin)
            argument = _argument(tag, name, value) or argument

    def _attribute_name(self, tag: str, begin: int) -> str:
        source = self.source
        start = source.at
        while not source.ended and not is_space(source.peek()) and source.peek() not in _NAME_ENDS:
            source.at += 1
        if source.at == start:
            self._refuse(f'Empty attribute name in the tag "{tag}"', begin)
        return source.text[start : source.at]

    def _attribute_value(self, tag: str, begin: int) -> str:
        source = self.source
        source.skip_spaces()
        if source.ended:
            self._refuse(f'Unclosed start tag "{tag}"', begin)
        value = self._quoted() if source.peek() in "'\"" else self._bare()
        if source.ended:
            self._refuse("Unclosed start tag", begin)
        return value

    def _quoted(self) -> str:
        source = self.source
        quote, value = source.peek(), ""
        source.at += 1
        while not source.ended and source.peek() != quote:
            if source.peek() == "&":
                value += self._character()
            else:
                value += source.peek()
                source.at += 1
        source.at += 1
        return value

    def _bare(self) -> str:
        source = self.source
        start = source.at
        while source.peek().isascii() and (source.peek().isalnum() or source.peek() in ".-"):
            source.at += 1
        if not is_space(source.peek()) and source.peek() != ">":
            self._refuse("Unexpected end of name token", start)
        return source.text[start : source.at].lower()

    # End tags

    def _end_tag(self) -> None:
        source = self.source
        begin = source.at
        if not self._open:
            self._refuse("Unexpected end tag", begin)
        source.at += 2
        while not source.ended and not is_space(source.peek()) and source.peek() != ">":
            source.at += 1
        tag = source.text[begin + 2 : source.at].lower()
        source.skip_spaces()
        if source.peek() != ">":
            self._refuse("Unclosed end tag", begin)
        source.at += 1
        ended = self._open.pop()
        if tag and tag != ended.tag:
            raise MarkupError(
                f"Unmatched end tag at byte offset {source.bytes_to(begin)}, "
                f'expected "</{ended.tag}>", found "</{tag}>"'
            )
        self._close(ended)

    def _close(self, ended: _Open) -> None:
        length = self.plain.length - ended.offset
        if not length:
            return
        entity: Entity | None
        if ended.tag == "a":
            entity = link_entity(ended.offset, length, ended.argument or self.plain.since(ended.mark))
        elif ended.tag == "tg-emoji":
            entity = Entity("custom_emoji", ended.offset, length, {"custom_emoji_id": _emoji_id(ended.argument)})
        elif ended.tag == "blockquote":
            entity = Entity("expandable_blockquote" if ended.argument else "blockquote", ended.offset, length)
        elif ended.tag in {"pre", "code"}:
            entity = self._code(ended, length)
        else:
            entity = Entity(_STYLES[ended.tag], ended.offset, length)
        if entity is not None:
            self.entities.append(entity)

    def _code(self, ended: _Open, length: int) -> Entity:
        """A code with a language and a pre around exactly the same text, in either order, make one entity."""
        entity = Entity(ended.tag, ended.offset, length, {"language": ended.argument} if ended.argument else {})
        inner = self.entities[-1] if self.entities else None
        if inner is None or (inner.offset, inner.length) != (ended.offset, length):
            return entity
        language = {**inner.extra, **entity.extra}.get("language")
        if {inner.type, entity.type} != {"pre", "code"} or not language:
            return entity
        self.entities.pop()
        return Entity("pre", ended.offset, length, {"language": language})

    def _refuse(self, reason: str, at: int) -> NoReturn:
        raise MarkupError(f"{reason} at byte offset {self.source.bytes_to(at)}")


def _shown(entity: Entity) -> Entity:
    """A language counts only where a pre stands around the code."""
    return Entity("code", entity.offset, entity.length) if entity.type == "code" else entity


def _argument(tag: str, name: str, value: str) -> str:
    match tag, name:
        case ("a", "href") | ("tg-emoji", "emoji-id"):
            return value
        case ("code", "class") if value.startswith("language-"):
            return value.removeprefix("language-")
        case ("span", "class") if value.startswith("tg-"):
            return value.removeprefix("tg-")
        case "blockquote", "expandable":
            return "1"
    return ""


def _decode(found: re.Match[str]) -> str:
    hexadecimal, decimal, name = found.groups()
    if name:
        return _NAMED[name]
    code = int(hexadecimal, 16) if hexadecimal else int(decimal)
    if 0xD800 <= code <= 0xDFFF:
        raise MarkupError(
            "Text contains invalid Unicode characters after decoding HTML entities, check for unmatched surrogate "
            "code units"
        )
    return chr(code) if 0 < code < 0x10FFFF else ""


def _emoji_id(argument: str) -> str:
    if not re.fullmatch(r"-?[0-9]{1,19}", argument) or int(argument) == 0:
        raise MarkupError("Invalid custom emoji identifier specified")
    return argument
