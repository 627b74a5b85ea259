"""Cutting long texts where a reader would pause."""

from __future__ import annotations

from collections.abc import Container, Iterator

from storage.whole import LONGEST_MESSAGE, units

LONGEST_CAPTION = 1024
"""UTF-16 units that the words under a photo may have (https://core.telegram.org/bots/api#sendphoto)."""

_PAUSES = ("\n\n", "\n", "。", "！", "？", ". ", "! ", "? ", "；", "; ", "，", ", ", " ")


def split(text: str, limit: int = LONGEST_MESSAGE) -> list[str]:
    """`text` in parts of at most `limit` UTF-16 units, cut at the best pause in each part's second half.

    Nothing but white space at the cuts is lost; an empty text gives no parts.
    """
    return [text[start:end] for start, end in spans(text, limit)]


def spans(text: str, limit: int = LONGEST_MESSAGE, better: Container[int] = ()) -> Iterator[tuple[int, int]]:
    """Where the parts of `split` begin and end; a pause that is in `better` is taken before any that is not."""
    start, last = _without_space(text, 0, len(text))
    while units(text[start:last]) > limit:
        head = _fitting(text[start:last], limit)
        cut = start + _pause(
            head, {at - start for at in range(start + len(head) // 2, start + len(head) + 1) if at in better}
        )
        yield _without_space(text, start, cut)
        start, _ = _without_space(text, cut, last)
    if start < last:
        yield start, last


def _without_space(text: str, start: int, end: int) -> tuple[int, int]:
    """The same span without the space around it; a line that begins there keeps its indentation."""
    inner, blank = text[start:end], "\n" if text[:start].endswith("\n") else None
    return end - len(inner.lstrip(blank)), start + len(inner.rstrip())


def _fitting(text: str, limit: int) -> str:
    return text.encode("utf-16-le")[: 2 * limit].decode("utf-16-le", "ignore")


def _pause(head: str, better: set[int]) -> int:
    """Where to cut: the kind of pause counts, then how late it comes."""
    for wanted in (better, None):
        for pause in _PAUSES:
            at = _last(head, pause, wanted)
            if at is not None:
                return at
    return len(head)


def _last(head: str, pause: str, wanted: set[int] | None) -> int | None:
    """The end of the last such pause in the second half, among the `wanted` ones if those are named."""
    at = len(head)
    while (at := head.rfind(pause, len(head) // 2, at)) >= 0:
        if wanted is None or at + len(pause) in wanted:
            return at + len(pause)
    return None
