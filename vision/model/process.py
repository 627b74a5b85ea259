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
from pathlib import Path
from typing import Any

from vision.errors import EngineError, VisionError
from vision.metadata import vision_family
from vision.model.answer import Answerer
from vision.model.native import Model, Stopped
from vision.model.projector import Projector
from vision.picture import picture_from_rgb
from vision.request import Generation, Message, Request
from vision.weights import Weights
from vision.wire import Frame, frame, pack_event, pack_failure, receive_frame, unpack_request

_BEAT_S = 0.5  # while it gets on, the process says so at least this often
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG


class Process:
    """The child's side of the socket. One thread reads; the main thread computes and is the only one that writes."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._received: queue.SimpleQueue[Frame] = queue.SimpleQueue()
        self._current, self._cancelled = 0, -1
        self._said = 0.0

    def run(self) -> None:
        """Load what the first frame names, then answer for ever."""
        threading.Thread(target=self._read, daemon=True).start()
        try:
            answerer = self._load(self._received.get().head)
        except VisionError as error:
            self._say(pack_failure(0, error))
            return
        while True:
            self._answer(answerer, self._received.get())

    def _read(self) -> None:
        """A cancel takes effect at once, the rest waits its turn; without the parent there is nothing left to do."""
        while received := receive_frame(self._connection):
            if received.kind == "cancel":
                self._cancelled = received.head["number"]
            else:
                self._received.put(received)
        os._exit(0)

    def _say(self, message: Frame) -> None:
        self._said = time.monotonic()
        try:
            self._connection.sendall(message.pack())
        except OSError:
            os._exit(0)

    def _get_on(self) -> bool:
        """Let the parent know that the work goes on; whether it shall not."""
        if time.monotonic() - self._said > _BEAT_S:
            self._say(frame("working"))
        return self._current == self._cancelled

    def _beat(self) -> None:
        if self._get_on():
            raise Stopped

    def _load(self, settings: Mapping[str, Any]) -> Answerer:
        projector = settings["projector"]
        weights = Weights(Path(settings["model"]), Path(projector) if projector else None)
        threads, gpu_layers = settings["threads"], settings["gpu_layers"]
        model = Model(weights.model, gpu_layers=gpu_layers, plain=settings["plain"], on_load=self._tell_load)
        eye = None
        if weights.projector:
            eye = Projector(weights.projector, model, threads=threads, gpu_layers=gpu_layers, on_load=self._tell_load)
        model.open(settings["context_tokens"], threads=threads, pictures_whole=eye is not None and eye.pictures_whole)
        model.stop_when(self._get_on)
        answerer = Answerer(model, eye, self._beat)
        _warm_up(answerer, sees=eye is not None)
        self._say(frame("ready", facts=_facts(model, weights)))
        return answerer

    def _tell_load(self, part: str, done: float) -> bool:
        if done >= 1 or time.monotonic() - self._said > _BEAT_S / 5:
            self._say(frame("loading", part=part, done=done))
        return True

    def _answer(self, answerer: Answerer, ask: Frame) -> None:
        """One request fails alone: whatever it raises is told, and the next one finds an empty cache."""
        number = self._current = ask.head["number"]
        try:
            for event in answerer.answer(unpack_request(ask)):
                self._say(pack_event(number, event))
        except Stopped:
            self._say(frame("stopped", number=number))
        except VisionError as error:
            answerer.forget()
            self._say(pack_failure(number, error))
        except Exception as error:  # noqa: BLE001  a fault of ours must not end the process
            traceback.print_tb(error.__traceback__)  # without its message, which may hold what a user wrote
            answerer.forget()
            self._say(pack_failure(number, EngineError(f"answering failed with {type(error).__name__}")))


def _warm_up(answerer: Answerer, *, sees: bool) -> None:
    """Answer once about nothing: what crashes or cannot work at all does so now, and memory is touched."""
    grey = picture_from_rgb(64, 64, b"\x80" * (64 * 64 * 3))
    words = "Is this a picture of something that has a name, and can that name be said in one word, yes or no?"
    turn = Message("user", words, (grey,) if sees else ())
    for _ in answerer.answer(Request(conversation=(turn,), generate=Generation(max_tokens=2))):
        pass
    answerer.forget()


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
