"""Formatted text: words and their marks, as Telegram's HTML or plain, in messages that are each valid alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape
from itertools import accumulate
from typing import Final

from handlers.split import spans
from storage.whole import LONGEST_MESSAGE


@dataclass(frozen=True, slots=True)
class Mark:
    """One way in which words are set off, as its HTML begins and ends."""

    opens: str
    closes: str


@dataclass(frozen=True, slots=True)
class Piece:
    """Words that have the same marks, the outermost first."""

    text: str
    marks: tuple[Mark, ...] = ()


Formatted = tuple[Piece, ...]

ITALIC: Final = Mark("<i>", "</i>")
BOLD: Final = Mark("<b>", "</b>")


def link(href: str) -> Mark:
    """Words that lead somewhere."""
    return Mark(f'<a href="{escape(href)}">', "</a>")


def plain(pieces: Sequence[Piece]) -> str:
    """The words alone."""
    return "".join(piece.text for piece in pieces)


def html(pieces: Sequence[Piece]) -> str:
    """Telegram's HTML: everything that was opened is closed, inner marks before outer ones."""
    written: list[str] = []
    opened: tuple[Mark, ...] = ()
    for piece in (*pieces, Piece("")):
        kept = shared(opened, piece.marks)
        written += [mark.closes for mark in reversed(opened[len(kept) :])]
        written += [mark.opens for mark in piece.marks[len(kept) :]]
        written.append(escape(piece.text, quote=False))
        opened = piece.marks
    return "".join(written)


def shared(some: tuple[Mark, ...], others: tuple[Mark, ...]) -> tuple[Mark, ...]:
    """The outer marks that both have."""
    return tuple(mark for at, mark in enumerate(some) if others[: at + 1] == some[: at + 1])


def split_formatted(pieces: Sequence[Piece], limit: int = LONGEST_MESSAGE) -> list[Formatted]:
    """In parts of at most `limit` UTF-16 units of words, cut where nothing is set off if that is possible at all.

    Where it is not, as in a long listing, the marks end with one part and begin again with the next.
    """
    ends = list(accumulate(len(piece.text) for piece in pieces))
    joints = {
        end for end, one, other in zip(ends, pieces, pieces[1:], strict=False) if not shared(one.marks, other.marks)
    }
    loose = {
        at
        for end, piece in zip(ends, pieces, strict=True)
        if not piece.marks
        for at in range(end - len(piece.text), end)
    }
    return [_between(pieces, *span) for span in spans(plain(pieces), limit, joints | loose)]


def _between(pieces: Sequence[Piece], start: int, end: int) -> Formatted:
    found, at = [], 0
    for piece in pieces:
        text = piece.text[max(start - at, 0) : max(end - at, 0)]
        if text:
            found.append(replace(piece, text=text))
        at += len(piece.text)
    return tuple(found)
