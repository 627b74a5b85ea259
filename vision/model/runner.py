"""Computes what was decided: rows of many requests in one batch, pictures in batches of their own. Decides nothing."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from functools import partial
from typing import Protocol

from vision.errors import EngineError, VisionError
from vision.model.cache import Cache
from vision.model.context import MAX_WANTED, Logits, Row, Stopped
from vision.model.contexts import Contexts
from vision.model.gallery import Gallery
from vision.model.job import Job
from vision.model.stage import LogitsOf, PictureRows


class Outcome(Protocol):
    """Who hears how it went."""

    def computed(self, job: Job, rows: Sequence[Row], logits_of: LogitsOf) -> None:
        """Rows of a request are in the cache; their logits are there until the next batch."""

    def pictured(self, job: Job) -> None:
        """Some cells of a picture are in the cache."""

    def fail(self, job: Job, error: Exception) -> None:
        """A request cannot go on."""


class Runner:
    """The hands of the loop."""

    def __init__(self, context: Contexts, cache: Cache, gallery: Gallery, outcome: Outcome) -> None:
        self._context = context
        self._cache = cache
        self._gallery = gallery
        self._outcome = outcome
        self.computing: set[int] = set()
        """The requests in the batch that is being computed, or was last."""

    def compute(self, granted: Sequence[tuple[Job, int]]) -> None:
        """One step: for each of these requests at most so many rows."""
        pictures = [(job, job.stage.picture_rows(unit, most)) for job, most in granted if (unit := job.stage.picture)]
        texts = [(job, most) for job, most in granted if not job.stage.picture]
        with self._gallery.turn():
            for job, rows in pictures:
                self._picture(job, rows)
            self._tokens(texts)

    def _picture(self, job: Job, rows: PictureRows) -> None:
        try:
            self._make_room(rows.count)
            self.computing = {job.number}
            self._decode_picture(job, rows)
            job.stage.picture_computed(rows)
            if len(job.stages) == 1 and job.stage.picture != rows.unit:
                job.embeddings.pop((rows.unit.digest, rows.unit.part), None)
            self._outcome.pictured(job)
        except Stopped:
            self._mend(job)
        except Exception as error:  # noqa: BLE001  one bad request fails alone
            self._outcome.fail(job, error)

    def _decode_picture(self, job: Job, rows: PictureRows) -> None:
        unit, line = rows.unit, job.stage.line
        embeddings = self._gallery.embeddings(job, unit)
        if line is None or embeddings is None:
            raise EngineError("a picture was to be computed that nobody has looked at")
        places = job.seen[unit.digest].places[unit.part].at(line.end, rows.begin, rows.count)
        part = embeddings[rows.begin : rows.begin + rows.count]
        self._context.decode_picture(part, places, line.slot, unit.whole)

    def _tokens(self, granted: Sequence[tuple[Job, int]]) -> None:
        most_wanted = MAX_WANTED
        batch: list[tuple[Job, list[Row]]] = []
        for job, most in granted:
            rows = self._rows(job, most, most_wanted)
            most_wanted -= sum(row.wanted for row in rows)
            if rows:
                batch.append((job, rows))
        if batch:
            self._decode(batch)

    def _rows(self, job: Job, most: int, most_wanted: int) -> list[Row]:
        """A request's next rows; none of one that has failed, for its line may have to move and find no room."""
        try:
            return job.stage.rows(most, most_wanted)
        except Exception as error:  # noqa: BLE001  one bad request fails alone
            self._outcome.fail(job, error)
            return []

    def _decode(self, batch: Sequence[tuple[Job, list[Row]]]) -> None:
        """Compute rows of several requests together; if that fails, of each alone, so that only the bad one fails."""
        rows = [row for _, part in batch for row in part]
        try:
            self._make_room(self._context.room_for(rows))
            self.computing = {job.number for job, _ in batch}
            self._context.decode(rows)
        except Exception as error:  # noqa: BLE001  one bad request fails alone
            self._undo(batch, error)
        else:
            self._tell(batch)

    def _undo(self, batch: Sequence[tuple[Job, list[Row]]], error: Exception) -> None:
        """Clear away what every request of a failed batch has left, before any of them goes on."""
        sound = [(job, part) for job, part in batch if self._mend(job)]
        if isinstance(error, Stopped):
            return
        for job, part in sound:
            if len(batch) == 1:
                self._outcome.fail(job, error)
            else:
                self._decode([(job, part)])

    def _tell(self, batch: Sequence[tuple[Job, list[Row]]]) -> None:
        begin = 0
        for job, part in batch:
            self._outcome.computed(job, part, partial(self._logits, begin))
            begin += len(part)

    def _logits(self, begin: int, row: int) -> Logits:
        return self._context.logits(begin + row)

    def _mend(self, job: Job) -> bool:
        """Bring a request back to before a step that came to nothing; False where that cannot be, and it has failed."""
        if sound := job.stage.mend():
            return sound
        self._outcome.fail(job, EngineError("a step of computing failed, and this model's cache cannot be cut back"))
        return False

    def _make_room(self, rows: int) -> None:
        if not self._cache.room(rows):
            raise EngineError("the model's cache is full")


def told(error: Exception) -> VisionError:
    """An error as its request is told of it: a fault of ours without its message, which may hold what a user wrote."""
    if isinstance(error, VisionError):
        return error
    traceback.print_tb(error.__traceback__)
    return EngineError(f"answering failed with {type(error).__name__}")
