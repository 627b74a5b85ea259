"""A chat's own instruction as the model is told it: in the language of the answer, with its placeholders filled in."""

from __future__ import annotations

import re
from typing import Final

from prompts.languages import NAMES, Language, language_written
from prompts.presets import preset, preset_of
from prompts.wording import worded

PLACEHOLDERS: Final = ("{place}", "{time}", "{language}")
"""What stands in an instruction for where and when the picture was taken, and for the language of the answer."""

_PLACEHOLDER = re.compile("|".join(map(re.escape, PLACEHOLDERS)))
_UNKNOWN: Final[dict[Language, str]] = {"en": "unknown", "zh-hans": "未知"}


def filled(instruction: str, language: Language, *, place: str | None, time: str | None) -> str:
    """The instruction as it is meant for one picture: a brace that begins no placeholder stays as it was written.

    A preset's text, word for word, is that preset in the language of the answer.
    """
    key = preset_of(instruction)
    text = (key and preset(key, language)) or instruction
    values = {"{place}": place, "{time}": time, "{language}": NAMES[language]}
    return _PLACEHOLDER.sub(lambda found: values[found.group()] or _UNKNOWN[language], text)


def before_question(
    instruction: str, language: Language, question: str, *, place: str | None, time: str | None, unasked: str
) -> str:
    """What of an instruction goes before a question; `unasked` is the one that is put where nobody has asked any.

    A preset leaves out the question that it ends with itself. Where nobody has asked, somebody's own instruction may be
    the task: it counts more than a description.
    """
    told = filled(instruction, language, place=place, time=time)
    if preset_of(instruction):
        return "" if question == told else told.rpartition("\n\n")[0]
    return worded("instructed", language, instruction=told) if question == unasked else told


def default_question(
    instruction: str | None, language: Language, *, place: str | None, time: str | None, unasked: str
) -> str:
    """What is asked where nobody has asked: a preset ends with a question of its own."""
    if instruction and preset_of(instruction):
        return filled(instruction, language, place=place, time=time)
    return unasked


def background(
    language: Language, *, instruction: str | None, place: str | None, words: str | None = None, video: bool = False
) -> str:
    """What stands before the first question, or nothing.

    The chat's own instruction, that the pictures are a video's, where they were taken, and the words that came with
    them from somebody else.
    """
    return worded("background", language, instruction=instruction, place=place, words=words, video=video)


def answer_in(language: Language, question: str) -> str:
    """What turns the answer to the language wanted, where the question is written in another one; else nothing."""
    return "" if language_written(question, otherwise=language) == language else worded("answer_in", language)
