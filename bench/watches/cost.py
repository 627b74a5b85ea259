"""What watches cost the engine: tokens and time of a photo with many of them, and of one that a thousand chats get.

Tokens are those that were computed: read and not found in the cache, or written.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from statistics import median
from typing import Final
from unittest.mock import patch

from bench.conditions import conditions
from bench.pictures import pictures
from bench.rig import Rig
from bench.table import table
from lookout.inquiry import Inquiry
from lookout.look import look
from storage.records import Watch
from vision.backend import Backend
from vision.engine import Engine
from vision.picture import Picture, open_picture
from vision.request import Done, Event, Request
from vision.shared import Shared

WATCHES: Final = (0, 1, 10, 100)
CHATS: Final = 1000
EACH: Final = 10
"""Watches of each of the many chats, the same in all of them."""

_AT_ONCE: Final = 8  # CHATS_AT_ONCE as it comes
_NEVER: Final = datetime(2026, 1, 1, tzinfo=UTC)
_ANSWER: Final = 64  # tokens at most, for random weights never end


@dataclass(frozen=True, slots=True)
class Spent:
    """What it took: tokens computed, questions that the model was asked, seconds."""

    tokens: float
    questions: float
    seconds: float


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


async def cost(rig: Rig, *, name: str, rounds: int, chats: int, doubts: bool) -> str:
    """The table. Without `doubts` no first look is followed by a second: random weights are sure of nothing."""
    with patch("lookout.inquiry.LONGEST_ANSWER", _ANSWER), _second_looks(doubts):
        async with Engine(rig.engine) as engine:
            files = pictures(seed=91)
            await _spent(engine, Shared, _of(open_picture(next(files)), 10), 1)  # warm up
            one = [
                await _median(engine, (_of(open_picture(next(files)), watches) for _ in range(rounds)))
                for watches in WATCHES
            ]
            many = [
                (words, await _spent(engine, layer, _of(open_picture(next(files)), watches, answer=answer), chats))
                for words, layer, watches, answer in _crowds(chats)
            ]
    base = one[0]
    rows = [(f"one chat, {watches} watches", *_cells(spent, base)) for watches, spent in zip(WATCHES, one, strict=True)]
    rows += [(words, *_cells(spent, base)) for words, spent in many]
    return table(f"A photo and its watches, {name}", ("", "tokens", "ratio", "questions asked", "s", "ratio"), rows)


def _crowds(chats: int) -> tuple[tuple[str, Layer, int, bool], ...]:
    """The same picture in many chats."""
    same = f"the same photo in {chats:,} chats"
    return (
        (f"{same}, no watches", Shared, 0, True),
        (f"{same}, {EACH} equal watches each", Shared, EACH, True),
        (f"{same}, silent groups, {EACH} equal watches each", Shared, EACH, False),
        ("– without asking equal questions once", lambda backend: backend, EACH, False),
    )


async def _median(engine: Engine, inquiries: Iterator[Inquiry]) -> Spent:
    each = [await _spent(engine, Shared, one, 1) for one in inquiries]
    return Spent(
        median(spent.tokens for spent in each),
        median(spent.questions for spent in each),
        median(spent.seconds for spent in each),
    )


async def _spent(engine: Engine, layer: Layer, asked: Inquiry, chats: int) -> Spent:
    """What it takes to answer the same in so many chats."""
    counted = Counted(engine)
    backend, numbers = layer(counted), iter(range(chats))

    async def work() -> None:
        for number in numbers:
            await look(replace(asked, chat=f"chat {number}"), backend, sighting=number)

    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(_AT_ONCE):
            group.create_task(work())
    return Spent(counted.tokens, counted.questions, time.perf_counter() - began)


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
    )
