"""The pictures looked at lately: what stands for each in a prompt, and its embeddings, so none is encoded twice."""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass, field

from vision.errors import WeightsMissing
from vision.model.projector import Embeddings, PictureChunk, Projector
from vision.picture import Picture

_KEPT = 16  # pictures; a LLaVA 7B takes 10 MB for each


@dataclass(frozen=True)
class PictureUnit:
    """A picture, or a slice of one, as one unit of a prompt; equal where the content is equal."""

    digest: str
    part: int
    chunk: PictureChunk = field(compare=False, repr=False)


Unit = int | PictureUnit


@dataclass
class _Seen:
    units: list[Unit]
    embeddings: dict[int, Embeddings] = field(default_factory=dict)


class Album:
    """Pictures by content, the least lately used forgotten first. Counts what it encodes."""

    def __init__(self, projector: Projector | None) -> None:
        self._maybe_projector = projector
        self._seen: OrderedDict[str, _Seen] = OrderedDict()
        self.encoded = 0
        self.encode_s = 0.0

    @property
    def _projector(self) -> Projector:
        if self._maybe_projector is None:
            raise WeightsMissing("these weights have no projector, so they cannot see: name its file too")
        return self._maybe_projector

    def units(self, picture: Picture) -> list[Unit]:
        """What stands for a picture in a prompt."""
        if picture.digest not in self._seen:
            chunks = self._projector.chunks(picture.width, picture.height, picture.rgb)
            units = [c if isinstance(c, int) else PictureUnit(picture.digest, n, c) for n, c in enumerate(chunks)]
            self._seen[picture.digest] = _Seen(units)
        self._seen.move_to_end(picture.digest)
        while len(self._seen) > _KEPT:
            self._seen.popitem(last=False)
        return self._seen[picture.digest].units

    def put(self, unit: PictureUnit, position: int) -> None:
        """Compute a unit into sequence 0, encoding it first unless its embeddings are still at hand."""
        self._projector.put(unit.chunk, self._embeddings(unit), position)

    def _embeddings(self, unit: PictureUnit) -> Embeddings:
        # A request may hold more pictures than are kept.
        seen = self._seen.get(unit.digest) or _Seen([])
        if unit.part not in seen.embeddings:
            begun = time.perf_counter()
            self.encoded += not seen.embeddings
            seen.embeddings[unit.part] = self._projector.encode(unit.chunk)
            self.encode_s += time.perf_counter() - begun
        return seen.embeddings[unit.part]
