"""Every way through the documents' diagram, for reading and for action."""

from datetime import datetime
from typing import Any

import pytest

from app.calendar import LOCAL
from app.duty.rules import Absence
from app.expressions import FUNCTIONS
from engine.errors import FormInvalid
from engine.replay import first_difference, refeed
from engine.surroundings import Surroundings
from tests.bpmn.documents import (
    ACTION,
    AGREED,
    FILED,
    FIT,
    FOR_INFORMATION,
    PROPOSED,
    READING,
    SECRET,
    at_step,
    completed,
    handled,
    instructed,
    order,
    received,
    registered,
    reported,
    rows,
)
from tests.bpmn.hotline import MONDAY, Township


@pytest.fixture(params=["初审", "登记"])
def town(request: pytest.FixtureRequest) -> Township:
    return order(request.param)


def refused(town: Township, **changed: Any) -> set[str]:
    """Return which fields keep a document from being received."""
    with pytest.raises(FormInvalid) as told:
        received(town, **changed)
    return set(told.value.errors)


# -- sign-in, first check, registration


def test_a_document_is_signed_for_checked_and_registered_in_the_article_s_order() -> None:
    case = received(Township())
    assert (case.steps, case.state) == (["sign_document"], "待签收")
    case.do("sign_document", copies_received=2)
    assert (case.steps, case.state) == (["check_document"], "待初审")
    case.do("check_document", **FIT)
    assert (case.steps, case.state) == (["register_document"], "待登记")
    case.do("register_document", **ACTION)
    assert (case.steps, case.state) == (["propose_handling"], "待拟办")


def test_the_first_check_answers_four_questions_and_gives_a_reason_when_one_is_denied(town: Township) -> None:
    case = at_step(town, "check_document")
    with pytest.raises(FormInvalid) as told:
        case.do("check_document")
    assert set(told.value.errors) == set(FIT)
    for focus in FIT:
        with pytest.raises(FormInvalid) as told:
            case.do("check_document", **{**FIT, focus: "no"})
        assert set(told.value.errors) == {"return_reason"}


def test_a_document_that_fails_the_first_check_goes_back_to_its_sender(town: Township) -> None:
    case = at_step(town, "check_document")
    case.do("check_document", **{**FIT, "check_consulted": "no"}, return_reason="涉及财政事项,未与财政局会商。")
    assert (case.steps, case.state) == (["return_document"], "待退回")
    case.do("return_document", return_way="电子公文平台退回")
    assert (case.status, case.state, case["return_reason"]) == ("completed", "已退回", "涉及财政事项,未与财政局会商。")


@pytest.mark.parametrize("number", [None, "", " 　"])
def test_a_document_without_number_fails_whatever_is_answered(town: Township, number: str | None) -> None:
    case = at_step(town, "check_document", document_number=number)
    with pytest.raises(FormInvalid) as told:
        case.do("check_document", **FIT)
    assert set(told.value.errors) == {"return_reason"}
    case.do("check_document", **FIT, return_reason="没有发文字号。").do("return_document", return_way="当面退回")
    assert case.state == "已退回"


def test_the_regulation_s_order_is_one_cell_of_the_settings_away() -> None:
    case = received(order("登记")).do("sign_document", copies_received=2)
    assert (case.steps, case.state) == (["register_document"], "待登记")
    case.do("register_document", **ACTION)
    assert (case.steps, case.state) == (["check_document"], "待初审")
    case.do("check_document", **FIT)
    assert (case.steps, case.state) == (["propose_handling"], "待拟办")


def test_each_register_may_have_an_order_of_its_own() -> None:
    town = Township(tables={"document_settings.dmn": ('<text>"初审"</text>', '<text>"登记"</text>', 1)})
    steps = [received(town, organ=organ).do("sign_document", copies_received=2).steps for organ in ("政收", "党收")]
    assert steps == [["register_document"], ["check_document"]]


def test_a_document_without_number_passes_where_the_settings_ask_for_none() -> None:
    town = Township(tables={"document_settings.dmn": ("<text>true</text>", "<text>false</text>")})
    assert registered(town, document_number=None).steps == ["propose_handling"]


def test_classified_matter_is_registered_by_title_and_number_only(town: Township) -> None:
    case = town.open("document_routing", SECRET, by="dispatch1")
    assert (case.steps, case.state) == (["register_classified"], "待移交")
    assert {case[name] for name in ("kind", "copies", "urgency")} == {None}
    case.do("register_classified", handed_over="custodian")
    assert (case.status, case.state) == ("completed", "密件已登记")


def test_what_the_start_form_needs_is_named(town: Township) -> None:
    assert refused(town, sender="", title="", organ="村收", kind="电报", urgency="平急", copies=0) == {
        "sender", "title", "organ", "kind", "urgency", "copies",
    }  # fmt: skip
    assert refused(town, secrecy="内部") == {"secrecy"}


def test_a_limit_in_the_past_is_refused_and_says_so(town: Township) -> None:
    case = at_step(town, "register_document")
    for due, told in (("2026-10-09T17:30", "past_date"), ("2026-10-12T08:30", "past_time")):
        with pytest.raises(FormInvalid) as refused:
            case.do("register_document", **{**ACTION, "due": f"{due}:00+08:00"})
        (problem,) = refused.value.errors["due"]
        assert (set(refused.value.errors), problem["code"]) == ({"due"}, told)
        assert case.steps == ["register_document"]
    case.do("register_document", **{**ACTION, "due": "2026-10-12T09:30:00+08:00"})
    assert case["due"] == "2026-10-12T09:30:00+08:00"


# -- for action


def test_a_document_for_action_is_handled_reviewed_completed_and_filed(town: Township) -> None:
    case = registered(town).do("propose_handling", **PROPOSED)
    assert (case.who_may("instruct_document"), case.state) == ({"leader1"}, "待批示")
    case.do("instruct_document", **AGREED)
    assert (case.steps, case.state) == (["assist_document", "assist_document", "handle_document"], "承办中")
    assert case.who_may("handle_document") == {"water1"}
    assert case.task("handle_document").due_at == datetime(2026, 11, 20, 17, 30, tzinfo=LOCAL)
    case.do("handle_document", handling_note="已检查。")
    case.do("assist_document", assist_note="农业站已配合。").do("assist_document", assist_note="财政所已配合。")
    assert (case.who_may("report_result"), case.state) == ({"water1"}, "待反馈")
    assert case["assist_results"] == "农业站已配合。\n财政所已配合。"
    case.do("report_result", handling_result="检查完毕。").do("review_document", review="pass")
    assert (case.steps, case.state) == (["complete_document"], "待办结")
    case.do("complete_document", completion_opinion="同意办结。")
    assert (case.steps, case.state) == (["archive_document"], "已办结")
    case.do("archive_document", **FILED)
    assert (case.status, case.state, case["archive_number"]) == ("completed", "已归档", "0001-WS·2026-D30-ZFB-0001")


def test_several_leaders_give_their_instructions(town: Township) -> None:
    town.groups_of["discipline1"].add("township_leaders")
    case = registered(town)
    case.do("propose_handling", **{**PROPOSED, "leaders": ["leader1", "discipline1"]})
    assert case.steps == ["instruct_document", "instruct_document"]
    case.do("instruct_document", **AGREED, by="leader1")
    assert case.steps == ["instruct_document"]
    assert case.task("instruct_document").candidate_users == ("discipline1",)
    case.do("instruct_document", by="discipline1", instruction_result="agree", instruction="抓紧办理。")
    assert case["instructions"] == "同意拟办意见。\n抓紧办理。"


def test_a_leader_has_the_proposal_made_anew(town: Township) -> None:
    case = registered(town).do("propose_handling", **PROPOSED)
    case.do("instruct_document", instruction_result="revise", instruction="请明确完成时间。")
    assert (case.steps, case.state) == (["propose_handling"], "待拟办")
    case.do("propose_handling", proposal="请水利站牵头,11月20日前完成。").do("instruct_document", **AGREED)
    assert case["instructions"] == "请明确完成时间。\n同意拟办意见。"
    assert "handle_document" in case.steps


def test_only_leaders_can_be_asked_for_instructions_and_a_lead_unit_is_no_co_unit(town: Township) -> None:
    case = registered(town)
    with pytest.raises(FormInvalid) as told:
        case.do("propose_handling", **{**PROPOSED, "leaders": ["water1"], "co_units": ["water_station"]})
    assert set(told.value.errors) == {"leaders", "co_units"}


def test_one_unit_alone_may_handle_a_document(town: Township) -> None:
    case = registered(town).do("propose_handling", **{**PROPOSED, "co_units": []}).do("instruct_document", **AGREED)
    assert case.steps == ["handle_document"]


def test_what_does_not_pass_the_review_is_handled_again(town: Township) -> None:
    case = reported(town)
    with pytest.raises(FormInvalid) as told:
        case.do("review_document", review="redo")
    assert set(told.value.errors) == {"review_opinion"}
    case.do("review_document", review="redo", review_opinion="缺少检查记录。")
    assert (case.steps, case.state) == (["assist_document", "assist_document", "handle_document"], "承办中")


def test_the_co_units_countersign_all_at_once_and_all_must_agree(town: Township) -> None:
    town.groups_of["finance1"].add("party_government_office")
    case = handled(town).do("report_result", handling_result="检查完毕。", countersign=True)
    assert (case.steps, case.state) == (["countersign_result"] * 2, "会签中")
    case.do("countersign_result", by="finance1", countersigning="agree", countersign_note="同意。")
    case.do("countersign_result", by="agriculture1", countersigning="agree", countersign_note="无意见。")
    assert (case.steps, case["countersign_results"]) == (["review_document"], "同意。\n无意见。")
    assert "finance1" not in case.who_may("review_document")


def test_one_co_unit_that_objects_sends_the_result_back_to_the_lead(town: Township) -> None:
    case = handled(town).do("report_result", handling_result="检查完毕。", countersign=True)
    with pytest.raises(FormInvalid) as told:
        case.do("countersign_result", by="finance1", countersigning="object")
    assert set(told.value.errors) == {"countersign_note"}
    case.do("countersign_result", by="finance1", countersigning="object", countersign_note="资金数额不符。")
    assert case.steps == ["countersign_result"]
    case.do("countersign_result", by="agriculture1", countersigning="agree", countersign_note="同意。")
    assert (case.steps, case.state) == (["report_result"], "待反馈")
    case.do("report_result", handling_result="更正后的结果。", countersign=True)
    assert case.steps == ["countersign_result"] * 2
    for unit in ("finance1", "agriculture1"):
        case.do("countersign_result", by=unit, countersigning="agree", countersign_note="同意。")
    assert case.steps == ["review_document"]


def test_nobody_countersigns_where_one_unit_handles_alone(town: Township) -> None:
    case = handled(town, proposed={**PROPOSED, "co_units": []})
    assert case.do("report_result", handling_result="已办。", countersign=True).steps == ["review_document"]


def test_others_take_note_of_a_document_for_action_while_it_is_handled(town: Township) -> None:
    case = instructed(town, proposed=FOR_INFORMATION)
    assert (case.steps.count("note_document"), "handle_document" in case.steps, case.state) == (2, True, "承办中")
    assert case["reader_units"] == ["government_service_hall"]
    case.do("note_document", by="discipline1", reading_note="已阅。")
    while "assist_document" in case.steps:
        case.do("assist_document", assist_note="已配合。")
    case.do("handle_document", handling_note="已检查。").do("report_result", handling_result="检查完毕。")
    case.do("review_document", review="pass").do("complete_document", completion_opinion="同意办结。")
    assert (case.steps, case.state) == (["note_document"], "已办结"), "it is filed when the last has read it"
    case.do("note_document", by="callback1")
    assert (case.steps, case.state) == (["archive_document"], "已办结")
    assert case.do("archive_document", **FILED).status == "completed"


def test_what_all_have_noted_already_is_handled_on(town: Township) -> None:
    case = instructed(town, proposed=FOR_INFORMATION)
    case.do("note_document", by="discipline1").do("note_document", by="callback1")
    assert (set(case.steps), case.state) == ({"assist_document", "handle_document"}, "承办中")


def test_whoever_handled_a_document_does_not_review_it(town: Township) -> None:
    town.groups_of["water1"].add("party_government_office")
    assert reported(town).who_may("review_document") == {"dispatch1"}


def test_a_reply_is_given_where_one_is_asked_for(town: Township) -> None:
    case = reported(town, {**ACTION, "reply_needed": True}).do("review_document", review="pass")
    assert (case.steps, case.state) == (["reply_document"], "待答复")
    case.do("reply_document", reply_way="书面复文", reply_number="昌政〔2026〕20号", reply="检查情况报告如下。")
    assert case.steps == ["complete_document"]


def test_a_document_that_is_not_filed_has_no_archive_number(town: Township) -> None:
    case = completed(town).do("archive_document", archiving="no")
    assert (case.status, case.state, case["archive_number"]) == ("completed", "不归档", None)


def test_archive_numbers_count_by_organ_and_retention(town: Township) -> None:
    filed = [
        completed(town, organ=organ).do("archive_document", archiving="yes", retention=retention)["archive_number"]
        for organ, retention in (("政收", "10年"), ("政收", "永久"), ("党收", "10年"), ("政收", "10年"))
    ]
    assert filed == [
        "0001-WS·2026-D10-ZFB-0001", "0001-WS·2026-Y-ZFB-0001", "0001-WS·2026-D10-DWB-0001",
        "0001-WS·2026-D10-ZFB-0002",
    ]


# -- for reading


def test_a_document_for_reading_goes_to_all_readers_at_once(town: Township) -> None:
    case = registered(town, READING)
    assert (case.steps, case.state) == (["read_document"] * 3, "传阅中")
    assert (rows(case), case["reader_units"], case["due"]) == (["待阅"] * 3, ["finance_office"], None)
    case.do("read_document", by="civil1", reading_note="已阅。")
    assert rows(case) == ["待阅", "待阅", "已阅"]
    case.do("read_document", by="leader1").do("read_document", by="finance1")
    assert (case.steps, case.state) == (["archive_document"], "已阅毕")
    case.do("archive_document", **FILED)
    assert case.state == "已归档"


def test_a_document_for_reading_goes_from_reader_to_reader(town: Township) -> None:
    case = registered(town, {**READING, "circulation_mode": "in_turn"})
    for reader in ("leader1", "finance1", "civil1"):
        assert (case.steps, case.who_may("read_document")) == (["read_document"], {reader})
        case.do("read_document", by=reader)
    assert case.state == "已阅毕"


def test_reading_needs_readers(town: Township) -> None:
    case = at_step(town, "register_document")
    with pytest.raises(FormInvalid) as told:
        case.do("register_document", **{**READING, "readers": []})
    assert set(told.value.errors) == {"readers"}
    with pytest.raises(FormInvalid) as told:
        case.do("register_document", **{**READING, "readers": ["person:nobody"]})
    assert set(told.value.errors) == {"readers"}


def test_a_replay_is_told_the_same_numbers_and_absences(town: Township) -> None:
    town.absences.append(Absence("leader1", MONDAY, datetime(2026, 10, 14, 8, tzinfo=LOCAL)))
    case = registered(town, READING).do("read_document", by="finance1").do("read_document", by="civil1")
    case.wait(datetime(2026, 10, 14, 9, tzinfo=LOCAL))
    case.do("read_document", by="leader1").do("archive_document", **FILED)
    history, definition = town.engine.events(case.id), town.engine.instance(case.id).definition
    elsewhere = Surroundings(LOCAL, FUNCTIONS, form_data=town.engine._around.form_data)
    assert first_difference(history, refeed(history, definition, elsewhere, instance_id=case.id)) is None
