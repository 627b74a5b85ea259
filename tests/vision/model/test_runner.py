"""What is computed together is told apart again, and what fails fails alone."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from vision.errors import EngineError, PromptTooLong
from vision.model.album import Seen
from vision.model.context import MAX_WANTED, Logits, Row, Stopped
from vision.model.job import Job
from vision.model.projector import Places
from vision.model.prompt import Prompts
from vision.model.runner import Runner, told
from vision.model.scheduler import Standing
from vision.model.stage import LogitsOf, PictureRows
from vision.model.units import PictureUnit
from vision.request import Request

PICTURE = PictureUnit("p", 0, 6, 6)


@dataclass
class FakeStage:
    """Computes rows of its own token, all of them wanted; notes what happens to it in a log that all share."""

    log: list[str]
    token: int
    picture: PictureUnit | None = None
    mends: bool = True
    rowless: Exception | None = None
    line: Any = field(default_factory=lambda: SimpleNamespace(slot=3, end=10))

    def rows(self, most: int, most_wanted: int) -> list[Row]:
        if self.rowless:
            raise self.rowless
        return [Row(self.token, n, (self.token,), True) for n in range(min(most, most_wanted))]

    def mend(self) -> bool:
        self.log.append(f"mend {self.token}")
        return self.mends

    def picture_rows(self, unit: PictureUnit, most: int) -> PictureRows:
        return PictureRows(unit, 2, min(most, unit.cells - 2))

    def picture_computed(self, rows: PictureRows) -> None:
        self.log.append(f"picture {rows.begin}+{rows.count}")
        if rows.begin + rows.count == rows.unit.cells:
            self.picture = None


@dataclass
class World:
    """Everything round a runner: a device, a cache that may be full, and who hears how it went."""

    bad: dict[int, Exception] = field(default_factory=dict)
    """By token, what a batch with it in raises."""
    room: int = 1000
    log: list[str] = field(default_factory=list)
    batches: list[list[int]] = field(default_factory=list)
    failed: dict[int, str] = field(default_factory=dict)
    read: dict[int, list[float]] = field(default_factory=dict)
    pictures: list[tuple[list[float], list[int], int]] = field(default_factory=list)
    embeddings: Any = None

    def runner(self) -> Runner:
        cache = SimpleNamespace(room=lambda rows: rows <= self.room)
        gallery = SimpleNamespace(turn=nullcontext, embeddings=lambda job, unit: self.embeddings)
        everything: Any = self
        return Runner(everything, cache, gallery, everything)  # type: ignore[arg-type]

    def job(self, number: int, **given: Any) -> Job:
        job = Job(Standing(number, "", "interactive", 0.0), Request(), Prompts((), None))
        stage: Any = FakeStage(self.log, number, **given)
        job.stages.append(stage)
        return job

    # ---- the device ----

    def room_for(self, rows: Sequence[Row]) -> int:
        return len(rows)

    def decode(self, rows: Sequence[Row]) -> None:
        self.batches.append([row.token for row in rows])
        self.log.append(f"decode {sorted({row.token for row in rows})}")
        for row in rows:
            if fault := self.bad.get(row.token):
                raise fault

    def decode_picture(self, embeddings: Logits, positions: Any, sequence: int, whole: bool) -> None:
        if fault := self.bad.get(-1):
            raise fault
        self.pictures.append((embeddings[:, 0].tolist(), positions[0].tolist(), sequence))

    def logits(self, row: int) -> Logits:
        return np.array([1000 * self.batches[-1][row] + row], np.float32)

    # ---- who hears of it ----

    def computed(self, job: Job, rows: Sequence[Row], logits_of: LogitsOf) -> None:
        self.read[job.number] = [float(logits_of(n)[0]) for n in range(len(rows))]

    def pictured(self, job: Job) -> None:
        self.log.append("pictured")

    def fail(self, job: Job, error: Exception) -> None:
        self.failed[job.number] = str(error)


def test_each_reads_the_results_of_its_own_rows() -> None:
    world = World()
    world.runner().compute([(world.job(1), 2), (world.job(2), 1), (world.job(3), 3)])
    assert world.batches == [[1, 1, 2, 3, 3, 3]]
    assert world.read == {1: [1000, 1001], 2: [2002], 3: [3003, 3004, 3005]}


def test_results_that_one_takes_are_not_left_for_the_next() -> None:
    world = World()
    world.runner().compute([(world.job(1), MAX_WANTED - 2), (world.job(2), 50), (world.job(3), 50)])
    assert [world.batches[0].count(number) for number in (1, 2, 3)] == [MAX_WANTED - 2, 2, 0]
    assert 3 not in world.read
    assert not world.failed


def test_where_nobody_has_rows_nothing_is_computed() -> None:
    world = World()
    world.runner().compute([(world.job(1), 0)])
    assert not world.batches


def test_all_are_mended_before_each_is_computed_alone_and_only_the_bad_one_fails() -> None:
    world = World(bad={2: EngineError("refused")})
    runner = world.runner()
    runner.compute([(world.job(1), 1), (world.job(2), 1), (world.job(3), 1)])
    assert world.log[:4] == ["decode [1, 2, 3]", "mend 1", "mend 2", "mend 3"]
    assert [step for step in world.log[4:] if step.startswith("decode")] == ["decode [1]", "decode [2]", "decode [3]"]
    assert world.failed == {2: "refused"}
    assert world.read == {1: [1000], 3: [3000]}


def test_a_fault_of_any_kind_ends_one_request_only() -> None:
    world = World(bad={2: MemoryError("gone")})
    world.runner().compute([(world.job(1), 1), (world.job(2), 1)])
    assert world.failed == {2: "gone"}
    assert world.read == {1: [1000]}


def test_who_finds_no_room_for_its_line_fails_alone_before_anything_is_computed() -> None:
    world = World()
    full = EngineError("the model's cache is full")
    world.runner().compute([(world.job(1, rowless=full), 1), (world.job(2), 1)])
    assert world.failed == {1: "the model's cache is full"}
    assert world.read == {2: [2000]}


def test_who_cannot_be_mended_fails_and_is_not_computed_again() -> None:
    world = World(bad={2: EngineError("refused")})
    world.runner().compute([(world.job(1, mends=False), 1), (world.job(2), 1), (world.job(3), 1)])
    assert world.failed.keys() == {1, 2}
    assert "cut back" in world.failed[1]
    assert world.log.count("decode [1]") == 0
    assert world.read == {3: [3000]}


def test_what_was_stopped_is_mended_and_nobody_fails() -> None:
    world = World(bad={1: Stopped()})
    world.runner().compute([(world.job(1), 1), (world.job(2), 1)])
    assert world.log == ["decode [1, 2]", "mend 1", "mend 2"]
    assert not world.failed
    assert not world.read


def test_where_the_cache_is_too_full_for_all_each_gets_on_alone() -> None:
    world = World(room=3)
    runner = world.runner()
    runner.compute([(world.job(1), 2), (world.job(2), 4), (world.job(3), 3)])
    assert world.failed == {2: "the model's cache is full"}
    assert world.read.keys() == {1, 3}
    assert runner.computing == {3}


# ---- pictures ----


def with_picture(world: World, number: int = 1) -> Job:
    job = world.job(number, picture=PICTURE)
    world.embeddings = np.arange(6, dtype=np.float32)[:, None]
    row = np.arange(6, dtype=np.int32)[None]
    job.seen = {"p": Seen((PICTURE,), (Places(row, np.ones_like(row)),))}
    job.embeddings["p", 0] = world.embeddings
    return job


def test_a_picture_goes_on_where_it_stopped_and_stands_behind_the_line() -> None:
    world = World()
    job = with_picture(world)
    world.runner().compute([(job, 3), (world.job(2), 1)])
    assert world.pictures == [([2, 3, 4], [12, 13, 14], 3)]
    assert world.log == ["picture 2+3", "pictured", "decode [2]"]
    assert job.embeddings


@pytest.mark.parametrize("more_to_come", [False, True])
def test_embeddings_are_let_go_when_nothing_more_is_to_come_of_them(more_to_come: bool) -> None:
    world = World()
    job = with_picture(world)
    if more_to_come:
        job.stages.append(world.job(1).stage)
    world.runner().compute([(job, 100)])
    assert bool(job.embeddings) == more_to_come


def test_a_picture_that_fails_leaves_the_others_of_the_step_alone() -> None:
    world = World(bad={-1: EngineError("refused")})
    world.runner().compute([(with_picture(world), 3), (world.job(2), 1)])
    assert world.failed == {1: "refused"}
    assert world.read == {2: [2000]}


def test_a_picture_that_was_stopped_is_mended() -> None:
    world = World(bad={-1: Stopped()})
    world.runner().compute([(with_picture(world), 3)])
    assert world.log == ["mend 1"]
    assert not world.failed


def test_a_picture_without_embeddings_fails_its_request() -> None:
    world = World()
    job = with_picture(world)
    world.embeddings = None
    world.runner().compute([(job, 3)])
    assert world.failed.keys() == {1}
    assert not world.pictures


# ---- what is told of errors ----


def test_errors_on_purpose_are_told_as_they_are() -> None:
    error = PromptTooLong(7)
    assert told(error) is error


def test_faults_are_told_without_what_a_user_wrote(capsys: pytest.CaptureFixture[str]) -> None:
    error = told(ValueError("what a user wrote"))
    assert isinstance(error, EngineError)
    assert "ValueError" in str(error)
    assert "user" not in str(error) + capsys.readouterr().err
