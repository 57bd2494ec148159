"""Every way through the documents' diagram."""

from typing import Any

import pytest

from engine.errors import FormInvalid
from tests.bpmn.hotline import Case, Township

DOCUMENT = {
    "received_at": "2026-10-12T08:30:00+08:00", "sender": "县水利局", "document_number": "水〔2026〕3号",
    "kind": "通知", "title": "关于开展水利工程检查的通知", "copies": 2, "urgency": "无", "secrecy": "无",
}


@pytest.fixture
def town() -> Township:
    return Township()


def checked(town: Township, **check: Any) -> Case:
    case = town.open("document_routing", DOCUMENT, by="dispatch1").do("sign_document", copies_received=2)
    assert (case.steps, case.state) == (["check_document"], "待初审")
    return case.do("check_document", **check)


def test_a_document_is_signed_for_checked_registered_and_passed_on_to_each_unit(town: Township) -> None:
    case = checked(town, check_result="pass", check_points=["ours", "rules", "format"])
    case.do("register_document", handling_kind="办件", lead_unit="water_station", due="2026-10-20T17:30:00+08:00",
            receiving_units=["water_station", "agriculture_station"])
    assert (case.steps, case.state) == (["pass_document", "pass_document"], "传递中")
    assert case.task("pass_document").due_at is not None
    case.do("pass_document").do("pass_document", reading_note="已阅。")
    assert (case.status, case.state) == ("completed", "已传递")


def test_a_document_for_information_has_no_limit(town: Township) -> None:
    case = checked(town, check_result="pass")
    case.do("register_document", handling_kind="阅件", receiving_units=["finance_office"])
    assert (case.who_may("pass_document"), case.task("pass_document").due_at) == ({"finance1"}, None)


def test_a_document_that_fails_the_first_check_goes_back_with_a_reason(town: Township) -> None:
    with pytest.raises(FormInvalid) as refused:
        checked(town, check_result="return")
    assert set(refused.value.errors) == {"return_reason"}
    case = checked(town, check_result="return", return_reason="没有发文字号。")
    assert (case.status, case.state) == ("completed", "已退回")
