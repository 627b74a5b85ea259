"""What Telegram finds in a text by itself: addresses, commands, mentions, tags."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import accumulate

from sandbox.markup.entity import OPAQUE, Entity, in_order, utf16_length

# Real Telegram knows every top-level domain; these are enough for a chat that nobody links much in.
_DOMAINS = "com|org|net|io|dev|app|edu|gov|info|me|ai|co|de|fr|uk|ru|cn|jp|kr|in|eu|us|ch|at|it|es|nl|se|no|pl|xyz"
_TAIL = r"[^\s<>\"'`，。！？；：、“”‘’（）《》]"
# Earlier ones win where two overlap.
_PATTERNS = (
    ("url", re.compile(rf"(?<![A-Za-z0-9_@.])(?:https?|tg)://{_TAIL}+", re.IGNORECASE)),
    ("email", re.compile(r"(?<![\w.+-])[A-Za-z0-9_.+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![\w-])")),
    (
        "url",
        re.compile(
            rf"(?<![A-Za-z0-9_@./-])(?:[a-z0-9-]{{1,63}}\.){{1,8}}(?:{_DOMAINS})(?![a-z0-9_@-])(?::\d+)?(?:[/?#]{_TAIL}*)?",
            re.IGNORECASE,
        ),
    ),
    ("bot_command", re.compile(r"(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/<>])")),
    ("mention", re.compile(r"(?<![\w@])@[A-Za-z][A-Za-z0-9_]{3,31}(?!\w)")),
    ("hashtag", re.compile(r"(?<![\w#])#(?=\w*[^\W\d_])\w{1,256}")),
    ("cashtag", re.compile(r"(?<![\w$])\$[A-Z]{1,8}(?![\w$])")),
)
_TRAILING = ".,:;!?'\")]}"


def with_found(text: str, given: list[Entity]) -> list[Entity]:
    """The given entities and the found ones, which stay out of code and links."""
    taken = bytearray(utf16_length(text))
    for entity in given:
        if entity.type in OPAQUE:
            taken[entity.offset : entity.end] = b"\1" * entity.length
    found = []
    for entity in _search(text):
        if not any(taken[entity.offset : entity.end]):
            taken[entity.offset : entity.end] = b"\1" * entity.length
            found.append(entity)
    return in_order([*given, *found])


def _search(text: str) -> Iterator[Entity]:
    units = list(accumulate((1 + (character > "\uffff") for character in text), initial=0))
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            begin, end = match.span()
            if kind == "url":
                end = begin + len(match.group().rstrip(_TRAILING))
            yield Entity(kind, units[begin], units[end] - units[begin])
