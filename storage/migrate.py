"""Brings a database to the newest shape."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection

from storage.errors import SchemaTooNew, SchemaTooOld


@dataclass(frozen=True, slots=True)
class Shapes:
    """The revision a database had before an upgrade, None where it was empty, and the one it has after it."""

    before: str | None
    after: str | None


def configuration(connection: Connection) -> Config:
    """What Alembic has to know: where the migrations lie and on which connection they run."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def upgrade(connection: Connection, revision: str = "head") -> Shapes:
    """Run the migrations that are missing up to `revision`, inside the connection's transaction."""
    config = configuration(connection)
    _refuse_newer(connection, ScriptDirectory.from_config(config))
    before = _shape(connection)
    command.upgrade(config, revision)
    return Shapes(before, _shape(connection))


def demand_newest(connection: Connection) -> None:
    """Raise SchemaTooNew or SchemaTooOld unless the database has this program's shape."""
    scripts = ScriptDirectory.from_config(configuration(connection))
    _refuse_newer(connection, scripts)
    if _shape(connection) != scripts.get_current_head():
        raise SchemaTooOld(
            "This database has an older shape, or none: `python -m bot migrate` brings it to the newest."
        )


def _shape(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _refuse_newer(connection: Connection, scripts: ScriptDirectory) -> None:
    for revision in MigrationContext.configure(connection).get_current_heads():
        try:
            scripts.get_revision(revision)
        except CommandError:
            raise SchemaTooNew("This database was made by a newer Lookout: update the program to open it.") from None
