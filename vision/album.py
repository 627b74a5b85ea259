"""The pictures looked at lately: what stands for each in a prompt, and its embeddings, so none is encoded twice."""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vision.native import Model, PictureChunk
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
    embeddings: dict[int, NDArray[np.float32]] = field(default_factory=dict)


class Album:
    """Pictures by content, the least lately used forgotten first. Counts what it encodes."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._seen: OrderedDict[str, _Seen] = OrderedDict()
        self.encoded = 0
        self.encode_s = 0.0

    def units(self, picture: Picture) -> list[Unit]:
        """What stands for a picture in a prompt."""
        if picture.digest not in self._seen:
            chunks = self._model.picture_chunks(picture.width, picture.height, picture.rgb)
            units = [c if isinstance(c, int) else PictureUnit(picture.digest, n, c) for n, c in enumerate(chunks)]
            self._seen[picture.digest] = _Seen(units)
        self._seen.move_to_end(picture.digest)
        while len(self._seen) > _KEPT:
            self._seen.popitem(last=False)
        return self._seen[picture.digest].units

    def embeddings(self, unit: PictureUnit) -> NDArray[np.float32]:
        """A unit's embeddings, encoded now unless they are still at hand."""
        seen = self._seen.get(unit.digest)
        if seen and unit.part in seen.embeddings:
            return seen.embeddings[unit.part]
        begun = time.perf_counter()
        embeddings = self._model.encode(unit.chunk)
        self.encode_s += time.perf_counter() - begun
        self.encoded += unit.part == 0 or not (seen and seen.embeddings)
        if seen:
            seen.embeddings[unit.part] = embeddings
        return embeddings
