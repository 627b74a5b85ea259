"""`python -m bench.right`: what the engine says, many requests at once, beside a plain run of each alone.

A thousand drawn pictures; of each, questions in one request, and for some descriptions, follow-ups, labels, and answers
under a chat's own instruction or within a JSON schema between them, eight requests in flight. Then the same, one after
another, by bench.plain.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from bench.kinds import LABELS, RECORD
from bench.plain import Plain, Written
from bench.table import table
from bench.unquantised import f16, f32
from tiny import phrases
from tiny import questions as asked
from tiny.evaluate import photographed
from tiny.forms import SYSTEMS
from tiny.world.picture import render
from tiny.world.scene import random_scene
from vision.engine import Engine, EngineSettings
from vision.picture import Picture, picture_from_rgb
from vision.request import Choice, Delta, Done, Generation, Message, Ranking, Request, Score
from vision.weights import Weights, tiny_weights

IN_FLIGHT = 8
MAX_TOKENS = 48
THRESHOLD = 0.6  # of a verdict
CLAIMED = 0.01  # how far p may lie apart at f16
TIE = 0.02  # logits so close may come out in either order there
KINDS: dict[str, Callable[[Weights], Weights]] = {"f32": f32, "f16": f16, "q8_0": lambda weights: weights}
LANGUAGES = ("en", "zh")


@dataclass(frozen=True)
class Task:
    """One request, and which of its questions the plain run asks too."""

    request: Request
    checked: tuple[int, ...] = ()


@dataclass(frozen=True)
class Said:
    """What one task brought from the engine: p(yes) by question, p of a choice's labels, and the answer."""

    scores: dict[int, float]
    shares: tuple[float, ...]
    text: str
    tokens: int


@dataclass(frozen=True)
class Parting:
    """A stream that became another: at which token, and the closest choice of the plain run up to there."""

    token: int
    gap: float


def tasks(pictures: int, questions: int, checked: int, seed: int) -> Iterator[Task]:
    """What is asked, in the order in which it is."""
    for number in range(pictures):
        rng = random.Random(f"{seed}/{number}")
        scene = random_scene(rng)
        picture = _picture(photographed(render(scene, rng.randint(192, 640))[0], rng.randint(70, 95)))
        turns = [
            asked.casual(rng, asked.presence(rng, scene, LANGUAGES[n % 2], LANGUAGES[n % 2])).question
            for n in range(questions)
        ]
        describe = Message("user", phrases.DESCRIBE_FORM[rng.choice(LANGUAGES)], (picture,))
        generate = Generation(max_tokens=MAX_TOKENS)
        look = Request(pictures=(picture,), questions=tuple(turns), chat=f"chat {number % 13}")
        if number % 2:
            look = replace(look, conversation=(describe,), generate=generate)
        yield Task(look, tuple(sorted(rng.sample(range(questions), min(checked, questions)))))
        if number % 3 == 0:
            first, second = asked.pronoun_turns(rng, scene, "en", "en")
            talk = (Message("user", first.question, (picture,)), Message("assistant", first.answer))
            yield Task(Request((*talk, Message("user", second.question)), generate, chat=f"chat {number % 13}"))
        if number % 4 == 0:
            choices = (Choice("What does the picture show?", LABELS),)
            bounded = Generation(max_tokens=60, json_schema=RECORD)
            yield Task(Request((describe,), bounded, (picture,), choices=choices, chat=f"chat {number % 13}"))
        if number % 5 == 0:
            told = (Message("system", rng.choice(SYSTEMS)), describe)
            yield Task(Request(told, generate, chat=f"chat {number % 13}"))


def _picture(image: Image.Image) -> Picture:
    return picture_from_rgb(image.width, image.height, image.tobytes())


async def by_engine(weights: Weights, given: Iterable[Task]) -> list[Said]:
    """All tasks, always so many in flight."""
    said: dict[int, Said] = {}
    waiting = iter(enumerate(given))

    async def work(engine: Engine) -> None:
        for number, task in waiting:
            said[number] = await _ask(engine, task.request)

    async with Engine(EngineSettings(weights, threads=1)) as engine, asyncio.TaskGroup() as group:
        for _ in range(IN_FLIGHT):
            group.create_task(work(engine))
    return [said[number] for number in sorted(said)]


async def _ask(engine: Engine, request: Request) -> Said:
    scores: dict[int, float] = {}
    texts: list[str] = []
    shares: tuple[float, ...] = ()
    async for event in engine.ask(request):
        match event:
            case Score(question, p_yes):
                scores[question] = p_yes
            case Ranking(_, _, shares):
                pass
            case Delta(text):
                texts.append(text)
            case Done(_, usage):
                return Said(scores, shares, "".join(texts), usage.generated_tokens)
    raise RuntimeError("the events ended without Done")


class Comparison:
    """How far the engine and the plain run lie apart."""

    def __init__(self) -> None:
        self.apart: list[float] = []
        self.shares_apart: list[float] = []
        self.turned: list[tuple[float, float]] = []
        self.streams = 0
        self.partings: list[Parting] = []

    def add(self, plain: Plain, task: Task, said: Said) -> None:
        """Run one task plainly and hold what the engine said against it."""
        request = task.request
        for number in task.checked:
            p_yes, _ = plain.verdict(request.questions[number], request.pictures)
            self.apart.append(abs(p_yes - said.scores[number]))
            if (p_yes >= THRESHOLD) != (said.scores[number] >= THRESHOLD):
                self.turned.append((p_yes, said.scores[number]))
        for choice in request.choices:
            pairs = zip(plain.ranking(choice, request.pictures), said.shares, strict=True)
            self.shares_apart.append(max(abs(plainly - ours) for plainly, ours in pairs))
        if request.generate:
            written = plain.write(request.conversation, request.generate)
            self.streams += 1
            if (said.text, said.tokens) != (written.text, len(written.pieces)):
                self.partings.append(_parting(written, said))

    def row(self, name: str) -> tuple[str, ...]:
        """The figures."""
        apart = np.array(self.apart)
        return (
            name,
            f"{len(apart):,}",
            f"{apart.max():.5f}",
            f"{np.quantile(apart, 0.999):.5f}",
            str(len(self.turned)),
            f"{max(self.shares_apart):.5f}",
            str(self.streams),
            str(len(self.partings)),
        )


def _parting(written: Written, said: Said) -> Parting:
    """At the first token after which the engine's text is no longer the plain one's; or where one of them ended."""
    text, told = b"", said.text.encode()
    for number, piece in enumerate(written.pieces):
        text += piece
        if not told.startswith(text.lstrip()):
            return Parting(number, min(written.gaps[: number + 1]))
    return Parting(len(written.pieces), min(written.gaps))


def measure(name: str, weights: Weights, given: Sequence[Task]) -> Comparison:
    """Both runs over the same tasks."""
    begun = time.perf_counter()
    said = asyncio.run(by_engine(weights, given))
    between = time.perf_counter()
    plain, comparison = Plain(weights), Comparison()
    for task, one in zip(given, said, strict=True):
        comparison.add(plain, task, one)
    plain.close()
    ours, theirs = between - begun, time.perf_counter() - between
    print(f"{name}: {len(given):,} requests in {ours:.0f} s by the engine; what is checked took {theirs:.0f} s plainly")
    for plainly, by_engine_ in comparison.turned:
        print(f"- a verdict at {THRESHOLD:g} turned: p {plainly:.4f} plainly, {by_engine_:.4f} by the engine")
    for parting in comparison.partings:
        print(
            f"- a stream parted at token {parting.token}, the closest two logits until then lay {parting.gap:.4f} apart"
        )
    return comparison


def main() -> None:
    """Measure, print the table, and end with 1 where the claim does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=int, default=1000)
    parser.add_argument("--questions", type=int, default=20, help="a picture, in one request")
    parser.add_argument("--checked", type=int, default=6, help="of these, by the plain run too")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--weights", nargs="+", choices=KINDS, default=["f16", "q8_0"])
    given = parser.parse_args()
    every = list(tasks(given.pictures, given.questions, given.checked, given.seed))
    found = {name: measure(name, KINDS[name](tiny_weights()), every) for name in given.weights}
    head = (
        "weights",
        "questions",
        "p apart: most",
        "99.9 %",
        "verdicts turned",
        "labels apart",
        "streams",
        "streams that differ",
    )
    print(f"\n{table('The engine beside a plain run', head, [one.row(name) for name, one in found.items()])}")
    exact = [one for name, one in found.items() if name != "q8_0"]
    raise SystemExit(any(max(one.apart) > CLAIMED or any(p.gap > TIE for p in one.partings) for one in exact))


if __name__ == "__main__":
    main()
