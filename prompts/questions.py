"""What the model is asked: to describe, and to say yes or no."""

from __future__ import annotations

import re
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from prompts.languages import Language

_QUOTES = "\"'“”‘’«»「」『』"
_QUESTION = re.compile(
    r"[?？]\s*$|[吗嗎呢]\s*$|有没有|有沒有|是不是|是否"
    r"|^(is|are|was|were|do|does|did|has|have|can|could|will|would|should)(n't)?"
    r" (a|an|the|there|it|this|that|any|some|someone|somebody|anyone|anybody|people|they|he|she|you|we|i)\b",
    re.IGNORECASE,
)


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("prompts"),
        autoescape=False,  # noqa: S701 - what is made here is plain text for a model, never HTML
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _render(name: str, language: Language, **values: object) -> str:
    return _templates().get_template(f"{name}.{language}.txt").render(**values).strip()


def describe(language: Language) -> str:
    """The question behind a picture that came without one."""
    return _render("describe", language)


def background(language: Language, *, instruction: str | None, place: str | None) -> str:
    """What stands before the first question: the chat's own instruction and where the picture was taken, or nothing."""
    return _render("background", language, instruction=instruction, place=place)


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
    return _render("yes_or_no", language, condition=condition.rstrip("."), whole=is_question(condition))
