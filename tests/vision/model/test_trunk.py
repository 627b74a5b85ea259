"""How prompts are cut into steps of computing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from vision.model.album import PictureUnit, Unit
from vision.model.native import MAX_FORKS, WAVE_ROWS
from vision.model.projector import PictureChunk
from vision.model.trunk import _stretches, _waves, cells, common_length

PICTURE = PictureUnit("a", 0, PictureChunk(cells=576, positions=576, handle=None))
units = st.lists(st.one_of(st.integers(0, 9), st.just(PICTURE)), max_size=1200)
tails = st.lists(st.integers(1, 2000).map(lambda size: [0] * size), max_size=300)


def test_pictures_are_alike_where_their_content_is() -> None:
    same = PictureUnit("a", 0, PictureChunk(576, 576, None))
    other = PictureUnit("b", 0, PictureChunk(576, 576, None))
    assert common_length([1, PICTURE, 2, 3], [1, same, 2, 4]) == 3
    assert common_length([1, PICTURE, 2], [1, other, 2]) == 1
    assert common_length([1, 2], [1, 2, 3]) == 2
    assert cells([1, PICTURE, 2]) == 578


@given(units)
def test_stretches_are_the_prompt_in_steps_that_fit(prompt: list[Unit]) -> None:
    found = list(_stretches(prompt))
    joined = [unit for part in found for unit in ([part] if isinstance(part, PictureUnit) else part)]
    assert joined == prompt
    assert all(isinstance(part, PictureUnit) or 0 < len(part) <= WAVE_ROWS for part in found)


@given(tails)
def test_waves_hold_every_tail_once_and_fit(questions: list[list[int]]) -> None:
    found = list(_waves(questions))
    assert [number for wave in found for number in wave] == list(range(len(questions)))
    for wave in found:
        rows = sum(len(questions[number]) for number in wave)
        assert len(wave) <= MAX_FORKS
        assert rows <= WAVE_ROWS or len(wave) == 1
