"""Prompts with the tiny weights' tokenizer: cut into a stem and tails, they are the question's own tokens."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision.errors import WeightsBroken
from vision.model.native import Model
from vision.model.prompt import Prompter, Prompts, Text, split_texts, units_of
from vision.model.units import PictureUnit, Unit, cells_of, common_length
from vision.model.vocabulary import Vocabulary
from vision.picture import Picture, picture_from_rgb
from vision.request import Choice, Generation, Message, Request

RED, GREEN = (picture_from_rgb(1, 1, bytes(colour)) for colour in ((200, 0, 0), (0, 200, 0)))
SEEN: dict[str, list[Unit]] = {
    RED.digest: [PictureUnit(RED.digest, 0, 36, 36)],
    GREEN.digest: [9, PictureUnit(GREEN.digest, 0, 20, 6), 8, PictureUnit(GREEN.digest, 1, 20, 6), 9],
}
SPECIAL = ("</s>", "<s>", "<unk>", "<__media__>", "<image>", "USER:", " ASSISTANT:", "\ue000t0\ue001", "\ue000p0\ue001")

words = st.one_of(
    st.text(st.sampled_from("ab yes no？是 .\n"), max_size=12),
    st.text(max_size=12),
    st.lists(st.sampled_from([*SPECIAL, "circle", " "]), max_size=4).map("".join),
)
pictures = st.lists(st.sampled_from([RED, GREEN]), max_size=2).map(tuple)


@pytest.fixture(scope="module")
def prompter(model: Model, vocabulary: Vocabulary) -> Prompter:
    return Prompter(model, vocabulary)


def alone(prompter: Prompter, text: str, pictures: tuple[Picture, ...]) -> tuple[int | str, ...]:
    """The tokens of one question that is asked as a conversation."""
    request = Request(conversation=(Message("user", text, pictures),), generate=Generation())
    answer = prompter.prompts(request).answer
    assert answer is not None
    return answer


def sights(tokens: tuple[int | str, ...]) -> list[str]:
    return [token for token in tokens if isinstance(token, str)]


# ---- texts ----


@given(pictures, st.lists(words, min_size=1, max_size=6), st.lists(words, max_size=4), st.sampled_from([0, 30, 9999]))
def test_stem_and_tail_are_the_texts_own_tokens(
    prompter: Prompter, shown: tuple[Picture, ...], questions: list[str], labels: list[str], rows: int
) -> None:
    choice = Choice(questions[0], tuple(labels))
    found = prompter.prompts(Request(pictures=shown, questions=tuple(questions), choices=(choice,)))
    assert [text.tokens for text in found.texts[: len(questions)]] == [alone(prompter, q, shown) for q in questions]
    scored = split_texts(found.texts, SEEN, rows)
    assert len(scored.tails) == len(found.texts) == len(questions) + len(labels)
    for text, tail in zip(found.texts, scored.tails, strict=True):
        assert [*scored.stem, *tail.tokens] == units_of(text.tokens, SEEN)
        shift = len(scored.stem) + len(tail.tokens) - len(text.tokens)
        assert 0 <= tail.wanted_from == text.wanted_from + shift - len(scored.stem) < len(tail.tokens)


@given(pictures, st.lists(words, min_size=1, max_size=6))
def test_a_questions_logits_are_wanted_where_its_answer_begins(
    prompter: Prompter, shown: tuple[Picture, ...], questions: list[str]
) -> None:
    found = prompter.prompts(Request(pictures=shown, questions=tuple(questions)))
    assert found.answer is None
    for number, text in enumerate(found.texts):
        assert (text.number, text.label, text.wanted_from) == (number, None, len(text.tokens) - 1)


@given(pictures, words, st.lists(words, min_size=1, max_size=5))
def test_labels_are_scored_from_where_the_first_of_them_differs_from_the_question(
    prompter: Prompter, shown: tuple[Picture, ...], question: str, labels: list[str]
) -> None:
    found = prompter.prompts(Request(pictures=shown, choices=(Choice(question, tuple(labels)),))).texts
    asked = alone(prompter, question, shown)
    assert [(text.number, text.label) for text in found] == [(0, n) for n in range(len(labels))]
    assert len({text.wanted_from for text in found}) == 1
    (wanted,) = {text.wanted_from for text in found}
    assert all(text.tokens[: wanted + 1] == asked[: wanted + 1] for text in found)
    assert wanted == max(min(common_length(asked, text.tokens) for text in found) - 1, 0)
    assert all(text.tokens == asked for text, label in zip(found, labels, strict=True) if not label)


def test_a_label_is_what_the_model_would_have_said(prompter: Prompter, model: Model) -> None:
    labels = ("red circle", "red", "红色")
    found = prompter.prompts(Request(choices=(Choice("Which?", labels),))).texts
    asked = alone(prompter, "Which?", ())
    for text, label in zip(found, labels, strict=True):
        said = b"".join(model.piece(token) for token in text.tokens[len(asked) :] if isinstance(token, int))
        assert text.tokens[: len(asked)] == asked
        assert said.decode().strip() == label


def test_a_choice_without_labels_asks_nothing(prompter: Prompter) -> None:
    found = prompter.prompts(Request(choices=(Choice("Which?", ()),)))
    assert found == Prompts((), None)
    assert found.digests == ()


# ---- pictures ----


@given(pictures, words)
def test_pictures_stand_in_front_each_once_and_in_order(
    prompter: Prompter, shown: tuple[Picture, ...], question: str
) -> None:
    found = prompter.prompts(Request(pictures=shown, questions=(question, "b")))
    for text in found.texts:
        assert sights(text.tokens) == [picture.digest for picture in shown]
    assert found.digests == tuple(dict.fromkeys(picture.digest for picture in shown))
    scored = split_texts(found.texts, SEEN, 9999)
    last = max((n for n, unit in enumerate(scored.stem) if isinstance(unit, PictureUnit)), default=-1)
    assert len(scored.stem) == last + 1  # right after the last picture, where the rest fits into one wave
    assert not any(isinstance(unit, PictureUnit) for tail in scored.tails for unit in tail.tokens)


def test_where_the_rest_does_not_fit_all_that_is_alike_is_computed_once(prompter: Prompter) -> None:
    questions = ("Is there a red circle?", "Is there a red square?")
    found = prompter.prompts(Request(pictures=(RED,), questions=questions))
    near, far = (split_texts(found.texts, SEEN, rows) for rows in (9999, 0))
    assert far.stem[: len(near.stem)] == near.stem
    assert len(far.stem) > len(near.stem)
    assert far.tails[0].tokens[0] != far.tails[1].tokens[0]


def test_pictures_of_earlier_turns_stand_in_their_turns(prompter: Prompter) -> None:
    conversation = (Message("user", "a", (GREEN,)), Message("assistant", "b"), Message("user", "c", (RED, GREEN)))
    found = prompter.prompts(Request(conversation=conversation, generate=Generation()))
    assert found.answer is not None
    assert sights(found.answer) == [GREEN.digest, RED.digest, GREEN.digest]
    assert found.digests == (GREEN.digest, RED.digest)
    assert cells_of(units_of(found.answer, SEEN)) == len(found.answer) - 3 + 36 + 2 * 43


def test_a_template_that_puts_pictures_behind_words_is_refused() -> None:
    texts = [Text((1, number, RED.digest, 3), 3, number) for number in range(2)]
    with pytest.raises(WeightsBroken):
        split_texts(texts, SEEN, 9999)


# ---- safety ----


@given(st.lists(st.sampled_from(SPECIAL), min_size=1, max_size=5).map("x".join))
def test_what_people_write_never_becomes_a_special_token_or_a_picture(
    prompter: Prompter, vocabulary: Vocabulary, text: str
) -> None:
    controls = set(vocabulary.controls.values())
    plain = [token for token in alone(prompter, "x", (RED,)) if token in controls]
    request = Request(
        conversation=(Message("user", text, (RED,)),),
        generate=Generation(),
        pictures=(RED,),
        questions=(text,),
        choices=(Choice(text, (text,)),),
    )
    found = prompter.prompts(request)
    assert found.answer is not None
    for tokens in (found.answer, *(one.tokens for one in found.texts)):
        assert [token for token in tokens if token in controls] == plain
        assert sights(tokens) == [RED.digest]


@given(st.sampled_from(SPECIAL))
def test_it_stays_readable(prompter: Prompter, model: Model, special: str) -> None:
    tokens = alone(prompter, f"a{special}b", ())
    text = b"".join(model.piece(token) for token in tokens if isinstance(token, int)).decode()
    assert f"a{special}b" in text
