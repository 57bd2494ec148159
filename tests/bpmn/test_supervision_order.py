"""Every way through the diagram of supervision orders."""

import pytest

from engine.errors import FormInvalid, NotPermitted
from tests.bpmn.hotline import Case, Township
from tests.bpmn.tiers import (
    DONE,
    LATER,
    ORDER,
    SENT_BACK,
    STAGE,
    TRUE,
    UNABLE,
    adopted,
    at,
    orders,
    reported,
    unit_plans,
)

LIMIT = "2026-10-23T17:30:00+08:00"


@pytest.fixture
def town() -> Township:
    return Township()


def handed_over(town: Township, **changed: str) -> Case:
    """Register an order and hand it to its unit."""
    case = town.open("supervision_order", {**ORDER, **changed}, by="discipline1")
    return case.do("assign_order", assign_note="每周反馈一次。")


def test_an_order_by_hand_runs_from_its_registration_to_the_archive(town: Township) -> None:
    case = town.open("supervision_order", ORDER, by="discipline1")
    assert (case.number, case.state, case.who_may("assign_order")) == ("DB-2026-0001", "待交办", {"discipline1"})
    assert case.task("assign_order").due_at == at(13, 17, 30)
    case.do("assign_order", assign_note="每周反馈一次。")
    assert (case.steps, case.state) == (["report_progress", "urge_order"], "办理中")
    assert (case.who_may("report_progress"), case.task("report_progress").due_at) == ({"construction1"}, at(23, 17, 30))
    case.do("report_progress", **DONE)
    assert (case.steps, case.state) == (["review_feedback", "urge_order"], "待审核")
    case.do("review_feedback", **TRUE)
    assert (case.steps, case.state, case["outcome"]) == (["archive_order"], "已办结", "已落实")
    case.do("archive_order", archiving="yes", retention="10年")
    assert (case.status, case.state, case["retention"]) == ("completed", "已归档", "10年")


def test_progress_is_logged_entry_by_entry_until_the_work_is_done(town: Township) -> None:
    case = handed_over(town)
    case.wait(at(14, 10))
    case.do("report_progress", **STAGE)
    assert (case.steps, case.state, case["progress"]) == (["report_progress", "urge_order"], "办理中", None)
    case.wait(at(15, 10))
    case.do("report_progress", **{**STAGE, "progress": "工程过半。"}).do("report_progress", **DONE)
    assert [(entry["at"], entry["result"], entry["progress"]) for entry in case["progress_log"]] == [
        ("2026-10-14 10:00", "阶段进展", "已经开工。"),
        ("2026-10-15 10:00", "阶段进展", "工程过半。"),
        ("2026-10-15 10:00", "已落实", "已经完工。"),
    ]
    assert {entry["attendees"] for entry in case["progress_log"]} == {"戊"}


def test_feedback_that_does_not_hold_goes_back_with_the_reason(town: Township) -> None:
    case = handed_over(town).do("report_progress", **DONE)
    case.do("review_feedback", review="back", review_opinion="没有照片。")
    assert (case.steps, case.state) == (["report_progress", "urge_order"], "办理中")
    assert (case["review_opinion"], case["outcome"]) == ("没有照片。", None)
    case.do("report_progress", **DONE).do("review_feedback", **TRUE)
    assert case["outcome_note"] == "已经完工。(审核:现场核实无误。)"


def test_what_cannot_be_done_is_closed_as_such(town: Township) -> None:
    case = reported(town.open("supervision_order", ORDER, by="discipline1"), UNABLE)
    assert (case["outcome"], case.state) == ("难以落实", "已办结")
    case.do("archive_order", archiving="no")
    assert (case.state, case["retention"]) == ("已归档", None)


def test_supervision_urges_by_hand_as_often_as_it_likes(town: Township) -> None:
    case = handed_over(town)
    assert case.who_may("urge_order") == {"discipline1"}
    for count, words in enumerate(("请抓紧。", "再次催办。"), start=1):
        case.do("urge_order", urging="urge", urge_words=words)
        while town.engine.run_due():
            pass
        assert (case["urge_count"], case["urge_words"], len(town.notices)) == (count, words, count)
        assert case.steps == ["report_progress", "urge_order"]
    assert town.notices[-1] == ("construction_station", "send_urging")
    case.do("urge_order", urging="stop")
    assert case.steps == ["report_progress"]
    case.do("report_progress", **DONE).do("review_feedback", **TRUE)
    assert case.state == "已办结"


def test_an_order_is_urged_before_its_limit_and_reported_after_it_once_each(town: Township) -> None:
    case = handed_over(town)
    assert case["remind_at"] == at(22, 17, 30)
    case.wait(at(22, 17))
    assert town.notices == []
    case.do("report_progress", **STAGE)
    case.wait(at(22, 18))
    assert town.notices == [("construction_station", "remind_unit")]
    case.do("report_progress", **STAGE)
    case.wait(at(24, 9))
    assert town.notices[1:] == [("construction_station,supervision", "report_overdue")]
    assert case.do("report_progress", **DONE).steps == ["review_feedback", "urge_order"]


def test_a_major_order_is_urged_earlier_and_its_lateness_told_to_the_leaders(town: Township) -> None:
    case = handed_over(town, level="重点督办")
    assert case["remind_at"] == at(20, 17, 30)
    case.wait(at(24, 9))
    assert town.notices == [
        ("construction_station", "remind_unit"), ("construction_station,township_leaders", "report_overdue"),
    ]  # fmt: skip


def test_a_short_order_is_urged_half_way(town: Township) -> None:
    assert handed_over(town, due="2026-10-12T15:00:00+08:00")["remind_at"] == at(12, 12)


def test_an_order_is_extended_once_by_supervision_before_its_limit_and_both_limits_stand(town: Township) -> None:
    case = handed_over(town).do("report_progress", **LATER)
    assert (case.steps, case.state) == (["approve_order_extension", "urge_order"], "延期待批")
    assert case.who_may("approve_order_extension") == {"discipline1"}
    assert case["extension_reason"] == "材料没有到货。"
    case.do("approve_order_extension", extension="approve", extension_days=5, extension_opinion="情况属实。")
    assert (case.steps, case.state, case["extension_note"]) == (
        ["report_progress", "urge_order"], "办理中", "延期5个工作日已获批准。",
    )  # fmt: skip
    assert (case["original_due"], case.task("report_progress").due_at) == (LIMIT, at(30, 17, 30))
    assert [entry["result"] for entry in case["progress_log"]] == ["申请延期", "延期审批"]
    case.do("report_progress", **LATER)
    assert (case.steps, case["extension_note"]) == (["report_progress", "urge_order"], "已延期一次，不能再次延期。")
    assert case["due_at"] == at(30, 17, 30)


def test_the_reminders_move_with_an_extended_limit(town: Township) -> None:
    case = handed_over(town).do("report_progress", **LATER)
    case.do("approve_order_extension", extension="approve", extension_opinion="同意。")
    case.wait(at(27, 17))
    assert (case["remind_at"], town.notices) == (at(27, 17, 30), [])
    case.wait(at(28, 17))
    assert town.notices == [("construction_station", "remind_unit")]
    case.wait(at(29, 9))
    assert town.notices[1:] == [("construction_station,supervision", "report_overdue")]
    assert "decide_nearing_to_enter_watch" in case.flows


def test_who_was_urged_and_then_got_more_time_is_urged_before_the_new_limit_again(town: Township) -> None:
    case = handed_over(town)
    case.wait(at(23, 9))
    case.do("report_progress", **LATER).do("approve_order_extension", extension="approve", extension_opinion="同意。")
    case.wait(at(28, 9))
    assert town.notices == [("construction_station", "remind_unit")] * 2
    assert "decide_overdue_to_enter_watch" in case.flows


def test_a_refused_or_late_extension_leaves_the_limit_as_it_was(town: Township) -> None:
    case = handed_over(town).do("report_progress", **LATER)
    case.do("approve_order_extension", extension="refuse", extension_opinion="理由不充分。")
    assert (case["extension_note"], case["due"]) == ("延期未获批准:理由不充分。", LIMIT)
    case.do("report_progress", **LATER).wait(at(24, 9))
    case.do("approve_order_extension", extension="approve", extension_opinion="同意。")
    assert (case["extension_note"], case["due"]) == ("已过办理期限，不能延期。", LIMIT)
    case.do("report_progress", **LATER)
    assert case.steps == ["report_progress", "urge_order"], "who is late is not even asked about"


def test_an_extension_is_no_longer_than_the_table_allows(town: Township) -> None:
    case = handed_over(town)
    for days, wrong in ((11, "max"), (0, "min")):
        with pytest.raises(FormInvalid) as refused:
            case.do("report_progress", **{**LATER, "extension_days": days})
        assert refused.value.errors["extension_days"][0]["code"] == wrong
    with pytest.raises(FormInvalid) as refused:
        handed_over(town, level="重点督办").do("report_progress", **{**LATER, "extension_days": 6})
    assert refused.value.errors["extension_days"] == [{"code": "max", "max": 5}]


def test_who_is_done_is_urged_no_more(town: Township) -> None:
    case = reported(town.open("supervision_order", ORDER, by="discipline1"))
    case.wait(at(26, 9))
    assert town.notices == []


def test_an_order_out_of_a_matter_tells_it_the_outcome(town: Township) -> None:
    matter = adopted(town, co_units=[])
    order = orders(town)["water_station"]
    reported(order)
    assert "outcome_reported_to_enter_archive" in order.flows
    assert matter["reports"][0]["order"] == order.number
    order.do("archive_order", archiving="yes", retention="永久")
    assert order.state == "已归档"


def test_an_order_that_its_matter_withdraws_ends_wherever_it_stands(town: Township) -> None:
    matter = adopted(town, co_units=["village_08", "finance_office"])
    under_way = orders(town)
    under_way["village_08"].do("assign_order", assign_note="按期办结。").do("report_progress", **DONE)
    unit_plans(matter, "finance_office", SENT_BACK)
    while town.engine.run_due():
        pass
    for order in under_way.values():
        assert (order.status, order.state, order.steps) == ("completed", "已撤销", [])
        assert (order["outcome"], order["outcome_note"]) == ("已撤销", "征地没有完成。")


def test_an_order_whose_matter_has_been_ended_closes_all_the_same(town: Township) -> None:
    matter = adopted(town, co_units=[])
    town.engine.cancel(matter.id, by="procadmin", reason="重复。")
    order = reported(orders(town)["water_station"])
    assert (order.state, order.steps, town.engine.incidents()) == ("已办结", ["archive_order"], [])


def test_whoever_reported_does_not_review(town: Township) -> None:
    town.groups_of["construction1"].add("supervision")
    case = handed_over(town).do("report_progress", by="construction1", **DONE)
    assert case.who_may("review_feedback") == {"discipline1"}


def test_only_supervision_and_the_office_open_orders_by_hand(town: Township) -> None:
    with pytest.raises(NotPermitted):
        town.open("supervision_order", ORDER, by="water1")
    assert town.open("supervision_order", ORDER, by="dispatch1").state == "待交办"


def test_bad_input_is_told_field_by_field(town: Township) -> None:
    with pytest.raises(FormInvalid) as refused:
        town.open("supervision_order", {"level": "一般督办"}, by="discipline1")
    assert set(refused.value.errors) == {"title", "source", "unit", "due", "content"}
    past = {**ORDER, "due": "2026-10-11T17:30:00+08:00", "unit": "nobody", "origin": "a b"}
    with pytest.raises(FormInvalid) as refused:
        town.open("supervision_order", past, by="discipline1")
    assert set(refused.value.errors) == {"due", "unit", "origin"}
    case = handed_over(town)
    with pytest.raises(FormInvalid) as refused:
        case.do("urge_order", urging="urge")
    assert set(refused.value.errors) == {"urge_words"}
    with pytest.raises(FormInvalid) as refused:
        case.do("report_progress", progress_attendees=[], progress_result="可能已落实")
    assert set(refused.value.errors) == {"progress_result", "progress"}
    case.do("report_progress", **DONE)
    with pytest.raises(FormInvalid) as refused:
        case.do("review_feedback", review="pass")
    assert set(refused.value.errors) == {"review_opinion"}
    case.do("review_feedback", **TRUE)
    with pytest.raises(FormInvalid) as refused:
        case.do("archive_order", archiving="yes")
    assert set(refused.value.errors) == {"retention"}
