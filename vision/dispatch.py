"""What is asked of the model's process and what comes back: many requests at once, whichever process is there."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from dataclasses import dataclass, field, replace

from vision.child import Child, ChildDied
from vision.errors import EngineError, EngineKilled, EngineTimeout, VisionError
from vision.picture import Picture
from vision.request import Again, Done, Event, Request, Shelves
from vision.waiting import Place, Waiting
from vision.wire import (
    Frame,
    frame,
    pack_picture,
    pack_request,
    pictures_of,
    unpack_event,
    unpack_failure,
    unpack_shelves,
)

_LOOKS = 8  # in the time that a process may keep silent


@dataclass(eq=False)
class Job:
    """A request on its way; `events` ends with Done or with the error to raise."""

    place: Place
    request: Request
    due: float | None
    events: asyncio.Queue[Event | VisionError] = field(default_factory=asyncio.Queue)
    timer: asyncio.TimerHandle | None = None

    @property
    def number(self) -> int:
        """By which the process knows it."""
        return self.place.number


class Dispatch:
    """Every request that is not answered yet. `serve` talks to a process about them until that dies."""

    def __init__(self, silence_s: float) -> None:
        self._silence_s = silence_s
        self._jobs: dict[int, Job] = {}
        self._waiting = Waiting()
        self._cancels: deque[int] = deque()
        self._needs: deque[str] = deque()
        self._wake = asyncio.Event()
        self._heard = False
        self._last = 0
        self.answered = 0
        self.shelves: Shelves | None = None

    @property
    def busy(self) -> bool:
        """Whether the process has something to do."""
        return bool(self._waiting.inside)

    def open(self, request: Request) -> Job:
        """Put a request in line."""
        self._last += 1
        due = None if request.deadline_s is None else time.monotonic() + request.deadline_s
        job = Job(Place(self._last, request.chat, request.priority), request, due)
        self._waiting.add(job.place)
        self._jobs[job.number] = job
        self._time(job)
        self._wake.set()
        return job

    def _time(self, job: Job) -> None:
        """Have a job that is in line end when it is due."""
        if job.due is not None:
            left_s = max(job.due - time.monotonic(), 0.0)
            job.timer = asyncio.get_running_loop().call_later(left_s, self._expire, job)

    def close(self, job: Job) -> None:
        """Give a job up, because nobody reads its events any more; one that has ended stays as it is."""
        if job.number not in self._jobs:
            return
        if self._waiting.give_up(job.place):
            self._cancels.append(job.number)
            self._wake.set()
        else:
            self._settle(job)

    def _expire(self, job: Job) -> None:
        self._waiting.give_up(job.place)
        self._fail(job, _overdue(job))

    def _fail(self, job: Job, error: VisionError) -> None:
        job.events.put_nowait(error)
        self._settle(job)

    def _settle(self, job: Job) -> None:
        self._waiting.settle(job.number)
        del self._jobs[job.number]
        _stop_timer(job)
        self._wake.set()

    # ---- one process ----

    async def serve(self, child: Child) -> None:
        """Have the process answer what waits. Raises ChildDied when it ends, or was silent for too long."""
        try:
            async with asyncio.TaskGroup() as parts:
                for part in (self._listen(child), self._feed(child), self._watch()):
                    parts.create_task(part)
        except* ChildDied as deaths:
            death = deaths.exceptions[0]
        raise death

    async def _feed(self, child: Child) -> None:
        """Nobody else writes to the process: one message at a time, as fast as it takes them in."""
        while True:
            self._wake.clear()
            while message := self._next():
                if not await child.send(message, within_s=self._silence_s):
                    return  # what it said before it died is still to be heard
            await self._wake.wait()

    def _next(self) -> Frame | None:
        if self._cancels:
            return frame("cancel", number=self._cancels.popleft())
        while self._needs:
            if picture := self._picture(self._needs.popleft()):
                return pack_picture(picture)
        while (number := self._waiting.take()) is not None:
            if message := self._ask(self._jobs[number]):
                return message
        return None

    def _ask(self, job: Job) -> Frame | None:
        """The request with the time that is left to it, which the process minds from here; None where it fails."""
        _stop_timer(job)
        left_s = None if job.due is None else job.due - time.monotonic()
        try:
            if left_s is not None and left_s <= 0:
                raise _overdue(job)
            return pack_request(job.number, replace(job.request, deadline_s=left_s))
        except EngineError as error:
            self._fail(job, error)
            return None

    def _picture(self, digest: str) -> Picture | None:
        inside = (self._jobs[number].request for number in self._waiting.inside)
        return next(
            (picture for request in inside for picture in pictures_of(request) if picture.digest == digest), None
        )

    async def _listen(self, child: Child) -> None:
        while True:
            for message in await child.receive():
                self._heard = True
                self._hear(message)

    def _hear(self, message: Frame) -> None:
        match message.kind:
            case "working":
                pass
            case "need":
                self._needs.append(message.head["digest"])
                self._wake.set()
            case "shelves":
                self.shelves = unpack_shelves(message)
            case _:
                if job := self._jobs.get(message.head["number"]):
                    self._hear_of(job, message)

    def _hear_of(self, job: Job, message: Frame) -> None:
        if message.kind == "stopped":
            self._fail(job, EngineError("the request was stopped"))  # nobody hears it who has left
        elif message.kind == "failed":
            self._fail(job, unpack_failure(message))
        else:
            event = unpack_event(message)
            job.events.put_nowait(event)
            if isinstance(event, Done):
                self.answered += 1
                self._settle(job)

    async def _watch(self) -> None:
        """Looks are counted, not seconds: when this process itself was stopped for long, nobody else is to blame."""
        silent = 0
        while silent < _LOOKS:
            await asyncio.sleep(self._silence_s / _LOOKS)
            silent = 0 if self._heard or not self.busy else silent + 1
            self._heard = False
        raise ChildDied(f"it said nothing for {self._silence_s:g} s")

    # ---- its end ----

    def died(self, death: ChildDied) -> None:
        """The process is gone: who was in it is told, and asked again unless it died of them alone."""
        inside = self._waiting.inside
        again, guilty = self._waiting.died()
        self._needs.clear()
        self._cancels.clear()
        for number in inside:
            job = self._jobs[number]
            if number in again:
                job.events.put_nowait(Again())
                self._time(job)
            elif number in guilty:
                self._fail(job, EngineKilled(f"the model's process died twice on one request: {death}"))
            else:
                self._settle(job)

    def fail_all(self, problem: EngineError) -> None:
        """End every request with this error: the model does not come up."""
        for job in list(self._jobs.values()):
            self._waiting.give_up(job.place)
            self._fail(job, problem)


def _stop_timer(job: Job) -> None:
    if job.timer:
        job.timer.cancel()


def _overdue(job: Job) -> EngineTimeout:
    return EngineTimeout(f"the request waited for longer than the {job.request.deadline_s:g} s it was given")
