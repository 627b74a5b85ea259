"""Every family of models answers through the engine as it does run plainly: one sequence, one request at a time.

The weights are random, so the answers mean nothing, but each question, picture and slice moves them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import Environment

from tests.vision.families.family import FAMILIES, Family
from tests.vision.families.plain import Plain
from vision.engine import Engine, EngineSettings
from vision.errors import PictureError
from vision.model.template import VICUNA
from vision.picture import Picture, picture_from_rgb
from vision.request import Generation, Message, Request
from vision.weights import Weights

pytestmark = pytest.mark.asyncio(loop_scope="module")
CLOSE = 0.01
TOKENS = 12
COLOURS, SHAPES = ("red", "blue", "green"), ("circle", "square", "star", "cat")
QUESTIONS = tuple(f"Is there a {colour} {shape}?" for colour in COLOURS for shape in SHAPES)
DESCRIBE = "What is it?"
HOSTILE = (
    "</s>",
    "<s>",
    "<|im_end|>",
    "<image>",
    "<__media__>",
    "<start_of_image>",
    "<eos>",
    "<unk>",
    "<0x0A>",
    "[INST]",
)


def blocks(seed: int, width: int, height: int) -> Picture:
    """A picture of sixteen random colours, or as many as fit."""
    colours = np.random.default_rng(seed).integers(0, 256, (4, 4, 3), dtype=np.uint8)
    pixels = np.kron(colours, np.ones(((height + 3) // 4, (width + 3) // 4, 1), np.uint8))[:height, :width]
    return picture_from_rgb(width, height, np.ascontiguousarray(pixels).tobytes())


BROAD, HIGH, SMALL = blocks(1, 200, 120), blocks(2, 90, 300), blocks(3, 150, 150)
FAR = blocks(10, 420, 300)
ODD = {"wide": blocks(4, 640, 24), "tall": blocks(5, 24, 640), "one pixel": blocks(6, 1, 1)}
LARGE = blocks(9, 1600, 1400)
SLICED = [pytest.param(family, id=family.name) for family in FAMILIES if family.sliced]
HAIRS = (blocks(7, 1344, 1), blocks(8, 1, 1344))


@pytest.fixture(scope="module", params=FAMILIES, ids=lambda family: family.name)
def family(request: pytest.FixtureRequest) -> Family:
    found: Family = request.param
    return found


@pytest.fixture(scope="module")
def weights(family: Family, tmp_path_factory: pytest.TempPathFactory) -> Weights:
    return family.write(tmp_path_factory.mktemp(family.name))


@pytest.fixture(scope="module")
def plain(weights: Weights) -> Iterator[Plain]:
    running = Plain(weights)
    yield running
    running.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def engine(weights: Weights) -> AsyncIterator[Engine]:
    async with Engine(EngineSettings(weights, threads=1, load_timeout_s=60, context_tokens=4096)) as running:
        yield running


def about(*pictures: Picture, questions: tuple[str, ...] = QUESTIONS) -> Request:
    """Describe the pictures, and score the questions about them."""
    return Request((Message("user", DESCRIBE, pictures),), Generation(TOKENS), pictures, questions)


def expect_plain(plain: Plain, heard, request: Request) -> None:
    """All that was heard is what the plain run says."""
    assert sorted(heard.scores) == list(range(len(request.questions)))
    for number, question in enumerate(request.questions):
        verdict = plain.judge(request.pictures, question)
        assert heard.scores[number].p_yes == pytest.approx(verdict.p_yes, abs=CLOSE)
        assert heard.scores[number].outside == pytest.approx(verdict.outside, abs=CLOSE)
    if request.generate:
        assert heard.text in plain.answers(request.conversation, request.generate.max_tokens)


async def test_the_files_are_small(weights: Weights, family: Family) -> None:
    assert weights.projector
    assert weights.model.stat().st_size + weights.projector.stat().st_size < 3_000_000


async def test_the_questions_and_pictures_lie_apart(plain: Plain, family: Family) -> None:
    """What is compared below could tell a wrong answer from a right one."""
    said = np.array([[plain.judge([picture], text).p_yes for text in QUESTIONS] for picture in (BROAD, HIGH, SMALL)])
    apart = np.abs(said[:, :, None] - said[:, None, :])
    others = ~np.eye(len(QUESTIONS), dtype=bool)
    assert (apart[:, others] > 2 * CLOSE).mean() > 0.7
    assert (np.abs(said[0] - said[1]) > 2 * CLOSE).mean() > 0.6
    answers = [plain.answers([Message("user", DESCRIBE, (picture,))], TOKENS) for picture in (BROAD, HIGH, SMALL)]
    assert len(set().union(*answers)) == sum(map(len, answers)) < 20


async def test_twelve_questions_and_an_answer_about_one_picture(engine: Engine, plain: Plain, hear) -> None:
    request = about(BROAD)
    heard = await hear(engine.ask(request))
    expect_plain(plain, heard, request)
    assert heard.done.usage.generated_tokens == TOKENS


async def test_two_pictures_in_one_turn(engine: Engine, plain: Plain, hear) -> None:
    request = about(HIGH, BROAD, questions=QUESTIONS[:4])
    expect_plain(plain, await hear(engine.ask(request)), request)


async def test_a_follow_up_after_another_picture_came_between(engine: Engine, plain: Plain, hear) -> None:
    first = Message("user", DESCRIBE, (SMALL, BROAD))
    said = (await hear(engine.ask(Request((first,), Generation(TOKENS))))).text
    between = about(HIGH, questions=QUESTIONS[:2])
    expect_plain(plain, await hear(engine.ask(between)), between)
    turns = (first, Message("assistant", said), Message("user", "And what colour?"))
    request = Request(turns, Generation(TOKENS), (SMALL,), QUESTIONS[:3])
    expect_plain(plain, await hear(engine.ask(request)), request)


async def test_a_picture_in_a_later_turn(engine: Engine, plain: Plain, hear) -> None:
    turns = (
        Message("system", "Be brief."),
        Message("user", "Hello"),
        Message("assistant", "Yes?"),
        Message("user", DESCRIBE, (HIGH,)),
        Message("assistant", "A red star."),
        Message("user", "And this?", (SMALL,)),
    )
    request = Request(turns, Generation(TOKENS))
    expect_plain(plain, await hear(engine.ask(request)), request)


@pytest.mark.parametrize("name", ODD)
async def test_pictures_of_odd_sizes(engine: Engine, plain: Plain, hear, name: str) -> None:
    request = about(ODD[name], questions=QUESTIONS[:4])
    expect_plain(plain, await hear(engine.ask(request)), request)


@pytest.mark.parametrize("family", SLICED, indirect=True)
async def test_a_large_picture_in_slices(engine: Engine, plain: Plain, hear) -> None:
    request = about(LARGE, questions=QUESTIONS[:3])
    expect_plain(plain, await hear(engine.ask(request)), request)
    assert plain.chunks >= 5


async def test_a_picture_asked_about_again_is_not_encoded_again(engine: Engine, hear) -> None:
    asked = [await hear(engine.ask(about(picture))) for picture in (HIGH, SMALL, HIGH)]
    assert asked[2].done.usage.pictures_encoded == 0
    assert asked[2].text == asked[0].text
    assert asked[2].scores[5].p_yes == pytest.approx(asked[0].scores[5].p_yes, abs=CLOSE)


@pytest.mark.parametrize("kept_bytes", [1 << 28, 0])
async def test_a_follow_up_after_many_other_pictures(
    weights: Weights, plain: Plain, family: Family, hear, kept_bytes: int
) -> None:
    """What no longer has room in place comes back from memory, or is computed anew."""
    tight = EngineSettings(weights, threads=1, context_tokens=1024, cache_tokens=1100)
    tight = replace(tight, host_cache_bytes=kept_bytes, embeddings_bytes=kept_bytes)
    hello = Request((Message("user", "?", (blocks(11, 50, 50),)),), Generation(1))
    first = Message("user", DESCRIBE, (FAR,))
    async with Engine(tight) as engine:
        await hear(engine.ask(hello))
        said = (await hear(engine.ask(Request((first,), Generation(TOKENS), (FAR,), QUESTIONS[:1])))).text
        for seed in range(40, 60):
            await hear(engine.ask(about(blocks(seed, 300, 220), questions=QUESTIONS[:2])))
        turns = (first, Message("assistant", said), Message("user", "And what colour?"))
        request = Request(turns, Generation(TOKENS), (FAR,), QUESTIONS[:3])
        heard = await hear(engine.ask(request))
        expect_plain(plain, heard, request)
        assert not (kept_bytes and heard.done.usage.pictures_encoded)
        await hear(engine.ask(hello))
        assert engine.shelves
        assert bool(engine.shelves.host.hits) == bool(kept_bytes) or not family.trims


async def test_requests_at_once_get_what_each_gets_alone(engine: Engine, plain: Plain, hear) -> None:
    fresh = [blocks(20 + number, *size) for number, size in enumerate(((160, 100), (70, 210), (130, 140)))]
    requests = [about(picture, questions=QUESTIONS[: 3 + number]) for number, picture in enumerate(fresh)]
    requests.append(Request((Message("user", "Hello, is there a cat?"),), Generation(TOKENS)))
    for request, heard in zip(
        requests, await asyncio.gather(*(hear(engine.ask(request)) for request in requests)), strict=True
    ):
        expect_plain(plain, heard, request)


async def test_a_hair_of_a_picture_is_answered_or_refused(engine: Engine, plain: Plain, hear) -> None:
    """Pictures that are resized to nothing end llama.cpp's process."""
    pid = engine.pid
    for hair in HAIRS:
        with suppress(PictureError):
            await hear(engine.ask(about(hair, questions=QUESTIONS[:2])))
        assert engine.pid == pid
    request = about(SMALL, questions=QUESTIONS[:2])
    expect_plain(plain, await hear(engine.ask(request)), request)
    assert engine.pid == pid


async def test_prompts_have_the_tokens_that_llama_cpp_itself_makes_of_them(plain: Plain, family: Family) -> None:
    """Where nobody writes anything evil, cutting the template's controls out of the text changes nothing."""
    texts = ("What is it?", "A red star.", "And what\n\nis  beside it, 是什么?")
    roles = ("user", "assistant", "user")
    marked = (f"<__media__>\n{texts[0]}", *texts[1:])
    typed = family.name == "smolvlm"
    turns = [
        {"role": role, "content": [{"type": "text", "text": text}] if typed else text}
        for role, text in zip(roles, marked, strict=True)
    ]
    begin, end = (plain.vocabulary.spelled(token) for token in (plain.model.begin, plain.model.end))
    jinja = Environment(trim_blocks=True, lstrip_blocks=True, autoescape=False)
    rendered = jinja.from_string(family.template or VICUNA).render(
        messages=turns, bos_token=begin, eos_token=end, add_generation_prompt=True, raise_exception=None
    )
    expected = plain.tokens(rendered, SMALL)
    if plain.model.begins and expected[0] != plain.model.begin:
        expected.insert(0, plain.model.begin)
    parts = plain.template.parts(
        [Message("user", texts[0], (SMALL,)), Message("assistant", texts[1]), Message("user", texts[2])]
    )
    picture = plain.tokens("<__media__>", SMALL)
    ours = [n for t in plain.vocabulary.tokens(parts) for n in ([t] if isinstance(t, int) else picture)]
    assert ours == expected


def controls(plain: Plain, *texts: str) -> list[int]:
    """The control tokens and pictures (-1) of a conversation in which this is said, in their order."""
    system, first, answer, last = texts
    turns = [Message("system", system), Message("user", first, (SMALL,)), Message("assistant", answer)]
    parts = plain.template.parts([*turns, Message("user", last)])
    tokens = plain.vocabulary.tokens(parts)
    said = b"".join(plain.model.piece(token) for token in tokens if isinstance(token, int)).decode("utf-8", "replace")
    assert all(text.strip().replace("▁", " ") in said for text in texts), "what was written is still all there"
    special = {*plain.vocabulary.controls.values(), plain.model.begin}
    return [
        token if isinstance(token, int) else -1 for token in tokens if not isinstance(token, int) or token in special
    ]


async def test_no_text_becomes_a_control_token_or_a_picture(plain: Plain) -> None:
    """Whatever is written, wherever it stands: only what the template wrote are controls."""
    spellings = [*HOSTILE, *plain.vocabulary.controls]
    expected = controls(plain, "x", "x", "x", "x")
    assert expected.count(-1) == 1
    bits = st.one_of(
        st.sampled_from(spellings), st.sampled_from([text[:-1] for text in spellings]), st.text(max_size=5)
    )
    texts = st.lists(bits, min_size=1, max_size=6).map("".join)

    @settings(max_examples=60, deadline=None, database=None)
    @given(st.tuples(texts, texts, texts, texts))
    def hold(written: tuple[str, str, str, str]) -> None:
        assert controls(plain, *(f"x{text}x" for text in written)) == expected

    hold()
    for spelling in spellings:
        assert controls(plain, spelling, spelling, spelling, spelling) == expected, spelling


async def test_files_are_the_same_every_time(tmp_path: Path) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
    pairs = [FAMILIES[0].write(tmp_path / name) for name in ("one", "other")]
    assert pairs[0].model.read_bytes() == pairs[1].model.read_bytes()
