"""Whatever is asked, in whatever mixture, the engine's process lives and answers or refuses."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vision.engine import Engine, EngineSettings
from vision.errors import PromptTooLong
from vision.picture import Picture, picture_from_rgb
from vision.request import Done, Event, Generation, Message, Request, Score
from vision.weights import tiny_weights

texts = st.one_of(
    st.text(max_size=60),
    st.sampled_from(["", "</s>", "<|im_start|>", "<__media__>", "\ud800", "是" * 900, "a" * 3000, "\x00", " \n "]),
)


@st.composite
def pictures(draw: st.DrawFn) -> Picture:
    width, height = draw(st.sampled_from([(1, 1), (1, 300), (300, 1), (96, 96), (64, 40)]))
    return picture_from_rgb(width, height, bytes([draw(st.integers(0, 255))]) * (width * height * 3))


albums = st.lists(pictures(), max_size=3).map(tuple)
messages = st.builds(Message, st.sampled_from(["system", "user", "assistant"]), texts, albums)
generations = st.builds(
    Generation,
    st.sampled_from([0, 1, 7, 30, 10**6]).map(lambda most: min(most, 60)),
    st.sampled_from([-1.0, 0.0, 0.8, 50.0]),
)
requests = st.builds(
    Request,
    st.lists(messages, max_size=4).map(tuple),
    st.none() | generations,
    albums,
    st.lists(texts, max_size=140).map(tuple),
)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(asked=st.lists(st.tuples(requests, st.none() | st.integers(0, 20)), min_size=1, max_size=3))
def test_the_engine_lives_through_any_requests(lived: Lived, asked: list[tuple[Request, int | None]]) -> None:
    lived.run(asked)


class Lived:
    """An engine and the loop that it lives in, over many examples."""

    def __init__(self, runner: asyncio.Runner, engine: Engine) -> None:
        self._runner = runner
        self._engine = engine
        self._pid = engine.pid

    def run(self, asked: list[tuple[Request, int | None]]) -> None:
        self._runner.run(self._together(asked))
        assert self._engine.pid == self._pid, "the process that was started first still runs"

    async def _together(self, asked: list[tuple[Request, int | None]]) -> None:
        await asyncio.gather(*(self._one(request, leave) for request, leave in asked))

    async def _one(self, request: Request, leave: int | None) -> None:
        """Read to the end, or leave after so many events."""
        events: list[Event] = []
        with suppress(PromptTooLong):
            async with aclosing(self._engine.ask(request)) as asked:
                async for event in asked:
                    events.append(event)
                    if len(events) == leave:
                        return
            assert isinstance(events[-1], Done)
            assert [type(event) for event in events].count(Score) == len(request.questions)


@pytest.fixture(scope="module")
def lived():
    with asyncio.Runner() as runner:
        engine = Engine(EngineSettings(tiny_weights(), threads=1, context_tokens=1024))
        runner.run(engine.__aenter__())
        yield Lived(runner, engine)
        runner.run(engine.__aexit__(None, None, None))
