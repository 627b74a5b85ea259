"""The shipped weights, loaded once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tiny.evaluate import TEXT_FILE, VISION_FILE
from tiny.runner import Runner


@pytest.fixture(scope="session")
def runner() -> Iterator[Runner]:
    made = Runner(TEXT_FILE, VISION_FILE)
    yield made
    made.close()
