"""The instructions that everybody can choose from, in each language."""

from __future__ import annotations

from functools import cache
from typing import Final

from prompts.languages import LANGUAGES, Language
from prompts.wording import worded

TASKS: Final = (
    "describe",
    "detail",
    "unseen",
    "read",
    "translate",
    "guide",
    "safety",
    "nature",
    "cook",
    "code",
    "count",
)
"""The presets that are chosen as they are, in the order in which they are shown."""

STYLES: Final = ("plain", "funny", "poetic", "news")
LENGTHS: Final = ("short", "sentence", "paragraph")
CAPTIONS: Final = tuple(f"caption.{style}.{length}" for style in STYLES for length in LENGTHS)
"""The presets that ask for a caption, one for each style and length."""


@cache
def preset(key: str, language: Language) -> str | None:
    """The instruction of a preset, placeholders and all; None where there is no such preset."""
    if key in TASKS:
        return worded(f"presets/{key}", language)
    if key in CAPTIONS:
        name, style, length = key.split(".")
        return worded(f"presets/{name}", language, style=style, length=length)
    return None


def preset_of(text: str | None) -> str | None:
    """The key of the preset that an instruction is, word for word and in whichever language; None for one's own."""
    return _keys().get(text) if text else None


@cache
def _keys() -> dict[str | None, str]:
    return {preset(key, language): key for key in (*TASKS, *CAPTIONS) for language in LANGUAGES}
