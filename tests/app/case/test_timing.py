"""How a case kept its times stands in its row and is found by it: response, limit, working days, who began it."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.calendar import load_calendar
from app.case.access import Reader
from app.case.models import Case
from app.case.queries import Criteria, find_cases
from app.case.timing import OUTCOMES, STANDINGS, outcome_of, standing_at
from app.dossier.light import light_of_case
from tests.app.case.conftest import GROUPS, Office
from tests.app.case.test_queries import numbers, register


def find(office: Office, user: str = "chief1", **wanted: Any) -> list[str]:
    with office.session() as session:
        reader, criteria = Reader(user, GROUPS[user]), Criteria(**wanted, now=office.clock.now())
        return sorted(numbers(find_cases(session, office.tenant, register(office), reader, criteria)))


def dispatch(office: Office, case: Case, hours: int | None) -> Case:
    due = (office.clock.now() + timedelta(hours=hours)).isoformat() if hours else None
    return office.complete(case, "duty1", lead_unit="water_station", due=due)


def close(office: Office, case: Case) -> Case:
    office.complete(case, "water1", objects=False)
    return office.complete(case, "call1", solved="解决")


def test_every_case_stands_in_just_one_way(any_office: Office) -> None:
    limits: list[int | None] = [1, 2, 30, 200, None, 1, 2, None]
    cases = [dispatch(any_office, any_office.open(), hours) for hours in limits]
    any_office.wait(minutes=90)
    for case in cases[5:]:
        close(any_office, case)
    open_ones = {light: find(any_office, light=light) for light in STANDINGS}
    assert open_ones == {"late": ["0001"], "near": ["0002"], "fine": ["0003", "0004"], "none": ["0005"]}
    closed = {outcome: find(any_office, outcome=outcome) for outcome in OUTCOMES}
    assert closed == {"late": ["0006"], "in_time": ["0007"], "no_limit": ["0008"]}
    for case in cases:
        row = any_office.case(case)
        if row.closed_at is None:
            wanted = next(light for light, found in open_ones.items() if row.number[-4:] in found)
            assert light_of_case(row, any_office.clock.now()).level == wanted
        else:
            assert row.number[-4:] in closed[outcome_of(row.due_at, row.closed_at)]


def test_a_word_that_is_none_finds_nothing(office: Office) -> None:
    office.open()
    for wanted in ({"light": "blue"}, {"outcome": "perhaps"}, {"response": "?"}, {"results": {"caller": "王小明"}}):
        assert find(office, **wanted) == []


def test_the_light_is_near_for_a_day_and_late_from_the_instant_on() -> None:
    due = datetime.fromisoformat("2026-03-04T09:30:00+00:00")
    found = [standing_at(due, due + by) for by in (timedelta(days=-1), timedelta(hours=-23), timedelta(0))]
    assert found == ["fine", "near", "late"]


def test_a_response_is_late_once_and_for_all(any_office: Office) -> None:
    in_time, late, overdue, not_due, unlimited = (any_office.open() for _ in range(5))
    for case, hours in [(in_time, 9), (late, 2), (overdue, 3), (not_due, 100), (unlimited, None)]:
        dispatch(any_office, case, hours)
    assert any_office.case(late).response_due_at == any_office.case(late).due_at
    any_office.wait(hours=5)
    for case in (in_time, late, unlimited):
        any_office.complete(case, "water1", objects=True)
    assert any_office.case(late).response_due_at is None
    assert (find(any_office, response="in_time"), find(any_office, response="late")) == (["0001"], ["0002", "0003"])
    dispatch(any_office, late, 2)
    any_office.complete(late, "water1", objects=False)  # in time now, and yet it was late
    assert find(any_office, response="late") == ["0002", "0003"]


def test_a_claim_of_a_response_leaves_the_row_alone(office: Office) -> None:
    case = dispatch(office, office.open(), 4)
    before = office.case(case).revision
    with office.session() as session:
        engine = office.engine(session)
        engine.claim(engine.store.tasks(instance_id=case.instance_id)[0].id, by="water1")
        session.commit()
    assert office.case(case).revision == before


def test_every_change_of_a_row_is_counted(any_office: Office) -> None:
    case = any_office.open()
    assert (case.revision, case.opened_day[:7]) == (1, "2026-03")
    assert dispatch(any_office, case, 4).revision == 2
    assert close(any_office, case).revision == 4


def test_a_day_begins_by_the_townships_time(office: Office) -> None:
    office.clock.move_to(datetime.fromisoformat("2026-03-31T16:30:00+00:00"))
    assert office.open().opened_day == "2026-04-01"


def test_what_a_case_took_is_counted_in_working_days_when_it_closes(any_office: Office) -> None:
    case = any_office.open()  # a Monday, 09:00
    dispatch(any_office, case, None)
    any_office.wait(days=7)
    case = close(any_office, case)
    assert case.working_days == pytest.approx(5.0)
    any_office.wait(days=7)
    assert any_office.complete(case, "duty1").working_days == pytest.approx(5.0), "filing it takes nobody's time"


def test_working_days_spent_are_shares_of_office_hours() -> None:
    calendar = load_calendar()

    def spent(begin: str, end: str) -> float:
        return calendar.working_days_spent(*(datetime.fromisoformat(f"{each}+08:00") for each in (begin, end)))

    assert spent("2026-03-02T08:00", "2026-03-02T17:30") == pytest.approx(1)
    assert spent("2026-03-02T08:00", "2026-03-02T12:00") == pytest.approx(4 / 7)
    assert spent("2026-09-30T17:30", "2026-10-13T17:30") == pytest.approx(5)  # the make-up day is one
    assert spent("2026-03-07T08:00", "2026-03-08T20:00") == 0
    assert spent("2026-03-03T08:00", "2026-03-02T08:00") == 0


def test_a_limit_is_kept_by_the_handling_where_the_diagram_says_so(any_office: Office) -> None:
    diagram = (Path(__file__).parent / "call.bpmn").read_text(encoding="utf-8")
    for state, is_handled in (("待回访", "true"), ("待派单", "false")):
        says = f'<camunda:property name="case.state" value="{state}" />'
        diagram = diagram.replace(says, f'{says}<camunda:property name="case.handled" value="{is_handled}" />')
    any_office.deploy(diagram.encode())
    case = dispatch(any_office, any_office.open(), 4)
    any_office.wait(hours=3)
    case = any_office.complete(case, "water1", objects=False)
    assert case.handled_at == any_office.clock.now() and case.closed_at is None
    any_office.wait(days=3)
    assert light_of_case(case, any_office.clock.now()).level == "fine" and find(any_office, light="late") == []
    took = case.working_days
    case = any_office.complete(case, "call1", solved="解决")
    assert (find(any_office, outcome="in_time"), case.working_days) == (["0001"], took)


def test_whoever_began_a_case_may_read_and_find_it(any_office: Office) -> None:
    any_office.open()
    with any_office.session() as session:
        reader = Reader("duty1", frozenset())
        found = find_cases(session, any_office.tenant, register(any_office), reader, Criteria(opened_by="duty1"))
        assert numbers(found) == ["0001"]
    assert find(any_office, opened_by="chief1") == []


def test_cases_are_found_by_closing_and_by_result(any_office: Office) -> None:
    cases = [dispatch(any_office, any_office.open(), 4) for _ in range(3)]
    close(any_office, cases[0])
    any_office.wait(days=1)
    close(any_office, cases[1])
    at = any_office.clock.now()
    assert find(any_office, closed_from=at) == ["0002"] and find(any_office, closed_before=at) == ["0001"]
    assert find(any_office, results={"solved": "解决"}) == ["0001", "0002"]
    assert find(any_office, results={"solved": "未分类"}) == ["0003"]
