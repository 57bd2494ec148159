"""Every way through the hotline's closed loop."""

from collections.abc import Iterator
from typing import Any

import pytest

from engine.errors import FormInvalid, NotYourTask, SeparationOfDuties
from tests.bpmn.hotline import HANDLED, SATISFIED, UNSATISFIED, Case, Township


@pytest.fixture
def town() -> Township:
    return Township()


@pytest.fixture(autouse=True)
def histories_hold(town: Township) -> Iterator[None]:
    yield
    for case in town.cases:
        assert town.engine.verify(case.id) > 0


def call_back_and_redo(case: Case, **form: Any) -> None:
    """Let the caller be unsatisfied, and the case go round once more to its next call-back."""
    case.do("call_back", by="callback1", **{**UNSATISFIED, **form})
    case.do("dispatch_call").do("sign_in", sign_in="accept")
    case.do("contact_caller", contact="reached", contact_note="再次核实。")
    case.do("handle_call", **HANDLED).do("review_result", review="pass")


def test_a_call_runs_from_the_telephone_to_a_rated_closed_case(town: Township) -> None:
    case = town.call()
    assert (case.steps, case.state, case["registered_by"]) == (["accept_call"], "待受理", "duty1")
    case.do("accept_call", acceptance="accept")
    assert (case.steps, case.state) == (["dispatch_call"], "待派单")
    assert (case["lead_unit"], case["co_units"], case["receiving_unit"]) == ("construction_station", [], "village_03")
    limits = [case[f"limit_{step}"] for step in ("sign_in", "first_contact", "handling")]
    assert limits == ["4 工作时", "1 工作日", "5 工作日"]
    case.do("dispatch_call", dispatch_opinion="请尽快修补。")
    assert (case.steps, case.state, case.who_may("sign_in")) == (["sign_in"], "待签收", {"construction1"})
    case.do("sign_in", sign_in="accept")
    case.do("contact_caller", contact="reached", contact_note="已核实。")
    assert (case.steps, case.state) == (["handle_call"], "办理中")
    case.do("handle_call", **HANDLED)
    assert (case.steps, case.state) == (["review_result"], "待审核")
    case.do("review_result", review="pass")
    assert (case.steps, case.state) == (["call_back"], "待回访")
    case.do("call_back", **SATISFIED)
    assert (case.steps, case.state) == (["archive_case"], "已办结")
    case.do("archive_case", archiving="yes", retention="10年")
    assert (case.status, case.state) == ("completed", "已归档")
    assert (case["solved"], case["first_satisfaction"], case["final_satisfaction"]) == ("解决", "满意", "满意")


def test_a_call_is_refused_with_the_right_channel_named(town: Township) -> None:
    case = town.call(content="征地补偿诉讼已在法院立案。")
    with pytest.raises(FormInvalid) as refused:
        case.do("accept_call", acceptance="refuse")
    assert set(refused.value.errors) == {"refusal_reason", "proper_channel"}
    case.do("accept_call", acceptance="refuse", refusal_reason="诉讼", proper_channel="县人民法院立案庭")
    assert (case.status, case.state, case["solved"]) == ("completed", "不予受理", "不予受理")


def test_a_call_that_is_answered_at_once_is_called_back_by_another_than_who_answered(town: Township) -> None:
    town.groups_of["duty1"].add("hotline_call_back")
    case = town.call(kind="咨询").do("accept_call", acceptance="answer", direct_answer="截止十二月三十一日。")
    assert (case.steps, case.state) == (["call_back"], "待回访")
    assert case.who_may("call_back") == {"callback1", "callback2"}
    with pytest.raises(SeparationOfDuties):
        case.do("call_back", by="duty1", **SATISFIED)
    case.do("call_back", **SATISFIED).do("archive_case")
    assert (case.status, case["final_satisfaction"]) == ("completed", "满意")


def test_who_is_not_satisfied_with_a_direct_answer_gets_the_case_dispatched(town: Township) -> None:
    case = town.call().do("accept_call", acceptance="answer", direct_answer="请找村里。").do("call_back", **UNSATISFIED)
    assert (case.steps, case["lead_unit"], case["redo_count"]) == (["dispatch_call"], "construction_station", 1)


def test_overruling_the_matrix_needs_a_reason(town: Township) -> None:
    case = town.call().do("accept_call", acceptance="accept")
    with pytest.raises(FormInvalid) as refused:
        case.do("dispatch_call", lead_unit="water_station")
    assert set(refused.value.errors) == {"override_reason"}
    case.do("dispatch_call", lead_unit="water_station", override_reason="路面塌陷由水管引起。")
    assert (case["proposed_lead_unit"], case.who_may("sign_in")) == ("construction_station", {"water1"})


def test_an_approved_objection_is_dispatched_anew(town: Township) -> None:
    case = town.dispatched().do("sign_in", sign_in="object", objection_reason="不属于本站职责。")
    assert (case.steps, case.state, case["return_count"]) == (["review_objection"], "退单待审", 1)
    case.do("review_objection", objection="approve", objection_opinion="改由水利站承办。")
    assert (case.steps, case.state) == (["dispatch_call"], "待派单")
    case.do("dispatch_call", lead_unit="water_station", override_reason="退单成立。")
    assert case.who_may("sign_in") == {"water1"}


def test_a_rejected_objection_goes_back_to_the_unit_whose_limits_run_on(town: Township) -> None:
    case = town.dispatched()
    due = case["due_handling"]
    case.do("sign_in", sign_in="object", objection_reason="不属于本站职责。")
    case.do("review_objection", objection="reject", objection_opinion="属于职责清单第三项。")
    assert (case.steps, case.who_may("sign_in"), case["due_handling"]) == (["sign_in"], {"construction1"}, due)
    case.do("sign_in", sign_in="object", objection_reason="仍有异议,请再审。")
    assert (case.steps, case["return_count"]) == (["review_objection"], 2)


def test_whoever_dispatched_or_objected_does_not_review_the_objection(town: Township) -> None:
    town.groups_of["dispatch1"].add("hotline_review")
    town.groups_of["construction1"].add("hotline_review")
    case = town.dispatched().do("sign_in", by="construction1", sign_in="object", objection_reason="不属于本站职责。")
    assert case.who_may("review_objection") == {"leader1"}


def test_co_units_work_beside_the_lead_unit_and_all_must_finish(town: Township) -> None:
    case = town.signed_in(urgency="紧急")
    assert case["co_units"] == ["village_03", "emergency_station"]
    assert case.steps == ["assist_call", "assist_call", "handle_call"]
    assert {case.town.engine.may_work_on(task, "village03") for task in case.tasks} == {True, False}
    case.do("handle_call", **HANDLED)
    case.do("assist_call", assist_result="村里已设警示。")
    assert case.steps == ["assist_call"]
    case.do("assist_call", assist_result="应急站已到场。")
    assert case.steps == ["review_result"]


def test_work_that_fails_review_is_done_again_with_new_limits(town: Township) -> None:
    case = town.signed_in().do("handle_call", **HANDLED)
    case.wait(town.clock.now().replace(day=13))
    due = case["due_handling"]
    case.do("review_result", review="redo", review_opinion="没有照片,请补充。")
    assert case.steps == ["sign_in"] and case["due_handling"] > due
    case.do("sign_in", sign_in="accept").do("contact_caller", contact="reached", contact_note="再次核实。")
    case.do("handle_call", **HANDLED).do("review_result", review="pass")
    assert case.steps == ["call_back"]


def test_an_unsatisfied_caller_gets_the_case_redone_once_and_both_ratings_are_kept(town: Township) -> None:
    case = town.handled()
    call_back_and_redo(case, satisfaction="不满意", solved="部分解决")
    assert (case["satisfaction"], case["solved"], case["redo_count"]) == (None, None, 1)
    case.do("call_back", **{**SATISFIED, "satisfaction": "基本满意"}).do("archive_case")
    assert (case["first_satisfaction"], case["final_satisfaction"]) == ("不满意", "基本满意")
    assert case["redo_reason"] == UNSATISFIED["unsolved_reason"]
    rows = [(row["contacted_by_handler"], row["solved"], row["satisfaction"]) for row in case["call_backs"]]
    assert rows == [("是", "部分解决", "不满意"), ("是", "解决", "基本满意")], "each call-back keeps its row"
    assert (case.status, case.state) == ("completed", "已归档")


def test_after_two_redos_the_case_ends_under_supervision(town: Township) -> None:
    case = town.handled()
    call_back_and_redo(case)
    call_back_and_redo(case)
    case.do("call_back", **{**UNSATISFIED, "satisfaction": "不满意"})
    assert (case.steps, case.state, case["redo_count"]) == (["supervise_case"], "督办中", 2)
    case.do("supervise_case", supervision_result="约谈承办单位,限期整改。")
    assert (case.status, case.state) == ("completed", "督办办结")
    assert (case["first_satisfaction"], case["final_satisfaction"]) == ("非常不满意", "不满意")


def test_an_unreachable_caller_counts_as_closed(town: Township) -> None:
    case = town.handled().do("call_back", reached="no", solved="解决")
    assert (case.steps, case["final_satisfaction"]) == (["archive_case"], "联系不上")
    (row,) = case["call_backs"]
    assert (row["reached"], row["contacted_by_handler"], row["satisfaction"]) == ("否", None, "联系不上")
    assert case["extension_count"] == 0


def test_whoever_handled_or_dispatched_does_not_review_or_call_back(town: Township) -> None:
    case = town.signed_in(category="其他")
    assert case["lead_unit"] == "government_service_hall"
    signed = case.task("handle_call")
    assert town.engine.may_work_on(signed, "callback2")
    case.do("handle_call", by="callback1", **HANDLED).do("review_result", review="pass")
    assert case.who_may("call_back") == {"callback2"}
    with pytest.raises(SeparationOfDuties):
        case.do("call_back", by="callback1", **SATISFIED)
    with pytest.raises(NotYourTask):
        case.do("call_back", by="village03", **SATISFIED)


def test_a_confidential_caller_is_contacted_by_intake_and_not_by_the_unit(town: Township) -> None:
    case = town.dispatched(confidential=True).do("sign_in", sign_in="accept")
    assert case.who_may("contact_caller") == {"duty1"}


def test_only_intake_registers_accepts_and_archives(town: Township) -> None:
    case = town.call()
    assert case.who_may("accept_call") == {"duty1"}
    case.do("accept_call", acceptance="answer", direct_answer="已经答复。").do("call_back", **SATISFIED)
    assert case.who_may("archive_case") == {"duty1"}
