"""One photo, N yes/no questions: one request to the engine beside one call a question to the bindings."""

from __future__ import annotations

import asyncio
import time
from statistics import median

from bench.peer import Bindings
from bench.pictures import pictures
from bench.table import table
from bot.settings import Settings
from prompts.questions import yes_or_no
from vision.engine import Engine
from vision.picture import open_picture
from vision.request import Request
from vision.weights import tiny_weights

COUNTS = (1, 8, 32, 100)
ROUNDS = 9
THINGS = ("fire", "smoke", "a cat", "a person", "a car", "a house", "the sun", "the moon", "a traffic light", "a ring")
COLOURS = ("red", "orange", "yellow", "green", "blue", "purple", "white", "black", "pink", "grey")


async def questions() -> str:
    """The table: the median photo's milliseconds, and how many times cheaper."""
    conditions = [f"{thing} near a {colour} circle" for thing in THINGS for colour in COLOURS]
    asked = tuple(yes_or_no(condition, "en") for condition in conditions)
    files = pictures(seed=78)  # each a new one: no cache can help
    bindings = Bindings(tiny_weights())
    rows = []
    async with Engine(Settings(_env_file=None, threads=1).engine) as engine:
        for count in COUNTS:
            pairs = [await _both(engine, bindings, next(files), asked[:count]) for _ in range(ROUNDS + 1)]
            ours, peer = (median(column) for column in zip(*pairs[1:], strict=True))
            rows.append((str(count), f"{1000 * peer:.0f}", f"{1000 * ours:.0f}", f"{peer / ours:.1f}"))
    head = ("questions", "bindings, a call each: ms", "engine, one request: ms", "times cheaper")
    return table("One photo, N questions, tiny weights", head, rows)


async def _both(engine: Engine, bindings: Bindings, file: bytes, asked: tuple[str, ...]) -> tuple[float, float]:
    return await _ours(engine, file, asked), await _peer(bindings, file, asked)


async def _ours(engine: Engine, file: bytes, asked: tuple[str, ...]) -> float:
    began = time.perf_counter()
    picture = await asyncio.to_thread(open_picture, file)
    async for _ in engine.ask(Request(pictures=(picture,), questions=asked)):
        pass
    return time.perf_counter() - began


async def _peer(bindings: Bindings, file: bytes, asked: tuple[str, ...]) -> float:
    began = time.perf_counter()
    for question in asked:
        await asyncio.to_thread(bindings.yes_or_no, file, question)
    return time.perf_counter() - began
