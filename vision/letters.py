"""The letters that are drawn with: one font that ships with the project, and what it has no letters for."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from PIL import ImageFont

_FONT: Final = Path(__file__).parent / "fonts" / "labels.ttf"
_NO_CHARACTER: Final = "\uffff"
_CUT: Final = "…"


def drawable(text: str) -> bool:
    """Whether there are letters here for all of a text; what there are none for would look like empty boxes."""
    return bool(text.strip()) and all(map(_has, text))


def drawn_part(text: str) -> str:
    """What of a text there are letters for."""
    return " ".join("".join(letter if _has(letter) else " " for letter in text).split())


def fitting(text: str, font: ImageFont.FreeTypeFont, width: float) -> str:
    """A text cut so that it is at most so many pixels wide; empty where not even one letter is."""
    while text and font.getlength(text) > width:
        text = text.removesuffix(_CUT)[:-1] + _CUT if len(text) > 1 else ""
    return text


@cache
def font_of(size: int) -> ImageFont.FreeTypeFont:
    """The font, so many pixels high."""
    return ImageFont.truetype(_FONT, size, layout_engine=ImageFont.Layout.BASIC)


@cache
def _has(character: str) -> bool:
    font = font_of(16)
    return character == " " or bytes(font.getmask(character)) != bytes(font.getmask(_NO_CHARACTER))
