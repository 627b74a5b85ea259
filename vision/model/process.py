"""The engine's process: loads the model, then answers what comes over the socket until the socket closes.

Started by vision.child as `python -m vision.model.process FD`. It is a process of its own because a native abort ends
the process that it happens in.
"""

from __future__ import annotations

import ctypes
import os
import queue
import signal
import socket
import sys
import threading
import time
import traceback
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from vision.errors import EngineError, VisionError
from vision.metadata import vision_family
from vision.model.answer import Answerer
from vision.model.native import Model, Stopped
from vision.model.projector import Projector
from vision.picture import Picture, picture_from_rgb
from vision.request import Done, Event, Generation, Message, Request, Shelf, Shelves
from vision.weights import Weights
from vision.wire import (
    Frame,
    frame,
    pack_event,
    pack_failure,
    pack_shelves,
    receive_frame,
    unpack_picture,
    unpack_request,
)

_BEAT_S = 0.5  # while it gets on, the process says so at least this often
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG


class Process:
    """The child's side of the socket. One thread reads; the main thread computes and is the only one that writes."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._order: queue.SimpleQueue[Frame] = queue.SimpleQueue()
        self._loop: Loop | None = None
        self._said = 0.0

    def run(self) -> None:
        """Load what the first frame names, then answer for ever."""
        threading.Thread(target=self._read, daemon=True).start()
        try:
            loop, facts = self._load(self._order.get().head)
        except VisionError as error:
            self._say(pack_failure(0, error))
            return
        self._loop = loop
        self._say(frame("ready", facts=facts))
        loop.run()

    def _read(self) -> None:
        """Hand on what comes; without the parent there is nothing left to do."""
        try:
            while received := receive_frame(self._connection):
                if self._loop is None:
                    self._order.put(received)
                else:
                    _hand_on(received, self._loop)
        except Exception as error:  # noqa: BLE001  nothing would be heard any more
            traceback.print_tb(error.__traceback__)  # without its message, which may hold what a user wrote
            os._exit(1)
        os._exit(0)

    def _say(self, message: Frame) -> None:
        self._said = time.monotonic()
        try:
            self._connection.sendall(b"".join(message.parts()))
        except OSError:
            os._exit(0)

    # ---- what the loop tells ----

    def event(self, number: int, event: Event) -> None:
        """An event of a request; with the last one, what is now kept of all of them."""
        if isinstance(event, Done) and self._loop:
            self._say(pack_shelves(self._loop.shelves()))
        self._say(pack_event(number, event))

    def failed(self, number: int, error: VisionError) -> None:
        """A request that cannot be answered."""
        self._say(pack_failure(number, error))

    def stopped(self, number: int) -> None:
        """A request that was cancelled and is cleared away."""
        self._say(frame("stopped", number=number))

    def need(self, digest: str) -> None:
        """Ask for a picture's pixels."""
        self._say(frame("need", digest=digest))

    def alive(self) -> None:
        """Let the parent know, now and then, that the work gets on."""
        if time.monotonic() - self._said > _BEAT_S:
            self._say(frame("working"))

    # ---- loading ----

    def _load(self, order: Mapping[str, Any]) -> tuple[Loop, dict[str, Any]]:
        weights = Weights(Path(order["model"]), Path(order["projector"]) if order["projector"] else None)
        threads, gpu_layers = order["threads"], order["gpu_layers"]
        model = Model(weights.model, gpu_layers=gpu_layers, plain=order["plain"], on_load=self._tell_load)
        eye = None
        if weights.projector:
            eye = Projector(weights.projector, model, threads=threads, gpu_layers=gpu_layers, on_load=self._tell_load)
        model.open(order["context_tokens"], threads=threads, pictures_whole=eye is not None and eye.pictures_whole)
        budgets = {name: order[name] for name in ("host_cache_bytes", "embeddings_bytes")}
        loop = Loop(model, eye, self, **budgets)
        loop.warm_up()
        return loop, _facts(model, weights) | {"step_s": loop.step_s, "mended": eye and eye.mended}

    def _tell_load(self, part: str, done: float) -> bool:
        if done >= 1 or time.monotonic() - self._said > _BEAT_S / 5:
            self._say(frame("loading", part=part, done=done))
        return True


def _hand_on(received: Frame, loop: Loop) -> None:
    match received.kind:
        case "ask":
            loop.ask(received.head["number"], unpack_request(received))
        case "cancel":
            loop.cancel(received.head["number"])
        case "picture":
            loop.picture(unpack_picture(received))


class Loop:
    """One request after the other, over one loaded model."""

    step_s = 0.0

    def __init__(
        self, model: Model, projector: Projector | None, out: Process, *, host_cache_bytes: int, embeddings_bytes: int
    ) -> None:
        self._sees = projector is not None
        self._answerer = Answerer(model, projector, self._beat)
        model.stop_when(self._get_on)
        self._out = out
        self._budgets = (host_cache_bytes, embeddings_bytes)
        self._asked: queue.SimpleQueue[tuple[int, Request]] = queue.SimpleQueue()
        self._came: queue.SimpleQueue[Picture] = queue.SimpleQueue()
        self._pictures: OrderedDict[str, Picture] = OrderedDict()
        self._cancelled: set[int] = set()
        self._current = 0

    def ask(self, number: int, request: Request) -> None:
        self._asked.put((number, request))

    def cancel(self, number: int) -> None:
        self._cancelled.add(number)

    def picture(self, picture: Picture) -> None:
        self._came.put(picture)

    def shelves(self) -> Shelves:
        nothing = Shelf(0, 0, 0, 0)
        return Shelves(nothing, Shelf(0, self._budgets[0], 0, 0), Shelf(0, self._budgets[1], 0, 0))

    def warm_up(self) -> None:
        """Answer once about nothing: what crashes or cannot work at all does so now, and memory is touched."""
        grey = picture_from_rgb(64, 64, b"\x80" * (64 * 64 * 3))
        words = "Is this a picture of something that has a name, and can that name be said in one word, yes or no?"
        turn = Message("user", words, (grey,) if self._sees else ())
        for _ in self._answerer.answer(Request(conversation=(turn,), generate=Generation(max_tokens=2))):
            pass
        self._answerer.forget()

    def run(self) -> None:
        while True:
            self._answer(*self._asked.get())

    def _get_on(self) -> bool:
        self._out.alive()
        return self._current in self._cancelled

    def _beat(self) -> None:
        if self._get_on():
            raise Stopped

    def _answer(self, number: int, request: Request) -> None:
        """One request fails alone: whatever it raises is told, and the next one finds an empty cache."""
        self._current = number
        try:
            self._beat()
            for event in self._answerer.answer(self._whole(request)):
                self._out.event(number, event)
        except Stopped:
            self._out.stopped(number)
        except VisionError as error:
            self._answerer.forget()
            self._out.failed(number, error)
        except Exception as error:  # noqa: BLE001  a fault of ours must not end the process
            traceback.print_tb(error.__traceback__)  # without its message, which may hold what a user wrote
            self._answerer.forget()
            self._out.failed(number, EngineError(f"answering failed with {type(error).__name__}"))
        self._cancelled.discard(number)

    def _whole(self, request: Request) -> Request:
        turns = tuple(Message(t.role, t.text, self._pixels(t.pictures)) for t in request.conversation)
        return replace(request, conversation=turns, pictures=self._pixels(request.pictures))

    def _pixels(self, pictures: tuple[Picture, ...]) -> tuple[Picture, ...]:
        return tuple(self._pixels_of(picture.digest) for picture in pictures)

    def _pixels_of(self, digest: str) -> Picture:
        if digest not in self._pictures:
            self._out.need(digest)
            while digest not in self._pictures:
                self._beat()
                with suppress(queue.Empty):
                    picture = self._came.get(timeout=0.05)
                    self._pictures[picture.digest] = picture
        while len(self._pictures) > 16:
            self._pictures.popitem(last=False)
        return self._pictures[digest]


def _facts(model: Model, weights: Weights) -> dict[str, Any]:
    return {
        "name": model.metadata("general.name") or weights.model.stem,
        "description": model.description,
        "parameters": model.parameters,
        "model_file": weights.model.name,
        "projector_file": weights.projector and weights.projector.name,
        "context_tokens": model.context_tokens,
        "device": model.device,
        "vision_family": weights.projector and vision_family(weights.projector),
        "has_chat_template": model.chat_template is not None,
    }


def _die_with_parent() -> None:
    """Closing the socket ends this process too, but not while it is stopped or stuck in native code."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)


def main() -> None:
    """Take over the socket that was inherited and serve it."""
    _die_with_parent()
    os.environ["GGML_NO_BACKTRACE"] = "1"  # else a native abort starts a debugger
    Process(socket.socket(fileno=int(sys.argv[1]))).run()


if __name__ == "__main__":
    main()
