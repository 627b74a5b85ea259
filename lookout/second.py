"""A second look at what a first one did not clearly deny, so that look-alikes don't alarm.

The question is asked the other way round, where that is plain language, and once more with a description of the
picture in hand. What all of it comes to is decided in `judge`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from lookout.judge import Answers, decided
from prompts.conditions import other_way_round, with_description
from prompts.languages import Language, language_of
from prompts.questions import describe
from storage.records import Verdict, Watch
from vision.backend import Backend
from vision.picture import Picture
from vision.request import Again, Delta, Generation, Message, Request, Score

LONGEST_DESCRIPTION: Final = 96
"""Tokens."""

Doubted = tuple[Watch, Verdict]
"""A watch, with what a first look made of the picture."""


async def look_twice(
    picture: Picture,
    doubted: Sequence[Doubted],
    backend: Backend,
    *,
    described: Mapping[Language, str],
    asker: Request,
) -> list[Verdict]:
    """The verdicts that stand after another look, in the order given. Raises EngineError when the backend can't answer.

    `described` is what is known of the picture in words already; what is missing is asked for. `asker` says whose turn
    it is and how urgent, and asks nothing yet.
    """
    words = dict(described)
    for language in {language_of(watch.language) for watch, _ in doubted} - words.keys():
        words[language] = await _description(picture, language, backend, asker)
    asked: list[str] = []
    places = [_place(asked, watch, words) for watch, _ in doubted]
    scores = await _scores(replace(asker, pictures=(picture,), questions=tuple(asked)), backend)
    return [
        decided(watch, first, Answers(described=scores[seen], turned=None if turned is None else scores[turned]))
        for (watch, first), (seen, turned) in zip(doubted, places, strict=True)
    ]


def _place(asked: list[str], watch: Watch, words: Mapping[Language, str]) -> tuple[int, int | None]:
    """Add a watch's questions to those that are asked; returns which they are."""
    language = language_of(watch.language)
    asked.append(with_description(watch.condition, language, words[language]))
    turned = other_way_round(watch.condition, language)
    if turned is None:
        return len(asked) - 1, None
    asked.append(turned)
    return len(asked) - 2, len(asked) - 1


async def _description(picture: Picture, language: Language, backend: Backend, asker: Request) -> str:
    conversation = (Message("user", describe(language), (picture,)),)
    request = replace(asker, conversation=conversation, generate=Generation(max_tokens=LONGEST_DESCRIPTION))
    words = ""
    async for event in backend.ask(request):
        match event:
            case Delta():
                words += event.text
            case Again():
                words = ""
    return words.strip()


async def _scores(request: Request, backend: Backend) -> dict[int, Score]:
    return {event.question: event async for event in backend.ask(request) if isinstance(event, Score)}
