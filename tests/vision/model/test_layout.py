"""How much a request may ask at most, what an answer is promised, and what is reserved for it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision.errors import PromptTooLong
from vision.model.album import Seen
from vision.model.context import FORKS, STEP_ROWS
from vision.model.job import Job
from vision.model.layout import Layout
from vision.model.prompt import Prompts, Text, Token
from vision.model.scheduler import Standing
from vision.model.stage import Scoring, Writing
from vision.model.units import PictureUnit
from vision.request import Generation, Request

MOST = 1000
QUARTER = MOST // 4
PICTURE = PictureUnit("p", 0, 100, 10)


def layout() -> Layout:
    """With nothing behind it: laying out computes nothing."""
    nothing: Any = SimpleNamespace(transcript=lambda: None, ends=None, trim=None, copy=None)
    return Layout(nothing, nothing, nothing, nothing, MOST)


def job(texts: tuple[Text, ...] = (), answer: tuple[Token, ...] | None = None, max_tokens: int = 1) -> Job:
    asked = Request(generate=Generation(max_tokens) if answer is not None else None)
    sampler: Any = SimpleNamespace()
    one = Job(Standing(1, "", "interactive", 0.0), asked, Prompts(texts, answer), sampler)
    one.seen = {"p": Seen((PICTURE,), ())}
    return one


def laid_out(one: Job) -> Job:
    layout().lay_out(one)
    return one


def questions(count: int, tokens: int) -> tuple[Text, ...]:
    """After one picture, texts of so many tokens that have only the first in common."""
    return tuple(Text(("p", 1, *(100 + number for _ in range(tokens - 1))), tokens, number) for number in range(count))


def fits(one: Job) -> int:
    """How many tokens it is too long (0: none)."""
    try:
        laid_out(one)
    except PromptTooLong as error:
        return error.over
    return 0


@given(st.integers(1, 2 * MOST), st.integers(1, 2 * MOST))
def test_an_answer_is_promised_its_tokens_but_no_more_than_a_quarter(prompt: int, max_tokens: int) -> None:
    one = job(answer=(5,) * prompt, max_tokens=max_tokens)
    promised = min(max_tokens, QUARTER)
    over = fits(one)
    assert over == max(0, prompt + promised - MOST)
    if not over:
        assert prompt + promised <= one.cells <= MOST
        assert one.cells == min(MOST, prompt + max_tokens)
        assert one.tally.prompt_tokens == prompt


def test_pictures_count_by_their_cells() -> None:
    one = laid_out(job(answer=(1, "p", 2), max_tokens=10))
    assert one.tally.prompt_tokens == 102
    assert one.cells == 112
    assert fits(job(answer=("p", *(1,) * 900), max_tokens=10)) == 10


@pytest.mark.parametrize(("tokens", "over"), [(900, 0), (901, 1), (1000, 100)])
def test_the_longest_question_must_fit_behind_the_picture(tokens: int, over: int) -> None:
    assert fits(job((*questions(3, 10), Text(("p", *(7,) * tokens), tokens, 3)))) == over


def test_many_questions_reserve_no_more_than_a_wave() -> None:
    few, many = laid_out(job(questions(2, 11))), laid_out(job(questions(200, 11)))
    assert few.cells == 100 + 1 + 2 * 10
    assert 100 + STEP_ROWS <= many.cells <= 100 + 1 + STEP_ROWS
    assert many.tally.prompt_tokens == 100 + 1 + 200 * 10


def test_questions_come_before_the_answer_and_the_larger_is_reserved() -> None:
    both = laid_out(job(questions(2, 11), (1,) * 300, 50))
    assert [type(stage) for stage in both.stages] == [Scoring, Writing]
    assert both.cells == 350
    assert both.tally.prompt_tokens == 121 + 300


def test_one_request_leaves_forks_for_another() -> None:
    (stage,) = laid_out(job(questions(300, 3))).stages
    assert isinstance(stage, Scoring)
    assert stage._next
    assert len(stage._next.leaves) <= FORKS // 2


def test_an_answer_of_no_tokens_is_no_stage() -> None:
    one = laid_out(job(answer=(1, 2), max_tokens=0))
    assert one.laid_out
    assert not one.stages
    assert one.tally.reason == "length"


def test_a_request_for_nothing_is_laid_out_without_stages() -> None:
    one = laid_out(job())
    assert one.laid_out
    assert not one.stages
    assert one.cells == 0
