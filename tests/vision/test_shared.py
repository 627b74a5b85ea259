"""Equal questions asked once: whoever asks, leaves, dies or waits, hears what a plain backend would have said."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, suppress
from dataclasses import dataclass, field, replace
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision.backend import Backend
from vision.engine import Engine
from vision.errors import EngineError, EngineTimeout
from vision.picture import Picture, picture_from_rgb
from vision.request import (
    Again,
    Choice,
    Delta,
    Done,
    Event,
    Generation,
    Message,
    Priority,
    Ranking,
    Request,
    Score,
    Timings,
    Usage,
)
from vision.shared import Shared, Tally

RED, BLUE = (picture_from_rgb(1, 1, bytes(colour)) for colour in ((255, 0, 0), (0, 0, 255)))
ALBUMS = ((RED,), (BLUE,), (RED, BLUE), (BLUE, RED))
TALK = (Message("user", "What is it?", (RED,)),)
WRITE = Generation(8)


def score_of(pictures: tuple[Picture, ...], question: str) -> tuple[float, float]:
    """What is the case, for this test: two figures that no other question about other pictures has."""
    digest = sha256(repr(([picture.digest for picture in pictures], question)).encode(errors="replace")).digest()
    return digest[0] / 255, digest[1] / 255


@dataclass
class Fate:
    """What becomes of one request to the played model: it takes `ticks` for each event, may die, or fails, at one."""

    ticks: int = 1
    dies_at: int | None = None
    fails_at: int | None = None


@dataclass
class Played(Backend):
    """A model that answers as `score_of` says, and notes what it is asked; each request takes the next fate."""

    fates: list[Fate] = field(default_factory=list)
    asked: list[Request] = field(default_factory=list)
    failed: int = 0
    open: Counter[tuple[tuple[Picture, ...], str]] = field(default_factory=Counter)
    twice: bool = False

    async def ask(self, request: Request) -> AsyncGenerator[Event, None]:
        fate = self.fates[len(self.asked)] if len(self.asked) < len(self.fates) else Fate()
        self.asked.append(request)
        questions = [(request.pictures, question) for question in request.questions]
        self.open.update(questions)
        self.twice |= any(self.open[question] > 1 for question in questions)
        try:
            async for event in self._lived(request, fate):
                yield event
        finally:
            self.open.subtract(questions)

    async def _lived(self, request: Request, fate: Fate) -> AsyncIterator[Event]:
        for number, event in enumerate(_answer(request)):
            await _ticks(fate.ticks)
            if number == fate.fails_at:
                self.failed += 1
                raise EngineError("it fails")
            if number == fate.dies_at:
                yield Again()
                async for later in self._lived(request, Fate(fate.ticks)):
                    yield later
                return
            yield event


def _answer(request: Request) -> list[Event]:
    scores = [Score(at, *score_of(request.pictures, text)) for at, text in enumerate(request.questions)]
    rankings = [Ranking(at, (0.0,), (1.0,)) for at in range(len(request.choices))]
    deltas = [Delta(letter) for letter in "It is so."] if request.generate else []
    return [*scores, *rankings, *deltas, Done("stop", Usage(9, 0, len(deltas), 1), Timings(0, 0, 0, 0, 0))]


async def _ticks(number: int) -> None:
    for _ in range(number):
        await asyncio.sleep(0)


@dataclass
class Asker:
    """Who asks something after so many ticks, and stops reading after some events or is cancelled, or neither."""

    request: Request
    after: int = 0
    reads: int | None = None
    cancelled_after: int | None = None
    scores: dict[int, tuple[float, float]] = field(default_factory=dict)
    text: str = ""
    rankings: int = 0
    outcome: str = "left"

    async def run(self, backend: Backend) -> None:
        await _ticks(self.after)
        work = asyncio.ensure_future(self._read(backend))
        if self.cancelled_after is not None:
            await _ticks(self.cancelled_after)
            work.cancel()
        with suppress(asyncio.CancelledError):
            await work

    async def _read(self, backend: Backend) -> None:
        heard = 0
        try:
            async with aclosing(backend.ask(self.request)) as events:
                async for event in events:
                    self._hear(event)
                    heard += 1
                    if heard == self.reads:
                        return
        except EngineTimeout:
            self.outcome = "overdue"
        except EngineError:
            self.outcome = "failed"

    def _hear(self, event: Event) -> None:
        assert self.outcome != "answered", "nothing comes after Done"
        match event:
            case Again():
                self.scores, self.text, self.rankings = {}, "", 0
            case Score():
                assert event.question not in self.scores, "each question is answered once"
                assert not self.text, "scores come before the answer"
                self.scores[event.question] = (event.p_yes, event.outside)
            case Ranking():
                self.rankings += 1
            case Delta():
                self._expect_scores()
                self.text += event.text
            case Done():
                self._expect_scores()
                assert self.text == ("It is so." if self.request.generate else "")
                assert self.rankings == len(self.request.choices)
                self.outcome = "answered"

    def _expect_scores(self) -> None:
        asked = enumerate(self.request.questions)
        assert self.scores == {at: score_of(self.request.pictures, question) for at, question in asked}


def together(backend: Backend, *askers: Asker) -> None:
    async def run() -> None:
        async with asyncio.TaskGroup() as group:
            for asker in askers:
                group.create_task(asker.run(backend))

    asyncio.run(run())


def about(*questions: str, priority: Priority = "interactive", deadline_s: float | None = None) -> Request:
    return Request(pictures=(RED,), questions=questions, priority=priority, deadline_s=deadline_s)


few_ticks = st.integers(0, 12)
sometimes = st.none() | st.none() | st.integers(0, 12)
fates = st.lists(st.builds(Fate, st.integers(0, 4), sometimes, sometimes), max_size=12)
texts = st.sampled_from(["fire?", "smoke?", "火?", "\ud800", ""])
requests = st.builds(
    Request,
    conversation=st.sampled_from([(), TALK]),
    generate=st.sampled_from([None, WRITE]),
    pictures=st.sampled_from(ALBUMS),
    questions=st.lists(texts, max_size=6).map(tuple),
    choices=st.sampled_from([(), (), (Choice("Which?", ("a",)),)]),
)
askers = st.builds(Asker, requests, few_ticks, st.none() | st.none() | st.integers(1, 8), sometimes)


@given(fates, st.lists(askers, min_size=1, max_size=8))
def test_everybody_hears_what_a_plain_backend_says_and_no_question_is_asked_twice_at_a_time(fates, askers):
    model = Played(fates)
    shared = Shared(model)
    together(shared, *askers)
    for asker in askers:
        if asker.reads is None and asker.cancelled_after is None:
            assert asker.outcome in {"answered", "failed"}, "an asker who stays is answered"
    assert not model.twice
    assert sum(asker.outcome == "failed" for asker in askers) <= model.failed, "an error is told to whoever asked"
    assert all(len(set(request.questions)) == len(request.questions) for request in model.asked)
    again = Asker(Request(pictures=ALBUMS[2], questions=("fire?", "smoke?", "fire?")))
    together(shared, again)
    assert again.outcome in {"answered", "failed"}
    assert not +model.open


@given(fates, st.lists(st.tuples(askers, st.sampled_from(["interactive", "camera", "batch"])), min_size=1, max_size=6))
def test_whoever_is_how_urgent_everybody_is_answered(fates, given_askers):
    model, askers = Played(fates), [asker for asker, _ in given_askers]
    for asker, priority in given_askers:
        asker.request = replace(asker.request, priority=priority)
    together(Shared(model), *askers)
    for asker in askers:
        if asker.reads is None and asker.cancelled_after is None:
            assert asker.outcome in {"answered", "failed"}


def test_a_thousand_who_ask_the_same_at_once_cost_one_request():
    model = Played()
    shared = Shared(model)
    askers = [Asker(about("fire?", "smoke?"), after=at % 7) for at in range(1000)]
    together(shared, *askers)
    assert all(asker.outcome == "answered" for asker in askers)
    assert [request.questions for request in model.asked] == [("fire?", "smoke?")]
    assert shared.tally.asked == 2
    assert shared.tally.kept + shared.tally.joined == 1998


def test_what_was_said_is_not_asked_again_and_costs_nothing():
    model = Played()
    shared = Shared(model)
    together(shared, Asker(about("fire?")))
    later = Asker(about("fire?", "fire?"))
    together(shared, later)
    assert later.outcome == "answered"
    assert len(model.asked) == 1
    assert shared.tally == Tally(asked=1, kept=2, joined=0)


def test_the_rest_of_a_request_is_asked_as_it_was():
    model = Played()
    shared = Shared(model)
    together(shared, Asker(about("fire?")))
    whole = Request(TALK, WRITE, (RED,), ("smoke?", "fire?"), chat="ada", priority="camera", deadline_s=60)
    together(shared, Asker(whole))
    assert model.asked[1] == replace(whole, questions=("smoke?",))
    together(shared, Asker(whole))
    assert model.asked[2] == replace(whole, questions=(), pictures=())


def test_the_same_question_about_another_picture_or_in_other_words_is_another_question():
    model = Played()
    shared = Shared(model)
    for pictures in ALBUMS:
        together(shared, Asker(Request(pictures=pictures, questions=("fire?", "Fire?"))))
    assert shared.tally.asked == 8


def test_whoever_joined_is_answered_when_the_first_leaves():
    model = Played([Fate(ticks=5)])
    first, joined = Asker(about("fire?", "smoke?"), cancelled_after=3), Asker(about("smoke?", "fire?"), after=2)
    together(Shared(model), first, joined)
    assert (first.outcome, joined.outcome) == ("left", "answered")
    assert [request.questions for request in model.asked] == [("fire?", "smoke?"), ("smoke?", "fire?")]


def test_whoever_joined_may_leave_without_the_others():
    model = Played([Fate(ticks=30)])
    askers = [Asker(about("fire?"), after=at) for at in range(4)]
    askers[1].cancelled_after = 10
    together(Shared(model), *askers)
    assert [asker.outcome for asker in askers] == ["answered", "left", "answered", "answered"]
    assert len(model.asked) == 1


def test_an_error_is_not_kept_and_not_told_to_others():
    model = Played([Fate(ticks=3, fails_at=1)])
    first, joined = Asker(about("fire?", "smoke?")), Asker(about("smoke?", "fire?"), after=2)
    shared = Shared(model)
    together(shared, first, joined)
    assert (first.outcome, joined.outcome) == ("failed", "answered")
    assert model.asked[1].questions == ("smoke?",), "what was said before it failed holds"


def test_what_was_said_before_a_death_is_asked_anew_by_newcomers():
    model = Played([Fate(ticks=4, dies_at=1)])
    shared = Shared(model)
    first, newcomer = Asker(about("fire?", "smoke?")), Asker(about("fire?"), after=9)
    together(shared, first, newcomer)
    assert (first.outcome, newcomer.outcome) == ("answered", "answered")
    assert shared.tally == Tally(asked=2, kept=0, joined=1)


def test_the_urgent_do_not_wait_for_those_who_have_time():
    model = Played([Fate(ticks=50), Fate(ticks=9)])
    slow, urgent = Asker(about("fire?", priority="batch")), Asker(about("fire?"), after=2)
    patient = Asker(about("fire?", priority="camera"), after=3)
    shared = Shared(model)
    together(shared, slow, urgent, patient)
    assert [asker.outcome for asker in (slow, urgent, patient)] == ["answered"] * 3
    assert [request.priority for request in model.asked] == ["batch", "interactive"]
    assert shared.tally == Tally(asked=2, kept=0, joined=1)


def test_a_deadline_is_kept_by_those_who_joined_too():
    model = Played([Fate(ticks=1_000_000_000)])
    first, joined = Asker(about("fire?")), Asker(about("fire?", deadline_s=0.01), after=9)

    async def run() -> None:
        async with asyncio.TaskGroup() as group:
            shared = Shared(model)
            leaving = group.create_task(first.run(shared))
            await joined.run(shared)
            leaving.cancel()

    asyncio.run(run())
    assert joined.outcome == "overdue"


def test_no_more_is_kept_than_was_said_and_the_oldest_goes_first():
    model = Played()
    shared = Shared(model, most=2)
    for question in ("a?", "b?", "a?", "c?", "a?", "b?"):
        together(shared, Asker(about(question)))
    assert [request.questions[0] for request in model.asked] == ["a?", "b?", "c?", "b?"]


@pytest.mark.asyncio(loop_scope="module")
async def test_the_engine_is_asked_the_whole_of_an_answer_but_no_question_that_is_known(engine: Engine, hear, shapes):
    shared, questions = Shared(engine), ("Is there a square?", "Is there a bar?")
    talk = (Message("user", "What is it?", (shapes[0],)),)
    whole = Request(talk, WRITE, pictures=shapes[:1], questions=questions)
    plain, first, second = await hear(engine.ask(whole)), await hear(shared.ask(whole)), await hear(shared.ask(whole))
    assert plain.text == first.text == second.text
    assert first.scores == second.scores
    for at, score in plain.scores.items():
        assert first.scores[at].p_yes == pytest.approx(score.p_yes, abs=0.03)
    assert second.done.usage.prompt_tokens < first.done.usage.prompt_tokens
    alone = await hear(shared.ask(replace(whole, conversation=(), generate=None)))
    assert alone.done.usage == Usage(0, 0, 0, 0)
    assert alone.scores == first.scores
