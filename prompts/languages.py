"""Which of our languages a person, a text or a Telegram language code means."""

from __future__ import annotations

import re
from typing import Final, Literal, get_args

Language = Literal["en", "zh-hans"]
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)
NAMES: Final[dict[Language, str]] = {"en": "English", "zh-hans": "中文"}
"""Each language in its own words."""

_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_WORD = re.compile(r"[^\W\d_]+")


def language_of(code: str | None) -> Language:
    """The language nearest to an IETF tag such as Telegram's `language_code`; English where there is none."""
    return "zh-hans" if (code or "").lower().replace("_", "-").split("-")[0] == "zh" else "en"


def language_written(text: str, *, otherwise: Language) -> Language:
    """The language that `text` is written in, as far as its script tells; `otherwise` where it has no letters.

    What has fewer Chinese characters than other words only quotes them ("What does 出口 mean?"): there it is
    `otherwise` as well.
    """
    characters = len(_HAN.findall(text))
    words = len(_WORD.findall(_HAN.sub(" ", text)))
    if characters:
        return "zh-hans" if characters >= words else otherwise
    return "en" if words else otherwise


def answer_language(chosen: str | None, *, question: str | None, person: Language) -> Language:
    """The language of an answer: the one that the chat has chosen, else the question's own, else the person's."""
    return language_of(chosen) if chosen else language_written(question or "", otherwise=person)
