"""Registers and inboxes among many cases, on both databases: along which indexes they are read, in how few statements.

Nothing is timed: a plan that walks through a table is refused, for it takes longer the more cases there were.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest
from sqlalchemy import Connection, Engine, create_engine, event, insert, text
from sqlalchemy.orm import Session

from app.case.access import Reader
from app.case.conditions import Condition
from app.case.covers import Cover
from app.case.fulltext import CaseText
from app.case.models import Case, CaseValue
from app.case.ordering import USUAL, Order
from app.case.queries import Criteria, Page, find_cases, states_of
from app.case.register import Register
from app.case.search import tokens
from app.db import LISTED, configure_postgresql
from app.tasklist import inbox
from engine.store.tables import Base, TaskCandidateRow, TaskRow, configure_sqlite
from tests.support.postgres import new_database

MANY, TENANT, BEGINS = 8_000, "township", datetime(2026, 1, 10, tzinfo=UTC)
REGISTER = Register(
    "hotline", "热线", "T-{serial}", readers=("chiefs",), place="place", filters=("kind", "solved", "received"),
)
CHIEF = Reader("chief1", frozenset({"chiefs"}))
BIG = ("case_file", "case_value", "case_text", "task")
KIND, SOLVED = Condition("kind", equals="求助"), Condition("solved", equals="是")
ASKED: dict[str, tuple[Criteria, int]] = {
    "everything": (Criteria(), 3),
    "a state": (Criteria(state="办理中"), 3),
    "a place": (Criteria(place="village_3"), 3),
    "one common value": (Criteria(conditions=(KIND,)), 3),
    "two common values": (Criteria(conditions=(KIND, SOLVED)), 4),
    "values that never meet": (Criteria(conditions=(KIND, Condition("solved", equals="否"))), 3),
    "half of the time": (Criteria(conditions=(Condition("received", since="2026-05"),)), 3),
    "a rare value": (Criteria(conditions=(Condition("kind", equals="建议"),)), 4),
    "a part of a value": (Criteria(conditions=(Condition("kind", contains="助"),)), 3),
    "a word in every case": (Criteria(text="件"), 3),
    "a common word": (Criteria(text="自来水"), 3),
    "a common word, a place and a value": (Criteria(text="自来水", place="village_3", conditions=(KIND,)), 4),
    "a long word": (Criteria(text="自来水管破裂"), 3),
    "a number": (Criteria(text="T-17"), 4),
    "a word that is nowhere": (Criteria(text="不存在的"), 3),
}
"""What is asked, and in how many statements it may be answered."""


@dataclass
class Township:
    """Many cases in a database, and the plans of what is asked of it."""

    database: Engine
    plans: list[str] = field(default_factory=list)

    def ask(self, question: Callable[[Session], Any]) -> Any:
        """Return the answer; its plans are then in `plans`."""
        with Session(self.database) as session:
            self.plans.clear()
            return question(session)

    @property
    def walks(self) -> list[str]:
        """The plans that walk through a large table."""
        names = "|".join(BIG)
        walked = re.compile(rf"Seq Scan on ({names})\b|^SCAN ({names})(?! USING)", re.MULTILINE)
        return [plan for plan in self.plans if walked.search(plan)]


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def township(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Township]:
    """Fill a database once: the tests of this module only read."""
    if request.param == "sqlite":
        database = create_engine(f"sqlite:///{tmp_path_factory.mktemp('scale') / 'township.db'}")
        configure_sqlite(database)
        yield _filled(database)
        database.dispose()
        return
    with new_database(request.getfixturevalue("postgres_url")) as url:
        database = create_engine(url)
        yield _filled(database)
        database.dispose()


def _filled(database: Engine) -> Township:
    Base.metadata.create_all(database)
    is_postgresql = database.dialect.name == "postgresql"
    # Only what is read here is filled in, without the rows that it refers to. What is not yet on the disk VACUUM cannot
    # tell to be seen by everybody, and indexes alone do not answer.
    unchecked = "PRAGMA foreign_keys = OFF"
    if is_postgresql:
        unchecked = "SET session_replication_role = replica; SET synchronous_commit = on"
    with database.connect() as connection:
        connection.connection.dbapi_connection.execute(unchecked)  # type: ignore[union-attr]
        for row, rows in _rows().items():
            connection.execute(insert(row), rows)
        connection.commit()
    analyze = "VACUUM ANALYZE" if is_postgresql else "ANALYZE"
    with database.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for table in (*LISTED, "case_text"):
            connection.execute(text(f"{analyze} {table}"))
    database.dispose()
    township = Township(database)
    if is_postgresql:
        event.listen(database, "connect", configure_postgresql)
    event.listen(database, "before_cursor_execute", lambda *args: township.plans.append(_plan(*args[:4])))
    return township


def _plan(connection: Connection, _cursor: object, statement: str, parameters: Any) -> str:
    driver: Any = connection.connection.dbapi_connection
    explain = "EXPLAIN" if connection.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN"
    return "\n".join(str(row[-1]) for row in driver.execute(f"{explain} {statement}", parameters))


def _rows() -> dict[type[Base], list[dict[str, Any]]]:
    """Return cases of ten months, one in ten still open, with their values, texts and three tasks each."""
    rows: dict[type[Base], list[dict[str, Any]]] = {
        Case: [], CaseValue: [], CaseText: [], TaskRow: [], TaskCandidateRow: [],
    }  # fmt: skip
    for number in range(MANY):
        case = {"tenant": TENANT, "instance_id": f"i{number:06}", "process_key": "hotline"}
        at, is_open = BEGINS + timedelta(hours=number), number % 10 == 0
        said = f"t-{number} {'自来水' if number % 3 else '路灯'}管破裂 第{number}件 {'村民反映' * 40}"
        rows[Case].append({
            **case, "number": f"T-{number}", "definition_id": "d", "state": "办理中" if is_open else "已办结",
            "place": f"village_{number % 13}", "category": f"c{number % 5}", "unit": f"unit{number % 9}",
            "due_at": at + timedelta(days=3), "opened_at": at, "opened_by": f"user{number % 40}", "content": said * 3,
            "closed_at": None if is_open else at, "opened_day": f"{at:%Y-%m-%d}", "text_id": number + 1,
        })
        rows[CaseText].append({
            **case, "id": number + 1, "text": said, "private_text": "", "words": tokens(said), "more_text": "",
            "more_words": "",
        })
        solved = "是" if number % 10 < 7 else "否"
        kind = "建议" if number % 400 == 0 else "求助" if solved == "是" else "投诉"
        for name, value in (("kind", kind), ("solved", solved), ("received", f"{at:%Y-%m-%dT%H:%M:%SZ}")):
            row = {**case, "name": name, "position": 0, "text": value, "number": None, "text_id": number + 1}
            rows[CaseValue].append(row)
        rows[TaskRow] += (_task(case, at, step, is_open and step == 2) for step in range(3))
        if is_open:
            task = {"tenant": TENANT, "task_id": f"{case['instance_id']}:2"}
            rows[TaskCandidateRow].append({**task, "kind": "group", "name": f"unit{number % 9}"})
            rows[TaskCandidateRow].append({**task, "kind": "excluded", "name": f"user{number % 40}"})
    return rows


def _task(case: dict[str, str], at: datetime, step: int, is_open: bool) -> dict[str, Any]:
    number = int(case["instance_id"][1:])
    return {
        "tenant": TENANT, "id": f"{case['instance_id']}:{step}", "instance_id": case["instance_id"],
        "definition_id": "d", "definition_key": "hotline", "business_key": f"T-{number}", "element_id": f"e{step}",
        "name": "办理" * 20, "status": "open" if is_open else "completed", "created_at": at,
        "assignee": f"clerk{number % 9}" if is_open and number % 3 == 0 else None, "candidates": "[]",
        "form_key": None, "due_at": at, "follow_up_at": None, "priority": 50, "claimed_at": None,
        "ended_at": None if is_open else at, "ended_by": None if is_open else f"clerk{number % 9}",
        "on_behalf_of": None,
    }  # fmt: skip


def _found(township: Township, reader: Reader, criteria: Criteria, **options: Any) -> Page:
    found = township.ask(lambda session: find_cases(session, TENANT, REGISTER, reader, criteria, **options))
    assert isinstance(found, Page)
    return found


@pytest.mark.parametrize("asked", ASKED)
def test_a_register_is_read_along_indexes_in_few_statements(township: Township, asked: str) -> None:
    criteria, statements = ASKED[asked]
    page = _found(township, CHIEF, criteria)
    assert bool(page.cases) == (asked not in ("values that never meet", "a word that is nowhere"))
    assert not township.walks, "\n\n".join(township.walks)
    assert len(township.plans) <= statements


@pytest.mark.parametrize("order", USUAL, ids=lambda order: order.key)
def test_every_order_is_walked_along(township: Township, order: Order) -> None:
    first = _found(township, CHIEF, Criteria(text="自来水", conditions=(KIND,)), order=order)
    assert not township.walks, "\n\n".join(township.walks)
    _found(township, CHIEF, Criteria(text="自来水", conditions=(KIND,)), order=order, after=first.after)
    assert not township.walks, "\n\n".join(township.walks)


def test_own_cases_are_found_by_indexes(township: Township) -> None:
    assert _found(township, Reader("user7", frozenset({"unit3"})), Criteria(conditions=(SOLVED,))).total > 0
    assert not township.walks, "\n\n".join(township.walks)


def test_states_are_hopped_over(township: Township) -> None:
    assert township.ask(lambda session: states_of(session, TENANT, REGISTER)) == ["办理中", "已办结"]
    assert not township.walks and "ix_case_state" in township.plans[0]


@pytest.mark.parametrize("name", get_args(inbox.Filter))
def test_an_inbox_is_read_by_indexes_also_for_whom_one_stands_in(township: Township, name: inbox.Filter) -> None:
    covers = (Cover("clerk1", "unit1"), Cover("clerk2", "unit2", others=frozenset({"unit5"})))
    at = BEGINS + timedelta(days=400)
    reader = inbox.Reader(TENANT, "clerk3", ["unit3", "unit4"], at, {}, covers)
    view = inbox.View(filter=name)
    questions: list[Callable[[Session], Any]] = [
        lambda session: inbox.read_page(session, reader, view).rows,
        lambda session: inbox.count_filters(session, reader, name),
    ]
    for question in questions:
        assert township.ask(question)
        assert len(township.plans) <= 1 and not township.walks, "\n\n".join(township.walks)
