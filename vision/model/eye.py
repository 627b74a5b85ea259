"""Looks at pictures in a thread of its own, the most urgent first, while the model goes on with what it has."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from vision.errors import EngineError, VisionError
from vision.model.album import Part, Seen
from vision.model.context import Embeddings, Stopped
from vision.model.projector import PictureChunk, Projector
from vision.model.turns import Turns
from vision.model.units import PictureUnit
from vision.picture import Picture


@dataclass(frozen=True, eq=False)
class Looked:
    """A picture was taken in: what stands for it in prompts."""

    digest: str
    seen: Seen


@dataclass(frozen=True, eq=False)
class Encoded:
    """One of its parts was encoded, which took so many seconds; `last` of this picture's parts."""

    part: Part
    embeddings: Embeddings
    seconds: float
    last: bool


@dataclass(frozen=True, eq=False)
class Unseen:
    """A picture could not be looked at; without an error nobody wants it any more."""

    digest: str
    error: VisionError | None


Glance = Looked | Encoded | Unseen


class Eye:
    """One thread that owns the projector. With `turns` it computes only in its turn."""

    def __init__(self, turns: Turns | None) -> None:
        self._turns = turns
        self._waiting: queue.PriorityQueue[tuple[tuple[float, ...], int, Picture]] = queue.PriorityQueue()
        self._held: set[str] = set()  # what waits or is being looked at, and of it what was dropped
        self._dropped: set[str] = set()
        self._current = ""
        self._count = 0
        self.progress = 0
        """Grows as long as something gets on."""

    def open(self, projector: Projector, tell: Callable[[Glance], None]) -> None:
        """Begin to look through this projector; what is found goes to `tell`."""
        self._tell = tell
        threading.Thread(target=self._run, args=(projector,), name="eye", daemon=True).start()

    def turn(self) -> AbstractContextManager[None]:
        """Taken by whoever computes, here or elsewhere."""
        return self._turns or nullcontext()

    def look(self, picture: Picture, rank: tuple[float, ...]) -> None:
        """Take in and encode a picture; of several that wait, the one of the lowest rank comes first."""
        self._dropped.discard(picture.digest)
        self._held.add(picture.digest)
        self._count += 1
        self._waiting.put((rank, self._count, picture))

    def drop(self, digest: str) -> None:
        """Nobody wants this picture any more."""
        if digest in self._held:
            self._dropped.add(digest)

    def pause(self) -> bool:
        """Between slices of encoding: let others compute; whether to go on."""
        self.progress += 1
        if self._turns:
            self._turns.pass_on()
        return self._current not in self._dropped

    def _run(self, projector: Projector) -> None:
        while True:
            _, _, picture = self._waiting.get()
            self._current = picture.digest
            try:
                self._look(projector, picture)
            except Stopped:
                self._tell(Unseen(picture.digest, None))
            except VisionError as error:
                self._tell(Unseen(picture.digest, error))
            except Exception as error:  # noqa: BLE001  a fault of ours must not leave others waiting for ever
                fault = EngineError(f"looking at a picture failed with {type(error).__name__}")
                self._tell(Unseen(picture.digest, fault))
            self._held.discard(picture.digest)
            self._dropped.discard(picture.digest)

    def _look(self, projector: Projector, picture: Picture) -> None:
        chunks = projector.chunks(picture)
        parts = [chunk for chunk in chunks if isinstance(chunk, PictureChunk)]
        numbers = {id(chunk): number for number, chunk in enumerate(parts)}
        units = tuple(
            chunk
            if isinstance(chunk, int)
            else PictureUnit(picture.digest, numbers[id(chunk)], chunk.cells, chunk.positions, chunk.whole)
            for chunk in chunks
        )
        self._tell(Looked(picture.digest, Seen(units, tuple(chunk.places for chunk in parts))))
        if not parts:
            self._tell(Unseen(picture.digest, None))
        for number, chunk in enumerate(parts):
            if self._current in self._dropped:
                raise Stopped
            begun = time.perf_counter()
            with self.turn():
                embeddings = projector.encode(chunk)
            taken = time.perf_counter() - begun
            self._tell(Encoded((picture.digest, number), embeddings, taken, last=number == len(parts) - 1))
