"""The two contexts of a model on a processor, as one: where prompts are computed, and where answers are written.

llama.cpp's flash attention on processors computes 64 rows as tiles and fewer one by one, each at several times the
price; its plain attention computes few rows well, but for each of them the cells of everybody in the context. So whole
prompts and waves of questions are computed in a shared context with flash attention, and where a line has few rows left
and then one a step, it moves to a stream of its own beside it. Graphics cards have the first one only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from vision.errors import EngineError
from vision.model.context import SEQUENCES, Context, Embeddings, Logits, Row, memory
from vision.model.saved import Kind, rearranged

TILE_ROWS = 64
_PADDED_FROM = 16  # so many rows one by one take as long as a tile

_SHARED, _APART = 0, 1
_PROOF_ROWS, _ALIKE = 8, 0.999  # tokens (any vocabulary has so many), and how alike what follows them must be


class Contexts:
    """Sequences up to SEQUENCES are in the shared context, those from there on are streams."""

    def __init__(self, shared: Context, apart: Context | None, streams: int, *, pads: bool, place_bytes: int) -> None:
        self._both = [shared, apart] if apart else [shared]
        self._place_bytes = place_bytes
        self._room = memory(0)
        self._kinds = (Kind(1, by_channel=False), Kind(streams, by_channel=True))
        self._pads = pads
        self._places: dict[int, tuple[Context, int]] = {}
        self.streams = streams if apart else 0
        self.stream_cells = apart.cells if apart else 0
        self.cells = shared.cells - TILE_ROWS if pads else shared.cells
        self.note: str | None = None
        """What the operator should know of it."""
        self.trims, self.window = shared.trims, shared.window

    def prove(self) -> None:
        """See that what moves to a stream goes on there as it would have; do without streams where it does not."""
        if not self.streams:
            return
        try:
            proved = self._goes_on()
        except EngineError:
            proved = False
        finally:
            self.trim(0, 0)
        if not proved:
            self._both, self.streams = self._both[:1], 0
            self.note = "what moves between this model's two contexts does not go on as it was: answers are slower"

    def _goes_on(self) -> bool:
        self.decode([Row(number, number, (0,)) for number in range(_PROOF_ROWS)])
        moved = self.move(0, SEQUENCES)
        here, there = (self._next(sequence) for sequence in (0, SEQUENCES))
        return moved and float(np.corrcoef(here, there)[0, 1]) > _ALIKE

    def _next(self, sequence: int) -> Logits:
        try:
            self.decode([Row(_PROOF_ROWS, _PROOF_ROWS, (sequence,), wanted=True)])
            return self.logits(0).copy()
        finally:
            self.trim(sequence, 0)

    def _of(self, sequence: int) -> tuple[Context, int]:
        return (self._both[_APART], sequence - SEQUENCES) if sequence >= SEQUENCES else (self._both[_SHARED], sequence)

    # ---- the cache ----

    def copy(self, source: int, target: int, end: int) -> None:
        """Let an empty sequence begin with what another one holds before position `end`; the cells are shared."""
        self._both[_SHARED].copy(source, target, end)

    def trim(self, sequence: int, position: int) -> bool:
        """Forget a sequence from a position on; False where this kind of cache cannot."""
        context, own = self._of(sequence)
        return context.trim(own, position)

    def first(self, sequence: int) -> int:
        """The earliest position that is still there of a sequence; where a window slides over it that may be late."""
        context, own = self._of(sequence)
        return context.first(own)

    def move(self, source: int, target: int) -> bool:
        """Fill an empty sequence of the other context with what one holds and keeps; False where it does not fit."""
        context, own = self._of(target)
        return context.restore(own, self._saved(source, self._kinds[target >= SEQUENCES]))

    def save(self, sequence: int) -> memoryview:
        """What the cache holds of a sequence, for `restore`."""
        if sequence < SEQUENCES:
            return self._both[_SHARED].save(sequence)
        saved = self._saved(sequence, self._kinds[_SHARED])
        data = memory(len(saved))
        data[:] = saved
        return data

    def restore(self, sequence: int, data: memoryview) -> bool:
        """Fill an empty sequence of the shared context with what was saved; False where it does not fit."""
        return self._both[_SHARED].restore(sequence, data)

    def _saved(self, sequence: int, kind: Kind) -> memoryview:
        """What the cache holds of a sequence, for the other context, until the next is asked for."""
        context, own = self._of(sequence)
        counts = 4 * self.streams
        size = context.saved_size(own)
        if len(self._room) < size + counts:
            self._room = memory(size + counts)  # kept: fresh memory takes longer than filling it
        return rearranged(self._room, context.save_into(own, self._room), kind, self._place_bytes)

    # ---- computing ----

    def stop_when(self, wanted: Callable[[], bool]) -> None:
        """Have decodes on the CPU ended as soon as `wanted` says so."""
        for context in self._both:
            context.stop_when(wanted)

    def room_for(self, rows: Sequence[Row]) -> int:
        """How many cells of the shared context these rows take."""
        return sum(row.sequences[0] < SEQUENCES for row in rows)

    def decode(self, rows: Sequence[Row]) -> None:
        """Compute one batch of tokens. Raises Stopped, or EngineError where the cache is full or llama.cpp refuses."""
        shared = [n for n, row in enumerate(rows) if row.sequences[0] < SEQUENCES]
        # llama.cpp computes streams together that stand beside one another.
        apart = sorted(set(range(len(rows))).difference(shared), key=lambda n: rows[n].sequences[0])
        self._places = {
            n: (self._both[side], at)
            for side, part in ((_SHARED, shared), (_APART, apart))
            for at, n in enumerate(part)
        }
        if shared:
            self._decode_shared([rows[n] for n in shared])
        if apart:
            self._both[_APART].decode([_alone(rows[n]) for n in apart])

    def _decode_shared(self, rows: list[Row]) -> None:
        shared = self._both[_SHARED]
        if not (self._pads and _PADDED_FROM <= len(rows) < TILE_ROWS):
            shared.decode(rows)
            return
        try:
            shared.decode(rows + [Row(0, n, (SEQUENCES,)) for n in range(TILE_ROWS - len(rows))])
        finally:
            shared.trim(SEQUENCES, 0)

    def decode_picture(self, embeddings: Embeddings, positions: NDArray[np.int32], sequence: int, whole: bool) -> None:
        """Compute some of a picture's embeddings into a sequence, as Context does."""
        self._both[_SHARED].decode_picture(embeddings, positions, sequence, whole)

    def logits(self, row: int) -> Logits:
        """The logits of a wanted row of the last batch, one for each token; valid until the next batch."""
        if row not in self._places:
            raise EngineError("llama.cpp has no logits for that row")
        context, own = self._places[row]
        return context.logits(own)


def _alone(row: Row) -> Row:
    """The row as its stream's context numbers it."""
    return row._replace(sequences=[sequence - SEQUENCES for sequence in row.sequences])
