"""The local model behind a seam: requests go in, events come out, and the process that computes may die in between."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Literal, Self

import structlog

from vision.backend import Backend
from vision.child import Child, ChildDied
from vision.dispatch import Dispatch
from vision.errors import EngineDown, EngineError, EngineTimeout, VisionError
from vision.loading import Loading
from vision.request import Done, Event, Request, Shelves
from vision.weights import Weights
from vision.wire import Frame, frame, unpack_failure

State = Literal["starting", "ready", "busy", "restarting", "down"]

_FIRST_BACKOFF_S, _LONGEST_BACKOFF_S = 0.25, 30.0
_NO_MEMORY: Final = (
    ", by which a system that runs out of memory ends it: smaller weights, or a smaller CONTEXT or CACHE_TOKENS, "
    "take less"
)
_log = structlog.get_logger()


@dataclass(frozen=True)
class EngineSettings:
    """How to run the model. `threads` should not exceed the free cores; `gpu_layers` below 0 means all of them.

    `context_tokens` bound one request, `cache_tokens` what all have in place together (0: the model chooses). What
    no longer fits there is kept in `host_cache_bytes` of memory, embeddings of pictures in `embeddings_bytes`.
    """

    weights: Weights
    threads: int = 2
    gpu_layers: int = 0
    context_tokens: int = 4096
    cache_tokens: int = 0
    host_cache_bytes: int = 1 << 30
    embeddings_bytes: int = 256 << 20
    load_timeout_s: float = 600.0
    silence_timeout_s: float = 120.0


@dataclass(frozen=True)
class EngineFacts:
    """What is running, in the words of the weights and of llama.cpp.

    `context_tokens` is what one request may take, which is no more than the model was trained for. `notes` say what the
    operator should know: what was done about a fault of the projector's file, or is slower than it could be.
    """

    name: str
    model_file: str
    projector_file: str | None
    context_tokens: int
    device: str
    notes: tuple[str, ...]


class Engine(Backend):
    """Owns the model's process, which answers many requests at once.

    A process that dies or falls silent is replaced, after a pause that grows while nothing is answered in between. What
    it was answering is asked once more, each request alone; the one with which it dies again raises EngineKilled. A
    model that was up once is loaded again however often that fails.
    """

    def __init__(self, settings: EngineSettings, *, wait: bool = True) -> None:
        self._settings = settings
        self._wait = wait
        self._dispatch = Dispatch(settings.silence_timeout_s)
        self._loaded = asyncio.Event()
        self._supervisor: asyncio.Task[None] | None = None
        self._child: Child | None = None
        self._facts: EngineFacts | None = None
        self._problem: EngineError | None = None
        self._state: State = "starting"
        self._loading = 0.0
        self._plain = False
        self._deaths = self._answered = 0

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
        return "busy" if self._state == "ready" and self._dispatch.busy else self._state

    @property
    def loading(self) -> float:
        """How much of the weights is loaded (0–1); while a process is replaced it begins anew."""
        return self._loading

    @property
    def shelves(self) -> Shelves | None:
        """What the process keeps of earlier requests, as it said last; None before it has answered one."""
        return self._dispatch.shelves

    @property
    def pid(self) -> int | None:
        """The id of the model's process, while there is one."""
        return self._child.pid if self._child and self._child.alive else None

    async def ask(self, request: Request) -> AsyncGenerator[Event, None]:
        """Answer a request as Backend says. Closing the iterator, or cancelling who reads it, stops the work soon."""
        if self._state == "down" or self._supervisor is None:
            raise self._problem or EngineDown("the model is not running")
        job = self._dispatch.open(request)
        try:
            while not isinstance(event := await job.events.get(), Done):
                if isinstance(event, VisionError):
                    raise event
                yield event
            yield event
        finally:
            self._dispatch.close(job)

    async def _supervise(self) -> None:
        """Keep a process up, until its weights turn out never to load or the engine is closed."""
        try:
            while True:
                try:
                    child = await self._load()
                    self._state = "ready"
                    await self._dispatch.serve(child)
                except ChildDied as death:
                    self._died(death)
                await self._bury()
        except EngineError as problem:
            self._give_up(problem)
        finally:
            if self._child:
                await self._child.stop()

    def _died(self, death: ChildDied) -> None:
        if self._dispatch.answered > self._answered:
            self._deaths = 0
        self._answered = self._dispatch.answered
        _log.warning("the model's process died", reason=str(death), deaths=self._deaths + 1)
        self._dispatch.died(death)

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
        """A process that has loaded the model.

        Raises EngineError where the weights never loaded and now do not, which is final; else ChildDied, for another
        process may succeed. Who waits is told, but not of a single death on the way from one process to the next.
        """
        try:
            return await self._load_once()
        except ChildDied as death:
            if self._facts is None or self._deaths > 1:
                self._fail(EngineDown(f"the model's process died while it loaded: {death}{self._hint}"))
            raise
        except EngineError as problem:
            if self._facts is None:
                raise
            self._fail(EngineDown(f"the model did not load again: {problem}"))
            raise ChildDied(str(problem)) from problem

    @property
    def _hint(self) -> str:
        """What the operator can do about the process's end, if that is known."""
        return _NO_MEMORY if self._child and self._child.status == -signal.SIGKILL else ""

    async def _load_once(self) -> Child:
        """Start a process and see it load. If llama.cpp crashes at the first load, try it in its plain manner."""
        self._settings.weights.check()
        self._loading = 0.0
        self._child = await Child.start()
        try:
            return await self._loaded_in(self._child)
        except ChildDied as death:
            if self._plain or self._facts is not None:
                raise
            _log.warning("the model's process died while it loaded, trying plain memory layouts", reason=str(death))
        self._plain = True
        await self._end_child()
        return await self._load_once()

    async def _loaded_in(self, child: Child) -> Child:
        limit_s = self._settings.load_timeout_s
        try:
            async with asyncio.timeout(limit_s):
                await child.send(self._order(), within_s=limit_s)
                self._facts = await self._ready(child)
        except TimeoutError as error:
            raise EngineTimeout(f"the model did not load within {limit_s:g} s") from error
        for note in self._facts.notes:
            _log.info(note, model=self._facts.model_file, projector=self._facts.projector_file)
        self._problem = None
        self._loaded.set()
        return child

    def _order(self) -> Frame:
        """What the process is told to load."""
        settings, weights = self._settings, self._settings.weights
        return frame(
            "load",
            model=str(weights.model.resolve()),
            projector=weights.projector and str(weights.projector.resolve()),
            threads=settings.threads,
            gpu_layers=settings.gpu_layers,
            context_tokens=settings.context_tokens,
            cache_tokens=settings.cache_tokens,
            host_cache_bytes=settings.host_cache_bytes,
            embeddings_bytes=settings.embeddings_bytes,
            plain=self._plain,
        )

    async def _ready(self, child: Child) -> EngineFacts:
        loading = Loading(self._settings.weights)
        while True:
            for message in await child.receive():
                if message.kind == "failed":
                    raise unpack_failure(message)
                if message.kind == "loading":
                    self._loading = loading.tell(message.head["part"], message.head["done"])
                elif message.kind == "ready":
                    self._loading = 1.0
                    facts = message.head["facts"]
                    return EngineFacts(**facts | {"notes": tuple(facts["notes"])})

    def _fail(self, problem: EngineError) -> None:
        """Tell everybody who waits, for the model or for an answer, that it did not come up."""
        self._problem = problem
        self._dispatch.fail_all(problem)
        self._loaded.set()

    def _give_up(self, problem: EngineError) -> None:
        self._state, self._facts = "down", None
        self._fail(problem)

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
