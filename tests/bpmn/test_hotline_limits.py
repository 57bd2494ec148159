"""The hotline's limits: due instants, reminders before them, escalation after them, and the one extension."""

from datetime import datetime
from typing import Any

import pytest

from app.calendar import LOCAL
from engine.errors import FormInvalid
from tests.bpmn.hotline import HANDLED, Case, Township

EXTENSION = {"handling": "extend", "extension_days": 3, "extension_reason": "连日下雨,无法施工。"}


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """Return an instant of October 2026 in the township."""
    return datetime(2026, 10, day, hour, minute, tzinfo=LOCAL)


@pytest.fixture
def town() -> Township:
    return Township(at(12, 9))


@pytest.mark.parametrize(
    ("kind", "urgency", "sign_in", "first_contact", "handling"),
    [
        ("求助", "一般", at(12, 15, 30), at(13, 17, 30), at(19, 17, 30)),
        ("咨询", "一般", at(12, 15, 30), at(13, 17, 30), at(14, 17, 30)),
        ("咨询", "疑难", at(12, 15, 30), at(13, 17, 30), at(26, 17, 30)),
        ("投诉", "紧急", at(12, 10), at(12, 10), at(12, 11)),
    ],
)
def test_limits_follow_kind_and_urgency(
    town: Township, kind: str, urgency: str, sign_in: datetime, first_contact: datetime, handling: datetime
) -> None:
    case = town.dispatched(kind=kind, urgency=urgency)
    assert (case["due_sign_in"], case["due_first_contact"], case["due_handling"]) == (sign_in, first_contact, handling)
    assert case.task("sign_in").due_at == sign_in
    case.do("sign_in", sign_in="accept")
    assert case.task("contact_caller").due_at == first_contact
    case.do("contact_caller", contact="unreachable", contact_note="三次无人接听。")
    assert {task.due_at for task in case.tasks} == {handling}


def test_the_unit_is_reminded_before_the_sign_in_limit_and_the_reviewers_are_told_after_it(town: Township) -> None:
    case = town.dispatched()
    case.wait(at(12, 11, 30))
    assert town.notices == []
    case.wait(at(12, 14))
    assert town.notices == [("construction_station", "remind_sign_in")]
    case.wait(at(12, 16))
    assert town.notices[1:] == [("hotline_review", "escalate_sign_in")]
    assert case.steps == ["sign_in"]
    case.do("sign_in", sign_in="accept")
    assert case.steps == ["contact_caller"]


def test_who_signs_in_time_is_not_reminded(town: Township) -> None:
    case = town.dispatched().do("sign_in", sign_in="accept")
    case.wait(at(13, 17, 30))
    assert town.notices == []


def test_handling_is_reminded_a_working_day_before_and_escalated_after_its_limit(town: Township) -> None:
    case = town.signed_in()
    case.wait(at(16, 17))
    assert town.notices == []
    case.wait(at(16, 18))
    assert town.notices == [("construction_station", "remind_handling")]
    case.wait(at(20, 9))
    assert town.notices[1:] == [("hotline_review", "escalate_handling")]
    case.do("handle_call", **HANDLED)
    assert case.steps == ["review_result"]


def test_overdue_urgent_calls_are_told_to_the_leaders(town: Township) -> None:
    case = town.signed_in(urgency="紧急", category="民生保障")
    case.wait(at(12, 12))
    assert town.notices == [("civil_affairs_office", "remind_handling"), ("township_leaders", "escalate_handling")]


def ask_for_extension(town: Township, **form: Any) -> Case:
    return town.signed_in().do("handle_call", **{**EXTENSION, **form})


def test_an_approved_extension_sets_a_later_limit_and_keeps_the_original(town: Township) -> None:
    case = ask_for_extension(town)
    assert (case.steps, case.state) == (["approve_extension"], "延期待批")
    case.wait(at(19, 9))
    case.do("approve_extension", extension="approve")
    assert (case["original_due_handling"], case["due_handling"]) == (at(19, 17, 30), at(22, 17, 30))
    assert (case.steps, case.task("handle_call").due_at) == (["handle_call"], at(22, 17, 30))
    assert (case["extended"], case["extension_note"]) == (True, "延期已获批准。")
    assert case["extension_count"] == 1
    town.notices.clear()
    case.wait(at(21, 17))
    assert town.notices == []
    case.wait(at(23, 9))
    assert [element for _, element in town.notices] == ["remind_handling", "escalate_handling"]


def test_the_approver_may_change_the_days(town: Township) -> None:
    case = ask_for_extension(town)
    case.wait(at(19, 9))
    case.do("approve_extension", extension="approve", extension_days=1)
    assert case["due_handling"] == at(20, 17, 30)


def test_an_extension_never_makes_a_limit_shorter(town: Township) -> None:
    case = ask_for_extension(town, extension_days=1).do("approve_extension", extension="approve")
    assert case["due_handling"] == at(19, 17, 30)


def test_a_refused_extension_leaves_the_limit_and_may_be_asked_for_again(town: Township) -> None:
    case = ask_for_extension(town).do("approve_extension", extension="refuse", extension_opinion="天气已转好。")
    assert (case.steps, case["extension_note"]) == (["handle_call"], "延期未获批准。")
    assert (case["extended"], case["due_handling"]) == (False, at(19, 17, 30))
    case.do("handle_call", **EXTENSION)
    assert case.steps == ["approve_extension"]


def test_an_extension_that_is_asked_for_too_late_comes_straight_back_with_the_reason(town: Township) -> None:
    case = town.signed_in()
    case.wait(at(20, 9))
    case.do("handle_call", **EXTENSION)
    assert (case.steps, case["extension_note"]) == (["handle_call"], "已过办理期限，不能延期。")
    assert (case["extended"], case["due_handling"], case["handling"]) == (False, at(19, 17, 30), None)


def test_an_extension_that_is_approved_too_late_does_not_count(town: Township) -> None:
    case = ask_for_extension(town)
    case.wait(at(20, 9))
    case.do("approve_extension", extension="approve")
    assert (case["extended"], case["due_handling"]) == (False, at(19, 17, 30))
    assert case["extension_note"] == "已过办理期限，不能延期。"


def test_a_limit_is_extended_only_once_in_a_round(town: Township) -> None:
    case = ask_for_extension(town).do("approve_extension", extension="approve").do("handle_call", **EXTENSION)
    assert (case.steps, case["extension_note"]) == (["handle_call"], "已延期一次，不能再次延期。")


def test_a_redo_begins_with_new_limits_and_may_be_extended_again(town: Township) -> None:
    case = ask_for_extension(town).do("approve_extension", extension="approve")
    case.do("handle_call", **HANDLED).do("review_result", review="redo", review_opinion="没有照片,请补充。")
    assert (case["extended"], case["extension_note"]) == (False, None)
    case.do("sign_in", sign_in="accept").do("contact_caller", contact="reached", contact_note="再次核实。")
    assert case.do("handle_call", **EXTENSION).steps == ["approve_extension"]


def test_an_extension_needs_days_and_a_reason(town: Township) -> None:
    case = town.signed_in()
    with pytest.raises(FormInvalid) as refused:
        case.do("handle_call", handling="extend")
    assert set(refused.value.errors) == {"extension_days", "extension_reason"}


def test_who_handles_does_not_approve_the_own_extension(town: Township) -> None:
    town.groups_of["construction1"].add("hotline_review")
    assert ask_for_extension(town).who_may("approve_extension") == {"leader1"}
