"""Figures add up: every case is counted once in every table, and months that are kept tell what counting anew tells."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from app.calendar import LOCAL
from app.case.access import Reader
from app.case.models import Case, CaseMonth
from app.case.months import Reading, Scope, keep_months, read_months
from app.case.ratings import LEVELS
from app.case.register import read_register
from app.case.statistics import DIMENSIONS, UNSORTED, Rate, Row, Tally
from app.case.trend import count_closed, count_overdue, count_responses_overdue
from app.statistics.rates import with_overdue
from tests.app.case.conftest import GROUPS, Office
from tests.app.case.test_timing import dispatch

KINDS = [("基础设施", 11), ("民生保障", 7), ("矛盾纠纷", 2), ("环境卫生", 2), ("", 2)]
RATED = {"solved": "解决", "first_satisfaction": "满意", "final_satisfaction": "满意", "reached": "yes"}
RESULTS = ("solved", "first_satisfaction", "final_satisfaction", "reached")


def scope(office: Office, user: str = "chief1", **span: date) -> Scope:
    with office.session() as session:
        definition = office.engine(session).latest("call")
        register = read_register(definition.key, definition.name, definition.properties)
        return Scope(office.tenant, register, Reader(user, GROUPS[user]), **span)


def reading(office: Office, user: str = "chief1", *, keep: bool = False, **span: date) -> Reading:
    wanted = scope(office, user, **span)
    with office.session() as session:
        found = read_months(session, wanted, RESULTS)
        if keep:
            keep_months(session, wanted, RESULTS, found)
            session.commit()
        return found


def figures(office: Office, user: str = "chief1", **span: date) -> Tally:
    return reading(office, user, **span).together


def close(office: Office, case: Case, **answers: Any) -> None:
    dispatch(office, case, 4)
    office.wait(hours=1)
    office.complete(case, "water1", objects=False)
    office.complete(case, "call1", **{**RATED, **answers})


def test_every_table_adds_up_to_the_total(any_office: Office) -> None:
    for category, count in KINDS:
        for number in range(count):
            case = any_office.open(category=category, village=f"village_0{number % 3 + 1}" if number else "")
            if number == 0:
                close(any_office, case)
    read = figures(any_office)
    assert read.all.total == 24 and read.all.closed == 5
    for dimension in DIMENSIONS:
        rows = read.rows(dimension)
        for count in ("total", "open", "in_time", "late", "no_limit", "rated", "timed"):
            assert sum(row[count] for row in rows) == read.all[count], (dimension, count)
        assert all(row.total == row.open + row["in_time"] + row["late"] + row["no_limit"] for row in rows)
    assert [(row.name, row.total) for row in read.rows("category")] == [
        ("基础设施", 11), ("民生保障", 7), ("环境卫生", 2), ("矛盾纠纷", 2), (UNSORTED, 2)
    ]
    assert sum(read.crossed("category×place").values()) == sum(read.crossed("unit×category").values()) == 24
    assert {row.name: row.total for row in read.rows("state")} == {"待派单": 19, "已办结": 5}


def test_a_period_counts_by_the_day_of_opening(any_office: Office) -> None:
    any_office.open()
    any_office.wait(days=1)
    second = any_office.open()
    any_office.wait(days=40)
    any_office.open()
    day = second.opened_at.astimezone(LOCAL).date()
    assert figures(any_office, begins=day).all.total == 2
    assert figures(any_office, ends=day - timedelta(days=1)).all.total == 1
    assert figures(any_office, ends=day - timedelta(days=9)).all.total == 0
    assert list(reading(any_office).months) == ["2026-03", "2026-04"]


def test_a_unit_sees_the_figures_of_its_own_cases_and_keeps_none(office: Office) -> None:
    close(office, office.open())
    office.open()
    assert figures(office, "water1").all.total == 1 and figures(office, "stranger").all.total == 0
    assert reading(office, "water1", keep=True).fresh == {}
    assert figures(office).all.total == 2


def test_an_empty_register_has_no_rates(any_office: Office) -> None:
    read = figures(any_office)
    assert read.all.total == 0 and read.rows("category") == []
    assert (read.all.rate("solved", "answered").share, read.all.working_days) == (None, None)


def test_solution_and_satisfaction_follow_their_formulas(any_office: Office) -> None:
    close(any_office, any_office.open(), first_satisfaction="不满意", final_satisfaction="基本满意")
    close(any_office, any_office.open(), solved="部分解决", final_satisfaction="不满意")
    close(any_office, any_office.open(), final_satisfaction="非常满意")
    close(any_office, any_office.open(), reached="no", solved=None, first_satisfaction=None, final_satisfaction=None)
    any_office.open()
    read = figures(any_office)
    assert read.all.rate("solved", "answered") == Rate(2, 3)
    assert read.all.rate("satisfied", "rated") == Rate(2, 3)
    assert (read.all["unreached"], read.all["dissatisfied"]) == (1, 1)
    assert read.results("first_satisfaction") == {"不满意": 1, "满意": 2}
    assert next(row for row in read.rows("unit") if row.name == "water_station")["dissatisfied"] == 1


def test_limits_kept_and_missed_are_counted_apart(any_office: Office) -> None:
    for hours, waited in ((4, 1), (4, 9), (None, 9)):
        case = dispatch(any_office, any_office.open(), hours)
        any_office.wait(hours=waited)
        any_office.complete(case, "water1", objects=False)
        any_office.complete(case, "call1", **RATED)
    any_office.open()
    row = figures(any_office).all
    assert [row[count] for count in ("in_time", "late", "no_limit", "open", "total")] == [1, 1, 1, 1, 4]
    assert row.rate("in_time", "in_time", "late") == Rate(1, 2)
    assert row["timed"] == 3 and row.working_days is not None


def test_response_counts_what_was_late_and_what_is_overdue(any_office: Office) -> None:
    in_time, late, overdue, not_due = (any_office.open() for _ in range(4))
    for case, hours in [(in_time, 1), (late, 2), (overdue, 3), (not_due, 100)]:
        dispatch(any_office, case, hours)
    any_office.complete(in_time, "water1", objects=False)
    any_office.wait(hours=5)
    any_office.complete(late, "water1", objects=False)
    at = any_office.clock.now()
    with any_office.session() as session:
        more = count_responses_overdue(session, scope(any_office), at)
        assert count_overdue(session, scope(any_office), at)["unit", "water_station"] == 3
    months = with_overdue(reading(any_office).months, more)
    row = Reading(months).together.all
    assert more == {"2026-03": 1}
    assert (row["responded_in_time"], row["responded_late"], row["responded"]) == (1, 2, 3)


def test_openings_and_closings_are_counted_each_by_its_own_day(any_office: Office) -> None:
    case = any_office.open()
    day = any_office.clock.now().astimezone(LOCAL).date()
    first, second = any_office.clock.now(), any_office.clock.now() + timedelta(days=1)
    any_office.wait(days=1)
    close(any_office, case)
    spans = [(first, second), (second, second + timedelta(days=1))]
    with any_office.session() as session:
        assert count_closed(session, scope(any_office), spans) == [0, 1]
        assert read_months(session, scope(any_office), RESULTS).opened == {f"{day}": 1}


# -- months that are kept


def test_a_month_is_counted_once_until_one_of_its_cases_changes(any_office: Office) -> None:
    cases = [any_office.open() for _ in range(3)]
    any_office.wait(days=40)
    any_office.open()
    assert sorted(reading(any_office, keep=True).fresh) == ["2026-03", "2026-04"]
    any_office.statements.clear()
    assert reading(any_office).fresh == {} and len(any_office.statements) <= 4
    dispatch(any_office, cases[0], 4)
    changed = reading(any_office, keep=True)
    assert list(changed.fresh) == ["2026-03"]
    assert {row.name for row in changed.together.rows("unit")} == {"water_station", UNSORTED}
    assert reading(any_office).fresh == {}


def test_what_is_kept_is_what_counting_anew_tells(any_office: Office) -> None:
    for _month in range(3):
        close(any_office, any_office.open(), final_satisfaction="不满意")
        any_office.open(category="")
        any_office.wait(days=31)
    reading(any_office, keep=True)
    kept = reading(any_office)
    with any_office.session() as session:
        for row in session.scalars(select(CaseMonth)):
            session.delete(row)
        session.commit()
    assert kept.fresh == {} and kept.together.numbers == figures(any_office).numbers


def test_a_month_that_the_span_holds_in_part_is_not_kept(office: Office) -> None:
    case = office.open()
    opened = case.opened_at.astimezone(LOCAL).date()
    assert opened > date(2026, 3, 1) and reading(office, begins=opened, keep=True).fresh == {}
    assert list(reading(office, begins=date(2026, 3, 1), ends=date(2026, 3, 31), keep=True).fresh) == ["2026-03"]
    assert figures(office, begins=opened, ends=opened).all.total == 1
    assert figures(office, begins=opened + timedelta(days=1)).all.total == 0


def test_a_mark_that_is_older_than_its_figures_does_no_harm(office: Office) -> None:
    office.open()
    early = reading(office)
    office.open()
    reading(office, keep=True)
    with office.session() as session:
        keep_months(session, scope(office), RESULTS, early)  # somebody slow keeps what has changed meanwhile
        session.commit()
    assert figures(office).all.total == 2


def test_results_that_were_declared_since_are_counted(office: Office) -> None:
    close(office, office.open())
    with office.session() as session:
        first = read_months(session, scope(office), ("solved",))
        keep_months(session, scope(office), ("solved",), first)
        session.commit()
    assert figures(office).results("final_satisfaction") == {"满意": 1}


@given(st.lists(st.dictionaries(
    st.tuples(st.sampled_from(["all", "unit"]), st.sampled_from(["", "a"]), st.sampled_from(["total", "open"])),
    st.integers(1, 50),
), max_size=4))  # fmt: skip
def test_tallies_are_added_in_any_order_and_survive_being_kept(parts: list[dict[tuple[str, str, str], float]]) -> None:
    tallies = [Tally(part) for part in parts]
    forth, back = Tally(), Tally()
    for tally in tallies:
        forth = Tally.together((forth, Tally.of_json(tally.as_json())))
    for tally in reversed(tallies):
        back = Tally.together((tally, back))
    assert forth.numbers == back.numbers
    assert sum(forth.numbers.values()) == sum(sum(part.values()) for part in parts)


def test_a_line_tells_its_shares() -> None:
    row = Row("x", {"total": 4, "open": 1, "days": 4.5, "timed": 3})
    assert (row.closed, row.working_days, row.rate("rated", "rated").share) == (3, pytest.approx(1.5), None)
    assert len(LEVELS) == 5


def test_results_too_long_for_the_index_are_counted_all_the_same(any_office: Office) -> None:
    close(any_office, any_office.open())
    close(any_office, any_office.open(), solved="部分解决" * 100)
    found = figures(any_office)
    assert found.results("solved") == {"解决": 1, "部分解决" * 100: 1}
    assert found.results("final_satisfaction") == {"满意": 2}
    with any_office.session() as session:
        assert [case.answers is None for case in session.scalars(select(Case).order_by(Case.number))] == [False, True]
