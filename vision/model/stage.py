"""The two things that are done with a prompt: score the texts that go on from it, or write what follows it.

A stage knows what it could compute next, makes rows of as much of it as it is granted, and reads the results.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from vision.errors import EngineError
from vision.model.cache import Cache, Line
from vision.model.context import FORKS, LINES, Logits, Row
from vision.model.prompt import Scored, Text
from vision.model.sampler import Sampler
from vision.model.tree import TreeRow, Wave, WaveLimits, waves
from vision.model.units import PictureUnit, Unit, cells_of
from vision.model.vocabulary import Transcript, Vocabulary
from vision.request import Delta, Ranking, Score

_LEAST_LOG_P = -1e6  # less is as good as never
_FEW_ROWS = 63  # fewer than a tile of flash attention has
_WORTH_MOVING = 64  # tokens to be written in a stream; for fewer the move takes too long

Result = Score | Ranking | Delta
LogitsOf = Callable[[int], Logits]
"""The logits of a row that wanted them, by its number among the stage's own rows."""


@dataclass(frozen=True, slots=True)
class PictureRows:
    """Some cells of the picture that comes next in a stage's line."""

    unit: PictureUnit
    begin: int
    count: int


class Stage(ABC):
    """A prompt on its way into the cache, and what is done at its end."""

    def __init__(self, cache: Cache, prompt: Sequence[Unit], *, leave: int) -> None:
        self._cache = cache
        self._leave = leave
        self.prompt = prompt
        self.line: Line | None = None
        self.reused = 0
        self.done = False

    def open(self) -> None:
        """Find as much of the prompt as is in the cache already."""
        self.line = self._cache.open(self.prompt, leave=self._leave)
        self.reused = cells_of(self.line.units)

    def close(self, *, keep: bool) -> None:
        """Leave the line to others, unless it is unsound."""
        if self.line:
            self._cache.close(self.line, keep=keep)
            self.line = None

    def mend(self) -> bool:
        """Clear away what a failed step may have left in the cache; False where what was known is gone, too."""
        if self.line is None:
            return True
        known = len(self.line.units)
        self._cache.mend(self.line)
        return len(self.line.units) == known

    @property
    def _line(self) -> Line:
        if self.line is None:
            raise EngineError("a stage computes only while it is open")
        return self.line

    @property
    def missing(self) -> Sequence[Unit]:
        """What is still to be computed of the prompt."""
        return self.prompt[len(self.line.units) :] if self.line else self.prompt

    @property
    def elsewhere(self) -> bool:
        """Whether it takes no cells of those that lines share, up to its end."""
        return False

    @property
    def reached_end(self) -> bool:
        """Whether the whole prompt is in the cache."""
        return len(self._line.units) >= len(self.prompt)

    @property
    def picture(self) -> PictureUnit | None:
        """The picture that is to be computed next, if it is one."""
        place = len(self._line.units)
        unit = self.prompt[place] if place < len(self.prompt) else None
        return unit if isinstance(unit, PictureUnit) else None

    def picture_rows(self, unit: PictureUnit, most: int) -> PictureRows:
        """The next of this picture's cells, not more than so many unless they cannot be divided."""
        begin = self._line.part
        return PictureRows(unit, begin, unit.cells if unit.whole else min(most, unit.cells - begin))

    def picture_computed(self, rows: PictureRows) -> None:
        """These cells are in the cache."""
        if rows.begin + rows.count < rows.unit.cells:
            self._cache.grow_part(self._line, rows.count)
        else:
            self._cache.grow(self._line, [rows.unit])

    @property
    def pending(self) -> list[int]:
        """The prompt's tokens that come next, up to a picture."""
        tokens: list[int] = []
        for unit in self.prompt[len(self._line.units) :]:
            if isinstance(unit, PictureUnit):
                break
            tokens.append(unit)
        return tokens

    def wants(self) -> tuple[Literal["token", "rows", "whole"], int] | None:
        """What could be computed next; None where that waits for something."""
        if unit := self.picture:
            return ("whole", unit.cells) if unit.whole else ("rows", unit.cells - self._line.part)
        if tokens := self.pending:
            return "rows", len(tokens)
        return self.wants_beyond()

    def rows(self, most: int, most_wanted: int) -> list[Row]:
        """The next rows of tokens: at most so many, and at most so many whose logits are wanted."""
        if not (tokens := self.pending[:most]):
            return self.rows_beyond(most, most_wanted)
        line = self._line
        last = len(self.prompt) - len(line.units) - 1 if self._leave else -1
        if last == len(tokens) - 1 and most_wanted < 1:
            tokens.pop()
        return [Row(token, line.end + n, (line.slot,), n == last) for n, token in enumerate(tokens)]

    def computed(self, rows: Sequence[Row], logits_of: LogitsOf) -> Iterator[Result]:
        """These rows are in the cache."""
        if not self.pending:
            yield from self.computed_beyond(rows, logits_of)
            return
        self._cache.grow(self._line, [row.token for row in rows])
        if rows[-1].wanted:
            yield from self.reached(logits_of(len(rows) - 1))

    @abstractmethod
    def wants_beyond(self) -> tuple[Literal["token", "rows", "whole"], int] | None:
        """What could be computed when the prompt is in the cache."""

    @abstractmethod
    def rows_beyond(self, most: int, most_wanted: int) -> list[Row]:
        """As `rows`, when the prompt is in the cache."""

    @abstractmethod
    def computed_beyond(self, rows: Sequence[Row], logits_of: LogitsOf) -> Iterator[Result]:
        """As `computed`, when the prompt is in the cache."""

    @abstractmethod
    def reached(self, logits: Logits) -> Iterator[Result]:
        """The prompt's last token was computed, whose logits were wanted."""


class Forks:
    """The sequences in which waves run, lent out and taken back."""

    def __init__(self) -> None:
        self._free = list(range(LINES + FORKS - 1, LINES - 1, -1))

    def take(self, count: int) -> list[int]:
        """So many sequences, or none where there are not enough."""
        return [self._free.pop() for _ in range(count)] if count <= len(self._free) else []

    def give_back(self, sequences: Sequence[int]) -> None:
        """These are free again."""
        self._free += sequences


@dataclass
class _Surge:
    """A wave under way: its forks, and how many of its rows are computed."""

    wave: Wave
    forks: list[int]
    begun: int = 0


class Scoring(Stage):
    """Texts scored in waves that fork from their common stem."""

    def __init__(
        self,
        cache: Cache,
        scored: Scored,
        texts: Sequence[Text],
        *,
        vocabulary: Vocabulary,
        forks: Forks,
        fork: Callable[[Line, int], None],
        unfork: Callable[[int, int], bool],
        limits: WaveLimits,
    ) -> None:
        super().__init__(cache, scored.stem, leave=0)
        self._tails = scored.tails
        self._texts = texts
        self._vocabulary = vocabulary
        self._forks = forks
        self._fork, self._unfork = fork, unfork
        self._waves = waves(scored.tails, limits)
        self._next: Wave | None = next(self._waves)
        self._surge: _Surge | None = None
        self._ranked = {number: _Ranked(texts, number) for number in {t.number for t in texts if t.label is not None}}

    def close(self, *, keep: bool) -> None:
        """Give the forks of a wave under way back, too."""
        if self._surge:
            self._ebb(self._surge)
        super().close(keep=keep)

    def reached(self, logits: Logits) -> Iterator[Result]:  # noqa: ARG002  nothing is wanted of the stem
        yield from ()

    def mend(self) -> bool:
        """Cut the forks back, too, each to the last row that is known to be in it."""
        sound = super().mend()
        if (surge := self._surge) and sound:
            for leaf, sequence in enumerate(surge.forks):
                known = [row.depth for row in surge.wave.rows[: surge.begun] if row.first <= leaf <= row.last]
                sound &= self._unfork(sequence, self._line.end + max(known, default=-1) + 1)
        return sound

    def wants_beyond(self) -> tuple[Literal["token", "rows", "whole"], int] | None:
        if self._surge is None and self._next:
            self._surge = self._begin(self._next)
        return ("rows", len(self._surge.wave.rows) - self._surge.begun) if self._surge else None

    def _begin(self, wave: Wave) -> _Surge | None:
        if not (forks := self._forks.take(len(wave.leaves))):
            return None
        if self._line.units:
            for sequence in forks:
                self._fork(self._line, sequence)
        self._next = next(self._waves, None)
        return _Surge(wave, forks)

    def rows_beyond(self, most: int, most_wanted: int) -> list[Row]:
        rows: list[Row] = []
        if (surge := self._surge) is None:
            return rows
        for row in surge.wave.rows[surge.begun : surge.begun + most]:
            most_wanted -= row.wanted
            if most_wanted < 0:
                break
            sequences = surge.forks[row.first : row.last + 1]
            rows.append(Row(row.token, self._line.end + row.depth, sequences, row.wanted))
        return rows

    def computed_beyond(self, rows: Sequence[Row], logits_of: LogitsOf) -> Iterator[Result]:
        if (surge := self._surge) is None:
            return
        begun, surge.begun = surge.begun, surge.begun + len(rows)
        self._cache.hold(len(rows))
        for place, row in enumerate(surge.wave.rows[begun : surge.begun]):
            if row.wanted:
                yield from self._read(surge.wave, row, logits_of(place))
        if surge.begun == len(surge.wave.rows):
            self._ebb(surge)
            self.done = self._next is None

    def _ebb(self, surge: _Surge) -> None:
        for sequence in surge.forks:
            self._unfork(sequence, 0)
        self._forks.give_back(surge.forks)
        self._cache.hold(-surge.begun)
        self._surge = None

    def _read(self, wave: Wave, row: TreeRow, logits: Logits) -> Iterator[Result]:
        """What one row's logits say of every text that goes through it."""
        chances: NDArray[np.float64] | None = None
        score: tuple[float, float] | None = None
        for number in (tail for leaf in wave.leaves[row.first : row.last + 1] for tail in leaf):
            tail, text = self._tails[number], self._texts[number]
            if row.depth < tail.wanted_from:
                continue
            if text.label is None:
                score = score or self._vocabulary.verdict(logits)
                yield Score(text.number, *score)
                continue
            chances = self._vocabulary.log_chances(logits) if chances is None else chances
            follows = tail.tokens[row.depth + 1] if row.depth + 1 < len(tail.tokens) else None
            log_p = self._vocabulary.log_ends(chances) if follows is None else float(chances[follows])
            if ranking := self._ranked[text.number].add(text.label, log_p, last=follows is None):
                yield ranking


class _Ranked:
    """The labels of one choice, until each is scored to its end."""

    def __init__(self, texts: Sequence[Text], number: int) -> None:
        self._number = number
        self._log_p = [0.0] * sum(text.label is not None and text.number == number for text in texts)
        self._left = len(self._log_p)

    def add(self, label: int, log_p: float, *, last: bool) -> Ranking | None:
        """One more token of a label; the ranking when it was the last of all."""
        self._log_p[label] += log_p
        self._left -= last
        if self._left:
            return None
        shares = np.exp(np.maximum(self._log_p, _LEAST_LOG_P) - max(*self._log_p, _LEAST_LOG_P))
        return Ranking(self._number, tuple(self._log_p), tuple((shares / shares.sum()).tolist()))


class Writing(Stage):
    """An answer that grows token by token, on the line itself, where a follow-up finds it."""

    def __init__(
        self,
        cache: Cache,
        prompt: Sequence[Unit],
        *,
        sampler: Sampler,
        transcript: Transcript,
        ends: Callable[[int], bool],
        most_tokens: int,
    ) -> None:
        super().__init__(cache, prompt, leave=1)
        self._sampler = sampler
        self._transcript = transcript
        self._ends = ends
        self._most = most_tokens
        self._token = -1
        self.written = 0
        self.reason: Literal["stop", "length"] = "stop"

    @property
    def elsewhere(self) -> bool:
        left = cells_of(self.missing) + self._most - self.written
        return bool(self.line and self.line.alone) and not self._cache.full(self._line, left)

    def wants_beyond(self) -> tuple[Literal["token", "rows", "whole"], int] | None:
        return "token", 1

    def rows(self, most: int, most_wanted: int) -> list[Row]:
        """As for every stage, from a stream of its own where few rows are left."""
        line, left = self._line, len(self.missing)
        if left <= _FEW_ROWS and left == len(self.pending):  # and no picture among them
            self.line = self._cache.apart(line, cells_of(line.units) + left + _WORTH_MOVING) or line
        if self._cache.full(self._line, max(left, 1)):
            self.line = self._cache.back(self._line)
        return super().rows(most, most_wanted)

    def rows_beyond(self, most: int, most_wanted: int) -> list[Row]:  # noqa: ARG002  it is one at most
        return [Row(self._token, self._line.end, (self._line.slot,), True)] if most_wanted else []

    def computed_beyond(self, rows: Sequence[Row], logits_of: LogitsOf) -> Iterator[Result]:
        self._cache.grow(self._line, [rows[0].token])
        yield from self.reached(logits_of(0))

    def reached(self, logits: Logits) -> Iterator[Result]:
        """Choose what follows."""
        self._token = self._sampler.choose(logits)
        if self._ends(self._token):
            self.done = True
            return
        self.written += 1
        if self.written >= self._most:
            self.done, self.reason = True, "length"
        if text := self._transcript.add(self._token):
            yield Delta(text)
