"""What `check` finds out about the database by looking at it, beside a bot of whatever age."""

import pytest
from sqlalchemy import create_engine

from bot import check
from storage import sqlite
from storage.migrate import upgrade


@pytest.fixture
def engine(settings):
    """Of the database's file, which is made when it is used."""
    settings.data.mkdir()
    engine = create_engine(f"sqlite:///{settings.data}/lookout.db")
    yield engine
    engine.dispose()


async def found(settings) -> tuple[bool, str]:
    (finding,) = [finding async for finding in check._database(settings)]
    return finding


async def test_what_is_not_there_yet_is_well_and_is_not_made(settings, engine):
    well, line = await found(settings)
    assert well
    assert "there is none yet" in line
    assert not (settings.data / "lookout.db").exists()


async def test_an_older_shape_is_well_and_left_to_the_start(settings, engine):
    with engine.begin() as connection:
        upgrade(connection, "0001")
    well, line = await found(settings)
    assert well
    assert "brings it to the newest when it starts" in line
    with engine.begin() as connection:
        assert upgrade(connection).before == "0001"
    well, line = await found(settings)
    assert well
    assert "in this program's shape" in line


async def test_a_database_that_takes_no_writes_is_not_well(settings, engine):
    sqlite.migrate(engine.url)
    with engine.connect() as other:
        other.exec_driver_sql("BEGIN IMMEDIATE")
        well, line = await found(settings)
    assert not well
    assert "BUSY" in line


async def test_a_server_that_cannot_be_reached_is_not_well_and_it_is_said_what_to_look_at(settings):
    settings = settings.model_copy(update={"database_url": "postgresql://ada:secret@127.0.0.1:1/lookout"})
    well, line = await found(settings)
    assert not well
    assert "DATABASE_URL" in line
    assert "secret" not in line


async def test_nor_is_one_that_has_no_such_database(settings, postgresql):
    settings = settings.model_copy(update={"database_url": postgresql.url("nobodys")})
    well, line = await found(settings)
    assert not well
    assert "DATABASE_URL" in line


async def test_a_file_that_is_no_database_is_not_well(settings, engine):
    (settings.data / "lookout.db").write_bytes(b"no database at all" * 100)
    well, line = await found(settings)
    assert not well
    assert "backup" in line
