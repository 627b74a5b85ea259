"""What the model is asked: to describe, and to say yes or no."""

from __future__ import annotations

import re
from collections.abc import Sequence

from prompts.languages import Language
from prompts.wording import worded

_QUOTES = "\"'“”‘’«»「」『』"
_ARTICLE = re.compile(r"^(?:(?:all|every|each|any|some|the|an|a)\s+)+(?=\S)", re.IGNORECASE)
_QUESTION = re.compile(
    r"[?？]\s*$|[吗嗎呢]\s*$|有没有|有沒有|是不是|是否"
    r"|^(is|are|was|were|do|does|did|has|have|can|could|will|would|should)(n't)?"
    r" (a|an|the|there|it|this|that|any|some|someone|somebody|anyone|anybody|people|they|he|she|you|we|i)\b",
    re.IGNORECASE,
)


def describe(language: Language, *, pictures: int = 1, video: bool = False) -> str:
    """The question behind a picture that came without one; behind several, of which a video's are frames."""
    return worded("happening" if video else "compare" if pictures > 1 else "describe", language)


def condition_of(text: str) -> str:
    """A watch's condition as it is kept and shown: one line, without the quotes around it."""
    return " ".join(text.split()).strip(_QUOTES).strip()


def is_question(condition: str) -> bool:
    """Whether a condition is a whole question ("is there smoke?") and not the name of a thing ("smoke")."""
    return bool(_QUESTION.search(condition))


def yes_or_no(condition: str, language: Language) -> str:
    """The question whose answer is yes when `condition` holds.

    The instruction stands before the condition, so that all the questions about one picture share their beginning.
    """
    return worded("yes_or_no", language, condition=condition.rstrip("."), whole=is_question(condition))


def find(thing: str, language: Language) -> str:
    """The question whose answer, in JSON, says where a thing is."""
    return worded("find", language, thing=_ARTICLE.sub("", thing.rstrip(".?!。？！")))


def which(labels: Sequence[str], language: Language) -> str:
    """The question whose answer is one of the labels."""
    return worded("which", language, labels=labels)
