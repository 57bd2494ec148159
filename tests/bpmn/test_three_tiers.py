"""Every way through the three tiers' diagram."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from app.calendar import LOCAL, load_calendar
from app.expressions import functions
from engine.errors import FormInvalid
from engine.replay import first_difference, refeed
from engine.surroundings import Surroundings
from tests.bpmn.hotline import Township
from tests.bpmn.tiers import (
    CONSULTED,
    DONE,
    LATER,
    MATTER,
    PLANNED,
    RESOLVED,
    SENT_BACK,
    STAGE,
    TRUE,
    UNABLE,
    adopted,
    at,
    consulted,
    meeting,
    orders,
    reported,
    unit_plans,
    voted,
)


@pytest.fixture
def town() -> Township:
    return Township()


def test_a_matter_is_settled_when_every_unit_has_planned_and_every_order_has_reported(town: Township) -> None:
    case = town.open("three_tier_decision", MATTER, by="dispatch1")
    assert (case.steps, case.state, case.who_may("consult_leaders")) == (["consult_leaders"], "会商中", {"leader1"})
    case.do("consult_leaders", **CONSULTED)
    assert (case.steps, case.state, case.who_may("hold_meeting")) == (["hold_meeting"], "待例会", {"dispatch1"})
    case.do("hold_meeting", **meeting(), **voted(6, 0, 0), **RESOLVED)
    assert (case.steps, case.state) == (["plan_execution", "plan_execution"], "落实中")
    assert {task.candidate_groups for task in case.tasks} == {("water_station",), ("village_08",)}
    unit_plans(case, "village_08")
    unit_plans(case, "water_station", {**PLANNED, "plan": "负责设计和监理。", "local_variation": ""})
    assert [(plan["unit"], plan["plan"], plan["local_variation"]) for plan in case["plans"]] == [
        ("village_08", "十月底前开工。", "险段改用格宾石笼。"), ("water_station", "负责设计和监理。", ""),
    ]  # fmt: skip
    assert case["plans"][0]["attendees"] == "丁(先修险段。)"
    for unit, order in orders(town).items():
        assert case.status == "active"
        reported(order)
        assert case["reports"][-1]["unit"] == unit
    assert (case.status, case.state) == ("completed", "已落实")


def test_a_resolution_opens_one_order_for_each_unit_at_once(town: Township) -> None:
    case = adopted(town, co_units=["water_station", "village_08", "finance_office"])
    opened = orders(town)
    assert set(opened) == {"water_station", "village_08", "finance_office"}, "the lead is not counted twice"
    assert {order.number for order in opened.values()} == {"DB-2026-0001", "DB-2026-0002", "DB-2026-0003"}
    for order in opened.values():
        assert (order["origin"], order["title"], order["content"]) == (case.number, MATTER["title"], case["resolution"])
        assert (order["due"], order["level"], order["resources"]) == (case["due"], "重点督办", "县级资金三十万元。")
        assert (order.state, order["source"]) == ("待交办", "议题")


def test_an_order_may_report_before_its_unit_has_planned(town: Township) -> None:
    case = adopted(town, co_units=[])
    reported(orders(town)["water_station"])
    assert (case.status, case.steps) == ("active", ["plan_execution"])
    case.do("plan_execution", **PLANNED)
    assert case.state == "已落实"


def test_what_an_order_reports_stands_in_the_matter(town: Township) -> None:
    case = adopted(town, co_units=[]).do("plan_execution", **PLANNED)
    order = reported(orders(town)["water_station"])
    (report,) = case["reports"]
    assert (report["order"], report["outcome"]) == (order.number, "已落实")
    assert report["note"] == "已经完工。(审核:现场核实无误。)"


def test_the_matter_logs_its_execution_entry_by_entry_while_the_orders_run(town: Township) -> None:
    case = adopted(town)
    lead, village = orders(town)["water_station"], orders(town)["village_08"]
    assert case["execution_log"] is None
    lead.do("assign_order", assign_note="按期办结。").do("report_progress", **STAGE)
    village.do("assign_order", assign_note="按期办结。")
    village.wait(at(13, 10)).do("report_progress", **{**STAGE, "progress": "清表完成。"})
    assert [(entry["at"], entry["unit"], entry["progress"]) for entry in case["execution_log"]] == [
        ("2026-10-12 09:00", "water_station", "已经开工。"), ("2026-10-13 10:00", "village_08", "清表完成。"),
    ]  # fmt: skip
    assert case["execution_log"][0] == {
        "at": "2026-10-12 09:00", "unit": "water_station", "order": lead.number, "result": "阶段进展",
        "progress": "已经开工。", "attendees": "戊",
    }  # fmt: skip
    lead.do("report_progress", **DONE).do("review_feedback", review="back", review_opinion="没有照片。")
    assert [entry["result"] for entry in case["execution_log"]] == ["阶段进展", "阶段进展", "已落实"]
    lead.do("report_progress", **DONE).do("review_feedback", **TRUE)
    assert (len(case["execution_log"]), len(case["reports"]), case.status) == (4, 1, "active")


def test_an_extended_order_extends_its_matter_and_the_log_says_so(town: Township) -> None:
    case = adopted(town, co_units=[])
    order = orders(town)["water_station"].do("assign_order", assign_note="按期办结。")
    order.do("report_progress", **LATER).do("approve_order_extension", extension="approve", extension_opinion="同意。")
    assert [entry["result"] for entry in case["execution_log"]] == ["申请延期", "延期审批"]
    assert datetime.fromisoformat(case["due"]) == at(25, 17, 30, month=11)


# -- the leaders' consultation


def test_a_matter_may_be_kept_off_the_meeting(town: Township) -> None:
    case = town.open("three_tier_decision", MATTER, by="dispatch1")
    case.do("consult_leaders", **{**CONSULTED, "consultation_result": "shelve"})
    assert (case.status, case.state) == ("completed", "不上会")


def test_the_proposer_is_asked_for_more_with_the_reason_and_the_leaders_see_the_answer(town: Township) -> None:
    case = town.open("three_tier_decision", MATTER, by="dispatch1")
    asked = {**CONSULTED, "consultation_result": "supplement", "consultation_opinion": "请附概算。"}
    case.do("consult_leaders", **asked)
    assert (case.steps, case.state) == (["supplement_matter"], "待补充材料")
    assert "dispatch1" in case.task("supplement_matter").candidate_users
    assert (case["returned_from"], case["return_reason"]) == ("领导会商会", "请附概算。")
    case.do("supplement_matter", supplement="概算五十八万元。")
    assert (case.steps, case["supplement"], case["consultation_result"]) == (
        ["consult_leaders"], "概算五十八万元。", None,
    )  # fmt: skip
    case.do("consult_leaders", **asked)
    assert case["supplement"] is None, "the next answer begins empty"


def test_leaders_below_the_quorum_conclude_nothing_about_a_major_matter_and_meet_again(town: Township) -> None:
    case = town.open("three_tier_decision", MATTER, by="dispatch1")
    with pytest.raises(FormInvalid) as refused:
        case.do("consult_leaders", **{**CONSULTED, "consultation_due_count": 4})
    assert set(refused.value.errors) == {"consultation_adjournment"}, "2 of 4 are less than two thirds"
    case.do("consult_leaders", **{**CONSULTED, "consultation_due_count": 4}, consultation_adjournment="两人出差。")
    assert (case.steps, case["consultation_result"], case["analysis"]) == (["consult_leaders"], None, None)
    assert "decide_quorum_to_consultation_adjourned" in case.flows
    case.do("consult_leaders", **CONSULTED)
    assert case.steps == ["hold_meeting"]
    assert [(held["outcome"], held["due_count"], held["present_count"], held["votes"], held["opinion"])
            for held in case["consultations"]] == [
        ("流会", 4, 2, None, "两人出差。"), ("上会", 3, 2, "赞成2，反对0，弃权0", "建议分两期,提请例会。"),
    ]  # fmt: skip


@pytest.mark.parametrize("conclusion", ["forward", "shelve"])
def test_what_leaders_conclude_on_a_major_matter_is_carried_by_more_than_half_of_all(
    town: Township, conclusion: str
) -> None:
    case = town.open("three_tier_decision", MATTER, by="dispatch1")
    lost = {**CONSULTED, "consultation_votes_for": 1, "consultation_votes_against": 1}
    with pytest.raises(FormInvalid) as refused:
        case.do("consult_leaders", **{**lost, "consultation_result": conclusion})
    assert refused.value.errors == {"consultation_votes_for": [{"code": "min", "min": 2}]}
    case.do("consult_leaders", **{**lost, "consultation_result": "supplement"})
    assert case.steps == ["supplement_matter"], "who do not agree ask for more"


def test_consulting_on_other_matters_needs_neither_quorum_nor_votes(town: Township) -> None:
    case = consulted(town, major=False)
    (held,) = case["consultations"]
    assert (held["due_count"], held["votes"], held["present_count"], held["outcome"]) == (None, None, 2, "上会")


# -- the township's meeting


def test_the_meeting_sends_a_matter_back_with_a_reason_that_the_leaders_see(town: Township) -> None:
    case = consulted(town)
    case.do("hold_meeting", **meeting(), meeting_result="send_back", meeting_reason="资金来源不明。")
    assert (case.steps, case.state) == (["consult_leaders"], "会商中")
    assert (case["returned_from"], case["return_reason"]) == ("乡级例会", "资金来源不明。")
    case.do("consult_leaders", **CONSULTED)
    assert (case.steps, case["returned_from"], case["return_reason"]) == (["hold_meeting"], None, None)


def test_a_meeting_may_hear_a_matter_without_a_resolution(town: Township) -> None:
    case = consulted(town, kind="学习", major=False)
    case.do("hold_meeting", **meeting(), meeting_result="hear")
    assert (case.status, case.state, orders(town)) == ("completed", "已听取", {})


def test_below_the_quorum_the_meeting_decides_nothing_and_is_held_again(town: Township) -> None:
    case = consulted(town)
    with pytest.raises(FormInvalid) as refused:
        case.do("hold_meeting", **meeting(present=5), **voted(5, 0, 0), **RESOLVED)
    assert set(refused.value.errors) == {"adjournment_reason"}
    case.do("hold_meeting", **meeting(present=5), **voted(5, 0, 0), **RESOLVED, adjournment_reason="三人下村。")
    assert (case.steps, case.state, orders(town)) == (["hold_meeting"], "待例会", {})
    (held,) = case["meetings"]
    assert (held["outcome"], held["reason"], held["due_count"], held["present_count"]) == ("流会", "三人下村。", 9, 5)
    assert case["resolution"] is None, "what may not be decided is not written either"
    assert "decide_session_to_meeting_adjourned" in case.flows
    case.do("hold_meeting", **meeting(), **voted(6, 0, 0), **RESOLVED)
    assert (case.state, [held["outcome"] for held in case["meetings"]]) == ("落实中", ["流会", "通过"])


def test_an_adjourned_meeting_keeps_what_the_villages_said(town: Township) -> None:
    case = adopted(town, co_units=[]).do("plan_execution", **SENT_BACK)
    case.do("hold_meeting", **meeting(present=2), adjournment_reason="防汛。")
    assert (case["returned_unit"], case["return_reason"]) == ("water_station", "征地没有完成。")


def test_a_lost_vote_goes_back_to_the_leaders_or_ends_the_matter_as_the_meeting_says(town: Township) -> None:
    case = consulted(town)
    with pytest.raises(FormInvalid) as refused:
        case.do("hold_meeting", **meeting(), **voted(4, 1, 1), **RESOLVED)
    assert set(refused.value.errors) == {"rejection", "meeting_reason"}, "4 of 9 is not more than half"
    case.do("hold_meeting", **meeting(), **voted(4, 1, 1), rejection="send_back", meeting_reason="方案不成熟。")
    assert (case.steps, case["return_reason"]) == (["consult_leaders"], "方案不成熟。")
    case.do("consult_leaders", **CONSULTED)
    case.do("hold_meeting", **meeting(), **voted(4, 2, 0), rejection="close", meeting_reason="不再研究。")
    assert (case.status, case.state, orders(town)) == ("completed", "未通过", {})
    assert [held["votes"] for held in case["meetings"]] == ["赞成4，反对1，弃权1", "赞成4，反对2，弃权0"]


def test_other_matters_are_agreed_on_without_a_counted_vote(town: Township) -> None:
    case = consulted(town, major=False)
    with pytest.raises(FormInvalid) as refused:
        case.do("hold_meeting", **meeting(present=5), meeting_result="decide", **RESOLVED)
    assert set(refused.value.errors) == {"agreed"}
    case.do("hold_meeting", **meeting(present=5), meeting_result="decide", agreed="yes", **RESOLVED)
    assert (case.state, case["votes_for"], case["meetings"][0]["votes"]) == ("落实中", None, None)
    assert {order["level"] for order in orders(town).values()} == {"一般督办"}


def test_other_matters_may_be_refused_too(town: Township) -> None:
    case = consulted(town, major=False)
    refusal = {"agreed": "no", "rejection": "close", "meeting_reason": "暂缓。"}
    case.do("hold_meeting", **meeting(), meeting_result="decide", **refusal)
    assert case.state == "未通过"


# -- township and villages


def test_a_unit_sends_the_resolution_back_and_the_other_orders_are_withdrawn(town: Township) -> None:
    case = adopted(town)
    first = orders(town)
    first["water_station"].do("assign_order", assign_note="按期办结。")
    unit_plans(case, "village_08", SENT_BACK)
    assert (case.steps, case.state) == (["hold_meeting"], "待例会")
    assert (case["returned_from"], case["returned_unit"], case["return_reason"]) == (
        "乡村协作", "village_08", "征地没有完成。",
    )  # fmt: skip
    assert case["plans"][-1]["reason"] == "征地没有完成。"
    while town.engine.run_due():
        pass
    assert {(order.status, order.state) for order in first.values()} == {("completed", "已撤销")}
    assert first["water_station"]["outcome_note"] == "征地没有完成。"
    assert ("water_station,supervision", "notify_withdrawal") in town.notices
    case.do("hold_meeting", **meeting(), **voted(6, 0, 0), **{**RESOLVED, "co_units": []})
    assert case["returned_from"] is None
    order = orders(town)["water_station"]
    assert order.number == "DB-2026-0003", "the new resolution opens new orders"
    case.do("plan_execution", **PLANNED)
    reported(order)
    assert case.state == "已落实"


def test_what_an_order_cannot_bring_about_goes_back_to_the_meeting(town: Township) -> None:
    case = adopted(town)
    open_orders = orders(town)
    reported(open_orders["village_08"])
    reported(open_orders["water_station"], UNABLE)
    assert (case.steps, case["returned_unit"]) == (["hold_meeting"], "water_station")
    assert case["return_reason"] == "土地没有批下来。(审核:现场核实无误。)"
    assert [report["outcome"] for report in case["reports"]] == ["已落实", "难以落实"]
    assert {order.state for order in open_orders.values()} == {"已办结"}, "what has reported is not withdrawn"
    assert town.engine.incidents() == []


def test_an_order_of_an_earlier_resolution_does_not_count_for_a_later_one(town: Township) -> None:
    case = adopted(town)
    reported(orders(town)["village_08"])
    unit_plans(case, "water_station", SENT_BACK)
    case.do("hold_meeting", **meeting(), **voted(6, 0, 0), **RESOLVED)
    unit_plans(case, "water_station")
    unit_plans(case, "village_08")
    opened = orders(town)
    assert {order.state for order in opened.values()} == {"待交办"}
    reported(opened["water_station"])
    assert case.status == "active"
    reported(opened["village_08"])
    assert (case.state, [report["round"] for report in case["reports"]]) == ("已落实", [1, 2, 2])


def test_a_village_below_the_quorum_has_no_plan_for_a_major_matter_and_meets_again(town: Township) -> None:
    case = adopted(town)
    unit_plans(case, "village_08", {**PLANNED, "plan_due_count": 2, "plan_adjournment": "一人住院。"})
    assert (case.steps, case.state) == (["plan_execution", "plan_execution"], "落实中")
    unit_plans(case, "village_08")
    assert [(plan["outcome"], plan["due_count"], plan["votes"], plan["plan"], plan["reason"])
            for plan in case["plans"]] == [
        ("流会", 2, None, None, "一人住院。"), ("可行", 1, "赞成1，反对0，弃权0", "十月底前开工。", None),
    ]  # fmt: skip
    assert "decide_plan_to_enter_plan" in case.flows


def test_a_plan_for_a_major_matter_is_carried_by_more_than_half_of_all(town: Township) -> None:
    case = adopted(town, co_units=[])
    lost = {**PLANNED, "plan_votes_for": 0, "plan_votes_against": 1}
    with pytest.raises(FormInvalid) as refused:
        case.do("plan_execution", **lost)
    assert refused.value.errors == {"plan_votes_for": [{"code": "min", "min": 1}]}
    case.do("plan_execution", **SENT_BACK)
    assert case.steps == ["hold_meeting"]


def test_units_plan_other_matters_without_a_count(town: Township) -> None:
    case = consulted(town, major=False)
    case.do("hold_meeting", **meeting(), meeting_result="decide", agreed="yes", **{**RESOLVED, "co_units": []})
    case.do("plan_execution", **{**PLANNED, "plan_due_count": 9})
    (plan,) = case["plans"]
    assert (plan["due_count"], plan["votes"], plan["outcome"]) == (None, None, "可行")


def test_an_order_that_was_voided_sends_the_resolution_back(town: Township) -> None:
    case = adopted(town, co_units=[])
    key = orders(town)["water_station"]["order_key"]
    report = {"order": "DB-2026-0001", "outcome": "已作废", "note": "重复立项。"}
    told = {"correlation_key": key, "variables": {"report": report}}
    town.engine.correlate("supervision_outcome", **told, by="discipline1")
    assert (case.steps, case["returned_unit"]) == (["hold_meeting"], "water_station")
    assert case["return_reason"] == "重复立项。"


# -- input that is refused


def test_a_matter_needs_a_title_a_proposer_a_source_and_a_question(town: Township) -> None:
    with pytest.raises(FormInvalid) as refused:
        town.open("three_tier_decision", {"major": False}, by="dispatch1")
    assert set(refused.value.errors) == {"title", "proposer", "source", "kind", "content"}
    with pytest.raises(FormInvalid) as refused:
        town.open("three_tier_decision", {**MATTER, "origin": "HL 1", "source": "传闻"}, by="dispatch1")
    assert set(refused.value.errors) == {"origin", "source"}


@pytest.mark.parametrize(
    ("counts", "wrong"),
    [
        (voted(6, 1, 0), {"votes_against", "votes_abstain"}),
        (voted(7, 0, 0), {"votes_for", "votes_against", "votes_abstain"}),
        (voted(5, 0, 0), {"votes_abstain"}),
        (voted(5, 0, 2), {"votes_abstain"}),
        (voted(-1, 6, 1), {"votes_for"}),
        (voted(3, 3, -1), {"votes_abstain"}),
    ],
)
def test_votes_that_do_not_add_up_to_those_present_are_refused(
    town: Township, counts: dict[str, Any], wrong: set[str]
) -> None:
    case = consulted(town)
    with pytest.raises(FormInvalid) as refused:
        case.do("hold_meeting", **meeting(present=6), **counts, **RESOLVED)
    assert set(refused.value.errors) & {"votes_for", "votes_against", "votes_abstain"} == wrong
    assert case.steps == ["hold_meeting"]


def test_the_error_tells_the_number_that_is_missing(town: Township) -> None:
    with pytest.raises(FormInvalid) as refused:
        consulted(town).do("hold_meeting", **meeting(), **voted(4, 1, 0), **RESOLVED)
    assert refused.value.errors["votes_abstain"] == [{"code": "min", "min": 1}]


def test_more_present_than_due_are_refused(town: Township) -> None:
    with pytest.raises(FormInvalid) as refused:
        consulted(town).do("hold_meeting", **meeting(present=6, due=5), meeting_result="hear")
    assert refused.value.errors == {"due_count": [{"code": "min", "min": 6}]}


def test_a_resolution_needs_its_text_a_lead_and_a_limit_that_is_not_past(town: Township) -> None:
    case = consulted(town)
    with pytest.raises(FormInvalid) as refused:
        case.do("hold_meeting", **meeting(), **voted(6, 0, 0))
    assert set(refused.value.errors) == {"resolution", "lead_unit", "due"}
    with pytest.raises(FormInvalid) as refused:
        case.do("hold_meeting", **meeting(), **voted(6, 0, 0), **{**RESOLVED, "due": "2026-10-11T17:30:00+08:00"})
    assert refused.value.errors["due"] == [{"code": "past_date", "min": "2026-10-12"}]


@pytest.mark.parametrize(
    ("step", "form", "missing"),
    [
        ("plan", {**PLANNED, "plan": ""}, {"plan"}),
        ("plan", {**SENT_BACK, "plan_reason": ""}, {"plan_reason"}),
        ("meeting", {**meeting(), "meeting_result": "send_back"}, {"meeting_reason"}),
        ("consultation", {**CONSULTED, "consultation_opinion": ""}, {"consultation_opinion"}),
    ],
)
def test_each_tier_gives_its_reasons(town: Township, step: str, form: dict[str, Any], missing: set[str]) -> None:
    match step:
        case "plan":
            act = ("plan_execution", adopted(town, co_units=[]))
        case "meeting":
            act = ("hold_meeting", consulted(town))
        case _:
            act = ("consult_leaders", town.open("three_tier_decision", MATTER, by="dispatch1"))
    with pytest.raises(FormInvalid) as refused:
        act[1].do(act[0], **form)
    assert set(refused.value.errors) == missing


def test_who_attended_has_a_name(town: Township) -> None:
    with pytest.raises(FormInvalid) as refused:
        consulted(town).do("hold_meeting", **{**meeting(), "meeting_attendees": [{"opinion": "同意。"}]},
                           adjournment_reason="只有一人。")
    assert set(refused.value.errors) == {"meeting_attendees.0.name"}


def test_only_the_unit_itself_plans(town: Township) -> None:
    case = adopted(town, co_units=[])
    assert case.who_may("plan_execution") == {"water1"}
    order = orders(town)["water_station"].do("assign_order", assign_note="按期办结。")
    assert order.who_may("report_progress") == {"water1"}


def test_a_matter_and_its_orders_take_the_same_course_when_their_inputs_are_fed_again(town: Township) -> None:
    case = adopted(town)
    unit_plans(case, "village_08", SENT_BACK)
    case.do("hold_meeting", **meeting(present=2), adjournment_reason="防汛。")
    case.do("hold_meeting", **meeting(), **voted(6, 0, 0), **{**RESOLVED, "co_units": []})
    case.do("plan_execution", **PLANNED)
    order = orders(town)["water_station"].do("assign_order", assign_note="按期办结。")
    order.do("urge_order", urging="urge", urge_words="请抓紧。").wait(town.clock.now() + timedelta(days=45))
    order.do("report_progress", **DONE).do("review_feedback", **TRUE)
    assert case.state == "已落实"
    around = Surroundings(LOCAL, functions(load_calendar, lambda *_: None, lambda *_: ""))
    for record in town.engine.store.instances():
        recorded, definition = town.engine.events(record.id), town.engine.instance(record.id).definition
        again = refeed(recorded, definition, around, instance_id=record.id)
        assert first_difference(recorded, again) is None
        assert town.engine.verify(record.id) == len(recorded)
