"""The local model behind a seam: requests go in, events come out, and the process that computes may die in between."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from itertools import count
from types import TracebackType
from typing import Literal, Self

import structlog

from vision.backend import Backend
from vision.child import Child, ChildDied
from vision.errors import EngineDown, EngineError, EngineTimeout, VisionError
from vision.request import Again, Done, Event, Request
from vision.weights import Weights
from vision.wire import Frame, frame, pack_request, unpack_event, unpack_failure

State = Literal["starting", "ready", "busy", "restarting", "down"]

_FIRST_BACKOFF_S, _LONGEST_BACKOFF_S = 0.25, 30.0
_log = structlog.get_logger()


@dataclass(frozen=True)
class EngineSettings:
    """How to run the model. `threads` should not exceed the free cores; `gpu_layers` below 0 means all of them."""

    weights: Weights
    threads: int = 2
    gpu_layers: int = 0
    context_tokens: int = 4096
    load_timeout_s: float = 600.0
    silence_timeout_s: float = 120.0


@dataclass(frozen=True)
class EngineFacts:
    """What is running, in the words of the weights and of llama.cpp."""

    name: str
    description: str
    parameters: int
    model_file: str
    projector_file: str | None
    context_tokens: int
    device: str
    vision_family: str | None
    has_chat_template: bool


@dataclass(eq=False)
class _Job:
    """A request on its way; `events` ends with Done or with the error to raise."""

    number: int
    request: Request
    events: asyncio.Queue[Event | VisionError] = field(default_factory=asyncio.Queue)
    asked: int = 0
    abandoned: bool = False


class Engine(Backend):
    """Owns the model's process: one request at a time, first come first served.

    A process that dies or falls silent is replaced, after a pause that grows while nothing is answered in between. The
    request it was answering is asked once more; if that fails too it raises EngineDown and the next one is tried.
    """

    def __init__(self, settings: EngineSettings, *, wait: bool = True) -> None:
        self._settings = settings
        self._wait = wait
        self._numbers = count(1)
        self._waiting: deque[_Job] = deque()
        self._wake = asyncio.Event()
        self._loaded = asyncio.Event()
        self._supervisor: asyncio.Task[None] | None = None
        self._child: Child | None = None
        self._current: _Job | None = None
        self._facts: EngineFacts | None = None
        self._problem: EngineError | None = None
        self._state: State = "starting"
        self._loading = 0.0
        self._plain = False
        self._deaths = 0

    async def __aenter__(self) -> Self:
        self._supervisor = asyncio.create_task(self._supervise())
        self._supervisor.add_done_callback(self._supervisor_ended)
        if self._wait:
            try:
                await self.loaded()
            except BaseException:
                await self._close()
                raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._close()

    async def loaded(self) -> EngineFacts:
        """Wait until the model is up; raises the EngineError that keeps it from coming up."""
        await self._loaded.wait()
        return self.describe()

    def describe(self) -> EngineFacts:
        """What is running. Raises EngineError while nothing is."""
        if self._facts is None:
            raise self._problem or EngineDown("the model is still loading")
        return self._facts

    @property
    def state(self) -> State:
        """What the engine is at."""
        return "busy" if self._state == "ready" and self._current else self._state

    @property
    def loading(self) -> float:
        """How much of the file that is being loaded now is loaded (0–1)."""
        return self._loading

    @property
    def pid(self) -> int | None:
        """The id of the model's process, while there is one."""
        return self._child.pid if self._child and self._child.alive else None

    async def ask(self, request: Request) -> AsyncGenerator[Event, None]:
        """Answer a request as Backend says. Closing the iterator, or cancelling who reads it, stops the work soon."""
        if self._state == "down" or self._supervisor is None:
            raise self._problem or EngineDown("the model is not running")
        job = _Job(next(self._numbers), request)
        self._waiting.append(job)
        self._wake.set()
        try:
            while not isinstance(event := await job.events.get(), Done):
                if isinstance(event, VisionError):
                    raise event
                yield event
            yield event
        finally:
            self._abandon(job)

    def _abandon(self, job: _Job) -> None:
        """Nobody reads the job's events any more; of a finished job this changes nothing."""
        job.abandoned = True
        if job in self._waiting:
            self._waiting.remove(job)
        elif job is self._current and self._child:
            self._child.send_soon(frame("cancel", number=job.number))

    async def _supervise(self) -> None:
        """Keep a process up, until its weights turn out not to load or the engine is closed."""
        try:
            while True:
                try:
                    child = await self._load()
                    await self._serve(child)
                except ChildDied as death:
                    _log.warning("the model's process died", reason=str(death), deaths=self._deaths + 1)
                await self._bury()
        except EngineError as problem:
            self._give_up(problem)
        finally:
            if self._child:
                await self._child.stop()

    async def _bury(self) -> None:
        """Clear a dead or hung process away and pause, the longer the more have died without answering."""
        self._state = "restarting"
        await self._end_child()
        pause_s = _FIRST_BACKOFF_S * 2.0 ** (self._deaths - 1) if self._deaths else 0.0
        self._deaths += 1
        await asyncio.sleep(min(pause_s, _LONGEST_BACKOFF_S))

    async def _end_child(self) -> None:
        if self._child:
            await self._child.stop(kill=True)

    async def _load(self) -> Child:
        """Start a process and see it load. If llama.cpp crashes at that, try once more in its plain manner."""
        try:
            return await self._load_once()
        except ChildDied as death:
            if self._plain:
                self._fail_all(EngineDown(f"the model's process died while it loaded: {death}"))
                raise
            _log.warning("the model's process died while it loaded, trying plain memory layouts", reason=str(death))
        self._plain = True
        await self._end_child()
        return await self._load()

    async def _load_once(self) -> Child:
        weights, limit_s = self._settings.weights, self._settings.load_timeout_s
        weights.check()
        self._child = child = await Child.start(self._wake.set)
        load = frame(
            "load",
            model=str(weights.model.resolve()),
            projector=weights.projector and str(weights.projector.resolve()),
            threads=self._settings.threads,
            gpu_layers=self._settings.gpu_layers,
            context_tokens=self._settings.context_tokens,
            plain=self._plain,
        )
        try:
            async with asyncio.timeout(limit_s):
                await child.send(load, within_s=limit_s)
                self._facts = EngineFacts(**(await self._ready(child)).head["facts"])
        except TimeoutError as error:
            raise EngineTimeout(f"the model did not load within {limit_s:g} s") from error
        self._problem = None
        self._loaded.set()
        return child

    async def _ready(self, child: Child) -> Frame:
        while (message := await child.receive(within_s=self._settings.load_timeout_s)).kind != "ready":
            if message.kind == "failed":
                raise unpack_failure(message)
            self._loading = message.head.get("done", self._loading)
        return message

    async def _serve(self, child: Child) -> None:
        """Answer what waits, until the process dies."""
        self._state = "ready"
        while True:
            while not self._waiting:
                if not child.alive:
                    raise ChildDied("it ended while nothing was asked of it")
                self._wake.clear()
                await self._wake.wait()
            self._current = job = self._waiting.popleft()
            try:
                await self._work(child, job)
            except ChildDied as death:
                self._current = None
                self._put_back(job, death)
                raise
            self._current = None

    async def _work(self, child: Child, job: _Job) -> None:
        job.asked += 1
        limit_s = self._settings.silence_timeout_s
        await child.send(pack_request(job.number, job.request), within_s=limit_s)
        while (message := await child.receive(within_s=limit_s)).kind != "stopped":
            if message.kind == "working":
                continue
            if message.kind == "failed":
                job.events.put_nowait(unpack_failure(message))
                return
            event = unpack_event(message)
            job.events.put_nowait(event)
            if isinstance(event, Done):
                self._deaths = 0
                return

    def _put_back(self, job: _Job, death: ChildDied) -> None:
        if job.asked > 1:
            job.events.put_nowait(EngineDown(f"the model's process died twice on one request: {death}"))
        elif not job.abandoned:
            job.events.put_nowait(Again())
            self._waiting.appendleft(job)

    def _fail_all(self, problem: EngineError) -> None:
        """Nobody waits for a model that did not come up."""
        self._problem = problem
        jobs = [self._current, *self._waiting] if self._current else list(self._waiting)
        self._waiting.clear()
        for job in jobs:
            job.events.put_nowait(problem)
        self._loaded.set()

    def _give_up(self, problem: EngineError) -> None:
        self._state, self._facts = "down", None
        self._fail_all(problem)

    def _supervisor_ended(self, task: asyncio.Task[None]) -> None:
        if self._state == "down":
            return
        if not task.cancelled() and (error := task.exception()):
            _log.error("the engine failed", error=type(error).__name__)
        self._give_up(EngineDown("the engine was closed" if task.cancelled() else "the engine failed"))

    async def _close(self) -> None:
        """End the supervisor, but let one that has given up see its process off by itself."""
        if self._supervisor:
            if self._state != "down":
                self._supervisor.cancel()
            await asyncio.wait([self._supervisor])
