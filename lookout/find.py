"""Finding a thing in a picture: whether it is there, and where, as far as the model can point."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass, replace
from typing import Any, Final

from lookout.judge import plain_outcome
from prompts.conditions import shows
from prompts.languages import Language
from prompts.questions import find as asking_for
from storage.records import Outcome
from vision.backend import Backend
from vision.picture import Picture, cut_out
from vision.request import Again, Delta, Generation, Message, Request, Score

MOST_BOXES: Final = 12
LONGEST_LABEL: Final = 60
"""Characters of a thing's name."""

_MOST_TOKENS: Final = 640
_SIDE: Final = 1000.0  # of the picture, as boxes count it
_LEAST_SIDE: Final = 4.0  # a box that is thinner encloses nothing
_WHOLE_FROM: Final = 990.0  # a box whose sides are both as long encloses all of the picture
_SAME_FROM: Final = 0.85  # the overlap from which two boxes are about one thing
_UNHEARD: Final = Score(0, p_yes=0.0, outside=1.0)  # until the model has said something: neither yes nor no
_SCHEMA: Final[Mapping[str, Any]] = {
    "type": "array",
    "maxItems": MOST_BOXES,
    "items": {
        "type": "object",
        "properties": {
            "label": {"type": "string", "minLength": 1, "maxLength": LONGEST_LABEL},
            "box": {"type": "array", "items": {"type": "number", "minimum": 0}, "minItems": 4, "maxItems": 4},
        },
        "required": ["label", "box"],
    },
}


@dataclass(frozen=True, slots=True)
class Box:
    """Where one thing is: thousandths of the upright picture's width and height from its left and top."""

    label: str
    left: float
    top: float
    right: float
    bottom: float

    @property
    def area(self) -> float:
        """Its part of the picture, in millionths."""
        return (self.right - self.left) * (self.bottom - self.top)

    def overlap(self, other: Box) -> float:
        """What both have in common as a part of what both cover (0–1)."""
        across = min(self.right, other.right) - max(self.left, other.left)
        down = min(self.bottom, other.bottom) - max(self.top, other.top)
        common = max(0.0, across) * max(0.0, down)
        return common / (self.area + other.area - common)


@dataclass(frozen=True, slots=True)
class Found:
    """What a search brought: whether the thing is there, how likely that is, and the boxes that can be believed."""

    thing: str
    outcome: Outcome
    p_yes: float
    boxes: tuple[Box, ...]


async def find(picture: Picture, thing: str, language: Language, backend: Backend, *, chat: str = "") -> Found:
    """Ask at once whether the thing is there and where. Where it is not, no box is waited for.

    What is in each box is looked at once more by itself: weights that cannot point write boxes as well. Raises
    EngineError when the backend can't answer.
    """
    request = _request(picture, thing, language, chat)
    score, words = _UNHEARD, ""
    async with aclosing(backend.ask(request)) as events:
        async for event in events:
            match event:
                case Score():
                    score = event
                    if plain_outcome(score) == "no":
                        break
                case Delta():
                    words += event.text
                case Again():
                    score, words = _UNHEARD, ""
    outcome = plain_outcome(score)
    boxes = () if outcome == "no" else boxes_in(words)
    # Only that it is the thing asked about has been looked at, not what else the model calls it.
    shown = [replace(box, label=thing) for box in boxes if await _shows(box, picture, request, backend)]
    return Found(thing, outcome, score.p_yes, tuple(shown))


async def _shows(box: Box, picture: Picture, asked: Request, backend: Backend) -> bool:
    """Whether the thing that was asked about is in the box: the model is shown that part alone."""
    part = cut_out(picture, box.left, box.top, box.right, box.bottom)
    score = _UNHEARD
    async for event in backend.ask(replace(asked, conversation=(), generate=None, pictures=(part,))):
        score = event if isinstance(event, Score) else score
    return plain_outcome(score) != "no"


def boxes_in(answer: str) -> tuple[Box, ...]:
    """The boxes of an answer that can be true; of one that ran into its limit, those that are complete.

    A grammar makes any model write boxes, also one that cannot point. So what encloses nothing, or all of the picture,
    or what another encloses already, says nothing and counts as none.
    """
    found: list[Box] = []
    for box in filter(None, map(_box, _items(answer))):
        if _says_something(box) and all(box.overlap(other) < _SAME_FROM for other in found):
            found.append(box)
    return tuple(found)


def _request(picture: Picture, thing: str, language: Language, chat: str) -> Request:
    return Request(
        conversation=(Message("user", asking_for(thing, language), (picture,)),),
        generate=Generation(max_tokens=_MOST_TOKENS, json_schema=_SCHEMA),
        pictures=(picture,),
        questions=(shows(thing, language),),
        chat=chat,
    )


def _items(answer: str) -> Iterator[Any]:
    """What an answer lists, up to where it breaks off, which may be anywhere."""
    whole, decoder = answer.strip(), json.JSONDecoder()
    rest = whole[1:] if whole.startswith("[") else ""
    with suppress(ValueError):
        while True:
            rest = rest.lstrip(", \n")
            item, end = decoder.raw_decode(rest)
            yield item
            rest = rest[end:]


def _box(item: Any) -> Box | None:
    match item:
        case {"label": str(label), "box": [*numbers]} if len(numbers) == 4:
            return _at(label, [float(number) for number in numbers])
    return None


def _at(label: str, numbers: list[float]) -> Box:
    """LLaVA was taught fractions of the picture's sides; whole thousandths are what is asked for."""
    fractions = max(numbers) <= 1.0
    return Box(label.strip(), *(number * _SIDE if fractions else number for number in numbers))


def _says_something(box: Box) -> bool:
    wide, high = box.right - box.left, box.bottom - box.top
    inside = box.right <= _SIDE and box.bottom <= _SIDE
    return inside and min(wide, high) >= _LEAST_SIDE and min(wide, high) < _WHOLE_FROM
