"""What watches cost the engine: tokens and time of a photo with many of them, and of one that a thousand chats get.

Tokens are those that were computed: read and not found in the cache, or written.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from statistics import median
from typing import Final, NamedTuple
from unittest.mock import patch

from bench.conditions import conditions
from bench.cost import cost
from bench.pictures import pictures
from bench.rig import Rig
from bench.table import table
from lookout.inquiry import Inquiry
from lookout.look import look
from storage.records import Watch
from vision.backend import Backend
from vision.engine import Engine
from vision.picture import Picture, open_picture, picture_from_rgb
from vision.request import Done, Event, Request
from vision.shared import Shared

WATCHES: Final = (0, 1, 10, 100)
CHATS: Final = 1000
EACH: Final = 10
"""Watches of each of the many chats, the same in all of them."""

HEAD: Final = ("", "tokens", "ratio", "questions asked", "s", "ratio", "processor, s", "ratio")

_AT_ONCE: Final = 8  # CHATS_AT_ONCE as it comes
_NEVER: Final = datetime(2026, 1, 1, tzinfo=UTC)
_ANSWER: Final = 64  # tokens at most, for random weights never end


class Spent(NamedTuple):
    """What it took: tokens computed, questions that the model was asked, seconds, and the processor's seconds."""

    tokens: float
    questions: float
    seconds: float
    processor: float


class Counted(Backend):
    """An engine, and what it was asked."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.tokens = self.questions = 0

    async def ask(self, request: Request) -> AsyncGenerator[Event, None]:
        """The engine's events, unchanged."""
        self.questions += len(request.questions)
        async with aclosing(self._engine.ask(request)) as events:
            async for event in events:
                if isinstance(event, Done):
                    usage = event.usage
                    self.tokens += usage.prompt_tokens - usage.cached_tokens + usage.generated_tokens
                yield event


Layer = Callable[[Backend], Backend]


async def watch_cost(rig: Rig, *, name: str, rounds: int, knowing: bool) -> str:
    """The table. Weights that are not `knowing` are sure of nothing and never end: without second looks, for fewer."""
    with patch("lookout.inquiry.LONGEST_ANSWER", _ANSWER), _second_looks(knowing):
        async with Engine(rig.engine) as engine:
            first, crowd, *others = [open_picture(file) for file in islice(pictures(seed=91), rounds + 2)]
            await _spent(engine, Shared, _of(first, EACH), 1)  # warm up
            seen = [await _one(engine, picture) for picture in others]
            many = [
                (f"the same photo in {chats:,} {words}", await _spent(engine, layer, asked, chats))
                for words, layer, asked, chats in _crowds(crowd, knowing)
            ]
    one = [Spent(*map(median, zip(*each, strict=True))) for each in zip(*seen, strict=True)]
    rows = [(f"one chat, {watches} watches", spent) for watches, spent in zip(WATCHES, one, strict=True)]
    cells = [(words, *_cells(spent, one[0])) for words, spent in (*rows, *many)]
    return table(f"A photo and its watches, {name}", HEAD, cells)


def _crowds(picture: Picture, knowing: bool) -> Iterator[tuple[str, Layer, Inquiry, int]]:
    """The same picture in many chats, each time another one that shows the same."""
    equal, plain = f"{EACH} equal watches each", "each chat asks for itself"
    if knowing:
        yield "chats, no watches", Shared, _of(_anew(picture, 0), 0), CHATS
        yield f"chats, {equal}", Shared, _of(_anew(picture, 1), EACH), CHATS
    yield f"silent groups, {equal}", Shared, _of(_anew(picture, 2), EACH, answer=False), CHATS
    fewer = CHATS if knowing else CHATS // 100
    yield f"silent groups, {equal}; {plain}", lambda same: same, _of(_anew(picture, 3), EACH, answer=False), fewer


async def _one(engine: Engine, picture: Picture) -> list[Spent]:
    """What a picture takes with each number of watches, in turns: what else the machine does then falls on all."""
    return [await _spent(engine, Shared, _of(_anew(picture, at), each), 1) for at, each in enumerate(WATCHES)]


def _anew(picture: Picture, number: int) -> Picture:
    """A picture that shows the same and is another one, so that nothing of it is kept."""
    return picture_from_rgb(picture.width, picture.height, bytes((number,)) + picture.rgb[1:])


async def _spent(engine: Engine, layer: Layer, asked: Inquiry, chats: int) -> Spent:
    """What it takes to answer the same in so many chats."""
    counted = Counted(engine)
    backend, numbers = layer(counted), iter(range(chats))

    async def work() -> None:
        for number in numbers:
            await look(replace(asked, chat=f"chat {number}"), backend, sighting=number)

    async def all_of_it() -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(_AT_ONCE):
                group.create_task(work())

    pids = (os.getpid(), *([engine.pid] if engine.pid else []))
    took = await cost(all_of_it(), pids)
    return Spent(counted.tokens, counted.questions, took.wall, took.cpu)


def _of(picture: Picture, watches: int, *, answer: bool = True) -> Inquiry:
    found = tuple(Watch(number, 1, condition, "en", _NEVER) for number, condition in enumerate(conditions()[:watches]))
    return Inquiry((picture,), "en", watches=found, answer=answer)


@contextmanager
def _second_looks(wanted: bool) -> Iterator[None]:
    if wanted:
        yield
        return
    with patch("lookout.look.doubtful", lambda _: False):
        yield


def _cells(spent: Spent, base: Spent) -> tuple[str, ...]:
    return (
        f"{spent.tokens:,.0f}",
        f"{spent.tokens / base.tokens:,.2f}",
        f"{spent.questions:,.0f}",
        f"{spent.seconds:,.3g}",
        f"{spent.seconds / base.seconds:,.2f}",
        f"{spent.processor:,.3g}",
        f"{spent.processor / base.processor:,.2f}",
    )
