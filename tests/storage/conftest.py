"""A store in a fresh folder, on either database, whose clock stands still until a test moves it."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import make_url

from storage import sqlite
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
def file(tmp_path: Path, migrated: Path) -> Path:
    """A SQLite database in its newest shape, with nothing in it."""
    path = tmp_path / "data" / "lookout.db"
    path.parent.mkdir()
    shutil.copy(migrated, path)
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    """The address of an empty database: each test that asks for it, or for a store, runs on both kinds."""
    if request.param == "sqlite":
        return f"sqlite:///{request.getfixturevalue('file')}"
    address: str = request.getfixturevalue("postgresql").emptied()
    return address


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    return tmp_path / "pictures"


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copying this file is quicker than making it for every test."""
    path = tmp_path_factory.mktemp("migrated") / "lookout.db"
    sqlite.migrate(make_url(f"sqlite:///{path}"))
    return path


@pytest.fixture
async def store(url: str, pictures: Path, clock: Clock) -> AsyncIterator[Store]:
    async with Store.open(url, pictures, clock=clock) as store:
        yield store
