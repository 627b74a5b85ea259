"""The one loop in which the model computes for everybody: take in what came, decide who goes on, compute, tell.

Decoding happens in the main thread, encoding of pictures in the eye's, preparing of prompts in whichever thread brings
a request. All else here belongs to the main thread, and the others leave it messages in an inbox.
"""

from __future__ import annotations

import queue
import time
import traceback
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from vision.errors import EngineError, EngineTimeout, PromptTooLong, VisionError, WeightsMissing
from vision.model.album import Album
from vision.model.cache import Cache, Line
from vision.model.context import FORKS, LINES, MAX_WANTED, STEP_ROWS, Context, Embeddings, Row, Stopped
from vision.model.eye import Encoded, Eye, Glance, Looked, Unseen
from vision.model.job import Job
from vision.model.native import Model
from vision.model.prompt import Prompter, split_texts, units_of
from vision.model.sampler import Sampler
from vision.model.scheduler import Need, Rank, Scheduler, Standing, Want
from vision.model.stage import Forks, PictureRows, Scoring, Stage, Writing
from vision.model.tree import WaveLimits, row_count
from vision.model.units import PictureUnit, Unit, cells_of
from vision.model.vocabulary import Vocabulary
from vision.picture import Picture
from vision.request import Delta, Done, Event, Generation, Ranking, Request, Shelves

_LOOKED_AHEAD = 4  # requests whose pictures are taken in before their turn
_GLANCE_S = 0.2  # between looks at whether the eye gets on, while nothing else can be done
MOST_RUNNING = 8
_MEASURED_ROWS = 64
_BOUNDED_ROWS = (16, 32, 64, 128, 256, STEP_ROWS)
_WAVE = WaveLimits(rows=STEP_ROWS, leaves=FORKS // 2, wanted=FORKS // 2)  # so that two find room side by side


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
    """How much may be asked at once (tokens), and kept in host memory for later (bytes)."""

    context_tokens: int
    host_bytes: int
    embeddings_bytes: int


class Loop:
    """Many requests at once over one loaded model. `ask`, `cancel` and `picture` may be called from any thread."""

    def __init__(self, model: Model, context: Context, eye: Eye | None, out: Out, room: Room) -> None:
        self.out = out
        self._model = model
        self._context = context
        self._eye = eye
        self._vocabulary = Vocabulary(model)
        self._prompter = Prompter(model, self._vocabulary)
        self._context_tokens = room.context_tokens
        self._scheduler = Scheduler(most_running=MOST_RUNNING, most_rows=STEP_ROWS, bounded_rows=STEP_ROWS)
        self._cache = Cache(context, cells=context.cells, lines=LINES, host_bytes=room.host_bytes)
        self._album = Album(room.embeddings_bytes)
        self._forks = Forks()
        self._inbox: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._jobs: dict[int, Job] = {}
        self._cancelled: set[int] = set()
        self._computing: set[int] = set()
        self._asked: set[str] = set()  # pictures whose pixels are to come
        self._looking: set[str] = set()  # pictures that the eye has
        self._progress = 0
        context.stop_when(self._all_cancelled)

    # ---- from other threads ----

    def ask(self, number: int, request: Request) -> None:
        """Begin a request. Its pictures may come without pixels: those that are needed are asked for."""
        now = time.monotonic()
        try:
            prompts = self._prompter.prompts(request)
            sampler = Sampler(request.generate, self._model) if request.generate else None
        except VisionError as error:
            self._inbox.put(partial(self.out.failed, number, error))
        except Exception as error:  # noqa: BLE001  one bad request fails alone
            self._inbox.put(partial(self.out.failed, number, _fault(error)))
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
        self._fetch(now)
        if shares := self._scheduler.share(self._wants(now), now, others_wait=bool(self._looking)):
            self._compute(shares)
            self.out.alive()
        else:
            self._wait()

    def shelves(self) -> Shelves:
        """What is kept of earlier requests."""
        return Shelves(self._cache.here, self._cache.host, self._album.shelf)

    def measure(self, longest_step_s: float) -> float:
        """Find how many rows a bounded step may have, and what a cell takes; how long such a step takes, in seconds."""
        line = self._cache.open([])
        rows = [Row(self._vocabulary.first_word, n, (line.slot,)) for n in range(_MEASURED_ROWS)]
        self._context.decode(rows)
        self._cache.grow(line, [row.token for row in rows])
        self._cache.cell_bytes = -(-len(self._context.save(line.slot)) // len(rows))
        self._cache.clear()
        line = self._cache.open([])
        begun = time.perf_counter()
        self._context.decode(rows)
        row_s = (time.perf_counter() - begun) / len(rows)
        self._cache.close(line, keep=False)
        fitting = [rows for rows in _BOUNDED_ROWS if rows * row_s <= longest_step_s]
        self._scheduler.bounded_rows = max(fitting, default=_BOUNDED_ROWS[0])
        return row_s * self._scheduler.bounded_rows

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
                if self._eye and self._eye.progress != self._progress:
                    self._progress = self._eye.progress
                    self.out.alive()
                if any(job.request.deadline_s for job in self._jobs.values()):
                    return
            else:
                message()
                return

    def _all_cancelled(self) -> bool:
        """Asked within a step: tells that it gets on; whether nobody wants its result."""
        self.out.alive()
        return bool(self._computing) and self._computing <= self._cancelled

    # ---- requests come and go ----

    def _arrived(self, job: Job) -> None:
        if job.number in self._cancelled:
            self._cancelled.discard(job.number)
            self.out.stopped(job.number)
            return
        self._jobs[job.number] = job
        self._scheduler.arrive(job.standing.chat)
        if job.prompts.digests and self._eye is None:
            self._fail(job, WeightsMissing("these weights have no projector, so they cannot see: name its file too"))
        else:
            self._guarded(job, self._prepare)

    def _prepare(self, job: Job) -> None:
        """Lay out a request's stages, as soon as all its pictures are known."""
        job.seen = {d: seen for d in job.prompts.digests if (seen := self._album.seen(d))}
        if len(job.seen) < len(job.prompts.digests):
            return
        units = {digest: seen.units for digest, seen in job.seen.items()}
        stages: list[Stage] = []
        if job.prompts.texts:
            stages.append(self._scoring(job, units))
        if job.prompts.answer is not None and job.request.generate and job.sampler:
            prompt = units_of(job.prompts.answer, units)
            stages.append(self._writing(job, prompt, job.request.generate, job.sampler))
        job.stages.extend(stage for stage in stages if not stage.done)
        job.laid_out = True
        for number, choice in enumerate(job.request.choices):
            if not choice.labels:
                self.out.event(job.number, Ranking(number, (), ()))
        if not job.stages:
            self._finish(job)

    def _scoring(self, job: Job, units: dict[str, tuple[Unit, ...]]) -> Stage:
        texts = job.prompts.texts
        scored = split_texts(texts, units, _WAVE.rows)
        stem, rows = cells_of(scored.stem), row_count(scored.tails)
        self._check_room(stem + max(len(tail.tokens) for tail in scored.tails))
        job.cells = max(job.cells, stem + min(rows, max(_WAVE.rows, *(len(tail.tokens) for tail in scored.tails))))
        job.tally.prompt_tokens += stem + rows
        context = self._context

        def fork(line: Line, sequence: int) -> None:
            context.copy(line.slot, sequence, line.end)

        return Scoring(
            self._cache,
            scored,
            texts,
            vocabulary=self._vocabulary,
            forks=self._forks,
            fork=fork,
            unfork=context.trim,
            limits=_WAVE,
        )

    def _writing(self, job: Job, prompt: Sequence[Unit], generate: Generation, sampler: Sampler) -> Stage:
        """An answer is promised its tokens, but never so many that a quarter of the context is not enough."""
        cells, most = cells_of(prompt), self._context_tokens
        self._check_room(cells + min(generate.max_tokens, most // 4))
        tokens = min(generate.max_tokens, most - cells)
        job.cells = max(job.cells, cells + tokens)
        job.tally.prompt_tokens += cells
        stage = Writing(
            self._cache,
            prompt,
            sampler=sampler,
            transcript=self._vocabulary.transcript(),
            ends=self._model.ends,
            most_tokens=tokens,
        )
        if tokens <= 0:
            stage.done, job.tally.reason = True, "length"
        return stage

    def _check_room(self, cells: int) -> None:
        if cells > self._context_tokens:
            raise PromptTooLong(cells - self._context_tokens)

    def _admit(self, now: float) -> None:
        running = [job for job in self._jobs.values() if job.running]
        waiting = [Need(job.standing, job.cells) for job in self._jobs.values() if job.stages and not job.running]
        if not waiting:
            return
        free = self._context.cells - sum(job.cells for job in running)
        for number in self._scheduler.admit(waiting, running=len(running), free_cells=free, now=now):
            job = self._jobs[number]
            job.running = True
            self._guarded(job, self._open)

    def _open(self, job: Job) -> None:
        job.stage.open()
        job.tally.cached_tokens += job.stage.reused
        job.opened, job.reached = time.monotonic(), 0.0
        self._note_reached(job, job.opened)

    def _expire(self, now: float) -> None:
        for job in list(self._jobs.values()):
            limit_s = job.request.deadline_s
            if limit_s is not None and not job.running and now - job.standing.arrived > limit_s:
                self._fail(job, EngineTimeout(f"the model was too busy for {limit_s:g} s: ask again later"))

    def _cancel(self, number: int) -> None:
        self._cancelled.discard(number)
        if job := self._jobs.get(number):
            self._leave(job, sound=True)
            self.out.stopped(number)

    def _fail(self, job: Job, error: VisionError) -> None:
        self._leave(job, sound=False)
        self._cancelled.discard(job.number)
        self.out.failed(job.number, error)

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
        unwanted = set(job.prompts.digests) - still
        self._asked -= unwanted  # they may come or not
        for digest in self._looking & unwanted:
            if self._eye:
                self._eye.drop(digest)

    def _guarded(self, job: Job, do: Callable[[Job], None]) -> None:
        """One bad request fails alone."""
        try:
            do(job)
        except VisionError as error:
            self._fail(job, error)
        except Exception as error:  # noqa: BLE001  a fault of ours must not end the others
            self._fail(job, _fault(error))

    # ---- pictures ----

    def _fetch(self, now: float) -> None:
        """Ask for the pixels of pictures that are to be encoded next: for who runs, and for the first who wait."""
        ahead = _LOOKED_AHEAD
        for job in sorted(self._jobs.values(), key=lambda job: self._rank(job, now)):
            if not job.running:
                ahead -= 1
            if ahead < 0:
                return
            for digest in self._missing(job):
                if digest not in self._asked | self._looking:
                    self._asked.add(digest)
                    self.out.need(digest)

    def _missing(self, job: Job) -> Iterable[str]:
        if not job.laid_out:
            return (digest for digest in job.prompts.digests if self._album.seen(digest) is None)
        unit = job.stage.picture if job.running else None
        return [unit.digest] if unit and self._embeddings(job, unit) is None else []

    def _rank(self, job: Job, now: float) -> Rank:
        """Who runs comes before who waits."""
        return not job.running, *self._scheduler.rank(job.standing, now)

    def _embeddings(self, job: Job, unit: PictureUnit) -> Embeddings | None:
        part = (unit.digest, unit.part)
        found = job.embeddings.get(part)
        if found is None:
            found = self._album.embeddings(unit)
        if part not in job.looked_for:
            job.looked_for.add(part)
            self._album.count(hit=unit.digest not in job.tally.encoded and found is not None)
        return found

    def _came(self, picture: Picture) -> None:
        self._asked.discard(picture.digest)
        wanting = self._wanting(picture.digest)
        if wanting and self._eye and picture.digest not in self._looking:
            now = time.monotonic()
            self._looking.add(picture.digest)
            self._eye.look(picture, min(self._rank(job, now) for job in wanting))

    def _glanced(self, glance: Glance) -> None:
        self.out.alive()
        if isinstance(glance, Looked):
            self._album.remember(glance.digest, glance.seen)
            for job in self._wanting(glance.digest):
                if not job.laid_out:
                    self._guarded(job, self._prepare)
        elif isinstance(glance, Encoded):
            self._encoded(glance)
        else:
            self._unseen(glance)

    def _encoded(self, glance: Encoded) -> None:
        digest, _ = glance.part
        self._album.keep(glance.part, glance.embeddings)
        for job in self._wanting(digest):
            job.embeddings[glance.part] = glance.embeddings
            job.tally.encoded.add(digest)
            job.tally.encode_s += glance.seconds
        if glance.last:
            self._looking.discard(digest)

    def _unseen(self, glance: Unseen) -> None:
        self._looking.discard(glance.digest)
        if glance.error is None:
            return  # who has come to want it since then will ask anew
        for job in self._wanting(glance.digest):
            if job.awaits(glance.digest):
                self._fail(job, glance.error)

    def _wanting(self, digest: str) -> list[Job]:
        return [job for job in self._jobs.values() if digest in job.prompts.digests]

    # ---- computing ----

    def _wants(self, now: float) -> list[Want]:
        """What those who run could compute; asked in the order of their rank, for forks are lent on asking."""
        wants: list[Want] = []
        for job in sorted(self._jobs.values(), key=lambda job: self._rank(job, now)):
            if job.running:
                self._guarded(job, partial(self._want, wants))
        return wants

    def _want(self, wants: list[Want], job: Job) -> None:
        unit = job.stage.picture
        if unit and self._embeddings(job, unit) is None:
            return
        if found := job.stage.wants():
            wants.append(Want(job.standing, *found))

    def _compute(self, shares: dict[int, int]) -> None:
        """One step: each picture's rows are a batch of their own, all rows of tokens are one together."""
        texts = []
        with self._eye.turn() if self._eye else nullcontext():
            for number, most in shares.items():
                job = self._jobs[number]
                if unit := job.stage.picture:
                    self._guarded(job, partial(self._one_picture, job.stage.picture_rows(unit, most)))
                else:
                    texts.append((job, most))
            self._tokens(texts)

    def _one_picture(self, rows: PictureRows, job: Job) -> None:
        try:
            self._make_room(rows.count)
            self._computing = {job.number}
            self._decode_picture(job, rows)
        except Stopped:
            self._mend(job)
        else:
            job.stage.picture_computed(rows)
            self._note_reached(job, time.monotonic())

    def _decode_picture(self, job: Job, rows: PictureRows) -> None:
        unit, line = rows.unit, job.stage.line
        embeddings = self._embeddings(job, unit)
        if line is None or embeddings is None:
            raise EngineError("a picture was to be computed that nobody has looked at")
        places = job.seen[unit.digest].places[unit.part].at(line.end, rows.begin, rows.count)
        part = embeddings[rows.begin : rows.begin + rows.count]
        self._context.decode_picture(part, places, line.slot, unit.whole)

    def _tokens(self, granted: list[tuple[Job, int]]) -> None:
        most_wanted = MAX_WANTED
        batch: list[tuple[Job, list[Row]]] = []
        for job, most in granted:
            rows = job.stage.rows(most, most_wanted)
            most_wanted -= sum(row.wanted for row in rows)
            if rows:
                batch.append((job, rows))
        if batch:
            self._decode(batch)

    def _decode(self, batch: list[tuple[Job, list[Row]]]) -> None:
        """Compute rows of several requests together; if that fails, of each alone, so that only the bad one fails."""
        rows = [row for _, part in batch for row in part]
        try:
            self._make_room(len(rows))
            self._computing = {job.number for job, _ in batch}
            self._context.decode(rows)
        except Exception as error:  # noqa: BLE001  one bad request fails alone
            sound = [(job, part) for job, part in batch if self._mend(job)]
            if isinstance(error, Stopped):
                return
            for job, part in sound:
                if len(batch) == 1:
                    self._fail(job, error if isinstance(error, EngineError) else _fault(error))
                else:
                    self._decode([(job, part)])
        else:
            begin = 0
            for job, part in batch:
                self._guarded(job, partial(self._computed, part, begin))
                begin += len(part)

    def _mend(self, job: Job) -> bool:
        """Bring a request back to before a step that came to nothing; False where that cannot be, and it has failed."""
        if sound := job.stage.mend():
            return sound
        self._fail(job, EngineError("a step of computing failed, and this model's cache cannot be cut back"))
        return False

    def _make_room(self, rows: int) -> None:
        if not self._cache.room(rows):
            raise EngineError("the model's cache is full")

    def _computed(self, rows: Sequence[Row], begin: int, job: Job) -> None:
        """Tell what came of a request's rows, which began at this row of the batch."""
        stage, now = job.stage, time.monotonic()
        for event in stage.computed(rows, lambda row: self._context.logits(begin + row)):
            if isinstance(event, Delta) and not job.tally.first_token_s:
                job.tally.first_token_s = now - job.standing.arrived
            self.out.event(job.number, event)
        self._note_reached(job, now)
        if stage.done:
            self._next_stage(job, stage, now)

    def _note_reached(self, job: Job, now: float) -> None:
        if not job.reached and job.stage.reached_end:
            job.reached = now

    def _next_stage(self, job: Job, stage: Stage, now: float) -> None:
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


def _fault(error: Exception) -> EngineError:
    """A fault of ours as an error of the request; its message may hold what a user wrote, so it is told to nobody."""
    traceback.print_tb(error.__traceback__)
    return EngineError(f"answering failed with {type(error).__name__}")
