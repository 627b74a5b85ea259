"""Whatever is asked, in whatever mixture, the engine's process lives and answers or refuses, each request alone."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import aclosing
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vision.engine import Engine, EngineSettings
from vision.errors import BadGrammar, EngineError, EngineTimeout, PromptTooLong
from vision.picture import Picture, picture_from_rgb
from vision.request import Again, Choice, Delta, Done, Event, Generation, Message, Ranking, Request, Score
from vision.weights import tiny_weights

NASTY = ("", "</s>", "<|im_start|>", "<__media__>", "\ud800", "\x00", " \n ", "\ue000p0\ue001", "x" * 200)
TOO_LONG = ("是" * 900, "a" * 3000)
GRAMMARS = ('root ::= "yes" | "no"', "root ::= [0-9]{1,3}", 'root ::= ("a" | "是" root)')
BROKEN_GRAMMARS = (
    "",
    "root",
    'other ::= "a"',
    'root ::= "a',
    "root ::= root",
    'root ::= "a"{5,2}',
    "root ::= missing",
    "root ::= " + "(" * 5000,
    'root ::= "a"{1,1000000000}',
    "\x00\ud800",
)
SCHEMAS: tuple[Mapping[str, Any], ...] = (
    {"type": "boolean"},
    {"enum": ["red", "green", "有"]},
    {"type": "object", "properties": {"n": {"type": "integer", "minimum": 0, "maximum": 9}}, "required": ["n"]},
)
BROKEN_SCHEMAS: tuple[Mapping[str, Any], ...] = (
    {"type": "no such type"},
    {"$ref": "#/nowhere"},
    {"$ref": "#"},
    {"type": "string", "pattern": "(a|b"},
    {"enum": []},
    {"type": "integer", "minimum": 9, "maximum": 1},
    {"const": float("nan")},
    {"not": {}},
)

texts = st.one_of(st.text(max_size=60), st.sampled_from(NASTY))


@st.composite
def pictures(draw: st.DrawFn) -> Picture:
    width, height = draw(st.sampled_from([(1, 1), (1, 300), (300, 1), (96, 96), (64, 40)]))
    return picture_from_rgb(width, height, bytes([draw(st.integers(0, 255))]) * (width * height * 3))


@st.composite
def bounds(draw: st.DrawFn) -> dict[str, Any]:
    """What bounds an answer: mostly nothing, else something that is sound or broken, or both at once."""
    match draw(st.integers(0, 7)):
        case 0:
            return {"grammar": draw(st.sampled_from(GRAMMARS))}
        case 1:
            return {"json_schema": draw(st.sampled_from(SCHEMAS))}
        case 2:
            return {"grammar": draw(st.sampled_from(BROKEN_GRAMMARS))}
        case 3:
            return {"json_schema": draw(st.sampled_from(BROKEN_SCHEMAS))}
        case 4:
            return {"grammar": GRAMMARS[0], "json_schema": SCHEMAS[0]}
    return {}


@st.composite
def generations(draw: st.DrawFn) -> Generation:
    most = draw(st.sampled_from([0, 1, 7, 30, 60]))
    temperature = draw(st.sampled_from([-1.0, 0.0, 0.8, 50.0]))
    seed = draw(st.none() | st.sampled_from([0, 1, -1, 2**31, 2**64]))
    return Generation(most, temperature, seed, **draw(bounds()))


albums = st.lists(pictures(), max_size=3).map(tuple)
messages = st.builds(Message, st.sampled_from(["system", "user", "assistant"]), texts, albums)
labels = st.lists(st.one_of(st.sampled_from(["yes", "no", "red", "Red", "有"]), texts), max_size=40).map(tuple)
requests = st.builds(
    Request,
    conversation=st.lists(messages, max_size=4).map(tuple),
    generate=st.none() | generations(),
    pictures=albums,
    questions=st.lists(texts, max_size=140).map(tuple) | st.sampled_from([TOO_LONG, ("Is it?", *TOO_LONG[:1])]),
    choices=st.lists(st.builds(Choice, texts, labels), max_size=3).map(tuple),
    chat=st.sampled_from(["", "one", "other", "\ud800", "x" * 1000]),
    priority=st.sampled_from(["interactive", "camera", "batch"]),
    deadline_s=st.none() | st.sampled_from([-1.0, 0.0, 1e-3, 0.2, 1e6]),
)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(asked=st.lists(st.tuples(requests, st.none() | st.integers(0, 20)), min_size=1, max_size=5))
def test_the_engine_lives_through_any_requests(lived: Lived, asked: list[tuple[Request, int | None]]) -> None:
    lived.run(asked)


@pytest.mark.parametrize("bound", [{"grammar": text} for text in BROKEN_GRAMMARS])
def test_a_broken_grammar_is_refused_alone(lived: Lived, bound: dict[str, Any]) -> None:
    lived.run([(request, None) for request in beside(bound)])


@pytest.mark.parametrize("bound", [{"json_schema": schema} for schema in BROKEN_SCHEMAS])
def test_a_broken_schema_is_refused_alone(lived: Lived, bound: dict[str, Any]) -> None:
    lived.run([(request, None) for request in beside(bound)])


@pytest.mark.parametrize("depth", [50, 5000])
def test_a_schema_of_any_depth_is_answered_or_refused(lived: Lived, depth: int) -> None:
    deep: dict[str, Any] = {"type": "boolean"}
    for _ in range(depth):
        deep = {"type": "array", "items": deep}
    broken, *sound = beside({"json_schema": deep})
    lived.run([(request, None) for request in sound])
    with pytest.raises(BadGrammar):
        lived.hear(broken)
    lived.run([(request, None) for request in sound])


def beside(bound: dict[str, Any]) -> list[Request]:
    """A request that is bounded so, and two that are sound."""
    hello = (Message("user", "Hello"),)
    choice = Choice("Which is it?", ("red", "green", "red"))
    return [
        Request(hello, Generation(5, **bound), questions=("Is it?",), choices=(choice,)),
        Request(hello, Generation(5), questions=("Is it?",), choices=(choice,)),
        Request(hello, Generation(30, grammar=GRAMMARS[0])),
    ]


def refusals(request: Request) -> tuple[type[EngineError], ...]:
    """The errors that a request may get. A deadline of much more than it takes is no reason for one."""
    late = (EngineTimeout,) if request.deadline_s is not None and request.deadline_s < 1000 else ()
    unlabelled = (EngineError,) if any(not choice.labels for choice in request.choices) else ()
    return (PromptTooLong, *late, *unlabelled, *((BadGrammar,) if broken(request.generate) else ()))


def broken(generate: Generation | None) -> bool:
    """Whether what bounds an answer makes no sense."""
    if generate is None:
        return False
    return (
        (generate.grammar is not None and generate.json_schema is not None)
        or generate.grammar in BROKEN_GRAMMARS
        or any(generate.json_schema is schema for schema in BROKEN_SCHEMAS)
    )


def expect_whole(request: Request, events: list[Event]) -> None:
    """Every part of the request was answered once, and what came makes sense."""
    assert not broken(request.generate), "it was refused"
    done = events[-1]
    assert isinstance(done, Done)
    assert not any(isinstance(event, Again) for event in events)
    scores = [event for event in events if isinstance(event, Score)]
    assert sorted(score.question for score in scores) == list(range(len(request.questions)))
    assert all(0 <= score.p_yes <= 1 and 0 <= score.outside <= 1 for score in scores)
    rankings = [event for event in events if isinstance(event, Ranking)]
    assert sorted(ranking.choice for ranking in rankings) == list(range(len(request.choices)))
    for ranking in rankings:
        expect_ranking(request.choices[ranking.choice], ranking)
    text = "".join(event.text for event in events if isinstance(event, Delta))
    if request.generate:
        assert done.usage.generated_tokens <= max(request.generate.max_tokens, 1)
        expect_bounded(request.generate, text, done)
    else:
        assert not text


def expect_ranking(choice: Choice, ranking: Ranking) -> None:
    """Each label has its chance, those that read the same have the same one, and together they make 1."""
    assert len(ranking.p) == len(ranking.log_p) == len(choice.labels)
    assert all(log_p <= 1e-6 for log_p in ranking.log_p)
    if choice.labels:
        assert sum(ranking.p) == pytest.approx(1.0, abs=1e-4)
    for label, times in Counter(choice.labels).items():
        if times > 1:
            found = [p for other, p in zip(choice.labels, ranking.p, strict=True) if other == label]
            assert found == pytest.approx([found[0]] * times, abs=1e-6)


def expect_bounded(generate: Generation, text: str, done: Done) -> None:
    """An answer that came to its end is one of those that its bounds let through."""
    if done.reason != "stop":
        return
    if generate.json_schema is not None:
        json.loads(text)
    if generate.grammar == GRAMMARS[0]:
        assert text in {"yes", "no"}
    if generate.grammar == GRAMMARS[1]:
        assert text.isdecimal()


class Lived:
    """An engine and the loop that it lives in, over many examples."""

    def __init__(self, runner: asyncio.Runner, engine: Engine) -> None:
        self._runner = runner
        self._engine = engine
        self._pid = engine.pid

    def run(self, asked: list[tuple[Request, int | None]]) -> None:
        """Ask all at once; each is left after so many events, or read to its end."""
        self._runner.run(self._together(asked))
        assert self._engine.pid == self._pid, "the process that was started first still runs"

    def hear(self, request: Request) -> list[Event]:
        """All that comes of one request."""
        events: list[Event] = []
        self._runner.run(self._read(request, None, events))
        return events

    async def _together(self, asked: list[tuple[Request, int | None]]) -> None:
        await asyncio.gather(*(self._one(request, leave) for request, leave in asked))

    async def _one(self, request: Request, leave: int | None) -> None:
        events: list[Event] = []
        try:
            whole = await self._read(request, leave, events)
        except refusals(request):
            return
        if whole:
            expect_whole(request, events)

    async def _read(self, request: Request, leave: int | None, events: list[Event]) -> bool:
        async with aclosing(self._engine.ask(request)) as asked:
            async for event in asked:
                events.append(event)
                if len(events) == leave:
                    return False
        return True


@pytest.fixture(scope="module")
def lived() -> Iterator[Lived]:
    with asyncio.Runner() as runner:
        engine = Engine(EngineSettings(tiny_weights(), threads=1, context_tokens=1024))
        runner.run(engine.__aenter__())
        yield Lived(runner, engine)
        runner.run(engine.__aexit__(None, None, None))
