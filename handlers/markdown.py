"""Markdown as models write it, read for Telegram: what has no counterpart there stays as words, and no words are lost.

CommonMark with strikethrough and tables, but for what turns plain words into something else or swallows them: indented
code, underlined headings, link definitions, HTML.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from html import escape
from typing import Final
from unicodedata import east_asian_width

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from handlers.formatted import ITALIC, Formatted, Mark, Piece, link, plain, shared

_BOLD, _STRUCK = Mark("<b>", "</b>"), Mark("<s>", "</s>")
_CODE, _LISTING = Mark("<code>", "</code>"), Mark("<pre>", "</pre>")
_QUOTE = Mark("<blockquote>", "</blockquote>")
_STYLES: Final = {"strong": _BOLD, "em": ITALIC, "s": _STRUCK, "heading": _BOLD}

_LINKED: Final = re.compile(r"(https?|tg)://", re.IGNORECASE)
_LANGUAGE: Final = re.compile(r"[\w+#.-]{1,30}")
_RULE: Final = "———"
_DEEPEST: Final = 40
"""Blocks inside of blocks; what lies deeper the library leaves out."""


def read_markdown(text: str) -> Formatted:
    """The text with its marks."""
    tokens = _reader().parse(text)
    writer = _Writer()
    writer.write(tokens)
    pieces = tuple(writer.pieces)
    swallowed = any(token.level >= _DEEPEST for token in tokens) or not plain(pieces).strip()
    return (Piece(text),) if swallowed else pieces


def read_growing(text: str) -> Formatted:
    """The same of an answer that is still growing: what its last lines have begun counts as if it were complete."""
    last = text[text.rfind("\n\n") + 1 :]
    if text.count("```") % 2 == 0:
        text = text.rstrip() + next((mark for mark in ("`", "**", "~~") if _begun(last, mark)), "")
    return read_markdown(text)


def _begun(text: str, mark: str) -> bool:
    """Whether a mark is still open: an odd one, with words right behind it."""
    behind = text.rpartition(mark)[2]
    return bool(text.count(mark) % 2 and behind.strip() and not behind[0].isspace())


@cache
def _reader() -> MarkdownIt:
    reader = MarkdownIt("commonmark", {"html": False, "maxNesting": _DEEPEST + 2}).enable(["table", "strikethrough"])
    reader.disable(["code", "lheading", "reference"])
    reader.inline.ruler.before("emphasis", "product", _product)
    return reader


def _product(state: StateInline, silent: bool) -> bool:
    """The sign in 2*3*4 is no emphasis."""
    around = state.src[max(state.pos - 1, 0) : state.pos + 2]
    if not re.fullmatch(r"\d\*\d", around):
        return False
    if not silent:
        state.pending += "*"
    state.pos += 1
    return True


class _Writer:
    """Turns the library's tokens into pieces."""

    def __init__(self) -> None:
        self.pieces: list[Piece] = []
        self._marks: tuple[Mark, ...] = ()
        self._numbers: list[int | None] = []
        self._quotes = 0
        self._blank = 0
        self._last_line = 0
        self._after_bullet = False

    def write(self, tokens: Sequence[Token]) -> None:
        at = 0
        while at < len(tokens):
            token = tokens[at]
            if token.type == "table_open":
                end = next(n for n in range(at, len(tokens)) if tokens[n].type == "table_close")
                self._begin(token)
                self._put(_table(tokens[at:end]), (*self._outer(), _LISTING))
                at = end
            else:
                self._block(token)
            at += 1

    def _block(self, token: Token) -> None:
        kind, _, edge = token.type.rpartition("_")
        match token.type:
            case "inline":
                self._inline(token.children or [])
            case "fence":
                self._begin(token)
                words, mark = _listing(token)
                self._put(words, (*self._outer(), mark))
            case "hr":
                self._begin(token)
                self._put(_RULE)
            case "list_item_open":
                self._item(token)
            case "list_item_close":
                self._after_bullet = False
            case "bullet_list_open" | "ordered_list_open":
                start = int(str(token.attrGet("start") or 1)) if kind == "ordered_list" else None
                self._numbers.append(start)
            case "bullet_list_close" | "ordered_list_close":
                self._numbers.pop()
            case "blockquote_open" | "blockquote_close":
                self._quote(token, opens=edge == "open")
            case "paragraph_open":
                self._begin(token)
            case "heading_open":
                self._begin(token)
                self._marks = (*self._marks, _BOLD)
            case "heading_close":
                self._marks = self._marks[:-1]

    def _begin(self, token: Token) -> None:
        """A block begins: on a line of its own, after a blank one where the source has that."""
        first, end = token.map or (self._last_line, self._last_line)
        if not self._after_bullet:
            self._blank = self._breaks_before(first)
        self._after_bullet, self._last_line = False, end

    def _breaks_before(self, line: int) -> int:
        """How many line breaks stand before a block that begins on this line of the source."""
        return 2 if line > self._last_line else 1

    def _item(self, token: Token) -> None:
        number = self._numbers[-1]
        if number is not None:
            self._numbers[-1] = number + 1
        if not self._after_bullet:
            self._blank = self._breaks_before(token.map[0] if token.map else self._last_line)
        self._put("  " * (len(self._numbers) - 1) + ("• " if number is None else f"{number}{token.markup} "))
        self._after_bullet = True
        if token.map:
            self._last_line = token.map[0]

    def _quote(self, token: Token, *, opens: bool) -> None:
        """Telegram has no quote inside a quote."""
        if opens and not self._quotes and token.map:
            self._blank = self._breaks_before(token.map[0])
            self._last_line = token.map[0]
        self._quotes += 1 if opens else -1
        self._marks = (*self._outer(), *(mark for mark in self._marks if mark is not _QUOTE))

    def _outer(self) -> tuple[Mark, ...]:
        """What may stand around code."""
        return (_QUOTE,) if self._quotes else ()

    def _inline(self, tokens: Sequence[Token]) -> None:
        links: list[str] = []
        for token in tokens:
            kind, _, edge = token.type.rpartition("_")
            match token.type:
                case "text":
                    self._put(token.content)
                case "softbreak" | "hardbreak":
                    self._put("\n" + "  " * len(self._numbers))
                case "code_inline":
                    self._put(token.content, (*self._outer(), _CODE))
                case "image":
                    self._image(token)
                case "link_open":
                    links.append(str(token.attrGet("href") or ""))
                    if _LINKED.match(links[-1]):
                        self._marks = (*self._marks, link(links[-1]))
                case "link_close":
                    self._endlink(links.pop())
                case _ if edge == "open":
                    self._marks = (*self._marks, _STYLES[kind])
                case _:
                    self._marks = self._marks[:-1]

    def _endlink(self, href: str) -> None:
        if _LINKED.match(href):
            self._marks = self._marks[:-1]
        elif href and href.removeprefix("mailto:") not in plain(self.pieces[-1:]):
            self._put(f" ({href})")

    def _image(self, token: Token) -> None:
        href = str(token.attrGet("src") or "")
        words = token.content or href
        self._put(words, (*self._marks, link(href)) if _LINKED.match(href) else self._marks)

    def _put(self, text: str, marks: tuple[Mark, ...] | None = None) -> None:
        marks = self._marks if marks is None else marks
        if not text:
            return
        if self._blank and self.pieces:
            around = shared(self.pieces[-1].marks, marks)
            # Quotes and listings are set apart by Telegram itself.
            apart = {*self.pieces[-1].marks, *marks} - {*around}
            blank = 1 if any(mark is _QUOTE or mark.opens.startswith(_LISTING.opens) for mark in apart) else self._blank
            self.pieces.append(Piece("\n" * blank, around))
        self._blank = 0
        self.pieces.append(Piece(text, marks))


def _listing(token: Token) -> tuple[str, Mark]:
    """A listing's words, with what stands behind its fence unless that names a language."""
    words, info = token.content.rstrip("\n"), token.info.strip()
    if words and _LANGUAGE.fullmatch(info):
        return words, Mark(f'<pre><code class="language-{escape(info)}">', "</code></pre>")
    return "\n".join(filter(None, (info, words))) or token.markup, _LISTING


def _table(tokens: Sequence[Token]) -> str:
    """The cells in columns, for a font in which all letters are equally wide, and Chinese ones twice as wide."""
    rows: list[list[str]] = []
    for token in tokens:
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline":
            writer = _Writer()
            writer.write([token])
            rows[-1].append(" ".join(plain(writer.pieces).split()))
    widths = [max(map(_width, column)) for column in zip(*rows, strict=False)]
    lines = [
        " | ".join(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=False))
        for row in rows
    ]
    lines.insert(1, "-+-".join("-" * width for width in widths))
    return "\n".join(line.rstrip() for line in lines)


def _width(text: str) -> int:
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)
