"""Lengths of prompts, and how far two of them are alike."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from vision.model.units import PictureUnit, Unit, cells_of, common_length

sizes = st.integers(1, 600)
pictures = st.builds(PictureUnit, st.sampled_from("ab"), st.integers(0, 1), sizes, sizes, st.booleans())
prompts = st.lists(st.one_of(st.integers(0, 2), pictures), max_size=12)


@given(prompts, prompts)
def test_common_length_is_the_longest_common_beginning(one: list[Unit], other: list[Unit]) -> None:
    lengths = range(min(len(one), len(other)) + 1)
    assert common_length(one, other) == max(n for n in lengths if one[:n] == other[:n])


@given(prompts, prompts, prompts)
def test_common_length_sees_through_a_shared_beginning(begin: list[Unit], one: list[Unit], other: list[Unit]) -> None:
    length = common_length(begin + one, begin + other)
    assert length == common_length(begin + other, begin + one) == len(begin) + common_length(one, other)
    assert common_length(begin, begin + one) == len(begin)


@given(prompts, prompts)
def test_cells_add_up(one: list[Unit], other: list[Unit]) -> None:
    assert cells_of(one + other) == cells_of(one) + cells_of(other)


def test_a_picture_takes_its_cells_and_a_token_one() -> None:
    assert cells_of([5, PictureUnit("p", 0, 40, 7), 0]) == 42
    assert cells_of([]) == 0


def test_a_picture_is_never_alike_a_token_or_another_slice() -> None:
    slices = [PictureUnit("p", number, 40, 40) for number in range(2)]
    assert common_length([slices[0]], [slices[1]]) == 0
    assert common_length([slices[0]], [PictureUnit("p", 0, 40, 40)]) == 1
    assert common_length([40], [slices[0]]) == 0
