"""Scoring and writing come to the same, however their rows are cut, whatever fails on the way and whoever runs beside.

The model is a made-up one: its logits follow from all that a sequence holds.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain, pairwise, repeat
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.vision.model.test_cache import STREAM, STREAM_CELLS, FakeDevice, Refused
from vision.errors import EngineError
from vision.model.cache import Cache
from vision.model.context import FORKS, LINES, Logits, Row
from vision.model.prompt import Text, split_texts, units_of
from vision.model.stage import Forks, Scoring, Stage, Writing
from vision.model.tree import WaveLimits
from vision.model.units import PictureUnit, Unit, cells_of
from vision.request import Delta, Ranking, Score

WORDS = 12
END = 0
PICTURES: dict[str, list[Unit]] = {
    "p": [PictureUnit("p", 0, 40, 40)],
    "q": [7, PictureUnit("q", 0, 33, 5), PictureUnit("q", 1, 9, 9, True), 7],
}
LIMITS = WaveLimits(rows=14, leaves=4, wanted=5)


def logits_after(units: Sequence[Unit]) -> Logits:
    """What the made-up model says after these."""
    seed = zlib.crc32(repr(list(units)).encode())
    return np.random.default_rng(seed).standard_normal(WORDS).astype(np.float32)


class Vocabulary:
    """What stages ask of a vocabulary."""

    def verdict(self, logits: Logits) -> tuple[float, float]:
        return float(logits[1]), float(logits[2])

    def log_chances(self, logits: Logits) -> NDArray[np.float64]:
        values = logits.astype(np.float64)
        return values - np.log(np.exp(values).sum())  # type: ignore[no-any-return]

    def log_ends(self, chances: NDArray[np.float64]) -> float:
        return float(chances[END])


class Context:
    """A device that computes; every so often it breaks in the middle of a step."""

    def __init__(self, *, trims: bool = True, streams: int = 0) -> None:
        self.device = FakeDevice(trims=trims, cells=4000)
        self.cache = Cache(
            self.device,
            cells=4000,
            lines=LINES,
            host_bytes=0,
            idle_cells=4000,
            streams=range(STREAM, STREAM + streams),
            stream_cells=STREAM_CELLS,
        )
        self.forks = Forks()
        self._logits: dict[int, Logits] = {}

    def decode(self, rows: Sequence[Row], breaks_after: int | None) -> None:
        held = {s: self.device.content(s) for row in rows for s in row.sequences}
        assert all(len({str(held[s]) for s in row.sequences}) == 1 for row in rows), "coupled, but not alike"
        self._logits = {}
        for number, row in enumerate(rows):
            if number == breaks_after:
                raise EngineError("broken")
            first, *others = row.sequences
            self.device.compute(first, row.token, row.position)
            self.device.of(first)[-1].sequences.update(others)
            if row.wanted:
                contents = {tuple(self.units(sequence)) for sequence in row.sequences}
                assert len(contents) == 1
                self._logits[number] = logits_after(contents.pop())

    def units(self, sequence: int) -> list[Unit]:
        return [unit for unit, part in self.device.content(sequence) if part == 0]

    def logits(self, row: int) -> Logits:
        return self._logits[row]

    def step(self, stage: Stage, cut: Cut) -> list[Score | Ranking | Delta]:
        """One step of a stage, as the loop does it."""
        assert stage.line
        if unit := stage.picture:
            part = stage.picture_rows(unit, cut.most)
            if cut.breaks_after is not None:
                assert stage.mend()
                return []
            taken = slice(part.begin, part.begin + part.count)
            self.device.compute(stage.line.slot, unit, stage.line.end, taken)
            stage.picture_computed(part)
            return []
        rows = stage.rows(cut.most, cut.most_wanted)
        assert 0 < len(rows) <= cut.most
        assert sum(row.wanted for row in rows) <= cut.most_wanted
        try:
            self.decode(rows, cut.breaks_after)
        except EngineError:
            assert stage.mend()
            return []
        return list(stage.computed(rows, self.logits))

    def nothing_left(self) -> None:
        """No fork is out, and the device holds only what the cache knows of."""
        assert sorted(self.forks._free) == list(range(LINES, LINES + FORKS))
        assert self.cache._forks == 0
        assert self.cache.held == len(self.device.cells)
        assert not any(self.device.of(sequence) for sequence in range(LINES, LINES + FORKS))
        assert not any(line.busy for line in self.cache._lines)


@dataclass(frozen=True)
class Cut:
    """How much one step may hold, and after how many rows it breaks."""

    most: int
    most_wanted: int = 192
    breaks_after: int | None = None


WHOLE = Cut(512)
cuts = st.lists(
    st.builds(Cut, st.integers(1, 30), st.integers(1, 4), st.one_of(st.none(), st.none(), st.integers(0, 3))),
    max_size=30,
)


@dataclass(frozen=True)
class Asked:
    """Questions and choices, after the same pictures, and what is to come of them."""

    texts: list[Text] = field(default_factory=list)
    wave_rows: int = 14

    def stage(self, context: Context) -> Scoring:
        return Scoring(
            context.cache,
            split_texts(self.texts, PICTURES, self.wave_rows),
            self.texts,
            vocabulary=Vocabulary(),  # type: ignore[arg-type]
            forks=context.forks,
            fork=lambda line, sequence: context.device.copy(line.slot, sequence, line.end),
            unfork=context.device.trim,
            limits=LIMITS,
        )

    def expected(self) -> dict[tuple[str, int], Any]:
        found: dict[tuple[str, int], Any] = {}
        for text in self.texts:
            units = units_of(text.tokens, PICTURES)
            shift = len(units) - len(text.tokens)
            if text.label is None:
                found["question", text.number] = Vocabulary().verdict(logits_after(units))
                continue
            log_p = 0.0
            for n in range(text.wanted_from + shift, len(units)):
                chances = Vocabulary().log_chances(logits_after(units[: n + 1]))
                log_p += float(chances[([*units, END])[n + 1]])  # type: ignore[index]
            found.setdefault(("choice", text.number), []).append(log_p)
        return found


def told(results: Sequence[Score | Ranking | Delta]) -> dict[tuple[str, int], Any]:
    """What was found out, each thing once."""
    found: dict[tuple[str, int], Any] = {}
    for one in results:
        if isinstance(one, Score):
            assert ("question", one.question) not in found
            found["question", one.question] = (one.p_yes, one.outside)
        elif isinstance(one, Ranking):
            assert ("choice", one.choice) not in found
            assert sum(one.p) == pytest.approx(1)
            assert np.argmax(one.p) == np.argmax(one.log_p)
            assert np.allclose(np.log(one.p), np.array(one.log_p) - np.log(np.exp(one.log_p).sum()))
            found["choice", one.choice] = list(one.log_p)
    return found


words = st.lists(st.integers(1, 3), min_size=1, max_size=7)


@st.composite
def asked(draw: st.DrawFn) -> Asked:
    """Few words, so that much is alike: questions that are the same, labels that begin one another."""
    before = tuple(draw(st.lists(st.sampled_from(["p", "q"]), max_size=2))) + tuple(draw(words))
    texts = []
    for number, question in enumerate(draw(st.lists(words, min_size=1, max_size=9))):
        texts.append(Text(before + tuple(question), len(before) + len(question) - 1, number))
    for number, question in enumerate(draw(st.lists(words, max_size=3))):
        for label, spelled in enumerate(draw(st.lists(st.just([]) | words, min_size=1, max_size=5))):
            tokens = before + tuple(question) + tuple(spelled)
            texts.append(Text(tokens, len(before) + len(question) - 1, number, label))
    return Asked(texts, draw(st.sampled_from([0, 14, 10_000])))


def same(found: dict[tuple[str, int], Any], expected: dict[tuple[str, int], Any]) -> bool:
    return found.keys() == expected.keys() and all(np.allclose(found[key], expected[key]) for key in expected)


# ---- scoring ----


@given(asked(), cuts)
def test_scores_do_not_depend_on_how_rows_are_cut_or_on_what_fails(asking: Asked, cut_so: list[Cut]) -> None:
    context = Context()
    stage = asking.stage(context)
    stage.open()
    results: list[Any] = []
    for cut in chain(cut_so, repeat(WHOLE)):
        if stage.done:
            break
        kind, most = stage.wants() or pytest.fail("it waits for nothing")
        assert most > 0
        assert kind in ("rows", "whole")
        results += context.step(stage, cut)
    stage.close(keep=True)
    assert same(told(results), asking.expected())
    context.nothing_left()


@given(asked(), cuts, st.booleans())
def test_whatever_ends_it_nothing_is_left(asking: Asked, cut_so: list[Cut], keep: bool) -> None:
    context = Context()
    stage = asking.stage(context)
    stage.open()
    for cut in cut_so:
        if stage.done or not stage.wants():
            break
        context.step(stage, cut)
    stage.close(keep=stage.mend() and keep)
    stage.close(keep=keep)
    context.nothing_left()


@given(st.lists(asked(), min_size=2, max_size=4), cuts, st.integers(4, 6))
def test_requests_beside_one_another_do_not_cross(askings: list[Asked], cut_so: list[Cut], forks: int) -> None:
    """With few forks: who gets none waits, and gets one when another has ended its wave."""
    context = Context()
    held_back = context.forks.take(FORKS - forks)
    stages = [asking.stage(context) for asking in askings]
    results: list[list[Any]] = [[] for _ in askings]
    for stage in stages:
        stage.open()
    cutting = chain(cut_so, repeat(WHOLE))
    while not all(stage.done for stage in stages):
        going = [(n, stage) for n, stage in enumerate(stages) if not stage.done and stage.wants()]
        assert going, "all wait for one another"
        for n, stage in going:
            results[n] += context.step(stage, next(cutting))
    for stage in stages:
        stage.close(keep=True)
    context.forks.give_back(held_back)
    assert all(same(told(found), asking.expected()) for found, asking in zip(results, askings, strict=True))
    context.nothing_left()


def test_a_second_look_finds_the_picture() -> None:
    context = Context()
    asking = Asked([Text(("p", 1, n), 2, n) for n in range(3)])
    for reused in (0, 40):
        stage = asking.stage(context)
        stage.open()
        assert stage.reused == reused
        while not stage.done:
            assert stage.wants()
            context.step(stage, WHOLE)
        stage.close(keep=True)


def test_what_cannot_be_cut_back_says_so() -> None:
    """A recurrent state keeps the rows of a step that failed: what was known is gone."""
    context = Context(trims=False)
    stage = Asked([Text((1, 2, 3, n), 3, n) for n in range(3)], wave_rows=0).stage(context)
    stage.open()
    assert stage.wants()
    context.step(stage, Cut(2))
    rows = stage.rows(1, 1)
    with pytest.raises(EngineError):
        context.decode([*rows, *rows], breaks_after=1)
    assert not stage.mend()
    stage.close(keep=False)
    context.nothing_left()


def test_labels_of_no_chance_at_all_still_sum_to_one() -> None:
    class Never(Vocabulary):
        def log_chances(self, logits: Logits) -> NDArray[np.float64]:
            return np.full(WORDS, -np.inf)

    context = Context()
    stage = Asked([Text((1, 2, n + 1), 1, 0, n) for n in range(2)]).stage(context)
    stage._vocabulary = Never()  # type: ignore[assignment]
    stage.open()
    results: list[Any] = []
    while not stage.done:
        assert stage.wants()
        results += context.step(stage, WHOLE)
    assert [one.p for one in results] == [(0.5, 0.5)]


# ---- writing ----


class Likeliest:
    """Takes the likeliest."""

    def choose(self, logits: Logits) -> int:
        return int(logits.argmax())


class Spelled:
    """Tokens as letters; every third one only completes with the next."""

    def add(self, token: int) -> str:
        return "" if token % 3 == 1 else chr(ord("a") + token)


def written(units: Sequence[Unit], most: int) -> tuple[list[int], str]:
    """What the model writes when nobody else is there."""
    tokens: list[int] = []
    while len(tokens) < most:
        token = int(logits_after([*units, *tokens]).argmax())
        if token == END:
            return tokens, "stop"
        tokens.append(token)
    return tokens, "length"


@given(st.lists(st.sampled_from(["p", "q"]), max_size=2), words, cuts, st.integers(1, 12))
def test_an_answer_does_not_depend_on_how_rows_are_cut(
    pictures: list[str], words: list[int], cut_so: list[Cut], most: int
) -> None:
    context = Context()
    prompt = units_of([*pictures, *words], PICTURES)
    tokens, reason = written(prompt, most)
    for reused in (False, True):
        stage = Writing(
            context.cache,
            prompt,
            sampler=Likeliest(),  # type: ignore[arg-type]
            transcript=Spelled(),  # type: ignore[arg-type]
            ends=lambda token: token == END,
            most_tokens=most,
        )
        stage.open()
        assert stage.reused == (cells_of(prompt[:-1]) if reused else 0)
        results: list[Any] = []
        for cut in chain(cut_so, repeat(WHOLE)):
            if stage.done:
                break
            assert stage.wants()
            results += context.step(stage, cut)
        stage.close(keep=True)
        assert (stage.written, stage.reason) == (len(tokens), reason)
        assert "".join(one.text for one in results) == "".join(map(Spelled().add, tokens))
        context.nothing_left()


def test_an_answer_that_will_outgrow_its_stream_takes_shared_cells_from_its_first_rows_on() -> None:
    context = Context(streams=1)
    stage = Writing(
        context.cache,
        [number % 7 for number in range(40)],
        sampler=Likeliest(),  # type: ignore[arg-type]
        transcript=Spelled(),  # type: ignore[arg-type]
        ends=lambda _: False,
        most_tokens=STREAM_CELLS - 30,
    )
    stage.open()
    context.step(stage, Cut(10))
    assert stage.line
    assert stage.line.alone
    assert not stage.elsewhere


@given(st.integers(2, 80), cuts)
def test_an_answer_that_outgrows_its_stream_goes_on_among_the_others(length: int, cut_so: list[Cut]) -> None:
    context = Context(streams=1)
    stage = Writing(
        context.cache,
        prompt := [number % 7 for number in range(length)],
        sampler=Likeliest(),  # type: ignore[arg-type]
        transcript=Spelled(),  # type: ignore[arg-type]
        ends=lambda _: False,
        most_tokens=STREAM_CELLS,
    )
    stage.open()
    places: list[bool] = []
    expected: list[Unit] = list(prompt)
    for cut in chain(cut_so, repeat(WHOLE)):
        if stage.done:
            break
        context.step(stage, cut)
        assert stage.line
        places.append(stage.line.alone)
        assert not (stage.elsewhere and cells_of(stage.line.units) + STREAM_CELLS - stage.written > STREAM_CELLS)
    for _ in range(STREAM_CELLS - 1):
        expected.append(int(logits_after(expected).argmax()))
    assert stage.line
    assert stage.line.units == expected
    moves = [now for before, now in pairwise([False, *places]) if before != now]
    assert moves == ([True, False] if length <= STREAM_CELLS - 64 else [])
    stage.close(keep=True)
    context.nothing_left()


def test_nothing_is_computed_on_a_closed_stage() -> None:
    stage = Asked([Text((1, 2), 1, 0)]).stage(context := Context())
    assert stage.mend()
    stage.close(keep=True)
    with pytest.raises(EngineError):
        stage.wants()
    context.nothing_left()


def test_forks_are_lent_all_or_none() -> None:
    forks = Forks()
    taken = forks.take(FORKS - 1)
    assert forks.take(2) == []
    last = forks.take(1)
    assert sorted([*taken, *last]) == list(range(LINES, LINES + FORKS))
    forks.give_back(taken)
    assert len(forks.take(FORKS - 1)) == FORKS - 1


def test_the_device_refuses_what_is_out_of_order() -> None:
    """Else the tests above would prove nothing."""
    context = Context()
    context.decode([Row(1, 0, (0,)), Row(1, 1, (0,))], None)
    with pytest.raises(Refused):
        context.decode([Row(1, 0, (0,))], None)
    with pytest.raises(AssertionError):
        context.decode([Row(1, 2, (0, 1))], None)


def test_a_fork_that_cannot_be_cut_back_says_so() -> None:
    context = Context(trims=False)
    stage = Asked([Text((1, 2, 3, 4, n), 4, n) for n in range(3)], wave_rows=9).stage(context)
    stage.open()
    assert stage.wants()
    context.step(stage, Cut(2))
    with pytest.raises(EngineError):
        context.decode(stage.rows(9, 9), breaks_after=1)
    assert not stage.mend()
    stage.close(keep=False)
    context.nothing_left()


def test_a_prompts_last_row_waits_where_no_more_logits_can_be_wanted() -> None:
    context = Context()
    stage = Writing(
        context.cache,
        [1, 2, 3],
        sampler=Likeliest(),  # type: ignore[arg-type]
        transcript=Spelled(),  # type: ignore[arg-type]
        ends=lambda token: token == END,
        most_tokens=3,
    )
    stage.open()
    assert [row.token for row in stage.rows(9, 0)] == [1, 2]
    assert [row.wanted for row in stage.rows(9, 1)] == [False, False, True]
    assert stage.rows(2, 0) == stage.rows(2, 1)
