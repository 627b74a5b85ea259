"""A store in a fresh folder whose clock stands still until a test moves it."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import make_url

from storage.database import _migrate
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


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database in its newest shape, with nothing in it; copying it is quicker than making it for every test."""
    path = tmp_path_factory.mktemp("migrated") / "lookout.db"
    _migrate(make_url(f"sqlite:///{path}"))
    return path


@pytest.fixture
async def store(url: str, pictures: Path, clock: Clock, migrated: Path) -> AsyncIterator[Store]:
    path = Path(url.removeprefix("sqlite:///"))
    path.parent.mkdir()
    shutil.copy(migrated, path)
    async with Store.open(url, pictures, clock=clock) as store:
        yield store
