"""Two contexts as one, over the tiny weights: what moves between them goes on as if it had stayed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from vision.errors import EngineError, WeightsBroken
from vision.model.context import SEQUENCES, Context, Logits, Row, memory
from vision.model.contexts import Contexts
from vision.model.native import Model
from vision.model.saved import Kind, rearranged
from vision.weights import tiny_weights

STREAMS = 3
TOKENS = [number % 60 + 40 for number in range(100)]
PLACE_BYTES = 12


@pytest.fixture(scope="module")
def model() -> Model:
    return Model(tiny_weights().model, gpu_layers=0, plain=False, on_load=lambda *_: True)


@pytest.fixture
def contexts(model: Model) -> Contexts:
    shared = Context.shared(model, 512, threads=1, pictures_whole=False)
    apart = Context.apart(model, 256, threads=1, streams=STREAMS)
    return Contexts(shared, apart, STREAMS, pads=True, place_bytes=PLACE_BYTES)


def computed(contexts: Contexts, tokens: Sequence[int], sequence: int, begin: int = 0) -> Logits:
    rows = [Row(token, begin + n, (sequence,), n == len(tokens) - 1) for n, token in enumerate(tokens)]
    contexts.decode(rows)
    return contexts.logits(len(rows) - 1).copy()


def alike(one: Logits, other: Logits) -> bool:
    """A single wrong token among the hundred makes twice as much at least; rounding, in other batches, half as much."""
    return bool(np.linalg.norm(one - other) < 0.03 * np.linalg.norm(one))


@pytest.fixture
def expected(contexts: Contexts) -> Logits:
    """What follows all tokens."""
    logits = computed(contexts, TOKENS, 60)
    contexts.trim(60, 0)
    return logits


@pytest.mark.parametrize("stream", range(SEQUENCES, SEQUENCES + STREAMS))
def test_a_line_goes_on_in_a_stream_and_back(contexts: Contexts, expected: Logits, stream: int) -> None:
    computed(contexts, TOKENS[:80], 0)
    assert contexts.move(0, stream)
    assert alike(computed(contexts, TOKENS[80:], stream, 80), expected)
    assert contexts.trim(stream, 90)
    contexts.trim(0, 0)
    assert contexts.move(stream, 1)
    assert alike(computed(contexts, TOKENS[90:], 1, 90), expected)


def test_what_is_saved_from_a_stream_is_restored_among_the_others(contexts: Contexts, expected: Logits) -> None:
    computed(contexts, TOKENS[:80], 0)
    contexts.move(0, SEQUENCES + 1)
    saved = contexts.save(SEQUENCES + 1)
    assert contexts.restore(5, saved)
    assert alike(computed(contexts, TOKENS[80:], 5, 80), expected)


def test_streams_and_others_are_computed_in_one_batch_each_with_its_own_results(
    contexts: Contexts, expected: Logits
) -> None:
    lines = [SEQUENCES + 2, 0, SEQUENCES, 1, SEQUENCES + 1]
    computed(contexts, TOKENS[:99], 7)
    for line in lines:
        if line < SEQUENCES:
            contexts.copy(7, line, 99)
        else:
            contexts.move(7, line)
    others = [Row(9, 99, (2,), wanted=False)]
    contexts.copy(7, 2, 99)
    contexts.decode([*others, *(Row(TOKENS[99], 99, (line,), wanted=True) for line in lines)])
    assert all(alike(contexts.logits(1 + n), expected) for n in range(len(lines)))
    with pytest.raises(EngineError):
        contexts.logits(6)


@pytest.mark.parametrize("rows", [1, 15, 16, 40, 63, 64, 65])
def test_rows_that_fill_up_a_tile_leave_no_trace(contexts: Contexts, expected: Logits, rows: int) -> None:
    begin = len(TOKENS) - rows
    computed(contexts, TOKENS[:begin], 0)
    assert alike(computed(contexts, TOKENS[begin:], 0, begin), expected)
    assert contexts._both[0].first(SEQUENCES) == -1
    for sequence in (1, 2, 3):  # the cells are all there still
        computed(contexts, TOKENS, sequence)
    computed(contexts, TOKENS, 4)
    with pytest.raises(EngineError, match="full"):
        computed(contexts, TOKENS, 5)


def test_a_tile_is_filled_up_also_without_streams(
    model: Model, expected: Logits, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = Context.shared(model, 512, threads=1, pictures_whole=False)
    contexts = Contexts(shared, None, 0, pads=True, place_bytes=PLACE_BYTES)
    decode, sizes = shared.decode, []

    def noting(rows: Sequence[Row]) -> None:
        sizes.append(len(rows))
        decode(rows)

    monkeypatch.setattr(shared, "decode", noting)
    computed(contexts, TOKENS[:80], 0)
    assert alike(computed(contexts, TOKENS[80:], 0, 80), expected)
    assert sizes == [80, 64]


def test_what_does_not_fit_into_a_stream_stays_where_it_is(contexts: Contexts) -> None:
    for begin in (0, 100, 200):
        computed(contexts, TOKENS, 0, begin)
    assert not contexts.move(0, SEQUENCES)
    assert contexts.first(0) == 0


def test_streams_are_given_up_where_what_is_saved_cannot_be_read(model: Model) -> None:
    shared = Context.shared(model, 512, threads=1, pictures_whole=False)
    apart = Context.apart(model, 256, threads=1, streams=STREAMS)
    wrong = Contexts(shared, apart, STREAMS, pads=True, place_bytes=PLACE_BYTES + 8)
    wrong.prove()
    assert wrong.streams == 0
    assert wrong.note
    right = Contexts(shared, apart, STREAMS, pads=True, place_bytes=PLACE_BYTES)
    right.prove()
    assert right.streams == STREAMS
    assert right.note is None


@pytest.mark.parametrize("kind", [Kind(3, by_channel=True), Kind(1, by_channel=False)])
def test_anything_else_is_refused(contexts: Contexts, kind: Kind) -> None:
    computed(contexts, TOKENS, 0)
    saved = bytes(contexts.save(0))
    for wrong in (saved[:-4], saved + bytes(4), saved[:40], b"", bytes(64), b"\xff" * 400):
        room = memory(len(wrong) + 64)
        room[: len(wrong)] = wrong
        with pytest.raises(EngineError):
            rearranged(room, len(wrong), kind, PLACE_BYTES)


def test_a_context_for_which_there_is_no_memory_says_what_to_make_smaller(
    model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vision.model.context.llama_cpp.llama_init_from_model", lambda *_: None)
    with pytest.raises(WeightsBroken, match=r"no context of 512 tokens.*CACHE_TOKENS"):
        Context.apart(model, 256, threads=1, streams=2)
