"""From a photo that Telegram has to the first word that its sender sees, and to the answer; the bot's own share."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.bindings import bindings
from bench.ours import ours
from bench.pictures import pictures
from bench.rig import Rig
from bench.table import spread, table
from bot.assembly import assembled
from bot.settings import Settings
from prompts.questions import describe
from sandbox.driver import Driver
from vision.engine import Engine
from vision.request import Delta, Event, Request
from vision.weights import tiny_weights

PHOTOS = 60
WARM_UP = 5
REST_S = 1.0
"""Seconds from an answer to the next photo: more than one message a second is held back in a private chat."""


class Stopwatch:
    """Stands before an engine and notes how long each request took to its first word."""

    def __init__(self, engine: Engine) -> None:
        self._ask = engine.ask
        self.first_words: list[float] = []

    async def ask(self, request: Request) -> AsyncGenerator[Event, None]:
        """The engine's events, unchanged."""
        began, heard = time.perf_counter(), False
        async for event in self._ask(request):
            if isinstance(event, Delta) and not heard:
                heard = True
                self.first_words.append(time.perf_counter() - began)
            yield event


async def first_word() -> str:
    """The table: the bindings alone, the engine alone, and the whole way through the bot."""
    files = list(islice(pictures(seed=77), PHOTOS + WARM_UP))
    peer, alone = await _without_the_bot(files, Rig(tiny_weights()))
    seen, in_engine = await _through_the_bot(files)
    typing, words, answers = zip(*seen, strict=True)
    own = [whole - engine for whole, engine in zip(words, in_engine, strict=True)]
    ratio = sorted(a / b for a, b in zip(alone, peer, strict=True))[len(peer) // 2]
    rows = [
        ("the bindings' chat handler, picture file to first word", spread(peer), "1"),
        ("our engine process, the same", spread(alone), f"{ratio:.2f}"),
        ("through the bot: photo posted to typing notice seen", spread(typing), ""),
        ("through the bot: photo posted to first words seen", spread(words), ""),
        ("– of this the engine", spread(in_engine), ""),
        ("– of this the bot's own share, sandbox and HTTP included", spread(own), ""),
        ("through the bot: photo posted to the whole answer, as a message", spread(answers), ""),
    ]
    return table(f"First word, {PHOTOS} photos of 1280 px, tiny weights", ("", "ms, median (p95)", "ratio"), rows)


async def _without_the_bot(files: list[bytes], rig: Rig) -> tuple[list[float], list[float]]:
    """Seconds from a picture's file to the first word, of the bindings and of our engine."""
    async with ours(rig) as engine:
        with bindings(rig) as peer:
            theirs = [(await peer.write(file, describe("en"), 1)).first_s for file in files]
        own = [(await engine.write(file, describe("en"), 1)).first_s for file in files]
    return theirs[WARM_UP:], own[WARM_UP:]


async def _through_the_bot(files: list[bytes]) -> tuple[list[tuple[float, float, float]], list[float]]:
    with TemporaryDirectory() as folder:
        settings = Settings(
            _env_file=None,
            telegram_token=None,
            data=Path(folder),
            threads=1,
            sandbox_port=0,
            web_port=0,
            log_level="ERROR",
        )
        async with assembled(settings) as assembly, Driver(assembly.page or "") as person:
            stopwatch = Stopwatch(assembly.engine)
            assembly.engine.ask = stopwatch.ask  # type: ignore[method-assign]
            running = asyncio.create_task(assembly.run())
            seen = [await _one_photo(person, file) for file in files]
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running
    return seen[WARM_UP:], stopwatch.first_words[WARM_UP:]


async def _one_photo(person: Driver, file: bytes) -> tuple[float, float, float]:
    """Seconds from posting a photo to the typing notice, to the first words, and to the answer."""
    began = time.perf_counter()
    await person.send_photo(file)
    await person.action()
    typing = time.perf_counter() - began
    await person.draft()
    word = time.perf_counter() - began
    await person.reply()
    answer = time.perf_counter() - began
    await asyncio.sleep(REST_S)
    return typing, word, answer
