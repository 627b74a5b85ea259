"""Everything that can go wrong in this room, and how the database's own exceptions become it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

import psycopg
from sqlalchemy import exc

READ_ONLY = "25006"
"""What a PostgreSQL refuses writes with that is a standby by now, or whose operator has no room for more."""

# The classes of PostgreSQL's codes that pass by themselves (https://www.postgresql.org/docs/current/errcodes-appendix.html):
# connections, servers that only read at the moment, transactions that were in each other's way, resources, locks,
# operators at work, the system.
_AWAY = ("08", READ_ONLY, "40", "53", "55", "57", "58")
# SQLite's primary result codes (https://www.sqlite.org/rescode.html).
_DOWN = {3: "PERM", 5: "BUSY", 6: "LOCKED", 7: "NOMEM", 8: "READONLY", 10: "IOERR", 13: "FULL", 14: "CANTOPEN"}
_DAMAGED = {11: "CORRUPT", 26: "NOTADB"}


_AT_THE_MOMENT = "The database cannot be used at the moment."
_NO_SERVER = "The database's server cannot be reached, or does not let the bot in: see that it runs, and DATABASE_URL."


class StorageError(Exception):
    """The root: what was asked of the storage did not happen."""


class StorageDown(StorageError):
    """The database or the disk cannot be used at the moment; the same thing may succeed later."""


class StorageDamaged(StorageError):
    """The database file is no database, or a broken one; only a backup helps."""


class SchemaTooNew(StorageError):
    """A newer program has changed the database's shape; this one must not write to it."""


class SchemaTooOld(StorageError):
    """The database has yet to be brought to this program's shape."""


class NoDatabase(StorageError):
    """There is no database at the address yet."""


class Conflict(StorageError):
    """The rows that are there already do not allow the change."""


class FileMissing(StorageError):
    """No kept file goes by that digest."""

    code: ClassVar[str] = "file_missing"


@contextmanager
def translated() -> Iterator[None]:
    """Let nothing of the database's libraries through: each of their exceptions leaves as one of this room's."""
    try:
        yield
    except (exc.SQLAlchemyError, psycopg.Error) as error:
        raise _translate(error) from error


def _translate(error: exc.SQLAlchemyError | psycopg.Error) -> StorageError:
    origin = getattr(error, "orig", error)
    code = getattr(origin, "sqlite_errorcode", 0) & 0xFF
    if isinstance(error, exc.IntegrityError):
        return Conflict("The change contradicts what is stored already.")
    if code in _DAMAGED:
        return StorageDamaged("The database file is damaged or is no database: restore it from a backup.")
    if code in _DOWN:
        return StorageDown(f"The database cannot be used at the moment (SQLITE_{_DOWN[code]}).")
    if isinstance(error, (exc.TimeoutError, exc.InterfaceError)) or getattr(error, "connection_invalidated", False):
        return StorageDown("The database cannot be reached.")
    if isinstance(origin, psycopg.Error) and _passes(origin):
        return StorageDown(_AT_THE_MOMENT if origin.sqlstate else _NO_SERVER)
    return StorageError(f"The database refused a statement ({type(error).__name__}).")


def _passes(error: psycopg.Error) -> bool:
    if error.sqlstate is None:  # no server has spoken: there was none, or none any more
        return isinstance(error, (psycopg.OperationalError, psycopg.InterfaceError))
    return error.sqlstate.startswith(_AWAY)
