"""The tiny weights in this very process, loaded once for all who only read them."""

from __future__ import annotations

import pytest

from vision.model.native import Model
from vision.model.vocabulary import Vocabulary
from vision.weights import tiny_weights


@pytest.fixture(scope="session")
def model() -> Model:
    return Model(tiny_weights().model, gpu_layers=0, plain=True, on_load=lambda *_: True)


@pytest.fixture(scope="session")
def vocabulary(model: Model) -> Vocabulary:
    return Vocabulary(model)
