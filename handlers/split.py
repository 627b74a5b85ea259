"""Cutting long texts where a reader would pause."""

from __future__ import annotations

LONGEST_MESSAGE = 4096
"""UTF-16 units that a message may have (https://core.telegram.org/bots/api#sendmessage)."""

_PAUSES = ("\n\n", "\n", "。", "！", "？", ". ", "! ", "? ", "；", "; ", "，", ", ", " ")


def units(text: str) -> int:
    """The length of `text` as Telegram counts it, in UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2


def split(text: str, limit: int = LONGEST_MESSAGE) -> list[str]:
    """`text` in parts of at most `limit` UTF-16 units, cut at the best pause in each part's second half.

    Nothing but white space at the cuts is lost; an empty text gives no parts.
    """
    parts = []
    rest = text.strip()
    while units(rest) > limit:
        head = _fitting(rest, limit)
        cut = _pause(head)
        parts.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [part for part in (*parts, rest) if part]


def _fitting(text: str, limit: int) -> str:
    return text.encode("utf-16-le")[: 2 * limit].decode("utf-16-le", "ignore")


def _pause(head: str) -> int:
    for pause in _PAUSES:
        at = head.rfind(pause, len(head) // 2)
        if at >= 0:
            return at + len(pause)
    return len(head)
