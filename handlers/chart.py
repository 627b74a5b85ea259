"""Shares as a bar chart of characters, for Telegram's monospaced text.

Bars and figures stand before the labels: how wide a Chinese character or an emoji is beside them differs by app.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

_CELLS = 10
_EIGHTHS = " ▏▎▍▌▋▊▉"
_FULL = "█"
_MOST_DIGITS = 3
_LEFT_TO_RIGHT = "\u200e"
_ISOLATED = "\u2068{}\u2069"


def chart(shares: Iterable[tuple[str, float]]) -> str:
    """One line a label, in the order given: a bar, the share in whole percent, the label."""
    return "\n".join(f"{_bar(share)} {percent(share):>4} {_beside(label)}" for label, share in shares)


def _bar(share: float) -> str:
    full, rest = divmod(round(share * _CELLS * 8), 8)
    return (_FULL * full + (_EIGHTHS[rest] if rest else "")).ljust(_CELLS)


def percent(share: float) -> str:
    """A share in whole percent. 0% and 100% are said only of what is exactly that."""
    if 0.0 < share <= 0.005:
        return "<1%"
    return ">99%" if 0.995 <= share < 1.0 else f"{share:.0%}"


def told_apart(share: float, bound: float) -> tuple[str, str]:
    """A share and a bound in percent, with as many decimals as it takes to tell one from the other, three at most."""
    said, digits = (percent(share), percent(bound)), 0
    while share != bound and said[0] == said[1] and digits < _MOST_DIGITS:
        digits += 1
        said = f"{share:.{digits}%}", f"{bound:.{digits}%}"
    return said


def _beside(label: str) -> str:
    """A label, kept apart where it is written from right to left, or the bar and the figure would change places."""
    if any(unicodedata.bidirectional(character) in {"R", "AL"} for character in label):
        return _LEFT_TO_RIGHT + _ISOLATED.format(label)
    return label
