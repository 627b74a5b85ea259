"""No exception of the database's libraries leaves this room."""

from __future__ import annotations

import sqlite3

import pytest
from psycopg import errors as postgresql
from sqlalchemy import exc

from storage.errors import Conflict, StorageDamaged, StorageDown, StorageError, translated


def descendants(kind: type[Exception]) -> set[type[Exception]]:
    return {kind}.union(*(descendants(child) for child in kind.__subclasses__()))


def outcome(error: Exception) -> Exception:
    with pytest.raises(Exception) as caught, translated():  # noqa: PT011 - which one it is, is the question
        raise error
    return caught.value


def sqlite_error(code: int) -> exc.OperationalError:
    orig = sqlite3.OperationalError("why")
    orig.sqlite_errorcode = code
    return exc.OperationalError("SELECT 1", {}, orig)


@pytest.mark.parametrize("kind", sorted(descendants(exc.SQLAlchemyError) | descendants(postgresql.Error), key=str))
def test_every_kind_of_foreign_exception_becomes_a_storage_error(kind):
    error = kind.__new__(kind)
    Exception.__init__(error, "why")
    assert isinstance(outcome(error), StorageError)


def wrapped(error: postgresql.Error) -> exc.DBAPIError:
    return exc.DBAPIError("SELECT 1", {}, error)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (sqlite_error(sqlite3.SQLITE_BUSY), StorageDown),
        (sqlite_error(sqlite3.SQLITE_BUSY_SNAPSHOT), StorageDown),
        (sqlite_error(sqlite3.SQLITE_LOCKED), StorageDown),
        (sqlite_error(sqlite3.SQLITE_FULL), StorageDown),
        (sqlite_error(sqlite3.SQLITE_CANTOPEN), StorageDown),
        (sqlite_error(sqlite3.SQLITE_READONLY), StorageDown),
        (sqlite_error(sqlite3.SQLITE_IOERR_FSYNC), StorageDown),
        (sqlite_error(sqlite3.SQLITE_CORRUPT), StorageDamaged),
        (sqlite_error(sqlite3.SQLITE_CORRUPT_INDEX), StorageDamaged),
        (sqlite_error(sqlite3.SQLITE_NOTADB), StorageDamaged),
        (sqlite_error(sqlite3.SQLITE_ERROR), StorageError),
        (exc.IntegrityError("INSERT", {}, sqlite3.IntegrityError("UNIQUE")), Conflict),
        (exc.InterfaceError("SELECT 1", {}, sqlite3.InterfaceError("gone")), StorageDown),
        (exc.OperationalError("SELECT 1", {}, Exception("gone"), connection_invalidated=True), StorageDown),
        (exc.TimeoutError("the pool is empty"), StorageDown),
        (wrapped(postgresql.OperationalError("no server")), StorageDown),
        (wrapped(postgresql.AdminShutdown()), StorageDown),
        (wrapped(postgresql.CannotConnectNow()), StorageDown),
        (wrapped(postgresql.TooManyConnections()), StorageDown),
        (wrapped(postgresql.DiskFull()), StorageDown),
        (wrapped(postgresql.DeadlockDetected()), StorageDown),
        (wrapped(postgresql.ReadOnlySqlTransaction()), StorageDown),
        (wrapped(postgresql.UndefinedTable()), StorageError),
        (wrapped(postgresql.DataError()), StorageError),
        (postgresql.AdminShutdown(), StorageDown),
        (postgresql.OperationalError("no server"), StorageDown),
        (postgresql.InterfaceError("the connection is closed"), StorageDown),
        (postgresql.SyntaxError(), StorageError),
        (exc.CompileError("no such column"), StorageError),
    ],
)
def test_each_trouble_has_its_own_kind(error, kind):
    assert type(outcome(error)) is kind
    assert outcome(error).__cause__ is error


def test_other_exceptions_pass():
    error = KeyError("mine")
    assert outcome(error) is error
