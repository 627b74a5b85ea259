"""How far the loading is, as one number over both files."""

from __future__ import annotations

from pathlib import Path

import pytest

from vision.engine import Engine, EngineSettings
from vision.loading import Loading
from vision.weights import Weights


@pytest.fixture
def weights(tmp_path: Path) -> Weights:
    """Files of which the model's is three times as large."""
    weights = Weights(tmp_path / "model.gguf", tmp_path / "mmproj.gguf")
    for path, size in zip((weights.model, weights.projector), (300, 100), strict=True):
        assert path
        path.write_bytes(bytes(size))
    return weights


def test_each_file_counts_by_its_size_and_nothing_goes_back(weights: Weights) -> None:
    loading = Loading(weights)
    told = [("model", 0.0), ("model", 0.5), ("model", 0.2), ("model", 1.0), ("other", 0.5), ("projector", 0.5)]
    assert [loading.tell(*one) for one in told] == [0.0, 0.375, 0.375, 0.75, 0.75, 0.875]
    assert loading.tell("projector", 1.5) == 1.0


def test_without_a_projector_the_model_is_all(weights: Weights) -> None:
    assert Loading(Weights(weights.model, None)).tell("model", 0.5) == 0.5


async def test_the_process_tells_how_far_it_is(settings: EngineSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    tell, told = Loading.tell, [0.0]

    def listened(loading: Loading, part: str, done: float) -> float:
        told.append(tell(loading, part, done))
        return told[-1]

    monkeypatch.setattr(Loading, "tell", listened)
    async with Engine(settings, wait=False) as engine:
        assert engine.loading == 0.0
        await engine.loaded()
        assert engine.loading == 1.0
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert any(0 < part < 1 for part in told)
