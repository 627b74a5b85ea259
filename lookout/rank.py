"""Which of several labels a picture shows, each with its probability among them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from lookout.judge import plain_outcome
from prompts.conditions import yes_or_no
from prompts.languages import Language
from prompts.questions import which
from vision.backend import Backend
from vision.picture import Picture
from vision.request import Choice, Ranking, Request, Score

FEWEST_LABELS: Final = 2
MOST_LABELS: Final = 20
LONGEST_LABEL: Final = 60
"""Characters."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """The labels with their shares of what is likely (sum 1), the likeliest first.

    `there` are those that it sees when it is asked about each alone. Where these are none, or not the first of the
    others, the shares are to be doubted.
    """

    shares: tuple[tuple[str, float], ...]
    there: tuple[str, ...]


async def rank(
    picture: Picture, labels: tuple[str, ...], language: Language, backend: Backend, *, chat: str = ""
) -> Ranked:
    """Score the labels as answers to one question, and whether each is there, in one pass. Raises EngineError."""
    shares: tuple[float, ...] = ()
    scores: dict[int, Score] = {}
    async for event in backend.ask(_request(picture, labels, language, chat)):
        match event:
            case Ranking():
                shares = event.p
            case Score():
                scores[event.question] = event
    there = tuple(labels[number] for number, score in sorted(scores.items()) if plain_outcome(score) == "yes")
    ranked = sorted(zip(labels, shares, strict=True), key=lambda pair: -pair[1])
    return Ranked(tuple(ranked), there)


def _request(picture: Picture, labels: tuple[str, ...], language: Language, chat: str) -> Request:
    return Request(
        pictures=(picture,),
        questions=tuple(yes_or_no(label, language) for label in labels),
        choices=(Choice(which(labels, language), labels),),
        chat=chat,
    )
