"""Figures add up: every case is counted once in every table."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from app.case.access import Reader
from app.case.models import Case
from app.case.register import read_register
from app.case.statistics import UNSORTED, Figures, Ratings, read_figures, read_ratings
from tests.app.case.conftest import GROUPS, Office

KINDS = [("基础设施", 11), ("民生保障", 7), ("矛盾纠纷", 2), ("环境卫生", 2), ("", 2)]
RATED = {"solved": "解决", "first_satisfaction": "满意", "final_satisfaction": "满意", "reached": "yes"}


def figures(office: Office, user: str = "chief1", **period: datetime) -> Figures:
    with office.session() as session:
        definition = office.engine(session).latest("call")
        register = read_register(definition.key, definition.name, definition.properties)
        return read_figures(session, office.tenant, register, Reader(user, GROUPS[user]), **period)


def ratings(office: Office) -> Ratings:
    with office.session() as session:
        definition = office.engine(session).latest("call")
        register = read_register(definition.key, definition.name, definition.properties)
        reader = Reader("chief1", GROUPS["chief1"])
        return read_ratings(session, office.tenant, register, reader, at=office.clock.now())


def close(office: Office, case: Case, **answers: Any) -> None:
    office.complete(case, "duty1", lead_unit="water_station", due=(office.clock.now() + timedelta(hours=4)).isoformat())
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
    assert read.total == 24 and read.closed == 5
    for table in (read.by_category, read.by_place, read.by_unit, read.by_state):
        assert sum(row.total for row in table) == 24
        assert sum(row.closed for row in table) == 5
        assert all(sum(row.states.values()) == row.total == row.open + row.closed for row in table)
    assert [(row.name, row.total) for row in read.by_category] == [
        ("基础设施", 11), ("民生保障", 7), ("环境卫生", 2), ("矛盾纠纷", 2), (UNSORTED, 2)
    ]
    assert sum(read.categories_by_place.values()) == 24
    assert {row.name: row.total for row in read.by_state} == {"待派单": 19, "已办结": 5}


def test_a_period_counts_by_the_instant_of_opening(office: Office) -> None:
    office.open()
    office.wait(days=1)
    second = office.open()
    assert figures(office, opened_from=second.opened_at).total == 1
    assert figures(office, opened_before=second.opened_at).total == 1
    assert figures(office, opened_before=office.clock.now() - timedelta(days=9)).total == 0


def test_a_unit_sees_the_figures_of_its_own_cases(office: Office) -> None:
    close(office, office.open())
    office.open()
    assert figures(office, "water1").total == 1 and figures(office, "stranger").total == 0


def test_an_empty_register_has_no_rates(any_office: Office) -> None:
    read = ratings(any_office)
    assert figures(any_office).total == 0 and figures(any_office).by_category == []
    assert (read.solved.share, read.satisfied.share, read.response.share) == (None, None, None)
    assert read.first == dict.fromkeys(["非常满意", "满意", "基本满意", "不满意", "非常不满意"], 0)


def test_the_three_rates_follow_their_formulas(any_office: Office) -> None:
    close(any_office, any_office.open(), first_satisfaction="不满意", final_satisfaction="基本满意")
    close(any_office, any_office.open(), solved="部分解决", final_satisfaction="不满意")
    close(any_office, any_office.open(), final_satisfaction="非常满意")
    close(any_office, any_office.open(), reached="no", solved=None, first_satisfaction=None, final_satisfaction=None)
    any_office.open()
    read = ratings(any_office)
    assert (read.solved.part, read.solved.whole) == (2, 3)
    assert (read.satisfied.part, read.satisfied.whole) == (2, 3)
    assert read.unreached == 1
    assert read.first["不满意"] == 1 and read.first["满意"] == 2 and read.final["满意"] == 0
    assert (read.response.part, read.response.whole) == (4, 4)


def test_response_counts_what_was_late_and_what_is_overdue(any_office: Office) -> None:
    def dispatch(case: Case, hours: int) -> None:
        due = any_office.clock.now() + timedelta(hours=hours)
        any_office.complete(case, "duty1", lead_unit="water_station", due=due.isoformat())

    in_time, late, overdue, not_due = (any_office.open() for _ in range(4))
    for case, hours in [(in_time, 1), (late, 2), (overdue, 3), (not_due, 100)]:
        dispatch(case, hours)
    any_office.complete(in_time, "water1", objects=False)
    any_office.wait(hours=5)
    any_office.complete(late, "water1", objects=False)
    response = ratings(any_office).response
    assert (response.part, response.whole) == (1, 3)
