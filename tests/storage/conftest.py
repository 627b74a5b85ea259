"""A store in a fresh folder whose clock stands still until a test moves it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from storage.store import Store


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/data/lookout.db"


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    return tmp_path / "data" / "pictures"


@pytest.fixture
async def store(url: str, pictures: Path, clock: Clock) -> AsyncIterator[Store]:
    async with Store.open(url, pictures, clock=clock) as store:
        yield store
