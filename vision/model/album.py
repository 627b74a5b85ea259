"""The pictures looked at lately: what stands for each in a prompt, and its embeddings, so none is encoded twice."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from vision.model.context import Embeddings
from vision.model.projector import Places
from vision.model.units import PictureUnit, Unit
from vision.request import Shelf

_KNOWN = 300  # pictures of which it is remembered what stands for them, 75 KB of a large one; more than are under way

Part = tuple[str, int]
"""A picture's digest and the number of its slice."""


@dataclass(frozen=True, eq=False)
class Seen:
    """A picture as it stands in prompts, and where the tokens of each of its parts are placed."""

    units: tuple[Unit, ...]
    places: tuple[Places, ...]


class Album:
    """Pictures by content; the least lately used embeddings are forgotten first when they outgrow their bytes."""

    def __init__(self, budget_bytes: int) -> None:
        self._budget = budget_bytes
        self._seen: OrderedDict[str, Seen] = OrderedDict()
        self._embeddings: OrderedDict[Part, Embeddings] = OrderedDict()
        self._bytes = self._hits = self._misses = 0

    def seen(self, digest: str) -> Seen | None:
        """What stands for a picture, if it has been looked at."""
        if digest in self._seen:
            self._seen.move_to_end(digest)
        return self._seen.get(digest)

    def remember(self, digest: str, seen: Seen) -> None:
        """Keep what stands for a picture."""
        self._seen[digest] = seen
        while len(self._seen) > _KNOWN:
            self._seen.popitem(last=False)

    def embeddings(self, unit: PictureUnit) -> Embeddings | None:
        """A part's embeddings, if they are still at hand."""
        found = self._embeddings.get((unit.digest, unit.part))
        if found is not None:
            self._embeddings.move_to_end((unit.digest, unit.part))
        return found

    def count(self, *, hit: bool) -> None:
        """Note whether somebody who needed embeddings found them."""
        self._hits += hit
        self._misses += not hit

    def keep(self, part: Part, embeddings: Embeddings) -> None:
        """Keep a part's embeddings as long as there is room."""
        if part not in self._embeddings and embeddings.nbytes <= self._budget:
            self._embeddings[part] = embeddings
            self._bytes += embeddings.nbytes
        while self._bytes > self._budget:
            self._bytes -= self._embeddings.popitem(last=False)[1].nbytes

    @property
    def shelf(self) -> Shelf:
        """How full it is."""
        return Shelf(self._bytes, self._budget, self._hits, self._misses)
