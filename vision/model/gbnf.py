"""Grammars as people write them down for llama.cpp: GBNF, without its elements that name tokens."""

from __future__ import annotations

import re
from functools import lru_cache

from vision.errors import BadGrammar
from vision.model.grammar import (
    LAST_CHARACTER,
    Chain,
    Characters,
    Either,
    Expression,
    Grammar,
    Ranges,
    Repeat,
    Rule,
    all_but,
    literal,
    merged,
)

_MAX_CHARACTERS = 100_000
_MAX_DEPTH = 64  # of brackets
_MAX_DIGITS = 6

_ELEMENT = re.compile(
    r"(?P<space>(?:[ \t\r\n]|#[^\r\n]*)+)"
    r"|(?P<rule>[A-Za-z0-9-]+)(?P<defined>[ \t]*::=)?"
    r'|"(?P<literal>(?:[^"\\]|\\.)*)"'
    r"|\[(?P<inverse>\^?)(?P<characters>(?:[^\]\\]|\\.)+)\]"
    r"|\{[ \t]*(?P<least>[0-9]+)[ \t]*(?P<open>,[ \t]*(?P<most>[0-9]*)[ \t]*)?\}"
    r"|(?P<sign>[.()|*+?])",
    re.DOTALL,
)
_CHARACTER = re.compile(
    r"\\x(?P<two>[0-9a-fA-F]{2})|\\u(?P<four>[0-9a-fA-F]{4})|\\U(?P<eight>[0-9a-fA-F]{8})"
    r"|\\(?P<escaped>[trn\\\"\[\]-])|(?P<plain>[^\\])",
    re.DOTALL,
)
_ESCAPED = {"t": "\t", "r": "\r", "n": "\n"}
_COUNTS = {"*": (0, None), "+": (1, None), "?": (0, 1)}


@lru_cache(maxsize=16)
def grammar_from_text(text: str) -> Grammar:
    """The grammar that a text says, from its rule "root". Raises BadGrammar, which names the line."""
    if len(text) > _MAX_CHARACTERS:
        raise BadGrammar(f"the grammar has more than {_MAX_CHARACTERS} characters")
    return Grammar(_Reader(text).rules())


class _Reader:
    """Reads a grammar element by element. A rule ends where the next one is defined; line ends mean nothing."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._place = 0
        self._depth = 0
        self._now: re.Match[str] | None = None
        self._step()

    def rules(self) -> dict[str, Expression]:
        rules: dict[str, Expression] = {}
        while self._now:
            name = self._now["rule"] if self._now["defined"] else None
            if name is None or name in rules:
                raise self._wrong("a rule is expected, under a name of its own")
            self._step()
            rules[name] = self._either()
        return rules

    def _step(self) -> None:
        """Go to the next element; None at the end."""
        while True:
            if self._place == len(self._text):
                self._now = None
                return
            self._now = _ELEMENT.match(self._text, self._place)
            if not self._now:
                raise self._wrong("there is something that is not understood")
            self._place = self._now.end()
            if not self._now["space"]:
                return

    def _wrong(self, what: str) -> BadGrammar:
        begin = self._now.start() if self._now else self._place
        return BadGrammar(f"the grammar is wrong in line {1 + self._text.count(chr(10), 0, begin)}: {what}")

    def _at(self, sign: str) -> bool:
        return self._now is not None and self._now["sign"] == sign

    def _either(self) -> Expression:
        options = [self._chain()]
        while self._at("|"):
            self._step()
            options.append(self._chain())
        return options[0] if len(options) == 1 else Either(tuple(options))

    def _chain(self) -> Expression:
        items: list[Expression] = []
        while (item := self._item()) is not None:
            self._step()
            while count := self._count():
                self._step()
                item = Repeat(item, *count)
            items.append(item)
        return items[0] if len(items) == 1 else Chain(tuple(items))

    def _item(self) -> Expression | None:
        """What stands here, up to its last element; None where a chain ends."""
        now = self._now
        if now is None or now["defined"] or self._at("|") or self._at(")"):
            return None
        if now["rule"]:
            return Rule(now["rule"])
        if now["literal"] is not None:
            return literal("".join(map(chr, self._characters(now["literal"]))))
        if now["characters"]:
            return Characters(self._ranges(now["characters"], inverse=bool(now["inverse"])))
        if self._at("."):
            return Characters(((0, LAST_CHARACTER),))
        return self._brackets()

    def _brackets(self) -> Expression:
        if not self._at("("):
            raise self._wrong("a repetition has nothing before it")
        if self._depth == _MAX_DEPTH:
            raise self._wrong(f"more than {_MAX_DEPTH} brackets within one another")
        self._depth += 1
        self._step()
        inside = self._either()
        self._depth -= 1
        if not self._at(")"):
            raise self._wrong("a bracket is not closed")
        return inside

    def _count(self) -> tuple[int, int | None] | None:
        now = self._now
        if now is None:
            return None
        if now["least"] is None:
            return _COUNTS.get(now["sign"] or "")
        if max(len(now["least"]), len(now["most"] or "")) > _MAX_DIGITS:
            raise self._wrong("a repetition is too long")
        least = int(now["least"])
        return least, (least if now["open"] is None else int(now["most"]) if now["most"] else None)

    def _ranges(self, inside: str, *, inverse: bool) -> Ranges:
        found = [piece[0] for piece in _CHARACTER.finditer(inside)]
        codes = self._characters(inside)
        ranges: list[tuple[int, int]] = []
        while codes:
            if len(codes) > 2 and found[1] == "-":
                ranges.append((codes[0], codes[2]))
                del codes[:3], found[:3]
            else:
                ranges.append((codes[0], codes[0]))
                del codes[:1], found[:1]
        if any(low > high for low, high in ranges):
            raise self._wrong("a range of characters ends before it begins")
        return all_but(ranges) if inverse else merged(ranges)

    def _characters(self, inside: str) -> list[int]:
        """The code points of what stands between quotes or brackets."""
        codes, place = [], 0
        while place < len(inside):
            piece = _CHARACTER.match(inside, place)
            code = piece and _code(piece)
            if piece is None or code is None or code > LAST_CHARACTER:
                raise self._wrong("there is no such escaped character")
            codes.append(code)
            place = piece.end()
        return codes


def _code(piece: re.Match[str]) -> int:
    if hexadecimal := piece["two"] or piece["four"] or piece["eight"]:
        return int(hexadecimal, 16)
    return ord(piece["plain"] or _ESCAPED.get(piece["escaped"], piece["escaped"]))
