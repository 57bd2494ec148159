"""A case registered by mistake is voided by those entitled: it stays, keeps its number, and counts nowhere."""

import re

import pytest

from app.db import current_engine
from tests.app.pages.conftest import Township
from tests.app.pages.letters import LETTER, deploy_letters

NUMBER = "LX-2026-0001"


@pytest.fixture
def letters(township: Township) -> Township:
    deploy_letters(township, duplicate="refuse")
    assert township.send("dispatch1", "/start/letter", {"data": LETTER}).status_code == 200
    return township


def void(township: Township, login: str = "dispatch1", reason: str = "登记错了") -> int:
    visitor = township[login]
    visitor.get(f"/cases/{NUMBER}/void")
    return visitor.post(f"/cases/{NUMBER}/void", {"reason": reason}).status_code


def test_the_page_says_that_there_is_no_way_back(letters: Township) -> None:
    page = letters["dispatch1"].get(f"/cases/{NUMBER}").text
    assert re.search(rf'href="/cases/{NUMBER}/void"', page)
    asked = letters["dispatch1"].get(f"/cases/{NUMBER}/void").text
    assert "作废后不能恢复" in asked and "编号不再使用" in asked


def test_a_voided_case_stays_struck_out_with_its_reason_and_its_number(letters: Township) -> None:
    task = letters.task(NUMBER, "answer_letter")
    assert void(letters) == 302
    case = letters.case(NUMBER)
    assert (case.state, case.closed_at is not None) == ("已作废", True)
    page = letters["dispatch1"].get(f"/cases/{NUMBER}").text
    assert "登记错了" in page
    assert "task-title is-voided" in page
    assert f"/cases/{NUMBER}/void" not in page
    assert "is-voided" in letters["dispatch1"].get("/registers/letter").text
    assert letters.send("dispatch1", f"/tasks/{task}/complete", {"data": {}}).status_code in (403, 409)
    with letters.app.app_context():
        engine = current_engine()
        instance = engine.instance(case.instance_id)
        (ended,) = [event for event in engine.events(instance.id) if event.kind == "instance_cancelled"]
        assert (ended.actor, ended.values["reason"]) == ("dispatch1", "已作废：登记错了")
        assert instance.status == "cancelled" and engine.verify(instance.id) > 0


def test_the_next_case_gets_the_next_number_and_may_be_the_same(letters: Township) -> None:
    assert letters.send("dispatch1", "/start/letter", {"data": LETTER}).status_code == 409
    void(letters)
    assert letters.send("dispatch1", "/start/letter", {"data": LETTER}).status_code == 200
    assert letters.case("LX-2026-0002").state == "办理中"


def test_figures_leave_it_out_and_so_do_the_rows_behind_them(letters: Township) -> None:
    letters.send("dispatch1", "/start/letter", {"data": {**LETTER, "document_number": "泾农〔2026〕9号"}})
    void(letters)
    page = letters["leader1"].get("/statistics/letter").text
    links = {found.replace("&amp;", "&") for found in re.findall(r'href="(/registers/letter\?[^"]+)"', page)}
    assert len(links) >= 4
    for link in links:
        listed = letters["leader1"].get(link).text
        assert "LX-2026-0002" in listed and NUMBER not in listed, link
    voided = letters["leader1"].get("/registers/letter?voided=yes").text
    assert NUMBER in voided and "LX-2026-0002" not in voided


@pytest.mark.parametrize("reason", ["", "   ", "x" * 501])
def test_without_a_reason_nothing_happens(letters: Township, reason: str) -> None:
    assert void(letters, reason=reason) == 422
    assert letters.case(NUMBER).state == "办理中"


@pytest.mark.parametrize(("login", "status"), [("leader1", 403), ("village03", 404), ("auditor1", 403)])
def test_nobody_else_voids_a_case(letters: Township, login: str, status: int) -> None:
    visitor = letters[login]
    assert visitor.get(f"/cases/{NUMBER}/void").status_code == status
    visitor.get("/settings")
    assert visitor.post(f"/cases/{NUMBER}/void", {"reason": "不要了"}).status_code == status
    assert f"/cases/{NUMBER}/void" not in visitor.get(f"/cases/{NUMBER}").text
    assert letters.case(NUMBER).state == "办理中"


def test_a_forged_request_voids_nothing(letters: Township) -> None:
    answer = letters["dispatch1"].client.post(f"/cases/{NUMBER}/void", data={"reason": "不要了"})
    assert answer.status_code == 400
    assert letters.case(NUMBER).state == "办理中"


def test_what_has_ended_is_voided_too_and_its_record_says_so_without_a_change(letters: Township) -> None:
    letters.do("dispatch1", NUMBER, "answer_letter", **LETTER)
    letters.do("dispatch1", NUMBER, "file_letter")
    ended = letters.case(NUMBER)
    page = letters["dispatch1"].get(f"/cases/{NUMBER}/void").text
    assert "编号不再使用" in page and "待办" not in page.split("void-card")[1].split("</form>")[0]
    assert void(letters, reason="与另一件重复") == 302
    case = letters.case(NUMBER)
    assert (case.state, case.closed_at, case.working_days) == ("已作废", ended.closed_at, ended.working_days)
    page = letters["dispatch1"].get(f"/cases/{NUMBER}").text
    assert "与另一件重复" in page and "task-title is-voided" in page and f"/cases/{NUMBER}/void" not in page
    with letters.app.app_context():
        engine = current_engine()
        instance = engine.instance(case.instance_id)
        last = engine.events(instance.id)[-1]
        assert (last.kind, last.actor) == ("instance_annotated", "dispatch1")
        assert last.values["note"] == "已作废：与另一件重复"
        assert instance.status == "completed" and engine.verify(instance.id) > 0
    assert letters.send("dispatch1", "/start/letter", {"data": LETTER}).status_code == 200, "it may be registered anew"


def test_a_case_is_voided_once(letters: Township) -> None:
    assert [void(letters), void(letters)] == [302, 403]
