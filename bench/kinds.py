"""Requests of every kind about drawn pictures, each with room for what it says when it is asked alone."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from tiny import phrases
from tiny import questions as asked
from tiny.forms import SYSTEMS
from tiny.world.picture import render
from tiny.world.scene import Scene, random_scene
from vision.errors import BadGrammar, PromptTooLong, VisionError
from vision.picture import Picture, picture_from_rgb
from vision.request import Again, Choice, Delta, Done, Generation, Message, Ranking, Request, Score

LONG = "Look closely, say what you see, and nothing that you do not see, in few and simple words. "
WORDS = 'root ::= ("red" | "blue" | "green" | "grey") " " ("ring" | "star" | "square" | "cat")'
RECORD = {
    "type": "object",
    "properties": {
        "things": {"type": "array", "items": {"type": "string", "maxLength": 12}, "maxItems": 3},
        "count": {"type": "integer", "minimum": 0, "maximum": 20},
        "night": {"type": "boolean"},
    },
    "required": ["things", "count"],
}
COUNTS = (1, 3, 9, 9, 60)  # of questions in one request
LABELS = ("a circle", "a square", "a fire", "a cat", "nothing")
MUST_FAIL = {"bad grammar": BadGrammar, "too long": PromptTooLong}


@dataclass
class Said:
    """What came back of one request so far."""

    text: str = ""
    scores: dict[int, float] = field(default_factory=dict)
    rankings: dict[int, tuple[float, ...]] = field(default_factory=dict)
    error: type[VisionError] | None = None
    done: bool = False

    def take(self, event: object) -> None:
        """One event more."""
        match event:
            case Delta(text):
                self.text += text
            case Score(number, p_yes):
                self.scores[number] = p_yes
            case Ranking(number, _, p):
                self.rankings[number] = p
            case Again():
                self.text, self.scores, self.rankings = "", {}, {}
            case Done():
                self.done = True


@dataclass(frozen=True)
class Case:
    """A request and what it said alone."""

    kind: str
    request: Request
    alone: Said = field(default_factory=Said)


def cases(pictures: int, seed: int) -> Iterator[Case]:
    """Requests of every kind about that many pictures, and some that must fail."""
    seen: list[tuple[Picture, Scene, random.Random]] = []
    for number in range(pictures):
        rng = random.Random(f"{seed}/{number}")
        scene = random_scene(rng)
        image = render(scene, rng.randint(96, 320))[0]
        seen.append((picture_from_rgb(image.width, image.height, image.tobytes()), scene, rng))
    for number, (picture, scene, rng) in enumerate(seen):
        yield from _of_one(picture, scene, rng)
        yield _of_several(tuple(seen[(number + step) % pictures][0] for step in range(rng.randint(2, 4))))
    yield from _wrong(seen[0][0])


def _of_one(picture: Picture, scene: Scene, rng: random.Random) -> Iterator[Case]:
    languages = [rng.choice(("en", "zh")) for _ in range(rng.choice(COUNTS))]
    questions = tuple(asked.presence(rng, scene, language, language).question for language in languages)
    describe = Message("user", phrases.DESCRIBE_FORM[rng.choice(("en", "zh"))], (picture,))
    choice = Choice("What does the picture show?", LABELS)
    write = Generation(max_tokens=40)
    first, second = asked.pronoun_turns(rng, scene, "en", "en")
    talk = (
        replace(describe, text=first.question),
        Message("assistant", first.answer),
        Message("user", second.question),
    )
    ruled = (Message("system", rng.choice(SYSTEMS)), describe)
    dice = Generation(max_tokens=24, temperature=0.8, seed=rng.randrange(1000))
    yield Case("questions", Request(pictures=(picture,), questions=questions))
    yield Case("choice", Request(pictures=(picture,), choices=(choice, replace(choice, labels=LABELS[:2]))))
    yield Case("description", Request((describe,), write))
    yield Case("follow-up", Request(talk, write))
    yield Case("own instruction", Request(ruled, write))
    yield Case("long instruction", Request((Message("system", LONG * rng.randint(1, 8)), describe), write))
    yield Case("grammar", Request((describe,), Generation(max_tokens=40, grammar=WORDS)))
    yield Case("JSON", Request((describe,), Generation(max_tokens=60, json_schema=RECORD)))
    yield Case("dice", Request((describe,), dice))
    yield Case("everything", Request((describe,), write, (picture,), questions, (choice,)))


def _of_several(pictures: tuple[Picture, ...]) -> Case:
    return Case("album", Request((Message("user", "Describe them.", pictures),), Generation(max_tokens=16), pictures))


def _wrong(picture: Picture) -> Iterator[Case]:
    turn = (Message("user", "What is this?", (picture,)),)
    yield Case("bad grammar", Request(turn, Generation(grammar="root ::= root")))
    yield Case("too long", Request((Message("user", "long " * 5000, (picture,)),), Generation()))
    yield Case("text only", Request((Message("user", "Hello, who are you?"),), Generation(max_tokens=20)))
