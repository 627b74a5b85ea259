"""Our engine in its process, as the bot uses it."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bench.contender import Writing
from bench.rig import Rig
from vision.engine import Engine
from vision.picture import open_picture
from vision.request import Delta, Done, Generation, Message, Request, Usage


class Ours:
    """All questions about a picture in one request. The picture is opened here, so this process counts as well."""

    def __init__(self, engine: Engine) -> None:
        self.name, self.at_once = "ours", 8
        self.encode_s = 0.0  # of the last questions
        self._engine = engine

    @property
    def pids(self) -> tuple[int, ...]:
        """The model's process and this one."""
        return tuple(pid for pid in (self._engine.pid, os.getpid()) if pid)

    async def questions(self, jpeg: bytes, asked: tuple[str, ...]) -> None:
        """One request."""
        picture = await asyncio.to_thread(open_picture, jpeg)
        async for event in self._engine.ask(Request(pictures=(picture,), questions=asked)):
            if isinstance(event, Done):
                self.encode_s = event.timings.encode_s

    async def write(self, jpeg: bytes, question: str, tokens: int) -> Writing:
        """One request."""
        began, pieces, usage = time.perf_counter(), [], Usage(0, 0, 0, 0)
        picture = await asyncio.to_thread(open_picture, jpeg)
        request = Request((Message("user", question, (picture,)),), Generation(max_tokens=tokens))
        async for event in self._engine.ask(request):
            if isinstance(event, Delta):
                pieces.append(time.perf_counter() - began)
            elif isinstance(event, Done):
                usage = event.usage
        return Writing(pieces, usage.prompt_tokens, usage.cached_tokens)


@asynccontextmanager
async def ours(rig: Rig) -> AsyncIterator[Ours]:
    """Our engine, up."""
    async with Engine(rig.engine) as engine:
        yield Ours(engine)
