"""The pictures of all requests under way: which are still to be fetched, which are being looked at, what is kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext

from vision.errors import WeightsMissing
from vision.model.album import Album
from vision.model.context import Embeddings
from vision.model.eye import Encoded, Eye, Looked, Unseen
from vision.model.job import Job
from vision.model.scheduler import Rank
from vision.model.units import PictureUnit
from vision.picture import Picture
from vision.request import Shelf

_LOOKED_AHEAD = 4  # requests whose pictures are taken in before their turn


class Gallery:
    """Brings pictures before the eye, the most urgent first, and remembers what it saw; `eye` is None for the blind."""

    def __init__(self, eye: Eye | None, embeddings_bytes: int) -> None:
        self._eye = eye
        self._album = Album(embeddings_bytes)
        self._asked: set[str] = set()  # their pixels are to come, if nothing comes between
        self._looking: set[str] = set()  # the eye has them
        self._progress = 0

    def show(self, job: Job) -> bool:
        """Let a request know what stands for its pictures; False while one of them has not been looked at."""
        if job.prompts.digests and self._eye is None:
            raise WeightsMissing("these weights have no projector, so they cannot see: name its file too")
        job.seen = {digest: seen for digest in job.prompts.digests if (seen := self._album.seen(digest))}
        return len(job.seen) == len(job.prompts.digests)

    def ask_for(self, jobs: Iterable[Job]) -> Iterator[str]:
        """The pictures to fetch now: for all who run, and for the first who wait. The most urgent job comes first."""
        ahead = _LOOKED_AHEAD
        for job in jobs:
            if not job.running:
                ahead -= 1
            if ahead < 0:
                return
            for digest in self._missing(job):
                if digest not in self._asked | self._looking:
                    self._asked.add(digest)
                    yield digest

    def _missing(self, job: Job) -> Iterable[str]:
        if not job.laid_out:
            return [digest for digest in job.prompts.digests if self._album.seen(digest) is None]
        unit = job.stage.picture if job.running else None
        return [unit.digest] if unit and self.embeddings(job, unit) is None else []

    def came(self, picture: Picture, rank: Rank | None) -> None:
        """A picture's pixels have come; `rank` is that of whoever wants it most, if anybody still does."""
        self._asked.discard(picture.digest)
        if self._eye and rank is not None and picture.digest not in self._looking:
            self._looking.add(picture.digest)
            self._eye.look(picture, rank)

    def drop(self, digests: set[str]) -> None:
        """Nobody wants these any more. Those that were asked for may come or not."""
        self._asked -= digests
        for digest in self._looking & digests:
            if self._eye:
                self._eye.drop(digest)

    def looked(self, glance: Looked) -> None:
        """The eye has taken a picture in."""
        self._album.remember(glance.digest, glance.seen)

    def encoded(self, glance: Encoded, wanting: Sequence[Job]) -> None:
        """The eye has encoded a part of a picture, which these want."""
        digest, _ = glance.part
        self._album.keep(glance.part, glance.embeddings)
        for job in wanting:
            job.embeddings[glance.part] = glance.embeddings
            job.tally.encoded.add(digest)
            job.tally.encode_s += glance.seconds
        if glance.last:
            self._looking.discard(digest)

    def unseen(self, glance: Unseen) -> None:
        """The eye could not look, or was told to leave it: who has come to want the picture since then asks anew."""
        self._looking.discard(glance.digest)

    def embeddings(self, job: Job, unit: PictureUnit) -> Embeddings | None:
        """A part's embeddings, if they are at hand."""
        part = (unit.digest, unit.part)
        found = job.embeddings.get(part)
        if found is None:
            found = self._album.embeddings(unit)
        if part not in job.looked_for:
            job.looked_for.add(part)
            self._album.count(hit=unit.digest not in job.tally.encoded and found is not None)
        return found

    def turn(self) -> AbstractContextManager[None]:
        """To be held while computing elsewhere than in the eye."""
        return self._eye.turn() if self._eye else nullcontext()

    @property
    def busy(self) -> bool:
        """Whether the eye is looking, and so waits for its turn."""
        return bool(self._looking)

    def got_on(self) -> bool:
        """Whether the eye has got on since this was last asked."""
        before, self._progress = self._progress, self._eye.progress if self._eye else 0
        return before != self._progress

    @property
    def shelf(self) -> Shelf:
        """How full it is of embeddings."""
        return self._album.shelf
