"""The steps lead, from wherever a database stands, to what `storage.schema` says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from procrastinate.schema import SchemaManager

import storage.migrate
from storage.migrate import upgrade
from storage.schema import metadata

SCRIPTS = ScriptDirectory(str(Path(storage.migrate.__file__).with_name("migrations")))
REVISIONS = [script.revision for script in SCRIPTS.walk_revisions()]


@pytest.fixture(params=["sqlite", "postgresql"])
def connection(request: pytest.FixtureRequest) -> Iterator[sa.Connection]:
    """To an empty database of either kind."""
    url = "sqlite://" if request.param == "sqlite" else request.getfixturevalue("postgresql").new()
    engine = sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def ours(thing: Any, name: str | None, kind: str, *_: Any) -> bool:
    return kind != "table" or name in metadata.tables


def differences(connection: sa.Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"include_object": ours})
    return list(compare_metadata(context, metadata))


def indices(connection: sa.Connection) -> set[str]:
    made = {
        "sqlite": "SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL",
        "postgresql": "SELECT indexdef FROM pg_indexes WHERE tablename NOT LIKE 'procrastinate%'"
        " AND tablename NOT LIKE 'alembic%' AND schemaname = 'public'",
    }
    return set(connection.scalars(sa.text(made[connection.dialect.name])))


def test_an_empty_database_becomes_what_the_schema_says(connection):
    assert differences(connection)
    upgrade(connection)
    assert differences(connection) == []


def test_the_indices_are_over_the_same_rows(connection):
    upgrade(connection)
    migrated = indices(connection)
    for table in reversed(metadata.sorted_tables):
        table.drop(connection)
    metadata.create_all(connection)
    assert migrated == indices(connection)


@pytest.mark.parametrize("revision", REVISIONS)
def test_every_earlier_shape_is_brought_up_to_date(connection, revision):
    upgrade(connection, revision)
    upgrade(connection)
    assert differences(connection) == []


def test_replies_of_the_first_shape_go_on_and_those_on_their_way_are_unsure(connection):
    upgrade(connection, "0001")
    for state, finished in (("waiting", "NULL"), ("running", "NULL"), ("done", "'2030-01-01'")):
        row = f"1, 1, '{state}', 1, '2030-01-01', {finished}, 'voice', '', false, '[]'"
        connection.exec_driver_sql(
            "INSERT INTO outbox (bot, chat, state, attempts, created, finished, kind, text, html, buttons) "
            f"VALUES ({row})"
        )
    upgrade(connection)
    rows = connection.exec_driver_sql("SELECT state, unsure FROM outbox ORDER BY id").all()
    assert rows == [("waiting", 0), ("running", 1), ("done", 0)]


def test_updates_that_waited_before_there_were_turns_get_theirs(connection):
    upgrade(connection, "0002")
    for chat, finished in ((1, True), (1, False), (2, False), (1, False)):
        row = {"chat": chat, "state": "done" if finished else "waiting", "finished": "2030-01-01" if finished else None}
        connection.execute(
            sa.text(
                "INSERT INTO inbox (bot, chat, state, attempts, created, finished, body)"
                " VALUES (1, :chat, :state, 0, '2030-01-01', CAST(:finished AS TIMESTAMP), '{}')"
            ),
            row,
        )
    upgrade(connection)
    assert list(connection.scalars(sa.text("SELECT turn FROM inbox ORDER BY id"))) == [0, 0, 0, 1]


def test_a_database_that_is_up_to_date_stays_as_it_is(connection):
    upgrade(connection)
    connection.execute(sa.text("INSERT INTO chats (id, voice) VALUES (1, true)"))
    upgrade(connection)
    assert connection.scalar(sa.text("SELECT count(*) FROM chats")) == 1


def test_the_steps_form_one_line():
    assert len(SCRIPTS.get_heads()) == 1
    assert len(SCRIPTS.get_bases()) == 1


def test_every_step_of_procrastinates_has_been_taken():
    steps = sorted(step.name for step in Path(SchemaManager.get_migrations_path()).glob("*.sql"))
    assert steps[-1] == SCRIPTS.get_revision("0004").module.LAST
