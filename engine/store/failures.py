"""Tells a lost race and an unavailable database apart from mistakes in our own statements."""

from __future__ import annotations

import sqlite3

from engine.errors import ConcurrentChange, EngineError, StoreUnavailable

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


__all__ = ["translated"]
