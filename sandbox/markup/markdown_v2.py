"""parse_mode MarkdownV2: every reserved character is markup or escaped, and entities nest."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.markup.entity import Entity, MarkupError, in_order
from sandbox.markup.link import custom_emoji, link_entity
from sandbox.markup.source import END, Plain, Source

_RESERVED = frozenset("_*[]()~`>#+-=|{}.!\n")
_CODE = frozenset({"Code", "Pre", "PreCode"})
# The names on the left stand in Telegram's errors, those on the right in its entities.
_TYPES = {
    "Bold": "bold",
    "Italic": "italic",
    "Underline": "underline",
    "Strikethrough": "strikethrough",
    "Spoiler": "spoiler",
    "Code": "code",
    "Pre": "pre",
    "PreCode": "pre",
    "BlockQuote": "blockquote",
    "ExpandableBlockQuote": "expandable_blockquote",
}
_CLOSERS = {
    "Bold": "*",
    "Strikethrough": "~",
    "Code": "`",
    "Pre": "```",
    "PreCode": "```",
    "TextUrl": "]",
    "CustomEmoji": "]",
    "Underline": "__",
    "Spoiler": "||",
}


# Longer ones first.
_OPENERS = {
    "```": "Pre",
    "__": "Underline",
    "||": "Spoiler",
    "![": "CustomEmoji",
    "_": "Italic",
    "*": "Bold",
    "~": "Strikethrough",
    "[": "TextUrl",
    "`": "Code",
}


@dataclass(slots=True)
class _Open:
    """An entity whose end is still to come."""

    name: str
    offset: int
    at: int
    mark: int
    language: str = ""


def parse_markdown_v2(text: str) -> tuple[str, list[Entity]]:
    """The plain text and its entities; MarkupError as Telegram words it."""
    parser = _Parser(text)
    parser.run()
    return parser.plain.since(0), in_order(parser.entities)


class _Parser:
    def __init__(self, text: str) -> None:
        self.source = Source(text)
        self.plain = Plain()
        self.entities: list[Entity] = []
        self._open: list[_Open] = []
        self._quoting = False
        self._can_quote = True  # at the start of a line

    def run(self) -> None:
        while not self.source.ended:
            self._step()
        if self._quoting:
            self._end_last_quote()
        if self._open:
            self._refuse_unclosed(self._open[-1])

    def _step(self) -> None:
        character = self.source.peek()
        in_code = bool(self._open) and self._open[-1].name in _CODE
        if character == "\\" and END < self.source.peek(1) <= "~":
            self.source.at += 1
            self._copy(self.source.peek())
        elif character != "`" if in_code else character not in _RESERVED:
            self._copy(character)
        elif self._is_end(character):
            self._end(character)
        else:
            self._begin(character)

    def _copy(self, character: str) -> None:
        self.plain.add(character)
        self.source.at += 1
        if character != "\r":
            self._can_quote = character == "\n"

    # Beginnings

    def _begin(self, character: str) -> None:
        at = self.source.at
        if character == "\n":
            self._copy(character)
            return
        if character == ">" and self._can_quote and self._quoting:
            self.source.at += 1
            return
        name, width = self._opening(character)
        self.source.at += width
        language = self.source.read_language() if name == "Pre" else ""
        self._open.append(_Open("PreCode" if language else name, self.plain.length, at, self.plain.mark(), language))

    def _opening(self, character: str) -> tuple[str, int]:
        """The entity that starts here, and how many characters say so."""
        if character == ">" and self._can_quote:
            self._quoting = True
            return "BlockQuote", 1
        for token, name in _OPENERS.items():
            if self.source.starts(token):
                return name, len(token)
        raise MarkupError(f"Character '{character}' is reserved and must be escaped with the preceding '\\'")

    # Ends

    def _is_end(self, character: str) -> bool:
        if not self._open:
            return False
        if self._quoting and character == "\n" and self.source.peek(1) != ">":
            return True
        name = self._open[-1].name
        if name == "Italic":
            return character == "_" and not self.source.starts("__")
        closer = _CLOSERS.get(name)
        return closer is not None and self.source.starts(closer)

    def _end(self, character: str) -> None:
        if character == "\n":
            self._end_quote()
            return
        ended = self._open.pop()
        length = self.plain.length - ended.offset
        self.source.at += len(_CLOSERS.get(ended.name, "_"))
        if ended.name == "TextUrl":
            entity = link_entity(ended.offset, length, self._url() or self._own_url(ended))
        elif ended.name == "CustomEmoji":
            entity = self._custom_emoji(ended.offset, length)
        else:
            extra = {"language": ended.language} if ended.language else {}
            entity = Entity(_TYPES[ended.name], ended.offset, length, extra)
        if length and entity is not None:
            self.entities.append(entity)

    def _own_url(self, ended: _Open) -> str:
        """A link without an address of its own leads where its text says."""
        had_parentheses = self.source.peek(-1) == ")"
        return "" if had_parentheses else self.plain.since(ended.mark)

    def _custom_emoji(self, offset: int, length: int) -> Entity:
        if self.source.peek() != "(":
            raise MarkupError("The entity must contain a tg://emoji or tg://time URL")
        return Entity("custom_emoji", offset, length, {"custom_emoji_id": custom_emoji(self._url())})

    def _url(self) -> str:
        """The address in parentheses, empty when there are none."""
        source = self.source
        if source.peek() != "(":
            return ""
        source.at += 1
        begin, url = source.at, ""
        while not source.ended and source.peek() != ")":
            if source.peek() == "\\" and END < source.peek(1) <= "~":
                source.at += 1
            url += source.peek()
            source.at += 1
        if source.ended:
            raise MarkupError(f"Can't find end of a URL at byte offset {source.bytes_to(begin)}")
        source.at += 1
        return url

    # Quotes end with their line, and are expandable when || stands last

    def _end_quote(self) -> None:
        kind = self._quote_kind(self.source.at - (1 if self.plain.ends_with("\r") else 0))
        if self._open[-1].name != "BlockQuote":
            self._refuse_unclosed(self._open[-1])
        ended = self._open.pop()
        self._quoting = False
        self._copy("\n")
        self.entities.append(Entity(kind, ended.offset, self.plain.length - ended.offset))

    def _end_last_quote(self) -> None:
        kind = self._quote_kind(len(self.source.text))
        if self._open[-1].name != "BlockQuote":
            return
        ended = self._open.pop()
        if self.plain.length > ended.offset:
            self.entities.append(Entity(kind, ended.offset, self.plain.length - ended.offset))

    def _quote_kind(self, line_end: int) -> str:
        last = self._open[-1]
        if last.name == "Spoiler" and last.at in {line_end - 2, self.source.at - 2}:
            self._open.pop()
            return "expandable_blockquote"
        return "blockquote"

    def _refuse_unclosed(self, entity: _Open) -> None:
        raise MarkupError(f"Can't find end of {entity.name} entity at byte offset {self.source.bytes_to(entity.at)}")
