"""Documents and time: what is told at once, reminded of and escalated, and readers who are away."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from app.calendar import LOCAL
from app.duty.rules import Absence
from tests.bpmn.documents import ACTION, FIT, READING, instructed, received, registered, rows
from tests.bpmn.hotline import MONDAY, Case, Township

IN_TURN = {**READING, "circulation_mode": "in_turn"}
URGENT = {**ACTION, "urger": "leader1"}


@pytest.fixture
def town() -> Township:
    return Township()


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 10, day, hour, minute, tzinfo=LOCAL)


def away(town: Township, person: str, until: datetime, begins: datetime = MONDAY) -> None:
    town.absences.append(Absence(person, begins, until))


def readers(case: Case) -> list[str]:
    """Return who may read now."""
    found: set[str] = set()
    for task in case.tasks:
        found |= {login for login in case.town.groups_of if case.town.engine.may_work_on(task, login)}
    return sorted(found)


def test_an_urgent_document_is_told_of_at_once(town: Township) -> None:
    received(town, urgency="特急")
    assert town.engine.run_due()
    assert town.notices == [("party_government_office,township_leaders", "notify_arrival")]


def test_other_documents_are_not(town: Township) -> None:
    received(town)
    assert not town.engine.run_due()


@pytest.mark.parametrize(
    "urgency, sign, intake",
    [("特急", at(12, 9, 30), at(12, 11)), ("加急", at(12, 10), at(12, 15, 30)), ("无", at(12, 15, 30), at(14, 17, 30))],
)
def test_limits_follow_the_urgency(town: Township, urgency: str, sign: datetime, intake: datetime) -> None:
    case = received(town, urgency=urgency)
    assert (case.task("sign_document").due_at, case["due_intake"]) == (sign, intake)


def test_leaders_are_told_when_a_document_is_not_passed_on_in_time(town: Township) -> None:
    case = received(town, urgency="特急")
    case.wait(at(12, 11, 30))
    assert town.notices[1:] == [("township_leaders", "escalate_intake")]
    assert case.steps == ["sign_document"]


def test_an_urgent_document_needs_somebody_who_urges(town: Township) -> None:
    case = received(town, urgency="加急").do("sign_document", copies_received=1).do("check_document", **FIT)
    with pytest.raises(Exception, match="register_document") as told:
        case.do("register_document", **ACTION)
    assert set(getattr(told.value, "errors", {})) == {"urger"}
    assert case.do("register_document", **URGENT).steps == ["propose_handling"]


def test_the_unit_and_the_urger_are_reminded_before_the_limit_and_leaders_told_after_it(town: Township) -> None:
    case = instructed(town, {**URGENT, "due": "2026-10-16T17:30:00+08:00"}, urgency="加急")
    case.wait(at(15, 17))
    assert [element for _, element in town.notices] == ["notify_arrival"]
    case.wait(at(15, 18))
    assert town.notices[1:] == [("water_station,leader1", "remind_handling")]
    case.wait(at(16, 18))
    assert town.notices[2:] == [("township_leaders,leader1", "escalate_handling")]
    assert "handle_document" in case.steps


def test_a_limit_that_is_near_already_is_reminded_of_at_once(town: Township) -> None:
    case = instructed(town, {**ACTION, "due": "2026-10-12T17:30:00+08:00"})
    case.wait(at(12, 9, 30))
    assert town.notices == [("water_station,", "remind_handling")]


def test_the_clerk_sees_the_limit_that_the_table_gives(town: Township) -> None:
    case = received(town, kind="议案").do("sign_document", copies_received=1).do("check_document", **FIT)
    assert case["proposed_due"] == at(12, 9) + timedelta(days=28, hours=8, minutes=30)


# -- circulation


def test_a_reader_who_is_away_is_skipped_and_reads_when_back(town: Township) -> None:
    away(town, "leader1", at(14, 8))
    case = registered(town, IN_TURN)
    assert (rows(case), readers(case)) == (["缺岗", "待阅", "待阅"], ["finance1"])
    case.do("read_document", by="finance1")
    assert readers(case) == ["civil1"]
    case.wait(at(14, 8, 30))
    assert (rows(case), readers(case)) == (["待阅", "已阅", "待阅"], ["civil1", "leader1"])
    case.do("read_document", by="civil1").do("read_document", by="leader1")
    assert (rows(case), case.state) == (["已阅"] * 3, "已阅毕")


def test_whoever_comes_back_reads_before_those_whose_turn_has_not_come(town: Township) -> None:
    away(town, "leader1", at(13, 8))
    case = registered(town, IN_TURN)
    case.wait(at(13, 8, 30))
    case.do("read_document", by="finance1")
    assert readers(case) == ["leader1"]
    case.do("read_document", by="leader1")
    assert readers(case) == ["civil1"]


def test_nobody_waits_for_the_absent_when_all_read_at_once(town: Township) -> None:
    away(town, "leader1", at(14, 8))
    case = registered(town, READING)
    assert readers(case) == ["civil1", "finance1"]
    case.do("read_document", by="civil1").do("read_document", by="finance1")
    assert (case.steps, case.state, rows(case)) == ([], "传阅中", ["缺岗", "已阅", "已阅"])
    case.wait(at(14, 8, 30))
    assert readers(case) == ["leader1"]


def test_an_absence_that_lasts_longer_or_ends_early_is_noticed_at_the_roll_call(town: Township) -> None:
    away(town, "leader1", at(13, 8))
    case = registered(town, READING)
    away(town, "leader1", at(30, 8), begins=at(13, 8))
    case.wait(at(13, 9))
    assert rows(case)[0] == "缺岗"
    town.absences.clear()
    case.wait(at(14, 9, 30))
    assert (rows(case)[0], "leader1" in readers(case)) == ("待阅", True)


def test_who_does_not_read_in_time_is_reminded_and_holds_nobody_up(town: Township) -> None:
    case = registered(town, IN_TURN, urgency="无")
    case.wait(at(19, 18))
    assert town.notices == [("leader1,,", "remind_reader")]
    assert (rows(case), readers(case)) == (["逾期", "待阅", "待阅"], ["finance1", "leader1"])
    case.do("read_document", by="leader1")
    assert rows(case)[0] == "已阅"


def test_where_a_circulation_stands_can_be_told_at_any_time(town: Township) -> None:
    away(town, "leader1", at(14, 8))
    case = registered(town, IN_TURN).do("read_document", by="finance1")
    told: list[dict[str, Any]] = case["circulation"]
    assert [(row["person"], row["unit"], row["state"], row["away_until"]) for row in told] == [
        ("leader1", None, "缺岗", at(14, 8)), (None, "finance_office", "已阅", None), ("civil1", None, "待阅", None),
    ]  # fmt: skip
