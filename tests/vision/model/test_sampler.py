"""Tokens are chosen as asked, from whatever logits, and a bounded answer is always within its bounds."""

from __future__ import annotations

import asyncio
import ctypes
import json
import math
from collections.abc import Mapping
from typing import Any

import llama_cpp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from vision.engine import Engine
from vision.errors import BadGrammar
from vision.model.gbnf import grammar_from_text
from vision.model.native import Model
from vision.model.sampler import Pieces, Sampler, pieces_of
from vision.request import Generation, Message, Request

Logits = NDArray[np.float32]

SCHEMA = {
    "type": "object",
    "properties": {
        "kind": {"enum": ["红", 'a "square"\n', "ring"]},
        "count": {"type": "integer", "minimum": 0, "maximum": 20},
        "words": {"type": "array", "items": {"type": "string", "maxLength": 6}, "maxItems": 3},
        "place": {
            "type": "object",
            "properties": {"left": {"type": "boolean"}, "far": {"type": ["number", "null"]}},
            "required": ["far"],
        },
    },
    "required": ["kind", "words"],
}


def noise(model: Model, seed: int, width: float = 3.0) -> list[Logits]:
    """Random logits for 150 tokens; the model would go on for ever."""
    logits = np.random.default_rng(seed).normal(0, width, (150, model.vocab_size)).astype(np.float32)
    logits[:, [token for token in range(model.vocab_size) if model.ends(token)]] = -50.0
    return list(logits)


def write(model: Model, generate: Generation, all_logits: list[Logits]) -> tuple[list[int], bool]:
    """The tokens chosen for these logits, and whether the answer ended by itself."""
    tokens: list[int] = []
    sampler = Sampler(generate, model)
    for logits in all_logits:
        token = sampler.choose(logits)
        if model.ends(token):
            return tokens, True
        tokens.append(token)
    return tokens, False


def told(model: Model, tokens: list[int]) -> str:
    return b"".join(map(model.piece, tokens)).decode().removeprefix(" ")


# ---- free choice ----


@pytest.mark.parametrize("temperature", [0.0, -1.0, math.nan, -math.inf])
def test_without_a_temperature_the_likeliest_is_taken(model: Model, temperature: float) -> None:
    tokens, _ = write(model, Generation(temperature=temperature), noise(model, 1))
    assert tokens == [int(logits.argmax()) for logits in noise(model, 1)]


@pytest.mark.parametrize("temperature", [1e-320, 0.3, 1.0, 1e9, math.inf])
def test_a_seed_throws_the_same_dice_again_and_none_throws_others(model: Model, temperature: float) -> None:
    runs = [write(model, Generation(temperature=temperature, seed=seed), noise(model, 2)) for seed in (7, 7, -3, 2**70)]
    assert runs[0] == runs[1]
    free = [write(model, Generation(temperature=temperature), noise(model, 2)) for _ in range(2)]
    assert (free[0] != free[1]) == (temperature > 1e-3)


def test_what_is_much_less_likely_is_never_taken(model: Model) -> None:
    logits = np.full(model.vocab_size, -9.0, np.float32)
    logits[[300, 400, 500]] = [2.0, 1.0, -1.5]
    sampler = Sampler(Generation(temperature=1.0, seed=3), model)
    chosen = [sampler.choose(logits) for _ in range(2000)]
    assert set(chosen) == {300, 400}
    assert chosen.count(300) / 2000 == pytest.approx(1 / (1 + math.exp(-1)), abs=0.04)


ODD = [math.nan, math.inf, -math.inf, 3.4e38, -3.4e38, 0.0, 1.0]


@given(values=st.lists(st.sampled_from(ODD), min_size=8, max_size=8), temperature=st.sampled_from([0.0, 0.5, 1e9]))
def test_odd_logits_are_no_reason_to_die(model: Model, values: list[float], temperature: float) -> None:
    logits = np.resize(np.array(values, np.float32), model.vocab_size)
    for generate in (
        Generation(temperature=temperature),
        Generation(temperature=temperature, grammar='root ::= "yes" | "no"'),
    ):
        assert 0 <= Sampler(generate, model).choose(logits) < model.vocab_size


def test_what_is_not_a_number_is_not_taken(model: Model) -> None:
    logits = np.full(model.vocab_size, math.nan, np.float32)
    logits[700] = -3e30
    assert Sampler(Generation(), model).choose(logits) == 700


# ---- bounded choice ----


def fulfils(value: Any) -> bool:
    """Whether a value is what SCHEMA says, checked by hand."""
    place = value.get("place", {"far": None})
    return (
        set(value) <= {"kind", "count", "words", "place"}
        and value["kind"] in SCHEMA["properties"]["kind"]["enum"]  # type: ignore[index]
        and value.get("count", 0) in range(21)
        and len(value["words"]) <= 3
        and all(isinstance(word, str) and len(word) <= 6 for word in value["words"])
        and set(place) <= {"left", "far"}
        and isinstance(place.get("left", True), bool)
        and (place["far"] is None or isinstance(place["far"], int | float))
    )


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32), width=st.sampled_from([0.0, 1.0, 8.0]), temperature=st.sampled_from([0.0, 0.7, 50.0])
)
def test_a_schema_is_fulfilled_whatever_the_model_wants(
    model: Model, seed: int, width: float, temperature: float
) -> None:
    generate = Generation(temperature=temperature, seed=seed, json_schema=SCHEMA)
    tokens, ended = write(model, generate, noise(model, seed, width))
    assert ended
    assert fulfils(json.loads(told(model, tokens)))


FREE: Mapping[str, Any] = {"type": "array", "items": {}, "maxItems": 2}


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32), temperature=st.sampled_from([0.0, 1.0]))
def test_what_is_cut_off_is_still_the_beginning_of_what_is_allowed(model: Model, seed: int, temperature: float) -> None:
    tokens, ended = write(model, Generation(temperature=temperature, json_schema=FREE), noise(model, seed))
    if ended:
        assert isinstance(json.loads(told(model, tokens)), list)
    else:
        assert len(tokens) == 150


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32), temperature=st.sampled_from([0.0, 1.0]))
@pytest.mark.parametrize(
    ("grammar", "check"),
    [
        ('root ::= "yes" | "no"', lambda text: text in {"yes", "no"}),
        ('root ::= [a-z]{3,9} (" " [0-9]{2})?', lambda text: 3 <= len(text) <= 12 and text.islower()),
        ('root ::= [一-龥]{1,4} "。"', lambda text: 2 <= len(text) <= 5 and text[-1] == "。"),
        ('root ::= "🙂"{5}', lambda text: text == "🙂" * 5),
        ('root ::= ""', lambda text: text == ""),
    ],
)
def test_a_grammar_is_kept_and_the_answer_ends(
    model: Model, grammar: str, check: Any, seed: int, temperature: float
) -> None:
    tokens, ended = write(model, Generation(temperature=temperature, grammar=grammar), noise(model, seed))
    assert ended
    assert check(told(model, tokens))


def test_what_the_model_wants_is_kept_where_it_is_allowed(model: Model) -> None:
    wanted = [*model.tokenize('{"kind": "ring","words": ["cat"]}')]
    logits = [np.zeros(model.vocab_size, np.float32) for _ in range(150)]
    for row, token in zip(logits, wanted, strict=False):
        row[token] = 9.0
    tokens, ended = write(model, Generation(json_schema=SCHEMA), logits)
    assert tokens[: len(wanted)] == wanted
    assert ended


def test_of_what_is_allowed_the_likeliest_is_taken(model: Model) -> None:
    (yes,), (no,) = (model.tokenize(word) for word in (" yes", " no"))
    logits = np.zeros(model.vocab_size, np.float32)
    logits[[600, yes, no]] = [9.0, 1.0, 2.0]
    assert Sampler(Generation(grammar='root ::= "yes" | "no"'), model).choose(logits) == no
    dice = Sampler(Generation(grammar='root ::= "yes" | "no" | "maybe"', temperature=0.2, seed=1), model)
    assert dice.choose(logits) == no


def test_control_tokens_are_never_within_a_grammar(model: Model) -> None:
    logits = np.zeros(model.vocab_size, np.float32)
    silent = [t for t in range(model.vocab_size) if not model.piece(t)]
    logits[silent] = 9.0
    assert silent
    assert Sampler(Generation(grammar="root ::= .*  [a]"), model).choose(logits) not in silent


def test_bounds_that_are_not_sound_are_told_before_anything_is_computed(model: Model) -> None:
    for generate in (
        Generation(grammar="root ::= root"),
        Generation(grammar=""),
        Generation(json_schema={"type": "thing"}),
        Generation(grammar='root ::= "a"', json_schema={}),
    ):
        with pytest.raises(BadGrammar):
            Sampler(generate, model)


class Letters:
    """A vocabulary of one letter and, perhaps, an end."""

    def __init__(self, *pieces: bytes) -> None:
        self._pieces = pieces
        self.vocab_size = len(pieces)

    def piece(self, token: int) -> bytes:
        return self._pieces[token]

    def ends(self, token: int) -> bool:
        return self._pieces[token] == b""


def test_a_vocabulary_that_cannot_write_what_is_allowed_is_an_error() -> None:
    with pytest.raises(BadGrammar):
        Sampler(Generation(grammar='root ::= "a"'), Letters(b"a"))
    stuck = Sampler(Generation(grammar='root ::= "ab"'), Letters(b"a", b""))
    assert stuck.choose(np.zeros(2, np.float32)) == 0
    with pytest.raises(BadGrammar):
        stuck.choose(np.zeros(2, np.float32))


# ---- beside llama.cpp ----


def native_allows(model: Model, grammar: str, tokens: list[int]) -> set[int]:
    """What llama.cpp's own grammar allows after these tokens."""
    native = llama_cpp.llama_sampler_init_grammar(model.vocab, grammar.encode(), b"root")
    for token in tokens:
        llama_cpp.llama_sampler_accept(native, token)
    data = (llama_cpp.llama_token_data * model.vocab_size)(
        *[llama_cpp.llama_token_data(token, 0.0, 0.0) for token in range(model.vocab_size)]
    )
    array = llama_cpp.llama_token_data_array(data, model.vocab_size, -1, False)
    llama_cpp.llama_sampler_apply(native, ctypes.byref(array))
    llama_cpp.llama_sampler_free(native)
    return {entry.id for entry in data if entry.logit == 0.0}


def our_allows(pieces: Pieces, grammar: str, tokens: list[int]) -> set[int]:
    written = grammar_from_text(grammar).begin()
    for token in tokens:
        following = pieces.after(written, token)
        assert following is not None
        written = following
    return {int(token) for token in pieces.candidates(written) if pieces.after(written, int(token))}


def is_whole(piece: bytes) -> bool:
    try:
        return piece.decode() > "\0"
    except UnicodeDecodeError:
        return False


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32))
@pytest.mark.parametrize(
    "grammar",
    [
        '"yes" | "no" | "yes" " and " "no"',
        '[^"\\\\\\x00-\\x1f]* "."',
        '("{" [a-z]+ ":" [0-9]{1,3} "}")+',
        '(("the" | "a") " " [a-z]+ " "?)*',
        "[一-龥]+ [，。]?",
        '.{2,4} "é"',
    ],
)
def test_the_same_tokens_are_allowed_as_by_llama_cpp(model: Model, grammar: str, seed: int) -> None:
    """But for control tokens and broken bytes, which llama.cpp lets through."""
    tokens: list[int] = []
    dice, pieces = np.random.default_rng(seed), pieces_of(model)
    whole = {token for token in range(model.vocab_size) if model.ends(token) or is_whole(model.piece(token))}
    for _ in range(12):
        native = native_allows(model, f'root ::= " "? inner\ninner ::= {grammar}', tokens)
        ours = our_allows(pieces, f"root ::= {grammar}", tokens)
        assert ours & whole == native & whole
        further = sorted(token for token in ours if not model.ends(token))
        if not further:
            break
        tokens.append(int(dice.choice(further)))


# ---- through the engine ----


async def test_bounded_answers_and_wrong_bounds_side_by_side_in_one_process(fresh_engine: Engine, shapes, hear) -> None:
    pid, turn = fresh_engine.pid, (Message("user", "What is this?", shapes[:1]),)

    async def answer(**bounds: Any) -> str:
        heard = await hear(fresh_engine.ask(Request(turn, Generation(max_tokens=150, **bounds))))
        return str(heard.text)

    hostile = ('root ::= "a"{5,2}', 'root ::= a root "x" | "y"\na ::= b\nb ::= "" | "c"', "root ::= " + "(" * 40_000)
    said = await asyncio.gather(
        answer(json_schema=SCHEMA),
        answer(grammar='root ::= "red" | "square"'),
        *(answer(grammar=grammar) for grammar in hostile),
        answer(json_schema={"type": "string", "pattern": "^a"}),
        return_exceptions=True,
    )
    assert fulfils(json.loads(str(said[0])))
    assert said[1] in {"red", "square"}
    assert [type(error) for error in said[2:]] == [BadGrammar] * 4
    assert fresh_engine.pid == pid
