"""The database's schema and its history, run by Alembic without a configuration file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import NullPool

from engine.store.failures import database_errors
from engine.store.tables import begin_writing, configure_sqlite

# Any number will do that nothing else in the database locks.
ADVISORY_LOCK = 7_310_584_112


def upgrade(database: str | Connection, revision: str = "head") -> None:
    """Bring a database, given by its URL or a connection, to `revision`: all of it or nothing.

    Whoever comes at the same time waits and then finds it done. A connection's transaction is left to its owner.
    """
    with database_errors(), _connected(database) as connection:
        command.upgrade(configuration(connection), revision)


def downgrade(database: str | Connection, revision: str) -> None:
    """Take a database back to `revision` ("base" is empty); what newer tables hold is lost."""
    with database_errors(), _connected(database) as connection:
        command.downgrade(configuration(connection), revision)


def configuration(connection: Connection) -> Config:
    """Return what Alembic's commands need to work over `connection`."""
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config


@contextmanager
def _connected(database: str | Connection) -> Iterator[Connection]:
    if isinstance(database, Connection):
        _alone(database)
        yield database
        return
    engine = create_engine(database, poolclass=NullPool)
    if engine.dialect.name == "sqlite":
        configure_sqlite(engine)
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            # A table is altered by copying it; its rows must not cascade away meanwhile. Not possible once begun.
            connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        _alone(connection)
        yield connection
        if engine.dialect.name == "sqlite" and (broken := connection.exec_driver_sql("PRAGMA foreign_key_check").all()):
            raise RuntimeError(f"the migration leaves {len(broken)} rows that refer to nothing, in {broken[0][0]}")
        connection.commit()


def _alone(connection: Connection) -> None:
    """Begin a transaction that no other migration can run beside."""
    begin_writing(connection)
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({ADVISORY_LOCK})")


__all__ = ["configuration", "downgrade", "upgrade"]
