"""What the sequences of the model's cache hold, and where a new prompt finds its beginning.

A line is a sequence with a prompt in it. Lines that nobody works on stay for whoever asks on; when room is needed the
least lately used go to host memory, and come back from there when a prompt begins as they do. Knows llama.cpp only as
a Device; all lines share the device's cells, and a copied beginning takes none of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Protocol, TypeVar

from vision.errors import EngineError
from vision.model.units import PictureUnit, Unit, cells_of, common_length
from vision.request import Shelf

_WORTH_KEEPING = 32  # cells: fewer are computed anew as fast as they are fetched


class Device(Protocol):
    """The native cache; vision.model.contexts has the real one."""

    trims: bool
    """Whether a sequence can be cut back to an earlier position."""
    window: int
    """How many positions back some layers look at most (0: all of them look at everything). What lies before is given
    to others as they need room."""

    def copy(self, source: int, target: int, end: int) -> None:
        """Let an empty sequence begin with what another one holds before position `end`; the cells are shared."""
        ...

    def trim(self, sequence: int, position: int) -> bool:
        """Forget a sequence from a position on; False where this kind of cache cannot."""
        ...

    def first(self, sequence: int) -> int:
        """The earliest position that is still there of a sequence."""
        ...

    def save(self, sequence: int) -> memoryview:
        """What is held of a sequence, for `restore`."""
        ...

    def restore(self, sequence: int, data: memoryview) -> bool:
        """Fill an empty sequence with what was saved; False where it does not fit."""
        ...

    def move(self, source: int, target: int) -> bool:
        """As `restore`, from a sequence that keeps what it holds; one of the two is a stream, the other none."""
        ...


@dataclass(eq=False)
class Line:
    """A sequence and what it holds; of a picture that is being computed, `part` cells are in already."""

    slot: int
    units: list[Unit] = field(default_factory=list)
    stamps: list[int] = field(default_factory=list)
    """One for each unit: lines that share a unit's cells have the same stamp for it."""
    ends: list[int] = field(default_factory=list)
    """The position after each unit."""
    part: int = 0
    busy: bool = True
    used: int = 0
    alone: bool = False
    """Whether it is in a stream of its own."""

    @property
    def end(self) -> int:
        """The next free position."""
        return self.ends[-1] if self.ends else 0


@dataclass(eq=False)
class _Parked:
    """What a line held, in host memory."""

    units: tuple[Unit, ...]
    data: memoryview
    ends: tuple[int, ...]
    first: int
    """The earliest position that was still there."""
    part: int = 0
    """Only whole units are parked."""


Held = TypeVar("Held", Line, _Parked)


class Cache:
    """The book of all lines. `open`, compute and `grow`, then `close`."""

    def __init__(
        self,
        device: Device,
        *,
        cells: int,
        lines: int,
        host_bytes: int,
        idle_cells: int,
        streams: Sequence[int] = (),
        stream_cells: int = 0,
    ) -> None:
        self._device = device
        self._streams, self._stream_cells = list(streams), stream_cells
        self._alone: list[Line] = []  # those that are in a stream
        self._idle_cells = idle_cells
        self._capacity = cells
        self._free = list(range(lines - 1, -1, -1))
        self._lines: list[Line] = []
        self._parked: list[_Parked] = []  # the least lately used first
        self._host_bytes = host_bytes
        self._parked_bytes = 0
        self._shares: Counter[int] = Counter()  # by stamp, how many lines hold those cells
        self._stamps, self._clock = count(), count(1)
        self._forks = 0
        self._hits = self._misses = self._host_hits = self._host_misses = 0
        self.held = 0
        self.cell_bytes = 0

    # ---- lines ----

    def open(self, prompt: Sequence[Unit], *, leave: int = 0) -> Line:
        """A line that begins as the prompt does, with at least its last `leave` units left to compute."""
        beginning = prompt[: len(prompt) - leave]
        if restored := self._from_host(beginning):
            self._host_hits += 1
            return restored
        line, here = self._best(self._lines, beginning)
        alone, there = self._best(self._alone, beginning)
        better = cells_of(prompt[:there]) >= cells_of(prompt[:here]) + _WORTH_KEEPING
        if alone and better and (copied := self._copied(alone, there)):
            self._count(cells_of(prompt[:there]))
            return copied
        self._count(cells_of(prompt[:here]))
        if line is None or not here:
            return self._new()
        if not line.busy and here == len(line.units):
            line.busy = True
            return line
        return self._branch(line, here)

    def grow(self, line: Line, units: Iterable[Unit]) -> None:
        """These units were computed at the line's end."""
        for unit in units:
            size, step = (unit.cells, unit.positions) if isinstance(unit, PictureUnit) else (1, 1)
            line.units.append(unit)
            line.ends.append(line.end + step)
            if line.alone:
                continue
            line.stamps.append(stamp := next(self._stamps))
            self._shares[stamp] = 1
            self.held += size - line.part
            line.part = 0

    def grow_part(self, line: Line, cells: int) -> None:
        """So many more cells of the picture that comes next were computed."""
        line.part += cells
        self.held += cells

    def mend(self, line: Line) -> None:
        """Clear away what an unfinished step may have left behind a line's end."""
        self.held -= line.part
        line.part = 0
        whole = self._whole(self._device.first(line.slot), line.end)
        if not whole or not self._device.trim(line.slot, line.end):
            self._device.trim(line.slot, 0)
            self._forget(line)

    def close(self, line: Line, *, keep: bool = True) -> None:
        """The work on a line has ended; `keep` it for others unless it is unsound or another line holds as much."""
        line.busy, line.used = False, next(self._clock)
        if line.alone:
            self._close_alone(line, keep=keep)
            return
        if line.part:
            self.mend(line)
        if not keep or not line.units or self._covered(line):
            self._release(line)
            return
        for other in self._idle():
            if other is not line and self._serves(line, other.units):
                self._release(other)
        while len(idle := self._idle()) > 1 and self._weight(idle) > self._idle_cells:
            self._park(idle[0])

    def apart(self, line: Line, cells: int) -> Line | None:
        """The line in a stream, where it takes none of the shared cells; None where no stream is free for so many."""
        if line.alone or cells > self._stream_cells or not self._free_stream():
            return None
        slot = min(self._streams)  # so that they stand beside one another
        if not self._device.move(line.slot, slot):
            return None
        self._streams.remove(slot)
        alone = Line(slot, list(line.units), ends=list(line.ends), alone=True)
        self._alone.append(alone)
        self._release(line)
        return alone

    def _free_stream(self) -> bool:
        """Whether a stream is free; whose line is idle and least lately used goes to host memory."""
        if not self._streams and (idle := [line for line in self._alone if not line.busy]):
            self._park(min(idle, key=lambda line: line.used))
        return bool(self._streams)

    def back(self, line: Line) -> Line:
        """A line from its stream among the others again, where it may grow further. EngineError where it cannot."""
        shared = self._copied(line, len(line.units))
        if shared is None:
            raise EngineError("the model's cache is full")
        self._release(line)
        return shared

    def full(self, line: Line, cells: int) -> bool:
        """Whether so many cells more are beyond a line's stream."""
        return line.alone and cells_of(line.units) + cells > self._stream_cells

    def _close_alone(self, line: Line, *, keep: bool) -> None:
        others = [other for other in self._alone if other is not line]
        if not keep or any(self._serves(other, line.units) for other in others):
            self._release(line)
            return
        for other in others:
            if not other.busy and self._serves(line, other.units):
                self._release(other)

    def room(self, cells: int) -> bool:
        """Make sure that so many cells are free, by moving idle lines to host memory; False where that is too few."""
        while self._capacity - self.held - self._forks < cells:
            if not (idle := self._idle()):
                return False
            self._park(idle[0])
        return True

    def hold(self, cells: int) -> None:
        """So many cells more are taken by forks (fewer where negative)."""
        self._forks += cells

    def clear(self) -> None:
        """Forget everything, here and in host memory."""
        for line in self._lines + self._alone:
            self._release(line)
        self._parked.clear()
        self._parked_bytes = 0

    # ---- counters ----

    @property
    def here(self) -> Shelf:
        """What is held in place."""
        taken = self.held + self._forks + sum(cells_of(line.units) for line in self._alone)
        capacity = self._capacity + (len(self._streams) + len(self._alone)) * self._stream_cells
        return Shelf(taken * self.cell_bytes, capacity * self.cell_bytes, self._hits, self._misses)

    @property
    def host(self) -> Shelf:
        """What is held in host memory."""
        return Shelf(self._parked_bytes, self._host_bytes, self._host_hits, self._host_misses)

    # ---- within ----

    def _best(self, held: Sequence[Held], prompt: Sequence[Unit]) -> tuple[Held | None, int]:
        best: Held | None = None
        longest = 0
        for one in held:
            length = common_length(one.units, prompt)
            if length < len(one.units) and not self._cuts(one, length):
                continue  # it can be taken up only where it ends
            if one.part and not self._device.trims:
                continue
            if length > longest or (length == longest and best and len(one.units) < len(best.units)):
                best, longest = one, length
        return best, longest

    def _cuts(self, held: Line | _Parked, length: int) -> bool:
        """Whether something can be cut to this length, with all still there that is looked back to from its end."""
        if not self._device.trims or not length:
            return False
        first = held.first if isinstance(held, _Parked) else self._device.first(held.slot)
        return self._whole(first, held.ends[length - 1])

    def _whole(self, first: int, end: int) -> bool:
        return not self._device.window or first <= max(0, end - self._device.window)

    def _count(self, cells: int) -> None:
        found = cells >= _WORTH_KEEPING
        self._hits += found
        self._misses += not found
        self._host_misses += not found

    def _new(self) -> Line:
        if not self._free:
            self._park(self._idle()[0])
        line = Line(self._free.pop())
        self._lines.append(line)
        return line

    def _branch(self, source: Line, length: int) -> Line:
        if cells_of(source.units[:length]) >= _WORTH_KEEPING:
            source.used = next(self._clock)  # the few tokens that every prompt begins with are no use of it
        was, source.busy = source.busy, True
        line = self._new()
        source.busy = was
        line.units, line.ends = source.units[:length], source.ends[:length]
        line.stamps = source.stamps[:length]
        self._shares.update(line.stamps)
        self._device.copy(source.slot, line.slot, line.end)
        return line

    def _copied(self, alone: Line, length: int) -> Line | None:
        """A line that begins as one in a stream does; None where it finds no room."""
        if not self.room(cells_of(alone.units)):
            return None
        line = self._new()
        if not self._device.move(alone.slot, line.slot):
            self._release(line)
            return None
        self.grow(line, alone.units[:length])
        self._device.trim(line.slot, line.end)
        return line

    def _from_host(self, beginning: Sequence[Unit]) -> Line | None:
        """A line from host memory, where one there has enough more of the prompt's beginning than those in place."""
        parked, there = self._best(self._parked, beginning)
        _, here = self._best(self._lines, beginning)
        if parked is None or cells_of(beginning[:there]) < cells_of(beginning[:here]) + _WORTH_KEEPING:
            return None
        self._unpark(parked)  # or making room for it could push it out
        roomy = self.room(cells_of(parked.units))
        line = self._restore(parked, there) if roomy else None
        if not roomy or there < len(parked.units):
            self._keep(parked)
        return line

    def _restore(self, parked: _Parked, length: int) -> Line | None:
        line = self._new()
        if not self._device.restore(line.slot, parked.data):
            self._release(line)
            return None
        self.grow(line, parked.units[:length])
        self._device.trim(line.slot, line.end)
        return line

    def _covered(self, line: Line) -> bool:
        return any(self._serves(other, line.units) for other in self._lines if other is not line)

    def _idle(self) -> list[Line]:
        return sorted((line for line in self._lines if not line.busy), key=lambda line: line.used)

    def _weight(self, lines: Iterable[Line]) -> int:
        """How many cells these lines hold, those that several of them share counted once."""
        cells = {stamp: cells_of([unit]) for line in lines for unit, stamp in zip(line.units, line.stamps, strict=True)}
        return sum(cells.values())

    def _park(self, line: Line) -> None:
        """Move a line to host memory, if it is worth it and fits there."""
        units = tuple(line.units)
        known = any(self._serves(parked, units) for parked in self._parked)
        worth = cells_of(units) >= _WORTH_KEEPING and cells_of(units) * self.cell_bytes <= self._host_bytes
        if worth and not known:
            # What lies before the window is not saved, even where it is still there.
            unsaved = line.end - self._device.window if self._device.window else 0
            first = max(self._device.first(line.slot), unsaved)
            parked = _Parked(units, self._device.save(line.slot), tuple(line.ends), first)
            for shorter in [other for other in self._parked if self._serves(parked, other.units)]:
                self._unpark(shorter)
            self._keep(parked)
        self._release(line)

    def _serves(self, held: Line | _Parked, units: Sequence[Unit]) -> bool:
        """Whether whoever wants these units finds them there as well."""
        if not _begins(held.units, units):
            return False
        return self._cuts(held, len(units)) if len(held.units) > len(units) or held.part else True

    def _keep(self, parked: _Parked) -> None:
        """Put it among what is in host memory, as the latest used."""
        self._parked.append(parked)
        self._parked_bytes += len(parked.data)
        while self._parked_bytes > self._host_bytes:
            self._unpark(self._parked[0])

    def _unpark(self, parked: _Parked) -> None:
        self._parked.remove(parked)
        self._parked_bytes -= len(parked.data)

    def _release(self, line: Line) -> None:
        self._device.trim(line.slot, 0)
        self._forget(line)
        if line.alone:
            self._alone.remove(line)
            self._streams.append(line.slot)
        else:
            self._lines.remove(line)
            self._free.append(line.slot)

    def _forget(self, line: Line) -> None:
        for unit, stamp in zip(line.units, line.stamps, strict=not line.alone):
            self._shares[stamp] -= 1
            if not self._shares[stamp]:
                del self._shares[stamp]
                self.held -= 1 if isinstance(unit, int) else unit.cells
        self.held -= line.part
        line.part = 0
        line.units.clear()
        line.stamps.clear()
        line.ends.clear()


def _begins(units: Sequence[Unit], beginning: Sequence[Unit]) -> bool:
    return len(units) >= len(beginning) and common_length(units, beginning) == len(beginning)
