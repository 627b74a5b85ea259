"""The eye looks at the most urgent first, drops what nobody wants, and tells of every picture how it ended."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import pytest

from vision.errors import EngineError, UnsupportedPicture
from vision.model.context import Embeddings, Stopped
from vision.model.eye import Encoded, Eye, Glance, Looked, Unseen
from vision.model.projector import PictureChunk, Places
from vision.model.turns import Turns
from vision.model.units import PictureUnit
from vision.picture import Picture, picture_from_rgb

WAIT_S = 30.0


def picture(shade: int) -> Picture:
    return picture_from_rgb(2, 1, bytes([shade] * 6))


def chunk(cells: int) -> PictureChunk:
    row = np.arange(cells, dtype=np.int32)[None]
    return PictureChunk(cells, cells, False, Places(row, np.ones_like(row)), handle=None)


@dataclass
class FakeProjector:
    """Sees two slices with a token before and between; `encode` waits until the test lets it go on."""

    eye: Eye
    faults: dict[str, Exception] = field(default_factory=dict)
    encoding: queue.SimpleQueue[str] = field(default_factory=queue.SimpleQueue)
    go_on: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    current: str = ""

    def chunks(self, picture: Picture) -> list[int | PictureChunk]:
        self.current = picture.digest
        if fault := self.faults.get(picture.digest):
            raise fault
        return [5, chunk(3), 6, chunk(2)]

    def encode(self, chunk: PictureChunk) -> Embeddings:
        self.encoding.put(self.current)
        assert self.go_on.acquire(timeout=WAIT_S)
        if not self.eye.pause():
            raise Stopped
        return np.full((chunk.cells, 4), chunk.cells, np.float32)


@dataclass
class Looking:
    """An eye at work, and what it tells."""

    eye: Eye
    projector: FakeProjector
    told: queue.SimpleQueue[Glance]

    def begin(self, *pictures: Picture) -> None:
        """Have it in the midst of the first before the others come."""
        self.eye.look(pictures[0], (0.0,))
        assert self.projector.encoding.get(timeout=WAIT_S) == pictures[0].digest

    def next(self) -> Glance:
        return self.told.get(timeout=WAIT_S)

    def ends(self, count: int) -> Iterator[Encoded | Unseen]:
        """How so many pictures end, in order."""
        while count:
            glance = self.next()
            if isinstance(glance, Unseen) or (isinstance(glance, Encoded) and glance.last):
                count -= 1
                yield glance


Begin = Callable[[Turns | None], Looking]


@pytest.fixture
def begin() -> Begin:
    def open_eye(turns: Turns | None) -> Looking:
        eye = Eye(turns)
        projector = FakeProjector(eye)
        told: queue.SimpleQueue[Glance] = queue.SimpleQueue()
        eye.open(projector, told.put)  # type: ignore[arg-type]
        return Looking(eye, projector, told)

    return open_eye


@pytest.fixture
def looking(begin: Begin) -> Looking:
    return begin(None)


def digest_of(glance: Glance) -> str:
    return glance.part[0] if isinstance(glance, Encoded) else glance.digest


def test_a_picture_is_told_as_it_stands_in_prompts_and_then_part_by_part(looking: Looking) -> None:
    one = picture(1)
    looking.eye.look(one, (0.0,))
    looking.projector.go_on.release(2)
    looked, first, second = (looking.next() for _ in range(3))
    assert isinstance(looked, Looked)
    assert looked.digest == one.digest
    parts = PictureUnit(one.digest, 0, 3, 3), PictureUnit(one.digest, 1, 2, 2)
    assert looked.seen.units == (5, parts[0], 6, parts[1])
    assert [places.fixed.shape for places in looked.seen.places] == [(1, 3), (1, 2)]
    assert isinstance(first, Encoded)
    assert isinstance(second, Encoded)
    assert [(part.part, part.embeddings.shape, part.last) for part in (first, second)] == [
        ((one.digest, 0), (3, 4), False),
        ((one.digest, 1), (2, 4), True),
    ]
    assert first.seconds > 0


def test_the_most_urgent_comes_first_and_equals_in_order(looking: Looking) -> None:
    pictures = [picture(shade) for shade in range(5)]
    looking.begin(pictures[0])
    for one, rank in zip(pictures[1:], [(1.0, 5.0), (0.0, 9.0), (1.0, 2.0), (0.0, 9.0)], strict=True):
        looking.eye.look(one, rank)
    looking.projector.go_on.release(10)
    assert [digest_of(end) for end in looking.ends(5)] == [pictures[n].digest for n in (0, 2, 4, 3, 1)]


def test_what_nobody_wants_ends_in_the_middle(looking: Looking) -> None:
    one, other = picture(1), picture(2)
    looking.begin(one)
    looking.eye.look(other, (1.0,))
    looking.eye.drop(one.digest)
    looking.projector.go_on.release(3)
    first, second = looking.ends(2)
    assert isinstance(first, Unseen)
    assert (first.digest, first.error) == (one.digest, None)
    assert digest_of(second) == other.digest
    assert isinstance(second, Encoded)


def test_what_was_dropped_while_it_waited_is_not_encoded(looking: Looking) -> None:
    one, other = picture(1), picture(2)
    looking.begin(one)
    looking.eye.look(other, (1.0,))
    looking.eye.drop(other.digest)
    looking.projector.go_on.release(2)
    _, second = looking.ends(2)
    assert isinstance(second, Unseen)
    assert second.error is None
    assert looking.projector.encoding.get(timeout=WAIT_S) == one.digest
    assert looking.projector.encoding.empty()


def test_what_was_dropped_can_be_wanted_again(looking: Looking) -> None:
    one = picture(1)
    looking.begin(one)
    looking.eye.drop(one.digest)
    looking.projector.go_on.release(1)
    assert isinstance(next(looking.ends(1)), Unseen)
    looking.eye.look(one, (0.0,))
    looking.projector.go_on.release(2)
    assert isinstance(next(looking.ends(1)), Encoded)


@pytest.mark.parametrize("fault", [UnsupportedPicture("too odd"), EngineError("it failed")])
def test_an_error_is_told_and_the_next_picture_is_looked_at(looking: Looking, fault: Exception) -> None:
    one, other = picture(1), picture(2)
    looking.projector.faults[one.digest] = fault
    looking.eye.look(one, (0.0,))
    looking.eye.look(other, (1.0,))
    looking.projector.go_on.release(2)
    first, second = looking.ends(2)
    assert isinstance(first, Unseen)
    assert first.error is fault
    assert isinstance(second, Encoded)


def test_a_fault_of_ours_is_told_without_its_words(looking: Looking) -> None:
    one = picture(1)
    looking.projector.faults[one.digest] = RuntimeError("what a user wrote")
    looking.eye.look(one, (0.0,))
    end = next(looking.ends(1))
    assert isinstance(end, Unseen)
    assert isinstance(end.error, EngineError)
    assert "RuntimeError" in str(end.error)
    assert "user" not in str(end.error)


def test_others_compute_between_slices_and_progress_shows(begin: Begin) -> None:
    turns = Turns()
    looking = begin(turns)
    looking.begin(picture(1))
    inside = threading.Event()

    def compute() -> None:
        with looking.eye.turn():
            inside.set()

    other = threading.Thread(target=compute, daemon=True)
    other.start()
    while not turns._waiting:
        assert not inside.wait(0.0005)
    before = looking.eye.progress
    looking.projector.go_on.release(1)
    assert inside.wait(WAIT_S)
    looking.projector.go_on.release(1)
    assert isinstance(next(looking.ends(1)), Encoded)
    assert looking.eye.progress == before + 2
    other.join(WAIT_S)


def test_what_was_dropped_too_late_can_be_wanted_again(looking: Looking) -> None:
    one = picture(1)
    looking.eye.look(one, (0.0,))
    looking.projector.go_on.release(4)
    assert isinstance(next(looking.ends(1)), Encoded)
    looking.eye.drop(one.digest)
    looking.eye.look(one, (0.0,))
    assert isinstance(next(looking.ends(1)), Encoded)
