"""The trunk of the tree: what sequence 0 of the model's cache holds, from which questions fork and answers grow.

A new prompt keeps as much of the trunk as it begins with, whether that came from this request or the one before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from vision.errors import EngineError
from vision.model.album import Album, PictureUnit, Unit
from vision.model.native import MAX_FORKS, WAVE_ROWS, Logits, Model, Row


def cells(units: Sequence[Unit]) -> int:
    """How many cells of the cache a stretch of prompt takes."""
    return sum(1 if isinstance(unit, int) else unit.chunk.cells for unit in units)


def common_length(one: Sequence[Unit], other: Sequence[Unit]) -> int:
    """How many units two prompts begin with alike."""
    return next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


class Trunk:
    """Sequence 0. `beat` is called between steps of computing and may raise to end the work."""

    def __init__(self, model: Model, album: Album, beat: Callable[[], None]) -> None:
        self._model = model
        self._album = album
        self._beat = beat
        self._units: list[Unit] = []
        self._ends: list[int] = []  # the position after each unit

    def clear(self) -> None:
        """Forget everything, as after an error that leaves the cache unknown."""
        self._model.forget()
        self._units, self._ends = [], []

    def grow(self, prefix: Sequence[Unit]) -> None:
        """Make the trunk this prefix, computing only what is new."""
        self._reach(prefix, common_length(self._units, prefix))

    def logits_after(self, prompt: Sequence[Unit]) -> Logits:
        """Make the trunk this prompt, which ends in a token, and say what may follow."""
        logits = self._reach(prompt, min(common_length(self._units, prompt), len(prompt) - 1))
        if logits is None:
            raise EngineError("a prompt that ends in a picture has nothing to answer")
        return logits

    def logits_with(self, token: int) -> Logits:
        """Put one more token on the trunk and say what may follow."""
        self._beat()
        return self._extend_tokens([token])

    @property
    def cells(self) -> int:
        """How many cells of the cache the trunk takes."""
        return cells(self._units)

    def branches(self, tails: Sequence[Sequence[int]]) -> Iterator[tuple[int, Logits]]:
        """For each tail, the logits after the trunk and it: many tails fork at once, in waves."""
        for wave in _waves(tails):
            self._beat()
            yield from self._wave([(number, tails[number]) for number in wave])

    def _wave(self, wave: Sequence[tuple[int, Sequence[int]]]) -> Iterator[tuple[int, Logits]]:
        sequences = range(1, len(wave) + 1)
        rows = []
        try:
            for sequence, (_, tail) in zip(sequences, wave, strict=True):
                self._model.fork(sequence)
                last = len(tail) - 1
                rows += [Row(token, self._end + n, sequence, n == last) for n, token in enumerate(tail)]
            done = self._decode(rows)
            yield from ((wave[row.sequence - 1][0], self._model.logits(n)) for n, row in enumerate(done) if row.wanted)
        finally:
            for sequence in sequences:
                self._model.trim(sequence, 0)

    def _decode(self, rows: Sequence[Row]) -> Sequence[Row]:
        """Decode in steps of at most a wave; the last step's rows."""
        for begin in range(0, len(rows), WAVE_ROWS):
            self._beat()
            step = rows[begin : begin + WAVE_ROWS]
            self._model.decode(step)
        return step

    @property
    def _end(self) -> int:
        return self._ends[-1] if self._ends else 0

    def _reach(self, prompt: Sequence[Unit], keep: int) -> Logits | None:
        self._cut(keep)
        logits = None
        for stretch in _stretches(prompt[len(self._units) :]):
            self._beat()
            logits = self._extend(stretch)
        return logits

    def _cut(self, length: int) -> None:
        """Keep the first units only, and clear away what an interrupted step may have left behind them."""
        del self._units[length:], self._ends[length:]
        if not self._model.trim(0, self._end):
            self.clear()

    def _extend(self, stretch: list[int] | PictureUnit) -> Logits | None:
        if not isinstance(stretch, PictureUnit):
            return self._extend_tokens(stretch)
        self._album.put(stretch, self._end)
        self._ends.append(self._end + stretch.chunk.positions)
        self._units.append(stretch)
        return None

    def _extend_tokens(self, tokens: list[int]) -> Logits:
        end, last = self._end, len(tokens) - 1
        self._model.decode([Row(token, end + n, 0, n == last) for n, token in enumerate(tokens)])
        self._ends += range(end + 1, end + len(tokens) + 1)
        self._units += tokens
        return self._model.logits(last)


def _stretches(units: Sequence[Unit]) -> Iterator[list[int] | PictureUnit]:
    """Runs of tokens, none longer than a step of computing, and pictures between them."""
    tokens: list[int] = []
    for unit in units:
        if isinstance(unit, int):
            tokens.append(unit)
        if tokens and (isinstance(unit, PictureUnit) or len(tokens) == WAVE_ROWS):
            yield tokens
            tokens = []
        if isinstance(unit, PictureUnit):
            yield unit
    if tokens:
        yield tokens


def _waves(tails: Sequence[Sequence[int]]) -> Iterator[list[int]]:
    """Which tails go together: as many as fit into one step; one that is longer than a step goes alone."""
    wave: list[int] = []
    rows = 0
    for number, tail in enumerate(tails):
        if wave and (rows + len(tail) > WAVE_ROWS or len(wave) == MAX_FORKS):
            yield wave
            wave, rows = [], 0
        wave.append(number)
        rows += len(tail)
    if wave:
        yield wave
