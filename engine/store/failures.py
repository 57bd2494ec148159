"""Tells a lost race and an unavailable database apart from mistakes in our own statements."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, TimeoutError

from engine.errors import ConcurrentChange, EngineError, StoreUnavailable
from engine.store import postgresql, sqlite

SQLITE_RACES = {
    sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY,
    sqlite3.SQLITE_CONSTRAINT_ROWID,
    sqlite3.SQLITE_CONSTRAINT_UNIQUE,
    sqlite3.SQLITE_BUSY_SNAPSHOT,
}
SQLITE_UNAVAILABLE = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_READONLY,
}
# SQLSTATE: a taken key; a transaction that the server rolled back (deadlock, serialization).
POSTGRESQL_RACES = ("23505", "40")
# SQLSTATE: connection, resources, object in use, operator intervention, system, internal errors.
POSTGRESQL_UNAVAILABLE = ("08", "53", "55", "57", "58", "XX")


def translated(error: BaseException) -> EngineError | None:
    """Return our error for a driver's, or None when it says nothing about races and availability."""
    if isinstance(error, sqlite3.Error):
        return _of_sqlite(error)
    if type(error).__module__.startswith("psycopg"):
        return _of_postgresql(error)
    return None


def _of_sqlite(error: sqlite3.Error) -> EngineError | None:
    code = getattr(error, "sqlite_errorcode", 0)
    if code in SQLITE_RACES:
        return ConcurrentChange(f"another transaction was first ({error.sqlite_errorname})")
    if code & 0xFF in SQLITE_UNAVAILABLE:
        return StoreUnavailable(f"the database is locked, full or gone ({error.sqlite_errorname})")
    return None


def _of_postgresql(error: BaseException) -> EngineError | None:
    state = getattr(error, "sqlstate", None)
    if state is None:
        lost = {"InterfaceError", "OperationalError"} & {cls.__name__ for cls in type(error).__mro__}
        return StoreUnavailable("the connection to the database is lost") if lost else None
    if state.startswith(POSTGRESQL_RACES):
        return ConcurrentChange(f"another transaction was first (SQLSTATE {state})")
    if state.startswith(POSTGRESQL_UNAVAILABLE):
        return StoreUnavailable(f"the database is locked, full or gone (SQLSTATE {state})")
    return None


@contextmanager
def database_errors() -> Iterator[None]:
    """Raise ConcurrentChange or StoreUnavailable for what the database reports; other errors pass as they are.

    Whoever commits the session wraps the commit in it as well: a full disk may show only there.
    """
    try:
        yield
    except Exception as error:
        if (ours := _in_our_words(error)) is not None:
            raise ours from error
        raise


def _in_our_words(error: Exception) -> EngineError | None:
    if isinstance(error, TimeoutError):
        return StoreUnavailable("no database connection became free")
    return translated((error.orig or error) if isinstance(error, DBAPIError) else error)


class Driver:
    """The driver's connection, in the store's transaction, and what is said to its database, as a context.

    A class of its own, because each step opens two of them and generators cost several times as much.
    """

    __slots__ = ("connect", "connection", "driver")

    def __init__(self, connect: Callable[[], Connection]) -> None:
        self.connect = connect
        self.connection: Connection | None = None

    def __enter__(self) -> tuple[Any, Any]:
        try:
            self.connection = connection = self.connect()
            self.driver: Any = connection.connection.dbapi_connection
            return self.driver, postgresql if connection.dialect.name == "postgresql" else sqlite
        except Exception as error:
            if (ours := _in_our_words(error)) is not None:
                raise ours from error
            raise

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if not isinstance(error, Exception):
            return
        connection = self.connection
        # SQLAlchemy did not see it: it would send a rollback over a connection that is lost.
        if connection is not None and connection.dialect.is_disconnect(cast(Any, error), self.driver, None):
            connection.invalidate(error)
        if (ours := _in_our_words(error)) is not None:
            raise ours from error


__all__ = ["Driver", "database_errors", "translated"]
