"""Makes many cases of few: rows copied under other ids within a database, and from SQLite into another database."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Table, create_engine, insert, literal, select, text
from sqlalchemy.pool import NullPool

from app.case.fulltext import CaseText
from app.case.models import Case, CaseUnit, CaseValue
from app.db import db, take_stock
from engine.store.tables import Base, InstanceRow, TaskCandidateRow, TaskRow

BATCH = 5_000
OWN: Mapping[type[Base], tuple[str, ...]] = {
    InstanceRow: ("id",), Case: ("instance_id", "number"), CaseUnit: ("instance_id",), TaskRow: ("id", "instance_id"),
    TaskCandidateRow: ("task_id",),
}  # fmt: skip
"""The tables that lists and figures are read from, each with the columns in which a copy differs."""
TEXTS: Mapping[type[Base], tuple[str, ...]] = {CaseText: ("instance_id",), CaseValue: ("instance_id",)}
"""Those that registers are searched and filtered by."""


def multiply(times: int, tasks: int, *, texts: bool = False) -> None:
    """Make each case and its tasks so many; then add ended tasks, of what people did long ago, until there are `tasks`.

    Copies have no history, and without `texts` nothing that registers are searched and filtered by: neither figures nor
    home pages read that. Commits.
    """
    distance = (db.session.scalar(text("SELECT max(id) FROM case_text")) or 0) if texts else None
    for number in range(1, times):
        for row, own in {**OWN, **(TEXTS if texts else {})}.items():
            _copy_rows(row, own, number, distance=distance)
    have = db.session.scalar(text("SELECT count(*) FROM task")) or 0
    number = times
    while have < tasks:
        _copy_rows(TaskRow, ("id",), number, only_ended=True, most=tasks - have)
        have, number = db.session.scalar(text("SELECT count(*) FROM task")) or 0, number + 1
    db.session.commit()
    db.session.remove()
    settle()


def _copy_rows(
    row: type[Base], own: tuple[str, ...], number: int, *, distance: int | None = None, only_ended: bool = False,
    most: int | None = None,
) -> None:
    """Copy a table's rows; the texts of a copy are as many numbers away from the first ones' as is said."""
    table = row.__table__
    assert isinstance(table, Table)
    columns: list[ColumnElement[Any]] = []
    for each in table.columns:
        if each.name == "text_id" or (row is CaseText and each.name == "id"):
            copied: Any = literal(None, each.type) if distance is None else each + number * distance
        else:
            copied = each + literal(f"~{number}") if each.name in own else each
        columns.append(copied.label(each.name))
    first = table.c[own[0]]
    rows = select(*columns).where(first.not_like("%~%")).order_by(first).limit(most)
    if only_ended:
        rows = rows.where(table.c.status == "completed")
    db.session.execute(insert(table).from_select([each.name for each in table.columns], rows))


def bring(source: str) -> None:
    """Copy all rows of an SQLite file into the application's database, in the place of what is there."""
    engine = create_engine(source, poolclass=NullPool)
    with engine.connect() as there, db.engine.begin() as here:
        here.execute(text("SET session_replication_role = replica"))  # whatever refers to what
        for table in db.metadata.sorted_tables:
            here.execute(table.delete())
            result = there.execution_options(stream_results=True).execute(select(table))
            while part := result.fetchmany(BATCH):
                here.execute(table.insert(), [dict(one._mapping) for one in part])


def settle() -> None:
    """Let the database count what there is, as a township's has long since done."""
    if db.engine.dialect.name == "postgresql":
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as here:
            here.execute(text("VACUUM ANALYZE"))
    take_stock()
