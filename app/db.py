"""The database: one session a request, `transaction()` the only commit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from flask import Flask, current_app, g
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session
from sqlalchemy import Connection, event
from sqlalchemy.exc import DBAPIError

from app import migrations
from app.config import SQLITE_FILE
from engine.errors import EngineError
from engine.store.failures import translated
from engine.store.tables import Base, configure_sqlite

if TYPE_CHECKING:
    from engine import Clock, Engine


class OneConnection(Session):
    """A session that keeps its connection from the first need until it is closed, when its context ends.

    Otherwise each commit would give it back, and what a page reads after it would fetch another.
    """

    _kept: Connection | None = None

    def get_bind(self, *_what: object, **_more: object) -> Connection:
        """Return the connection: there is one database."""
        if self._kept is None:
            self._kept = self._db.engine.connect()
        return self._kept

    def close(self) -> None:
        """Roll back what was not committed and give the connection back."""
        super().close()
        if self._kept is not None:
            self._kept.close()
            self._kept = None


db = SQLAlchemy(
    model_class=Base, disable_autonaming=True, session_options={"expire_on_commit": False, "class_": OneConnection}
)

LISTED = ("task", "task_candidate", "case_file", "case_unit", "case_value", "job")
POSTGRESQL = ("jit = off", "max_parallel_workers_per_gather = 0", "work_mem = '16MB'", "random_page_cost = 1.1")
# Where create_app leaves, among the app's extensions, the clock and the function that wires an Engine.
CLOCK = "changtong.clock"
ENGINE = "changtong.engine"


def init_app(app: Flask) -> None:
    """Open the database that the configuration names."""
    db.init_app(app)
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            configure_sqlite(db.engine, app.config["SQLITE_SYNCHRONOUS"])
        else:
            event.listen(db.engine, "connect", configure_postgresql)


def configure_postgresql(connection: Any, _record: object) -> None:
    """Fit PostgreSQL to pages: each asks little, so neither compilers nor further processes are worth their start.

    Sets of many cases are looked up in memory: 16 MB hold half a million. A row that an index leads to costs hardly
    more than the next one of a table, for disks do not turn any longer.
    """
    with connection.cursor() as cursor:
        for setting in POSTGRESQL:
            cursor.execute(f"SET {setting}")
    connection.commit()


def upgrade() -> None:
    """Bring the database's tables to this release; make an SQLite file that is not there yet."""
    url = db.engine.url
    if url.drivername == "sqlite":
        Path(current_app.config["DATA"], SQLITE_FILE).touch(mode=0o600)
    migrations.upgrade(url.render_as_string(hide_password=False))


def take_stock() -> None:
    """Let SQLite count what the tables of the lists hold: without figures it passes over their partial indexes.

    PostgreSQL does so by itself. 1.2 s for 100,000 cases.
    """
    if db.engine.dialect.name == "sqlite":
        with db.engine.connect() as connection:
            for table in LISTED:
                connection.exec_driver_sql(f"ANALYZE {table}")
            connection.commit()


def tenant() -> str:
    """Return the township that this request, job or command works for."""
    return cast(str, g.get("tenant") or current_app.config["TENANT"])


def current_engine() -> Engine:
    """Return the Engine bound to this context's session and tenant, to read with; change things in `transaction()`."""
    session = db.session()
    # A session that was given up within one context would swallow what is written through its engine.
    if g.get("engine_session") is not session:
        wire = cast("Callable[[Session, str], Engine]", current_app.extensions[ENGINE])
        g.engine, g.engine_session = wire(session, tenant()), session
    return cast("Engine", g.engine)


@contextmanager
def transaction() -> Iterator[Engine]:
    """Give the tenant's Engine, then commit once; anything raised rolls everything back.

    Raises StoreUnavailable when the database is locked, full or gone, ConcurrentChange when another was first.
    """
    if g.get("in_transaction"):
        raise RuntimeError("a transaction is open already: one request, job or command has one")
    g.in_transaction = True
    try:
        yield current_engine()
        db.session.commit()
    except BaseException as error:
        db.session.rollback()
        if ours := in_our_words(error):
            raise ours from error
        raise
    finally:
        g.in_transaction = False


def in_our_words(error: BaseException) -> EngineError | None:
    """Return the engine's error for one of the database, or None when it tells of a mistake in a statement."""
    return translated(error.orig) if isinstance(error, DBAPIError) and error.orig else None


def now() -> datetime:
    """Return the instant of the application's clock, aware, in UTC."""
    return cast("Clock", current_app.extensions[CLOCK]).now()
