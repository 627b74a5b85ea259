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
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from vision.errors import VisionError
from vision.model.loop import Loop
from vision.model.opening import Opened, Opening, open_loop
from vision.request import Done, Event
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
        loop.run(self)

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
        names = [field.name for field in fields(Opening) if field.name != "weights"]
        opened = open_loop(Opening(weights, **{name: order[name] for name in names}), self._tell_load)
        return opened.loop, _facts(opened, weights)

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


def _facts(opened: Opened, weights: Weights) -> dict[str, Any]:
    model = opened.model
    return {
        "name": model.metadata("general.name") or weights.model.stem,
        "model_file": weights.model.name,
        "projector_file": weights.projector and weights.projector.name,
        "context_tokens": opened.context_tokens,
        "device": model.device,
        "notes": opened.notes,
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
