"""Documents and time: what is told at once, reminded of and escalated, and readers who are away."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from app.calendar import LOCAL
from app.duty.rules import Absence
from tests.bpmn.documents import (
    ACTION,
    PROPOSED,
    READING,
    at_step,
    handled,
    instructed,
    order,
    received,
    registered,
    rows,
)
from tests.bpmn.hotline import MONDAY, Case, Township

IN_TURN = {**READING, "circulation_mode": "in_turn"}
URGENT = {**ACTION, "urger": "leader1"}


@pytest.fixture(params=["初审", "登记"])
def town(request: pytest.FixtureRequest) -> Township:
    return order(request.param)


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
    case = at_step(town, "register_document", urgency="加急")
    with pytest.raises(Exception, match="register_document") as told:
        case.do("register_document", **ACTION)
    assert set(getattr(told.value, "errors", {})) == {"urger"}
    assert case.do("register_document", **URGENT).steps != ["register_document"]


def test_the_unit_and_the_urger_are_reminded_before_the_limit_and_leaders_told_after_it(town: Township) -> None:
    case = instructed(town, {**URGENT, "due": "2026-10-16T17:30:00+08:00"}, urgency="加急")
    case.wait(at(15, 17))
    assert [element for _, element in town.notices] == ["notify_arrival"]
    case.wait(at(15, 18))
    assert town.notices[1:] == [("water_station,agriculture_station,finance_office,leader1", "remind_handling")]
    case.wait(at(16, 18))
    assert town.notices[2:] == [("township_leaders,leader1", "escalate_handling")]
    assert "handle_document" in case.steps


def test_a_limit_that_is_near_already_is_reminded_of_at_once(town: Township) -> None:
    case = instructed(town, {**ACTION, "due": "2026-10-12T17:30:00+08:00"})
    case.wait(at(12, 9, 30))
    assert town.notices == [("water_station,agriculture_station,finance_office,", "remind_handling")]


def test_the_clerk_sees_the_limit_that_the_table_gives(town: Township) -> None:
    case = at_step(town, "register_document", kind="议案")
    assert case["proposed_due"] == at(12, 9) + timedelta(days=28, hours=8, minutes=30)


def test_co_units_that_still_work_are_reminded_when_the_lead_unit_has_done_its_part(town: Township) -> None:
    case = instructed(town, {**ACTION, "due": "2026-10-16T17:30:00+08:00"})
    case.do("handle_document", handling_note="已检查。").do("assist_document", by="finance1", assist_note="已配合。")
    case.wait(at(15, 18))
    assert [element for _, element in town.notices] == ["remind_handling"]


def test_a_result_that_nobody_reports_is_told_of_like_work_that_nobody_does(town: Township) -> None:
    case = handled(town, {**ACTION, "due": "2026-10-16T17:30:00+08:00"})
    case.wait(at(16, 18))
    assert ([element for _, element in town.notices], case.steps) == (
        ["remind_handling", "escalate_handling"], ["report_result"],
    )


def test_the_named_person_urges_the_units_as_often_as_needed(town: Township) -> None:
    case = instructed(town, {**URGENT, "due": "2026-10-16T17:30:00+08:00"}, urgency="加急")
    assert (case.who_may("urge_document"), case["urge_count"]) == ({"leader1"}, 0)
    assert case.task("urge_document").due_at == at(15, 17, 30), "before the limit"
    case.do("urge_document", urging="urge", urge_words="请今天报进度。")
    assert town.engine.run_due()
    assert town.notices[-1] == ("water_station,agriculture_station,finance_office", "send_urging")
    assert case.task("urge_document").due_at == at(16, 17, 30), "and once more at the limit"
    case.do("urge_document", urging="urge", urge_words="请抓紧。")
    while town.engine.run_due():
        pass
    assert case["urge_count"] == 2
    case.do("urge_document", urging="stop")
    assert ("urge_document" in case.steps, case["urge_count"]) == (False, 2)


def test_what_is_handled_is_urged_no_more_and_urged_again_when_it_is_to_be_done_again(town: Township) -> None:
    case = instructed(town, URGENT, {**PROPOSED, "co_units": []}, urgency="特急")
    assert case.steps == ["handle_document", "urge_document"]
    case.do("handle_document", handling_note="已检查。")
    assert case.steps == ["report_result", "urge_document"], "until the result is there"
    case.do("report_result", handling_result="检查完毕。")
    assert case.steps == ["review_document"]
    case.do("review_document", review="redo", review_opinion="不全。")
    assert case.steps == ["handle_document", "urge_document"]


def test_a_reader_of_an_urgent_document_is_urged_by_the_named_person(town: Township) -> None:
    case = registered(town, {**READING, "urger": "dispatch1"}, urgency="特急")
    case.do("read_document", by="finance1").do("read_document", by="civil1").wait(at(13, 18))
    assert town.notices[-1] == ("leader1,,dispatch1", "remind_reader")
    assert (case.steps, case.who_may("urge_reader")) == (["read_document", "urge_reader"], {"dispatch1"})
    case.do("urge_reader", urge_words="请今天阅读。")
    assert town.engine.run_due()
    assert town.notices[-1] == ("leader1,", "send_reading_urging")
    case.do("read_document", by="leader1")
    assert case.state == "已阅毕"


def test_whoever_has_read_is_not_urged_any_more(town: Township) -> None:
    case = registered(town, {**READING, "readers": ["person:leader1"], "urger": "dispatch1"}, urgency="特急")
    case.wait(at(13, 18)).do("read_document", by="leader1")
    assert (case.steps, case.state) == (["archive_document"], "已阅毕")


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


def test_an_absence_that_lasts_longer_is_noticed_when_it_should_have_ended(town: Township) -> None:
    away(town, "leader1", at(13, 8))
    case = registered(town, READING)
    away(town, "leader1", at(30, 8), begins=at(13, 8))
    case.wait(at(13, 9))
    assert (rows(case)[0], case["circulation"][0]["away_until"]) == ("缺岗", at(30, 8))


def test_whoever_returns_early_reads_from_that_moment_on(town: Township) -> None:
    away(town, "leader1", at(30, 8))
    case = registered(town, READING)
    town.absences.clear()
    assert town.engine.signal("duty_changed:finance1") == 0, "nobody waits for whom it does not concern"
    assert town.engine.signal("duty_changed:leader1") == 1
    assert (rows(case)[0], "leader1" in readers(case)) == ("待阅", True)


def test_whoever_leaves_with_the_document_unread_is_passed_over_until_back(town: Township) -> None:
    case = registered(town, IN_TURN)
    assert readers(case) == ["leader1"]
    away(town, "leader1", at(14, 8))
    town.engine.signal("duty_changed:leader1")
    assert (rows(case), readers(case)) == (["缺岗", "待阅", "待阅"], ["finance1"])
    case.wait(at(14, 8, 30))
    assert (rows(case)[0], readers(case)) == ("待阅", ["finance1", "leader1"])


def test_a_reader_is_looked_for_when_the_turn_comes_not_before(town: Township) -> None:
    away(town, "civil1", at(13, 8))
    case = registered(town, IN_TURN)
    assert rows(case) == ["待阅"] * 3
    away(town, "civil1", at(20, 8), begins=at(13, 12))
    case.wait(at(13, 9)).do("read_document", by="leader1")
    case.wait(at(13, 13)).do("read_document", by="finance1")
    assert (rows(case), readers(case)) == (["已阅", "已阅", "缺岗"], [])
    case.wait(at(20, 8, 30))
    assert readers(case) == ["civil1"]


def test_only_the_branch_of_whom_it_concerns_is_stirred(town: Township) -> None:
    away(town, "leader1", at(30, 8))
    cases = [registered(town, {**READING, "readers": ["person:leader1", "person:civil1"]}) for _ in range(2)]
    town.absences.clear()
    assert town.engine.signal("duty_changed:leader1") == 2
    assert [rows(case) for case in cases] == [["待阅", "待阅"]] * 2


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
