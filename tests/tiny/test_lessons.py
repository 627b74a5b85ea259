"""Lessons can be drawn again at will, and teach exactly the answers."""

from __future__ import annotations

import dataclasses
import importlib.util
import subprocess
import sys

import numpy as np
import pytest

from tiny import words
from tiny.lessons import (
    CORNERS,
    GRID,
    LONGEST_ROW,
    PATCHES,
    PICTURE,
    UNKNOWN,
    Course,
    Lesson,
    Mix,
    Sight,
    fitting_weights,
    lesson,
    lessons,
    patch_owners,
)
from tiny.questions import ASKERS
from tiny.tokenizer import BOS, EOS, Tokenizer
from tiny.world.chance import stream
from tiny.world.picture import NOBODY, SIDE
from tiny.world.scene import scene_of

COURSE = Course("a test", 4, Mix(weights=dict.fromkeys([*ASKERS, "pronoun", "several"], 1.0)), talk=True)


@pytest.fixture(scope="module")
def drawn() -> Lesson:
    return lesson(COURSE, 0, Tokenizer.load())


def same(first: Sight, second: Sight) -> bool:
    fields = [field.name for field in dataclasses.fields(Sight)]
    return all(np.array_equal(getattr(first, name), getattr(second, name), equal_nan=True) for name in fields)


def test_a_lesson_is_the_same_whenever_it_is_drawn_and_whoever_draws_it(drawn: Lesson) -> None:
    [beside] = lessons(COURSE, 0, 1)
    assert same(drawn.sight, beside.sight)
    assert drawn.talk is not None
    assert beside.talk is not None
    assert np.array_equal(drawn.talk.tokens, beside.talk.tokens)


def test_another_number_is_another_lesson(drawn: Lesson) -> None:
    assert not same(drawn.sight, lesson(COURSE, 1, Tokenizer.load()).sight)


def test_pictures_beside_the_talk_are_seen_but_not_asked_about(drawn: Lesson) -> None:
    more = lesson(dataclasses.replace(COURSE, beside=3), 0, Tokenizer.load())
    assert more.talk is not None
    assert drawn.talk is not None
    assert len(more.sight.pictures) == len(drawn.sight.pictures) + 3
    assert len(more.talk.tokens) == len(drawn.talk.tokens)


def test_every_row_begins_with_the_head_and_one_picture(drawn: Lesson) -> None:
    assert drawn.talk is not None
    assert drawn.talk.tokens.shape[1] <= LONGEST_ROW
    for tokens, branch in zip(drawn.talk.tokens, drawn.talk.branch, strict=True):
        assert tokens[0] == BOS
        assert (tokens == PICTURE).sum() == PATCHES
        assert (branch[tokens == PICTURE] == 0).all()


def test_only_answers_are_learnt_and_each_ends(drawn: Lesson) -> None:
    talk, tokenizer = drawn.talk, Tokenizer.load()
    assert talk is not None
    ends = {EOS, tokenizer.marks["<|im_end|>"]}
    for row in range(len(talk.tokens)):
        for number in range(1, talk.branch[row].max() + 1):
            mine = talk.branch[row] == number
            learnt = talk.targets[row][mine & (talk.targets[row] != UNKNOWN)]
            assert mine.sum() == 0 or learnt[-1] in ends
            said = tokenizer.decode(learnt)
            assert "?" not in said
            assert "ASSISTANT" not in said


def test_a_branch_goes_on_where_the_picture_ends(drawn: Lesson) -> None:
    talk = drawn.talk
    assert talk is not None
    for positions, branch in zip(talk.positions, talk.branch, strict=True):
        shared = (branch == 0).sum()
        for number in set(branch[branch > 0]):
            mine = positions[branch == number]
            assert list(mine) == list(range(shared, shared + len(mine)))


def test_a_patch_belongs_to_the_thing_that_covers_most_of_it() -> None:
    owners = np.full((SIDE, SIDE), NOBODY, np.uint8)
    owners[:12, :12], owners[:3, :12] = 1, 0
    found = patch_owners(owners)
    assert found[0] == 1
    assert (found[1:] == UNKNOWN).all()
    assert len(found) == GRID * GRID


def test_invented_nouns_name_nothing_that_is_drawn() -> None:
    known = {character for names in words.CHINESE_NAMES.values() for name in names for character in name}
    assert not set(words.loose_characters()) & known


@pytest.mark.skipif(importlib.util.find_spec("torch") is not None, reason="says what to do where torch is missing")
def test_training_without_torch_says_what_is_missing() -> None:
    done = subprocess.run([sys.executable, "-m", "tiny", "train"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "install the optional group" in done.stderr


def test_what_is_written_is_asked_oftener_where_something_is() -> None:
    weights = {"read": 1.0, "count": 1.0}
    with_sign, without = (fitting_weights(scene_of(stream(kind), [(kind, None)]), weights) for kind in ("sign", "cat"))
    assert with_sign["read"] > 1 > without["read"]
    assert with_sign["count"] == without["count"] == 1


def test_the_sides_of_boxes_are_labelled_where_the_answers_say_they_are(drawn: Lesson) -> None:
    seen = drawn.sight.corners[..., 0] != UNKNOWN
    assert seen.any()
    left, top, right, bottom = np.moveaxis(drawn.sight.corners[seen], -1, 0)
    assert ((left <= right) & (top <= bottom)).all()
    assert drawn.sight.corners[seen].max() < CORNERS
