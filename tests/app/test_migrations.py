"""Migrations make the very tables that the code describes, on both databases, whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, create_engine, inspect
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from app.migrations import downgrade, upgrade
from engine.errors import StoreUnavailable
from engine.store.sql import SqlStore
from engine.store.tables import ENGINE_ROWS, Base, configure_sqlite, create_tables
from tests.engine.store.records import deploy, instance, started
from tests.support.postgres import new_database


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'township.db'}"
        return
    with new_database(request.getfixturevalue("postgres_url")) as url:
        yield url


@contextmanager
def _connected(url: str) -> Iterator[Connection]:
    engine = create_engine(url, poolclass=NullPool)
    if engine.dialect.name == "sqlite":
        configure_sqlite(engine)
    with engine.connect() as connection:
        yield connection


def _described(engine: Engine) -> dict[str, Any]:
    """Return the engine's tables as the database itself describes them, with triggers and functions."""
    found: dict[str, Any] = {}
    inspector = inspect(engine)
    for row in ENGINE_ROWS:
        name = row.__tablename__
        found[name] = {
            "columns": [(one["name"], repr(one["type"]), one["nullable"]) for one in inspector.get_columns(name)],
            "key": inspector.get_pk_constraint(name),
            "references": sorted(map(repr, inspector.get_foreign_keys(name))),
            "unique": sorted(map(repr, inspector.get_unique_constraints(name))),
            "indexes": sorted(map(_index, inspector.get_indexes(name))),
            "options": inspector.get_table_options(name),
        }
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            triggers = "SELECT tbl_name, name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name"
        else:
            triggers = (
                "SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(pg_trigger.oid), "
                "pg_get_functiondef(tgfoid) FROM pg_trigger WHERE NOT tgisinternal ORDER BY tgname"
            )
        found["triggers"] = [tuple(row) for row in connection.exec_driver_sql(triggers) if row[0] in found]
    return found


def _index(index: Any) -> str:
    conditions = {name: str(value) for name, value in index["dialect_options"].items()}
    return repr((index["name"], index["column_names"], index["unique"], conditions))


def test_migrations_make_what_the_engine_describes_and_can_be_taken_back(url: str) -> None:
    upgrade(url)
    engine = create_engine(url, poolclass=NullPool)
    migrated = _described(engine)
    assert len(migrated["triggers"]) >= 3
    downgrade(url, "base")
    create_tables(engine)
    assert _described(engine) == migrated


def test_all_migrations_together_make_what_engine_and_app_describe(url: str) -> None:
    upgrade(url)
    with _connected(url) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_name": _is_described})
        assert compare_metadata(context, Base.metadata) == []


def _is_described(name: str | None, kind: str, _parents: object) -> bool:
    """The search's index is of the database's own kind, and described by the test below."""
    return not (name or "").startswith(("case_words", "ix_case_text_words"))


def _search_index(engine: Engine) -> list[tuple[Any, ...]]:
    if engine.dialect.name == "sqlite":
        query = "SELECT name, sql FROM sqlite_master WHERE name LIKE 'case_words' OR name LIKE 'case_text_%'"
    else:
        query = (
            "SELECT indexdef, reloptions::text FROM pg_indexes, pg_class "
            "WHERE indexname = 'ix_case_text_words' AND relname = 'case_text'"
        )
    with engine.connect() as connection:
        return sorted(tuple(row) for row in connection.exec_driver_sql(query))


def test_migrations_make_the_index_of_the_search_that_the_app_describes(url: str) -> None:
    upgrade(url)
    engine = create_engine(url, poolclass=NullPool)
    migrated = _search_index(engine)
    assert len(migrated) == (4 if engine.dialect.name == "sqlite" else 1)
    downgrade(url, "base")
    Base.metadata.create_all(engine)
    assert _search_index(engine) == migrated


def test_a_second_upgrade_changes_nothing_and_loses_nothing(url: str) -> None:
    upgrade(url)
    with _connected(url) as connection, Session(connection) as session:
        store = SqlStore(session, "township")
        deploy(store)
        store.save(started())
        session.commit()
    upgrade(url)
    with _connected(url) as connection, Session(connection) as session:
        assert SqlStore(session, "township").load(instance().id) == started().instance


def test_two_that_upgrade_at_once_do_not_meet(url: str) -> None:
    with ThreadPoolExecutor(1) as other, _connected(url) as connection:
        upgrade(connection)
        waiting = other.submit(upgrade, url)
        with pytest.raises(TimeoutError):
            waiting.result(timeout=0.3)
        connection.commit()
        waiting.result(timeout=20)
        assert inspect(connection).has_table("instance")


def test_an_upgrade_that_is_rolled_back_leaves_nothing(url: str) -> None:
    with _connected(url) as connection:
        upgrade(connection)
        assert inspect(connection).has_table("history")
        connection.rollback()
    engine = create_engine(url, poolclass=NullPool)
    assert inspect(engine).get_table_names() == []
    upgrade(url)
    downgrade(url, "base")
    assert inspect(engine).get_table_names() == ["alembic_version"]


def test_a_database_that_cannot_be_opened_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable):
        upgrade(f"sqlite:///{tmp_path / 'no_folder' / 'township.db'}")
