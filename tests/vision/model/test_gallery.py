"""Which pictures are fetched and when, and that each is looked at once for all who want it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, cast

import numpy as np
import pytest

from vision.errors import BrokenPicture, WeightsMissing
from vision.model.album import Seen
from vision.model.eye import Encoded, Eye, Looked, Unseen
from vision.model.gallery import _LOOKED_AHEAD, Gallery
from vision.model.job import Job
from vision.model.prompt import Prompts
from vision.model.scheduler import Rank, Standing
from vision.model.stage import Stage
from vision.model.units import PictureUnit
from vision.picture import Picture, picture_from_rgb
from vision.request import Request

CELLS = 3
RANK: Rank = (0.0,)


class FakeEye:
    """Notes what it is told."""

    def __init__(self) -> None:
        self.progress = 0
        self.looks: list[tuple[str, Rank]] = []
        self.drops: list[str] = []

    def look(self, picture: Picture, rank: Rank) -> None:
        self.looks.append((picture.digest, rank))

    def drop(self, digest: str) -> None:
        self.drops.append(digest)

    def turn(self) -> AbstractContextManager[None]:
        return nullcontext()


class AtPicture:
    """A stage that comes to this picture next."""

    def __init__(self, picture: PictureUnit | None) -> None:
        self.picture = picture


def picture(shade: int) -> Picture:
    return picture_from_rgb(1, 1, bytes([shade] * 3))


def unit(digest: str, part: int = 0) -> PictureUnit:
    return PictureUnit(digest, part, CELLS, CELLS)


def job(number: int, *digests: str) -> Job:
    return Job(Standing(number, "", "interactive", float(number)), Request(), Prompts((), digests))


def running(number: int, at: PictureUnit | None, *digests: str) -> Job:
    one = job(number, *digests)
    one.laid_out = one.running = True
    one.stages.append(cast("Stage", AtPicture(at)))
    return one


def seen(digest: str, parts: int = 1) -> Looked:
    return Looked(digest, Seen(tuple(unit(digest, part) for part in range(parts)), ()))


def encoded(digest: str, part: int = 0, *, last: bool = True) -> Encoded:
    return Encoded((digest, part), np.full((CELLS, 4), part, np.float32), 0.5, last)


@pytest.fixture
def eye() -> FakeEye:
    return FakeEye()


@pytest.fixture
def gallery(eye: FakeEye) -> Gallery:
    return Gallery(cast("Eye", eye), 10_000)


def asked(gallery: Gallery, *jobs: Job) -> list[str]:
    return list(gallery.ask_for(jobs))


def test_only_so_many_who_wait_are_looked_ahead_for(gallery: Gallery) -> None:
    jobs = [job(number, str(number)) for number in range(10)]
    first = [str(number) for number in range(_LOOKED_AHEAD)]
    assert asked(gallery, *jobs) == first
    for digest in first:
        gallery.looked(seen(digest))
        gallery.show(jobs[int(digest)])
        jobs[int(digest)].laid_out = True
    assert asked(gallery, *jobs) == []


def test_who_needs_no_picture_takes_a_place_among_those_looked_ahead_for(gallery: Gallery) -> None:
    jobs = [*(job(number) for number in range(_LOOKED_AHEAD)), job(9, "late")]
    assert asked(gallery, *jobs) == []


def test_who_runs_takes_no_place_and_comes_in_the_order_given(gallery: Gallery) -> None:
    at_work = [running(number, unit(f"r{number}"), f"r{number}") for number in range(6)]
    waits = [job(10 + number, f"w{number}") for number in range(6)]
    wanted = [*(f"r{number}" for number in range(6)), *(f"w{number}" for number in range(_LOOKED_AHEAD))]
    assert asked(gallery, *at_work, *waits) == wanted


def test_each_is_asked_for_once_however_many_want_it(gallery: Gallery) -> None:
    assert asked(gallery, job(1, "a", "b"), job(2, "b", "c")) == ["a", "b", "c"]
    assert asked(gallery, job(1, "a", "b"), job(2, "b", "c")) == []


def test_pixels_that_come_twice_are_looked_at_once(gallery: Gallery, eye: FakeEye) -> None:
    one = picture(1)
    asked(gallery, job(1, one.digest))
    gallery.came(one, RANK)
    gallery.came(one, RANK)
    assert eye.looks == [(one.digest, RANK)]
    assert gallery.busy
    assert asked(gallery, job(2, one.digest)) == []


def test_pixels_that_nobody_wants_are_not_looked_at_but_can_be_asked_for_again(gallery: Gallery, eye: FakeEye) -> None:
    one = picture(1)
    asked(gallery, job(1, one.digest))
    gallery.came(one, None)
    assert eye.looks == []
    assert not gallery.busy
    assert asked(gallery, job(2, one.digest)) == [one.digest]


def test_what_was_asked_for_and_dropped_is_asked_for_again(gallery: Gallery, eye: FakeEye) -> None:
    asked(gallery, job(1, "a"))
    gallery.drop({"a"})
    assert eye.drops == []
    assert asked(gallery, job(2, "a")) == ["a"]


def test_the_eye_is_told_of_what_is_dropped_and_only_of_that(gallery: Gallery, eye: FakeEye) -> None:
    one, other = picture(1), picture(2)
    for shown in (one, other):
        gallery.came(shown, RANK)
    gallery.drop({one.digest, "unknown"})
    assert eye.drops == [one.digest]
    gallery.unseen(Unseen(one.digest, None))
    assert asked(gallery, job(3, one.digest, other.digest)) == [one.digest]


def test_all_who_want_a_part_get_it_and_the_eye_is_free_after_the_last(gallery: Gallery) -> None:
    one = picture(1)
    jobs = [job(1, one.digest), job(2, one.digest)]
    gallery.came(one, RANK)
    gallery.encoded(encoded(one.digest, 0, last=False), jobs)
    between = gallery.busy
    gallery.encoded(encoded(one.digest, 1), jobs)
    assert (between, gallery.busy) == (True, False)
    for each in jobs:
        assert {part for _, part in each.embeddings} == {0, 1}
        assert (each.tally.usage.pictures_encoded, each.tally.encode_s) == (1, 1.0)


def test_a_picture_is_shown_when_all_of_a_request_were_looked_at(gallery: Gallery) -> None:
    one = job(1, "a", "b")
    gallery.looked(seen("a"))
    assert not gallery.show(one)
    gallery.looked(seen("b", parts=2))
    assert gallery.show(one)
    assert len(one.seen["b"].units) == 2


def test_what_the_album_has_is_not_asked_for_and_counts_as_a_hit_once(gallery: Gallery) -> None:
    gallery.encoded(encoded("a"), [])
    one = running(1, unit("a"), "a")
    assert asked(gallery, one) == []
    assert gallery.embeddings(one, unit("a")) is not None
    assert (gallery.shelf.hits, gallery.shelf.misses) == (1, 0)
    assert one.tally.usage.pictures_encoded == 0


def test_what_the_album_has_forgotten_is_asked_for_again_only_by_who_comes_to_it(eye: FakeEye) -> None:
    gallery = Gallery(cast("Eye", eye), embeddings_bytes=0)
    gallery.looked(seen("a"))
    gallery.encoded(encoded("a"), [])
    waits, elsewhere = running(1, unit("a"), "a"), running(2, None, "a")
    waits.running = False
    assert asked(gallery, waits, elsewhere) == []
    waits.running = True
    assert asked(gallery, waits, elsewhere) == ["a"]
    gallery.encoded(encoded("a"), [waits])
    assert gallery.embeddings(waits, unit("a")) is not None
    assert gallery.shelf.misses == 1


def test_a_picture_that_could_not_be_looked_at_is_free_again(gallery: Gallery) -> None:
    one = picture(1)
    gallery.came(one, RANK)
    gallery.unseen(Unseen(one.digest, BrokenPicture("odd")))
    assert not gallery.busy


def test_getting_on_is_told_once_for_each_time(gallery: Gallery, eye: FakeEye) -> None:
    eye.progress += 1
    assert [gallery.got_on(), gallery.got_on()] == [True, False]
    eye.progress += 1
    assert gallery.got_on()


@pytest.mark.parametrize("digests", [(), ("a",)])
def test_the_blind_refuse_pictures_only(digests: Sequence[str]) -> None:
    blind: Any = Gallery(None, 10_000)
    if not digests:
        assert blind.show(job(1))
        return
    with pytest.raises(WeightsMissing):
        blind.show(job(1, *digests))
