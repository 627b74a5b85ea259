"""The book of the cache is always what the device holds, however lines come, grow, fail and go."""

from __future__ import annotations

import pickle
from dataclasses import dataclass

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from vision.model.cache import Cache, Line
from vision.model.units import PictureUnit, Unit, cells_of, common_length

CELLS, LINES, MOST_BUSY, HOST_BYTES, CELL_BYTES = 400, 5, 3, 9000, 20
WORTH = 32
PICTURES = (
    PictureUnit("plain", 0, 40, 40),
    PictureUnit("placed", 0, 60, 7),
    PictureUnit("whole", 0, 35, 35, whole=True),
)

units = st.one_of(st.sampled_from(PICTURES), st.integers(0, 2))
prompts = st.lists(units, max_size=7)


STREAM, STREAMS, STREAM_CELLS = 1000, 2, 120


class Refused(Exception):
    """What llama.cpp would refuse, abort on, or do otherwise than was meant."""


@dataclass(eq=False)
class Cell:
    position: int
    content: tuple[Unit, int]
    sequences: set[int]


class FakeDevice:
    """llama.cpp's unified cache: cells that belong to sets of sequences. With `trims` off, as a recurrent state.

    Sequences from STREAM on have cells of their own.
    """

    def __init__(self, *, trims: bool = True, cells: int = CELLS) -> None:
        self.trims = trims
        self.capacity = cells
        self.cells: list[Cell] = []
        self.streams: list[Cell] = []
        self.restores = True

    def of(self, sequence: int) -> list[Cell]:
        return [cell for cell in self.cells + self.streams if sequence in cell.sequences]

    window = 0

    def first(self, sequence: int) -> int:
        return min((cell.position for cell in self.of(sequence)), default=-1)

    def content(self, sequence: int) -> list[tuple[Unit, int]]:
        return [cell.content for cell in self.of(sequence)]

    def compute(self, sequence: int, unit: Unit, start: int, cells: slice = slice(None)) -> None:
        positions = [start]
        if isinstance(unit, PictureUnit):
            moves = unit.positions == unit.cells
            positions = [start + n * moves for n in range(unit.cells)]
        before = max((cell.position for cell in self.of(sequence)), default=-1)
        for n, position in list(enumerate(positions))[cells]:
            full = len(self.of(sequence)) >= STREAM_CELLS if sequence >= STREAM else len(self.cells) >= self.capacity
            if position < before or full:
                raise Refused(position)
            (self.streams if sequence >= STREAM else self.cells).append(Cell(position, (unit, n), {sequence}))

    # ---- what the cache calls ----

    def copy(self, source: int, target: int, end: int) -> None:
        if source == target or self.of(target) or max(source, target) >= STREAM:
            raise Refused("copied into a sequence that is not empty")
        held = self.of(source)
        if not self.trims and any(cell.position >= end for cell in held):
            raise Refused("a state is copied whole")
        for cell in held:
            if cell.position < end:
                cell.sequences.add(target)

    def trim(self, sequence: int, position: int) -> bool:
        gone = [cell for cell in self.of(sequence) if cell.position >= position]
        if gone and position and not self.trims:
            return False
        for cell in gone:
            cell.sequences.discard(sequence)
        self.cells = [cell for cell in self.cells if cell.sequences]
        self.streams = [cell for cell in self.streams if cell.sequences]
        return True

    def save(self, sequence: int) -> memoryview:
        return memoryview(pickle.dumps([(cell.position, cell.content) for cell in self.of(sequence)]))

    def restore(self, sequence: int, data: memoryview) -> bool:
        if self.of(sequence):
            raise Refused("restored into a sequence that is not empty")
        saved = pickle.loads(data)
        if not self.restores or len(self.cells) + len(saved) > self.capacity:
            return False
        self.cells += [Cell(position, content, {sequence}) for position, content in saved]
        return True

    def move(self, source: int, target: int) -> bool:
        if self.of(target) or (source < STREAM) == (target < STREAM):
            raise Refused("moved within a context, or onto something")
        held = self.of(source)
        if target < STREAM:
            return self.restore(target, self.save(source))
        if len(held) > STREAM_CELLS:
            return False
        self.streams += [Cell(cell.position, cell.content, {target}) for cell in held]
        return self.restores or self._unmove(target)

    def _unmove(self, target: int) -> bool:
        self.streams = [cell for cell in self.streams if target not in cell.sequences]
        return False


def cells_in(held: list[Unit]) -> list[tuple[Unit, int]]:
    return [(unit, n) for unit in held for n in range(unit.cells if isinstance(unit, PictureUnit) else 1)]


class Books(RuleBasedStateMachine):
    """Does what the loop does, with a device that does what llama.cpp does."""

    trims = True

    def __init__(self) -> None:
        super().__init__()
        self.device = FakeDevice(trims=self.trims)
        self.cache = Cache(
            self.device,
            cells=CELLS,
            lines=LINES,
            host_bytes=HOST_BYTES,
            idle_cells=CELLS // 2,
            streams=range(STREAM, STREAM + STREAMS) if self.trims else (),
            stream_cells=STREAM_CELLS,
        )
        self.cache.cell_bytes = CELL_BYTES
        self.busy: dict[Line, list[Unit]] = {}
        self.begun: dict[Line, PictureUnit] = {}
        self.forks: dict[Line, int] = {}

    def pick(self, number: int) -> Line:
        return list(self.busy)[number % len(self.busy)]

    @precondition(lambda self: len(self.busy) < MOST_BUSY)
    @rule(prompt=prompts, leave=st.integers(0, 1), restores=st.booleans())
    def open(self, prompt: list[Unit], leave: int, restores: bool) -> None:
        self.device.restores = restores
        beginning = prompt[: max(len(prompt) - leave, 0)]
        here = max((self.usable(line, beginning) for line in self.cache._lines), default=0)
        there = max((self.usable(parked, beginning) for parked in self.cache._parked), default=0)
        alone = max((self.usable(line, beginning) for line in self.cache._alone), default=0)
        line = self.cache.open(prompt, leave=leave)
        assert line.busy
        assert not line.alone
        assert line not in self.busy
        assert line.units == beginning[: len(line.units)]
        if cells_of(beginning[: max(there, alone)]) < cells_of(beginning[:here]) + WORTH:
            assert len(line.units) == here
        elif len(line.units) not in (there, alone):
            assert not restores or not self.cache.room(CELLS)
        self.busy[line] = list(line.units)

    def usable(self, held, beginning: list[Unit]) -> int:
        alike = common_length(held.units, beginning)
        return alike if self.trims or (alike == len(held.units) and not held.part) else 0

    @precondition(lambda self: self.busy)
    @rule(number=st.integers(0, 2), more=prompts)
    def grow(self, number: int, more: list[Unit]) -> None:
        line = self.pick(number)
        for unit in more:
            size = 1 if isinstance(unit, int) else unit.cells
            if line in self.forks or line.part or self.cache.full(line, size) or not self.room(size):
                return
            self.device.compute(line.slot, unit, line.end)
            self.cache.grow(line, [unit])
            self.busy[line].append(unit)

    @precondition(lambda self: self.busy)
    @rule(number=st.integers(0, 2), picture=st.sampled_from(PICTURES[:2]), count=st.integers(1, 60))
    def grow_part(self, number: int, picture: PictureUnit, count: int) -> None:
        line = self.pick(number)
        picture = self.begun.get(line, picture)
        count = min(count, picture.cells - line.part)
        if line in self.forks or line.alone or not self.room(count):
            return
        self.device.compute(line.slot, picture, line.end, slice(line.part, line.part + count))
        if line.part + count < picture.cells:
            self.begun[line] = picture
            self.cache.grow_part(line, count)
        else:
            self.begun.pop(line, None)
            self.cache.grow(line, [picture])
            self.busy[line].append(picture)

    @precondition(lambda self: self.busy)
    @rule(number=st.integers(0, 2), left_behind=st.integers(0, 5))
    def fail(self, number: int, left_behind: int) -> None:
        """A step fails with some of its rows in the cache."""
        line = self.pick(number)
        if line in self.forks or self.cache.full(line, left_behind) or not self.room(left_behind):
            return
        begun = self.begun.pop(line, None)
        end = line.end + (begun.positions if begun else 0)
        for n in range(left_behind):
            self.device.compute(line.slot, 9, end + n)
        unfinished = bool(left_behind or begun)
        self.cache.mend(line)
        if unfinished and not self.trims:
            self.busy[line] = []
        assert line.units == self.busy[line]

    @precondition(lambda self: self.busy)
    @rule(number=st.integers(0, 2), cells=st.integers(1, STREAM_CELLS), restores=st.booleans())
    def apart(self, number: int, cells: int, restores: bool) -> None:
        """A line goes on in a stream, where one takes it."""
        line = self.pick(number)
        if line in self.forks or line.part:
            return
        self.device.restores = restores
        cells = max(cells, cells_of(line.units))
        free = self.cache._streams or any(not other.busy for other in self.cache._alone)
        takes = restores and not line.alone and free and cells <= STREAM_CELLS
        alone = self.cache.apart(line, cells)
        assert (alone is not None) == bool(takes)
        if alone:
            assert alone.alone
            self.busy[alone] = self.busy.pop(line)

    @precondition(lambda self: any(line.alone for line in self.busy))
    @rule(number=st.integers(0, 2))
    def back(self, number: int) -> None:
        alone = [line for line in self.busy if line.alone]
        line = alone[number % len(alone)]
        if line.part or not self.room(cells_of(line.units)):
            return
        self.device.restores = True
        shared = self.cache.back(line)
        assert not shared.alone
        self.busy[shared] = self.busy.pop(line)

    @precondition(lambda self: self.busy)
    @rule(number=st.integers(0, 2), keep=st.booleans())
    def close(self, number: int, keep: bool) -> None:
        line = self.pick(number)
        if line in self.forks:
            self.ebb_away(line)
        del self.busy[line]
        self.begun.pop(line, None)
        self.cache.close(line, keep=keep)

    @precondition(lambda self: self.busy)
    @rule(number=st.integers(0, 2), rows=st.integers(1, 30))
    def fork(self, number: int, rows: int) -> None:
        line = self.pick(number)
        if line in self.forks or line.part or line.alone or not self.room(rows):
            return
        if line.units:
            self.device.copy(line.slot, LINES + line.slot, line.end)
        for n in range(rows):
            self.device.compute(LINES + line.slot, 8, line.end + n)
        self.forks[line] = rows
        self.cache.hold(rows)

    @precondition(lambda self: self.forks)
    @rule(number=st.integers(0, 2))
    def ebb(self, number: int) -> None:
        self.ebb_away(list(self.forks)[number % len(self.forks)])

    def ebb_away(self, line: Line) -> None:
        self.device.trim(LINES + line.slot, 0)
        self.cache.hold(-self.forks.pop(line))

    @precondition(lambda self: not self.busy)
    @rule()
    def clear(self) -> None:
        self.cache.clear()
        assert not self.device.cells + self.device.streams
        assert self.cache.host.held_bytes == 0

    def room(self, cells: int) -> bool:
        """Said yes, there is room on the device; said no, nothing was left to push out."""
        found = self.cache.room(cells)
        assert found == (CELLS - len(self.device.cells) >= cells)
        assert found or all(line.busy for line in self.cache._lines)
        return found

    @invariant()
    def every_line_is_what_its_sequence_holds(self) -> None:
        for line in self.cache._lines + self.cache._alone:
            part = [(self.begun[line], n) for n in range(line.part)] if line.part else []
            assert self.device.content(line.slot) == cells_in(line.units) + part
            assert len(line.units) == len(line.ends)
            assert len(line.stamps) == (0 if line.alone else len(line.units))

    @invariant()
    def what_is_worked_on_stays(self) -> None:
        assert {line for line in self.cache._lines + self.cache._alone if line.busy} == set(self.busy)
        assert all(line.units == held for line, held in self.busy.items())
        assert len({line.slot for line in self.cache._lines}) == len(self.cache._lines)

    @invariant()
    def nothing_is_lost(self) -> None:
        """Neither cells nor sequences."""
        assert self.cache.held + sum(self.forks.values()) == len(self.device.cells) <= CELLS
        assert len(self.cache._free) + len(self.cache._lines) == LINES
        assert len(self.cache._streams) + len(self.cache._alone) == (STREAMS if self.trims else 0)
        assert not any(self.device.of(slot) for slot in self.cache._free + self.cache._streams)
        assert len(self.cache._shares) == sum(
            {stamp: 1 for line in self.cache._lines for stamp in line.stamps}.values()
        )

    @invariant()
    def host_memory_is_bounded(self) -> None:
        assert len({id(parked) for parked in self.cache._parked}) == len(self.cache._parked)
        taken = sum(len(parked.data) for parked in self.cache._parked)
        assert self.cache.host.held_bytes == taken <= HOST_BYTES


class RecurrentBooks(Books):
    """The same where a state cannot be cut."""

    trims = False


Books.TestCase.settings = RecurrentBooks.TestCase.settings = settings(
    max_examples=100, stateful_step_count=40, deadline=None
)
TestBooks = Books.TestCase
TestRecurrentBooks = RecurrentBooks.TestCase


# ---- one thing after the other ----


def filled(cache: Cache, device: FakeDevice, prompt: list[Unit], *, leave: int = 0) -> Line:
    """A line with this prompt computed into it."""
    line = cache.open(prompt, leave=leave)
    for unit in prompt[len(line.units) :]:
        assert cache.room(unit.cells if isinstance(unit, PictureUnit) else 1)
        device.compute(line.slot, unit, line.end)
        cache.grow(line, [unit])
    return line


def book(device: FakeDevice, *, lines: int = LINES, host_bytes: int = HOST_BYTES) -> Cache:
    cache = Cache(device, cells=device.capacity, lines=lines, host_bytes=host_bytes, idle_cells=device.capacity)
    cache.cell_bytes = CELL_BYTES
    return cache


def test_a_follow_up_goes_on_where_the_answer_ended() -> None:
    cache = book(device := FakeDevice())
    line = filled(cache, device, [PICTURES[0], 1, 2])
    cache.close(line)
    assert cache.open([PICTURES[0], 1, 2, 3], leave=1) is line
    assert line.units == [PICTURES[0], 1, 2]
    assert (cache.here.hits, cache.here.misses) == (1, 1)


def test_a_beginning_is_shared_and_takes_no_cells() -> None:
    cache = book(device := FakeDevice())
    one = filled(cache, device, [PICTURES[0], 1, 1])
    held = cache.held
    two = cache.open([PICTURES[0], 2])
    assert two is not one
    assert two.units == [PICTURES[0]]
    assert cache.held == held == len(device.cells)


def test_what_was_pushed_out_comes_back() -> None:
    cache = book(device := FakeDevice(cells=100))
    cache.close(filled(cache, device, [PICTURES[0], 1]))
    cache.close(filled(cache, device, [PICTURES[1], 1]))
    assert cache.host.held_bytes
    back = cache.open([PICTURES[0], 1, 2])
    assert back.units == [PICTURES[0], 1]
    assert device.content(back.slot) == cells_in([PICTURES[0], 1])
    assert cache.host.hits == 1


@pytest.mark.parametrize("leave", [0, 1])
def test_making_room_for_what_comes_back_does_not_push_it_out(leave: int) -> None:
    """All sequences are taken and host memory is full, so that each line that goes there drives out another."""
    device = FakeDevice(cells=1000)
    size = len(pickle.dumps([(n, (PICTURES[0], n)) for n in range(40)]))
    cache = book(device, lines=2, host_bytes=size * 3 // 2)
    cache.cell_bytes = 1
    for digest in "abc":
        cache.close(filled(cache, device, [PictureUnit(digest, 0, 40, 40)]))
    line = cache.open([PictureUnit("a", 0, 40, 40), *[1] * leave], leave=leave)
    assert line.units == [PictureUnit("a", 0, 40, 40)]
    assert cache.held == len(device.cells)
    assert cache.host.held_bytes <= size * 3 // 2


def test_what_does_not_come_back_is_computed_anew() -> None:
    cache = book(device := FakeDevice(cells=100))
    cache.close(filled(cache, device, [PICTURES[0], 1]))
    cache.close(filled(cache, device, [PICTURES[1], 1]))
    device.restores = False
    assert cache.open([PICTURES[0], 1]).units == []
    assert cache.host.hits == 0
    assert cache.held == len(device.cells)


def test_a_state_with_half_a_picture_is_nobodys_beginning() -> None:
    cache = book(device := FakeDevice(trims=False))
    line = filled(cache, device, [1, 2])
    device.compute(line.slot, PICTURES[0], line.end, slice(0, 10))
    cache.grow_part(line, 10)
    assert cache.open([1, 2, 3]).units == []


def test_nothing_small_goes_to_host_memory() -> None:
    cache = book(device := FakeDevice())
    cache.close(filled(cache, device, [1, 2, 3]))
    assert cache.room(CELLS)
    assert cache.host.held_bytes == 0


def test_of_what_was_pushed_out_only_the_beginning_comes_back() -> None:
    cache = book(device := FakeDevice(cells=130))
    cache.close(filled(cache, device, [PICTURES[0], PICTURES[2], 1]))
    cache.close(filled(cache, device, [PICTURES[1]]))
    line = cache.open([PICTURES[0], 2], leave=1)
    assert line.units == [PICTURES[0]]
    assert device.content(line.slot) == cells_in([PICTURES[0]])
    assert cache.held == len(device.cells)
    assert [parked.units for parked in cache._parked][-1] == (PICTURES[0], PICTURES[2], 1)
