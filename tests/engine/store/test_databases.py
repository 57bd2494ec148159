"""What only databases have: the guarded history, the search index, settings, plans, and ways to fail."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Engine, create_engine, inspect, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool, QueuePool

from engine.errors import StoreUnavailable
from engine.store import Change, postgresql, rows, sqlite
from engine.store.failures import database_errors
from engine.store.sql import SqlStore
from engine.store.tables import ENGINE_ROWS, Base, InstanceRow, TaskRow, configure_sqlite, create_tables
from tests.engine.store.conftest import InDatabase
from tests.engine.store.records import NOON, deploy, instance, job, started, step, subscription, task, value


@pytest.fixture
def kept(database: InDatabase) -> InDatabase:
    made = instance()
    with database.transaction() as store:
        deploy(store)
        store.save(
            started(
                values=[value(made, 1)], jobs_added=[job(made)], subscriptions_added=[subscription(made)],
                tasks_opened=[task(made, candidate_groups=("a", "a"), candidate_users=("b",), excluded_users=("c",))],
            )
        )
    return database


def _do(database: InDatabase, statement: str) -> list[Any]:
    with database.engine.begin() as connection:
        found = connection.execute(text(statement), {"tenant": database.tenant})
        return list(found) if found.returns_rows else []


ERASED = '[1,"caller","",null,"2026-03-02T04:00:00.000120+00:00"]'


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE history SET record = '{}' WHERE tenant = :tenant",
        "UPDATE history SET record = record WHERE tenant = :tenant",
        "UPDATE history SET hash = '' WHERE tenant = :tenant",
        "DELETE FROM history WHERE tenant = :tenant",
        "DELETE FROM instance WHERE tenant = :tenant",
        *(
            f"UPDATE history SET {more} erasable = {to} WHERE tenant = :tenant"
            for more, to in (
                ("", "NULL"), ("", "'[]'"), ("", f"'[{ERASED},{ERASED}]'"), ("record = '{}',", f"'[{ERASED}]'"),
                ("", """'[[1,"caller","salt","1",null]]'"""), ("", """'[[1,"caller","",null,null]]'"""),
                ("", """'[[1,"caller","salt",null,"2026-03-02"]]'"""), ("", """'[[1,"x","",null,"2026-03-02"]]'"""),
                ("", """'[[2,"caller","",null,"2026-03-02"]]'"""), ("", """'[[1,"caller","",null,"2026-03-02",1]]'"""),
                ("", """'[[1,"caller","","1","2026-03-02"]]'"""), ("", """'[{}]'"""),
            )
        ),
    ],
)
def test_the_history_can_only_grow(kept: InDatabase, statement: str) -> None:
    with pytest.raises(DBAPIError, match=r"append-only|FOREIGN KEY|foreign key"):
        _do(kept, statement)
    with kept.transaction() as store:
        assert store.steps(instance().id) == [started().step]
        assert store.values(instance().id) == [value(instance(), 1)]


def test_on_postgresql_the_history_cannot_be_emptied(in_postgresql: InDatabase) -> None:
    with pytest.raises(DBAPIError, match="append-only"):
        _do(in_postgresql, "TRUNCATE history")


def test_a_value_is_erased_once(kept: InDatabase) -> None:
    with kept.transaction() as store:
        store.erase_values(instance().id, ["caller"], at=NOON)
    with pytest.raises(DBAPIError, match="append-only"):
        _do(kept, f"UPDATE history SET erasable = '[{ERASED.replace('000120', '000121')}]' WHERE tenant = :tenant")
    with pytest.raises(DBAPIError, match="append-only"):
        _do(kept, """UPDATE history SET erasable = '[[1,"caller","salt","\\"某\\"",null]]' WHERE tenant = :tenant""")


def test_the_search_index_follows_the_open_tasks(kept: InDatabase) -> None:
    found = "SELECT kind, name FROM task_candidate WHERE tenant = :tenant ORDER BY kind, name"
    assert _do(kept, found) == [("excluded", "c"), ("group", "a"), ("user", "b")]
    with kept.transaction() as store:
        one = store.tasks()[0]._replace(candidate_groups=("d",), excluded_users=())
        store.save(step(store.load(instance().id), tasks_changed=[one]))
    assert _do(kept, found) == [("group", "d"), ("user", "b")]
    with kept.transaction() as store:
        store.save(step(store.load(instance().id), tasks_changed=[one._replace(status="cancelled")]))
    assert _do(kept, found) == []


def test_rows_name_the_columns_of_the_tables_in_their_order() -> None:
    named = {
        "instance": rows.INSTANCE, "task": rows.TASK, "job": rows.JOB, "subscription": rows.SUBSCRIPTION,
        "history": rows.HISTORY,
    }
    tables = {row.__tablename__: tuple(row.__table__.columns.keys()) for row in ENGINE_ROWS}
    assert named == {name: tables[name] for name in named}
    written = [row for row in ENGINE_ROWS if row.__tablename__ != "message"]  # by SQLAlchemy, not by a step
    columns = [column for row in written for column in row.__table__.columns]
    assert {one.name for one in columns if str(one.type) == "INTEGER"} - {"version", "position"} == postgresql.INTEGERS
    instants = {one.name for one in columns if type(one.type).__name__ == "Instant"}
    assert instants == postgresql.INSTANTS


def test_the_app_shares_the_base() -> None:
    db = SQLAlchemy(model_class=Base)
    assert db.metadata is Base.metadata
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
    db.init_app(app)
    with app.app_context():
        create_tables(db.engine)
        db.session.execute(db.select(TaskRow).join(InstanceRow, InstanceRow.id == TaskRow.instance_id)).all()
        db.session.remove()
        db.engine.dispose()


def test_a_naive_instant_is_refused(kept: InDatabase) -> None:
    naive = datetime(2026, 3, 2)  # noqa: DTZ001
    with pytest.raises(ValueError, match="naive"), kept.transaction() as store:
        store.save(Change(started().instance._replace(revision=2, ended_at=naive)))
    with pytest.raises(Exception, match="naive"), kept.transaction() as store:
        store.due_jobs(naive, kinds=["timer"])


# -- speed


def test_a_completed_task_costs_one_round_trip_to_write_on_postgresql(
    in_postgresql: InDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    statements = 0
    run = postgresql._run

    def counted(driver: Any, parts: Any) -> None:
        nonlocal statements
        statements += 1
        run(driver, parts)

    monkeypatch.setattr(postgresql, "_run", counted)
    _complete_a_task(in_postgresql)
    assert statements == 2  # one to start the instance, one for the completed task


def test_a_completed_task_costs_at_most_seven_statements_on_sqlite(in_sqlite: InDatabase) -> None:
    seen: list[str] = []
    with in_sqlite.transaction() as store:
        deploy(store)
    with Session(in_sqlite.engine) as session:
        session.connection().connection.dbapi_connection.set_trace_callback(seen.append)
        store = SqlStore(session, in_sqlite.tenant)
        store.save(started(tasks_opened=[task(instance(), 1, candidate_groups=("a",))]))
        session.commit()
        session.connection().connection.dbapi_connection.set_trace_callback(seen.append)
        seen.clear()
        store.save(_completed(store.load(instance().id, lock=True), task(instance(), 1, candidate_groups=("a",))))
        session.commit()
    assert seen.count("COMMIT") == seen.count("BEGIN IMMEDIATE") == 1
    # How long to wait for the write lock is set on the connection, around BEGIN: it asks nothing of the database.
    by_itself = [one for one in seen if not one.startswith(("--", "BEGIN", "COMMIT", "PRAGMA busy_timeout"))]
    shapes = {one.split(" VALUES")[0] for one in by_itself}  # a row each of the same statement
    assert len(shapes) <= 7, shapes


def _complete_a_task(database: InDatabase) -> None:
    with database.transaction() as store:
        deploy(store)
        store.save(started(tasks_opened=[task(instance(), 1, candidate_groups=("a",))]))
    with database.transaction() as store:
        store.save(_completed(store.load(instance().id), store.task(task(instance()).id)))


def _completed(before: Any, one: Any) -> Change:
    return step(
        before, events=10, values=[value(before, number) for number in range(3, 8)],
        tasks_changed=[one._replace(status="completed", ended_at=NOON)],
        tasks_opened=[task(before, 2, candidate_groups=("b",))],
    )


HOT = (
    "LOAD", "LOAD_LOCKED", "TASK", "UPDATE_INSTANCE", "UPDATE_TASK", "UPDATE_JOB", "DELETE_JOB", "DELETE_SUBSCRIPTION",
)


@pytest.fixture(params=["sqlite", "postgresql"])
def untouched(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database of this test alone: in one that others fill, PostgreSQL gathers statistics by itself at any moment."""
    is_sqlite = request.param == "sqlite"
    url = f"sqlite:///{tmp_path / 'untouched.db'}" if is_sqlite else request.getfixturevalue("postgres_database")
    engine = create_engine(url, poolclass=NullPool)
    if is_sqlite:
        configure_sqlite(engine)
    create_tables(engine)
    yield engine
    engine.dispose()


@pytest.mark.parametrize("name", HOT)
def test_a_row_is_found_by_its_key_before_the_database_has_statistics(untouched: Engine, name: str) -> None:
    """An index that began with the tenant would tie with the key, and all of the tenant's rows be walked through."""
    with Session(untouched) as session:
        driver: Any = session.connection().connection.dbapi_connection
        if untouched.dialect.name == "sqlite":
            statement = getattr(sqlite, name)
            none = [None] * statement.count("?")
            plans = [row[3] for row in driver.execute(f"EXPLAIN QUERY PLAN {statement}", none)]
            assert [one for one in plans if "(tenant=? AND id=?)" in one], plans
        else:
            parts = getattr(postgresql, name).split("%s")
            statement = parts[0] + "".join(f"${number}{part}" for number, part in enumerate(parts[1:], 1))
            driver.execute("SET plan_cache_mode = force_generic_plan")
            driver.execute(f"PREPARE hot AS {statement}")
            none = ", ".join(["NULL"] * (len(parts) - 1))
            plans = [row[0].strip() for row in driver.execute(f"EXPLAIN EXECUTE hot ({none})")]
            assert [one for one in plans if one.startswith("Index Cond: ((tenant = $") and "id = " in one], plans


# -- settings


def test_sqlite_is_set_up_to_read_without_a_lock_and_to_survive_a_crash(tmp_path: Path) -> None:
    for synchronous, number in (("NORMAL", 1), ("FULL", 2)):
        engine = create_engine(f"sqlite:///{tmp_path / synchronous}.db", poolclass=NullPool)
        configure_sqlite(engine, synchronous)
        with engine.connect() as connection:
            pragmas = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
            found = [connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() for pragma in pragmas]
            assert found == ["wal", number, 1, 5000]
    with pytest.raises(ValueError, match="OFF"):
        configure_sqlite(create_engine("sqlite://"), "OFF")


def test_a_reader_is_not_disturbed_by_a_writer_on_sqlite(in_sqlite: InDatabase) -> None:
    with in_sqlite.transaction() as store:
        deploy(store)
        store.save(started())
    with in_sqlite.transaction() as writer:
        writer.save(step(started().instance))
        with in_sqlite.transaction() as reader:
            assert reader.load(instance().id).revision == 1
            assert reader.due_jobs(NOON, kinds=["timer"]) == []


def test_a_savepoint_does_not_commit_the_transaction_around_it(database: InDatabase) -> None:
    with Session(database.engine) as session:
        with session.begin_nested():
            deploy(SqlStore(session, database.tenant))
        session.rollback()
    with database.transaction() as store:
        assert store.definitions() == []


def test_what_a_savepoint_gives_up_is_gone_also_for_a_store_that_was_used_before(database: InDatabase) -> None:
    with Session(database.engine) as session:
        store = SqlStore(session, database.tenant)
        deploy(store)
        inner = session.begin_nested()
        store.save(started())
        inner.rollback()
        session.commit()
    with database.transaction() as store:
        assert len(store.definitions()) == 1 and store.instances() == []


def test_creating_the_tables_twice_changes_nothing(kept: InDatabase) -> None:
    before = sorted(inspect(kept.engine).get_table_names())
    create_tables(kept.engine)
    assert sorted(inspect(kept.engine).get_table_names()) == before
    with kept.transaction() as store:
        assert store.load(instance().id) == started().instance


# -- ways to fail


def test_a_locked_sqlite_database_is_unavailable(in_sqlite: InDatabase) -> None:
    with in_sqlite.transaction() as store:
        deploy(store)
        store.save(started())
    path = in_sqlite.engine.url.database
    with closing(sqlite3.connect(str(path), isolation_level=None)) as other, Session(in_sqlite.engine) as session:
        other.execute("BEGIN IMMEDIATE")
        store = SqlStore(session, in_sqlite.tenant)
        before = store.load(instance().id)
        session.connection().exec_driver_sql("PRAGMA busy_timeout = 10")
        with pytest.raises(StoreUnavailable, match="SQLITE_BUSY"):
            store.save(step(before))
        session.rollback()
        other.execute("ROLLBACK")
        store.save(step(before))
        session.commit()


def test_a_full_sqlite_database_is_unavailable_and_loses_nothing(in_sqlite: InDatabase) -> None:
    with in_sqlite.transaction() as store:
        deploy(store)
        store.save(started())
    with Session(in_sqlite.engine) as session:
        pages = session.connection().exec_driver_sql("PRAGMA page_count").scalar()
        session.connection().exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(StoreUnavailable, match="SQLITE_FULL"):
            change = step(started().instance)
            change.instance = change.instance._replace(state="x" * 100_000)
            SqlStore(session, in_sqlite.tenant).save(change)
    with in_sqlite.transaction() as store:
        assert store.load(instance().id) == started().instance


def test_a_database_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "not.db").write_bytes(b"x" * 5000)
    for path in (tmp_path / "not.db", tmp_path / "no_folder" / "store.db"):
        engine = create_engine(f"sqlite:///{path}", poolclass=NullPool)
        configure_sqlite(engine)
        for act in ("load", "definitions"):
            with Session(engine) as session, pytest.raises(StoreUnavailable):
                store = SqlStore(session, "township")
                store.load("one") if act == "load" else store.definitions()


def test_a_lost_connection_is_unavailable_and_the_next_one_works(in_postgresql: InDatabase) -> None:
    with in_postgresql.transaction() as store:
        deploy(store)
        store.save(started())
    for act in ("load", "definitions", "save"):
        with Session(in_postgresql.engine) as session:
            store = SqlStore(session, in_postgresql.tenant)
            before = store.load(instance().id)
            with _lost(in_postgresql, session), pytest.raises(StoreUnavailable):
                if act == "save":
                    store.save(step(before))
                elif act == "load":
                    store.load(instance().id)
                else:
                    store.definitions()
        with in_postgresql.transaction() as store:
            assert store.load(instance().id) == started().instance


@contextmanager
def _lost(database: InDatabase, session: Session) -> Iterator[None]:
    number = session.connection().exec_driver_sql("SELECT pg_backend_pid()").scalar()
    _do(database, f"SELECT pg_terminate_backend({number}, 5000)")
    yield


def test_a_server_that_is_not_there_is_unavailable() -> None:
    engine = create_engine("postgresql+psycopg://postgres@/none?host=/nowhere")
    with Session(engine) as session, pytest.raises(StoreUnavailable):
        SqlStore(session, "township").load("one")


def test_a_pool_that_is_used_up_is_unavailable(in_sqlite: InDatabase) -> None:
    engine = create_engine(in_sqlite.engine.url, poolclass=QueuePool, pool_size=1, max_overflow=0, pool_timeout=0.01)
    with engine.connect(), Session(engine) as session, pytest.raises(StoreUnavailable, match="no database connection"):
        SqlStore(session, "township").load("one")
    engine.dispose()


def test_a_mistake_in_a_statement_is_not_taken_for_a_lost_race(database: InDatabase) -> None:
    with pytest.raises(DBAPIError), database.transaction(), database_errors():
        _do(database, "SELECT no_such_column FROM instance")
    with pytest.raises(Exception, match=r"(?i)foreign key"), database.transaction() as store:
        store.save(started())
