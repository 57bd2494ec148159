"""Home page and figures among many cases: SQLite walks along the indexes that were made for them, in few statements."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import event, insert, text

from app.case.access import Reader
from app.case.models import Case
from app.case.months import Scope, keep_months, read_months
from app.case.register import Register
from app.case.statistics import answers
from app.case.trend import count_closed, count_overdue, count_responses_overdue
from app.db import db, now, take_stock, tenant
from app.home.cases import count_begun, read_begun, read_owed
from app.home.cases import read_months as read_standing

MANY = 6_000
ANSWERS = answers({"solved": "解决"})
REGISTER = Register("hotline", "热线", "T-{serial}", readers=("chiefs",), response=("sign_in",))
CHIEF = Reader("chief1", frozenset({"chiefs"}))


@pytest.fixture
def township(app: Flask) -> Iterator[list[str]]:
    """Many cases over ten months, one in twenty open; and the plans of what is asked of them."""
    asked: list[str] = []
    with app.app_context():
        db.session.execute(insert(Case), [*_rows()])
        db.session.commit()
        take_stock()
        event.listen(db.engine, "before_cursor_execute", lambda *args: asked.append(_plan(args)))
        yield asked


def _plan(args: tuple[object, ...]) -> str:
    connection, _cursor, statement, parameters = args[:4]
    if not str(statement).lstrip().startswith(("SELECT", "WITH")):
        return ""
    driver = connection.connection.dbapi_connection  # type: ignore[attr-defined]
    return "\n".join(str(row[3]) for row in driver.execute(f"EXPLAIN QUERY PLAN {statement}", parameters))


def _rows() -> Iterator[dict[str, object]]:
    begins = datetime(2026, 1, 10, tzinfo=UTC)
    for number in range(MANY):
        opened, is_open = begins + timedelta(days=310) * number / MANY, number % 20 == 0
        later = opened + timedelta(days=3)
        yield {
            "tenant": "township", "instance_id": f"i{number}", "number": f"T-{number}", "process_key": "hotline",
            "definition_id": "d", "state": "办理中" if is_open else "已办结", "place": f"village_{number % 13}",
            "category": f"c{number % 5}", "unit": f"unit{number % 9}", "due_at": later, "opened_at": opened,
            "opened_by": f"user{number % 40}", "closed_at": None if is_open else later, "results": {"solved": "解决"},
            "opened_day": f"{opened:%Y-%m-%d}", "answers": ANSWERS, "revision": 1, "response": "in_time",
            "response_due_at": later if is_open else None,
        }  # fmt: skip


def _walks_through_the_table(plan: str) -> bool:
    return any(line.startswith("SCAN case_file") and "INDEX" not in line for line in plan.splitlines())


def test_figures_are_counted_along_their_index_alone(township: list[str]) -> None:
    scope = Scope(tenant(), REGISTER, CHIEF)
    with_results = read_months(db.session(), scope, ("solved",))
    assert with_results.together.all.total == with_results.together.results("solved")["解决"] == MANY
    plans = [plan for plan in township if "case_file" in plan]
    assert plans and not any(map(_walks_through_the_table, plans))
    assert len(plans) == 1 + len(with_results.months)
    assert all("COVERING INDEX ix_case_figures" in plan for plan in plans[1:])


def test_months_that_are_kept_cost_two_statements(township: list[str]) -> None:
    scope = Scope(tenant(), REGISTER, CHIEF)
    keep_months(db.session(), scope, ("solved",), read_months(db.session(), scope, ("solved",)))
    township.clear()
    assert read_months(db.session(), scope, ("solved",)).together.all.total == MANY
    assert len(township) == 2 and "COVERING INDEX ix_case_day" in township[0]


def test_weeks_and_what_is_overdue_are_counted_along_their_indexes(township: list[str]) -> None:
    scope, at = Scope(tenant(), REGISTER, CHIEF), now()
    spans = [(at - timedelta(days=7 * week), at - timedelta(days=7 * (week - 1))) for week in range(1, 30)]
    assert sum(count_closed(db.session(), scope, spans)) > 0
    assert township[-1].count("COVERING INDEX ix_case_closed") == 1, "one walk, span after span"
    assert sum(count_responses_overdue(db.session(), scope, at).values()) > 0
    assert "COVERING INDEX ix_case_response" in township[-1]
    this_year = replace(scope, begins=(at - timedelta(days=330)).date(), ends=at.date())
    for each in (scope, this_year):
        assert count_overdue(db.session(), each, at)["all", ""] > 0
        assert "COVERING INDEX ix_case_owed" in township[-1]


def test_the_home_page_counts_along_indexes(township: list[str]) -> None:
    at = now()
    assert sum(each.open for each in read_owed(db.session(), tenant(), {"unit0", "unit1"}, at)) > 0
    assert "COVERING INDEX ix_case_owed" in township[-1]
    assert count_begun(db.session(), tenant(), "user0") and read_begun(db.session(), tenant(), "user0", at)
    assert all("ix_case_begun" in plan for plan in township[-2:])
    assert read_standing(db.session(), tenant(), ["hotline"], at)[0].open == MANY // 20
    assert not _walks_through_the_table(township[-1])


def test_the_planner_knows_of_the_cases(township: list[str]) -> None:
    assert db.session.execute(text("SELECT count(*) FROM sqlite_stat1 WHERE tbl = 'case_file'")).scalar_one() > 5
