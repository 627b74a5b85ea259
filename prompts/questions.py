"""What the model is asked about a picture, other than to say yes or no."""

from __future__ import annotations

import re
from collections.abc import Sequence

from prompts.languages import Language
from prompts.wording import worded

_ARTICLE = re.compile(r"^(?:(?:all|every|each|any|some|the|an|a)\s+)+(?=\S)", re.IGNORECASE)


def describe(language: Language, *, pictures: int = 1, video: bool = False) -> str:
    """The question behind a picture that came without one; behind several, of which a video's are frames."""
    return worded("happening" if video else "compare" if pictures > 1 else "describe", language)


def find(thing: str, language: Language) -> str:
    """The question whose answer, in JSON, says where a thing is."""
    return worded("find", language, thing=_ARTICLE.sub("", thing.rstrip(".?!。？！")))


def which(labels: Sequence[str], language: Language) -> str:
    """The question whose answer is one of the labels."""
    return worded("which", language, labels=labels)


def quoted(language: Language, words: str) -> str:
    """What goes before a question that picks out words of an earlier message."""
    return worded("quoted", language, words=words)
