"""The one loop in which the model computes for everybody: take in what came, decide who goes on, compute, tell.

Decoding happens in the main thread, encoding of pictures in the eye's, preparing of prompts in whichever thread brings
a request. All else here belongs to the main thread, and the others leave it messages in an inbox.
"""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from vision.errors import EngineTimeout, VisionError
from vision.model.cache import Cache
from vision.model.context import LINES, SEQUENCES, STEP_ROWS, Row
from vision.model.contexts import TILE_ROWS, Contexts
from vision.model.eye import Encoded, Eye, Glance, Looked
from vision.model.gallery import Gallery
from vision.model.job import Job
from vision.model.layout import Layout
from vision.model.native import Model
from vision.model.prompt import Prompter
from vision.model.runner import Runner, told
from vision.model.sampler import Sampler
from vision.model.scheduler import Need, Rank, Scheduler, Standing, Want
from vision.model.stage import LogitsOf, Stage, Writing
from vision.model.vocabulary import Vocabulary
from vision.picture import Picture
from vision.request import Delta, Done, Event, Ranking, Request, Shelves

_GLANCE_S = 0.2  # between looks at whether the eye gets on, while nothing else can be done
MOST_RUNNING = 8
_BOUNDED_ROWS = (TILE_ROWS, 2 * TILE_ROWS, 4 * TILE_ROWS, STEP_ROWS)
_TRIES = 3  # at measuring, of which the best counts: others may be using the machine


class Out(Protocol):
    """Where events go. Called from the main thread only."""

    def event(self, number: int, event: Event) -> None:
        """Something was found out for a request."""

    def failed(self, number: int, error: VisionError) -> None:
        """A request has ended in an error."""

    def stopped(self, number: int) -> None:
        """A request that was cancelled is cleared away."""

    def need(self, digest: str) -> None:
        """The pixels of this picture are needed."""

    def alive(self) -> None:
        """Something got on."""


@dataclass(frozen=True)
class Room:
    """How much may be asked at once (tokens), and kept for later: in host memory (bytes), idle in place (cells)."""

    context_tokens: int
    host_bytes: int
    embeddings_bytes: int
    idle_cells: int


class Loop:
    """Many requests at once over one loaded model. `ask`, `cancel` and `picture` may be called from any thread."""

    def __init__(self, model: Model, context: Contexts, eye: Eye | None, out: Out, room: Room) -> None:
        self.out = out
        self._model = model
        self._context = context
        self._vocabulary = Vocabulary(model)
        self._prompter = Prompter(model, self._vocabulary)
        self._scheduler = Scheduler(most_running=MOST_RUNNING, most_rows=STEP_ROWS, bounded_rows=STEP_ROWS)
        self._cache = Cache(
            context,
            cells=context.cells,
            lines=LINES,
            host_bytes=room.host_bytes,
            idle_cells=room.idle_cells,
            streams=range(SEQUENCES, SEQUENCES + context.streams),
            stream_cells=context.stream_cells,
        )
        self._layout = Layout(model, self._vocabulary, context, self._cache, room.context_tokens)
        self._gallery = Gallery(eye, room.embeddings_bytes)
        self._runner = Runner(context, self._cache, self._gallery, self)
        self._inbox: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._jobs: dict[int, Job] = {}
        self._cancelled: set[int] = set()
        context.stop_when(self._all_cancelled)

    # ---- from other threads ----

    def ask(self, number: int, request: Request) -> None:
        """Begin a request. Its pictures may come without pixels: those that are needed are asked for."""
        now = time.monotonic()
        try:
            prompts = self._prompter.prompts(request)
            sampler = Sampler(request.generate, self._model) if request.generate else None
        except Exception as error:  # noqa: BLE001  one bad request fails alone
            self._inbox.put(partial(self.out.failed, number, told(error)))
        else:
            standing = Standing(number, request.chat, request.priority, now)
            self._inbox.put(partial(self._arrived, Job(standing, request, prompts, sampler)))

    def cancel(self, number: int) -> None:
        """End a request, if it is still under way."""
        self._cancelled.add(number)
        self._inbox.put(partial(self._cancel, number))

    def picture(self, picture: Picture) -> None:
        """The pixels of a picture that was needed."""
        self._inbox.put(partial(self._came, picture))

    def glance(self, glance: Glance) -> None:
        """What the eye has found."""
        self._inbox.put(partial(self._glanced, glance))

    # ---- the loop ----

    def run(self, out: Out) -> None:
        """Compute for ever; from now on events go to `out`."""
        self.out = out
        while True:
            self.turn()

    def turn(self) -> None:
        """Take in what came, and compute one step if there is one; else wait for what comes next."""
        self._take_in()
        now = time.monotonic()
        self._expire(now)
        self._admit(now)
        for digest in self._gallery.ask_for(self._ranked(now)):
            self.out.need(digest)
        if shares := self._scheduler.share(self._wants(now), now, others_wait=self._gallery.busy):
            self._runner.compute([(self._jobs[number], rows) for number, rows in shares.items()])
            self.out.alive()
        else:
            self._wait()

    def shelves(self) -> Shelves:
        """What is kept of earlier requests."""
        return Shelves(self._cache.here, self._cache.host, self._gallery.shelf)

    def measure(self, longest_step_s: float) -> None:
        """Find how many rows a bounded step may have, so that it takes no longer, and how many bytes a cell takes."""
        taken = [self._measured() for _ in range(_TRIES + 1)][1:]  # the first one touches the memory
        row_s = min(taken) / _BOUNDED_ROWS[0]
        fitting = [rows for rows in _BOUNDED_ROWS if rows * row_s <= longest_step_s]
        self._scheduler.bounded_rows = max(fitting, default=_BOUNDED_ROWS[0])

    def _measured(self) -> float:
        """Seconds for the smallest bounded step."""
        line = self._cache.open([])
        rows = [Row(self._vocabulary.first_word, n, (line.slot,)) for n in range(_BOUNDED_ROWS[0])]
        begun = time.perf_counter()
        self._context.decode(rows)
        taken = time.perf_counter() - begun
        self._cache.cell_bytes = -(-len(self._context.save(line.slot)) // len(rows))
        self._cache.close(line, keep=False)
        return taken

    def _take_in(self) -> None:
        while True:
            try:
                self._inbox.get_nowait()()
            except queue.Empty:
                return

    def _wait(self) -> None:
        while True:
            try:
                message = self._inbox.get(timeout=_GLANCE_S if self._jobs else None)
            except queue.Empty:
                if self._gallery.got_on():
                    self.out.alive()
                if any(job.request.deadline_s for job in self._jobs.values()):
                    return
            else:
                message()
                return

    def _all_cancelled(self) -> bool:
        """Asked within a step: tells that it gets on; whether nobody wants its result."""
        self.out.alive()
        return bool(self._runner.computing) and self._runner.computing <= self._cancelled

    def _ranked(self, now: float) -> list[Job]:
        return sorted(self._jobs.values(), key=lambda job: self._rank(job, now))

    def _rank(self, job: Job, now: float) -> Rank:
        """Who runs comes before who waits."""
        return not job.running, *self._scheduler.rank(job.standing, now)

    def _wants(self, now: float) -> list[Want]:
        """What those who run could compute; asked in the order of their rank, for forks are lent on asking."""
        wants: list[Want] = []
        for job in self._ranked(now):
            if job.running:
                self._guarded(job, partial(self._want, wants))
        return wants

    def _want(self, wants: list[Want], job: Job) -> None:
        unit = job.stage.picture
        if unit and self._gallery.embeddings(job, unit) is None:
            return
        if found := job.stage.wants():
            wants.append(Want(job.standing, *found))

    # ---- requests come and go ----

    def _arrived(self, job: Job) -> None:
        if job.number in self._cancelled:
            self._cancelled.discard(job.number)
            self.out.stopped(job.number)
            return
        self._jobs[job.number] = job
        self._scheduler.arrive(job.standing.chat)
        self._guarded(job, self._prepare)

    def _prepare(self, job: Job) -> None:
        """Lay a request out, as soon as all its pictures are known."""
        if not self._gallery.show(job):
            return
        self._layout.lay_out(job)
        for number, choice in enumerate(job.request.choices):
            if not choice.labels:
                self.out.event(job.number, Ranking(number, (), ()))
        if not job.stages:
            self._finish(job)

    def _admit(self, now: float) -> None:
        running = [job for job in self._jobs.values() if job.running]
        waiting = [Need(job.standing, job.cells) for job in self._jobs.values() if job.stages and not job.running]
        if not waiting:
            return
        free = self._context.cells - sum(job.cells for job in running if not job.stage.elsewhere)
        for number in self._scheduler.admit(waiting, running=len(running), free_cells=free, now=now):
            job = self._jobs[number]
            job.running = True
            self._guarded(job, self._open)

    def _open(self, job: Job) -> None:
        job.stage.open()
        job.tally.cached_tokens += job.stage.reused
        job.opened, job.reached = time.monotonic(), 0.0
        self.pictured(job)

    def _expire(self, now: float) -> None:
        for job in list(self._jobs.values()):
            limit_s = job.request.deadline_s
            if limit_s is not None and not job.running and now - job.standing.arrived > limit_s:
                self.fail(job, EngineTimeout(f"the model was too busy for {limit_s:g} s: ask again later"))

    def _cancel(self, number: int) -> None:
        self._cancelled.discard(number)
        if job := self._jobs.get(number):
            self._leave(job, sound=True)
            self.out.stopped(number)

    def fail(self, job: Job, error: Exception) -> None:
        """End a request with an error."""
        self._leave(job, sound=False)
        self._cancelled.discard(job.number)
        self.out.failed(job.number, told(error))

    def _finish(self, job: Job) -> None:
        self._leave(job, sound=True)
        self._cancelled.discard(job.number)
        self.out.event(job.number, Done(job.tally.reason, job.tally.usage, job.tally.timings))

    def _leave(self, job: Job, *, sound: bool) -> None:
        del self._jobs[job.number]
        self._scheduler.leave(job.standing.chat)
        for stage in job.stages:
            stage.close(keep=stage.mend() and sound)
        still = {digest for other in self._jobs.values() for digest in other.prompts.digests}
        self._gallery.drop(set(job.prompts.digests) - still)

    def _guarded(self, job: Job, do: Callable[[Job], None]) -> None:
        """One bad request fails alone."""
        try:
            do(job)
        except Exception as error:  # noqa: BLE001  a fault of ours must not end the others
            self.fail(job, error)

    # ---- pictures ----

    def _came(self, picture: Picture) -> None:
        now = time.monotonic()
        self._gallery.came(picture, min((self._rank(job, now) for job in self._wanting(picture.digest)), default=None))

    def _glanced(self, glance: Glance) -> None:
        self.out.alive()
        if isinstance(glance, Looked):
            self._gallery.looked(glance)
            for job in self._wanting(glance.digest):
                if not job.laid_out:
                    self._guarded(job, self._prepare)
        elif isinstance(glance, Encoded):
            self._gallery.encoded(glance, self._wanting(glance.part[0]))
        else:
            self._gallery.unseen(glance)
            for job in self._wanting(glance.digest):
                if glance.error and job.awaits(glance.digest):
                    self.fail(job, glance.error)

    def _wanting(self, digest: str) -> list[Job]:
        return [job for job in self._jobs.values() if digest in job.prompts.digests]

    # ---- what was computed ----

    def computed(self, job: Job, rows: Sequence[Row], logits_of: LogitsOf) -> None:
        """Tell what came of a request's rows."""
        self._guarded(job, partial(self._read, rows, logits_of))

    def _read(self, rows: Sequence[Row], logits_of: LogitsOf, job: Job) -> None:
        stage, now = job.stage, time.monotonic()
        for event in stage.computed(rows, logits_of):
            if isinstance(event, Delta) and not job.tally.first_token_s:
                job.tally.first_token_s = now - job.standing.arrived
            self.out.event(job.number, event)
        self.pictured(job)
        if stage.done:
            self._next_stage(job, stage)

    def pictured(self, job: Job) -> None:
        """Note when a request has its whole prompt in the cache."""
        if not job.reached and job.stage.reached_end:
            job.reached = time.monotonic()

    def _next_stage(self, job: Job, stage: Stage) -> None:
        now = time.monotonic()
        tally, reached = job.tally, job.reached or now
        tally.prefill_s += reached - job.opened
        if isinstance(stage, Writing):
            tally.generate_s, tally.generated_tokens, tally.reason = now - reached, stage.written, stage.reason
        else:
            tally.score_s = now - reached
        stage.close(keep=True)
        job.stages.popleft()
        if job.stages:
            self._open(job)
        else:
            self._finish(job)
