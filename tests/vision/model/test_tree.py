"""Many tails as trees of rows: each is there in full, once, in an order and with sequences that llama.cpp takes."""

from __future__ import annotations

from collections import Counter, defaultdict

from hypothesis import given
from hypothesis import strategies as st

from vision.model.tree import Tail, Wave, WaveLimits, row_count, waves

LIMITS = WaveLimits(rows=24, leaves=6, wanted=9)


@st.composite
def tail(draw: st.DrawFn) -> Tail:
    """Few different tokens, so that most tails share a beginning, are the same, or begin one another."""
    tokens = draw(st.lists(st.integers(0, 2), min_size=1, max_size=12))
    return Tail(tuple(tokens), draw(st.integers(0, len(tokens) - 1)))


many = st.lists(tail(), max_size=40)


def texts_of(wave: Wave, tails: list[Tail]) -> list[tuple[int, ...]]:
    return [tails[leaf[0]].tokens for leaf in wave.leaves]


def prefixes(texts: list[tuple[int, ...]]) -> set[tuple[int, ...]]:
    return {text[: n + 1] for text in texts for n in range(len(text))}


@given(many)
def test_every_tail_is_in_one_wave_token_by_token(tails: list[Tail]) -> None:
    found = list(waves(tails, LIMITS))
    numbers = [number for wave in found for leaf in wave.leaves for number in leaf]
    assert sorted(numbers) == list(range(len(tails)))
    for wave in found:
        for place, leaf in enumerate(wave.leaves):
            way = [row for row in wave.rows if row.first <= place <= row.last]
            assert [row.depth for row in way] == list(range(len(way)))
            assert {tails[number].tokens for number in leaf} == {tuple(row.token for row in way)}


@given(many)
def test_what_texts_begin_with_alike_is_computed_once(tails: list[Tail]) -> None:
    for wave in waves(tails, LIMITS):
        texts = texts_of(wave, tails)
        assert len(wave.rows) == len(prefixes(texts))
        assert len(set(texts)) == len(texts)
    assert row_count(tails) == len(prefixes([tail.tokens for tail in tails]))


@given(many, st.integers(1, 30))
def test_llama_cpp_takes_the_rows_however_they_are_cut(tails: list[Tail], most: int) -> None:
    """Its checks of a batch: sequences coupled in it have had the same rows before, the sets that a sequence is in have
    one in common, positions follow upon one another.
    """
    for wave in waves(tails, LIMITS):
        had: defaultdict[int, list[int]] = defaultdict(list)
        for begin in range(0, len(wave.rows), most):
            batch = wave.rows[begin : begin + most]
            for row in batch:
                assert len({tuple(had[leaf]) for leaf in range(row.first, row.last + 1)}) == 1
            common: dict[int, set[int]] = {}
            for row in batch:
                coupled = set(range(row.first, row.last + 1))
                for leaf in coupled:
                    common[leaf] = common.get(leaf, coupled) & coupled
                    assert common[leaf] == coupled  # the set only shrinks on the way down
                    assert row.depth == len(had[leaf])
                    had[leaf].append(row.token)


@given(many)
def test_waves_are_no_larger_than_allowed(tails: list[Tail]) -> None:
    for wave in waves(tails, LIMITS):
        assert wave.leaves
        assert len(wave.leaves) <= LIMITS.leaves
        if len(wave.leaves) > 1:
            assert len(wave.rows) <= LIMITS.rows
            assert sum(row.wanted for row in wave.rows) <= LIMITS.wanted


@given(many)
def test_logits_are_wanted_where_a_text_is_read_and_nowhere_else(tails: list[Tail]) -> None:
    for wave in waves(tails, LIMITS):
        texts = texts_of(wave, tails)
        read = {
            tails[number].tokens[: depth + 1]
            for leaf in wave.leaves
            for number in leaf
            for depth in range(tails[number].wanted_from, len(tails[number].tokens))
        }
        for row in wave.rows:
            assert row.wanted == (texts[row.first][: row.depth + 1] in read)


def test_neighbours_in_the_alphabet_come_together() -> None:
    tails = [Tail((n % 3, 5, 5, 5, n), 4) for n in range(12)]
    found = list(waves(tails, WaveLimits(rows=8, leaves=6, wanted=6)))
    assert [Counter(tails[leaf[0]].tokens[0] for leaf in wave.leaves) for wave in found] == [{0: 4}, {1: 4}, {2: 4}]


def test_a_long_text_is_a_wave_of_its_own() -> None:
    tails = [Tail((1, 2), 1), Tail((1,) * 100, 0), Tail((1, 1), 0)]
    found = list(waves(tails, LIMITS))
    assert [wave.leaves for wave in found] == [((2,),), ((1,),), ((0,),)]
    assert row_count(tails) == 101


def test_no_tails_are_no_waves() -> None:
    assert list(waves([], LIMITS)) == []
    assert row_count([]) == 0


def test_no_more_leaves_than_allowed() -> None:
    tails = [Tail((n,), 0) for n in range(14)]
    assert [len(wave.leaves) for wave in waves(tails, WaveLimits(rows=100, leaves=6, wanted=100))] == [6, 6, 2]
