"""What is registered twice is pointed out before it is: to whoever may know, as much as that person may know."""

import pytest

from app import errands
from tests.app.pages.conftest import CALL, Township, script_data
from tests.app.pages.letters import LETTER, deploy_letters

AGAIN = {**LETTER, "document_number": "泾农 [2026] 08号"}


def test_a_second_letter_names_the_first_and_a_reason_lets_it_in(township: Township) -> None:
    deploy_letters(township)
    assert township.send("dispatch1", "/start/letter", {"data": LETTER}).status_code == 200
    refused = township.send("dispatch1", "/start/letter", {"data": AGAIN})
    assert refused.status_code == 409
    problem = refused.json
    assert problem is not None
    assert (problem["code"], problem["title"]) == ("case_duplicate", "已经登记过了")
    assert (problem["case"], problem["href"]) == ("LX-2026-0001", "/cases/LX-2026-0001")
    assert problem["may_go_on"] is True
    assert "LX-2026-0001" in problem["detail"] and "关于秋收的通知" in problem["detail"]
    assert township.send("dispatch1", "/start/letter", {"data": AGAIN, "duplicate_reason": "  "}).status_code == 409
    body = {"data": AGAIN, "duplicate_reason": "更正后重发"}
    assert township.send("dispatch1", "/start/letter", body).status_code == 200
    page = township["dispatch1"].get("/cases/LX-2026-0002").text
    assert "更正后重发" in page
    assert township["dispatch1"].get("/cases/LX-2026-0003").status_code == 404


def test_whoever_may_not_read_the_first_learns_only_that_there_is_one(township: Township) -> None:
    deploy_letters(township, readers="township_leaders")
    township.send("dispatch1", "/start/letter", {"data": LETTER})
    refused = township.send("duty1", "/start/letter", {"data": AGAIN})
    assert refused.status_code == 409
    assert refused.json is not None
    assert "无权查阅" in refused.json["detail"]
    assert "LX-2026" not in refused.text and "秋收" not in refused.text
    assert not {"case", "href"} & refused.json.keys()


def test_where_the_process_refuses_no_reason_helps(township: Township) -> None:
    deploy_letters(township, duplicate="refuse")
    township.send("dispatch1", "/start/letter", {"data": LETTER})
    refused = township.send("dispatch1", "/start/letter", {"data": AGAIN, "duplicate_reason": "更正后重发"})
    assert refused.status_code == 409
    assert refused.json is not None and refused.json["may_go_on"] is False
    assert township.send("dispatch1", "/start/letter", {"data": {**LETTER, "sender": "县林业局"}}).status_code == 200
    assert township.case("LX-2026-0002").title == "关于秋收的通知"


def test_a_number_entered_in_a_task_is_looked_at_too(township: Township) -> None:
    deploy_letters(township)
    township.send("dispatch1", "/start/letter", {"data": LETTER})
    township.send("dispatch1", "/start/letter", {"data": {**LETTER, "document_number": ""}})
    task = township.task("LX-2026-0002", "answer_letter")
    refused = township.send("dispatch1", f"/tasks/{task}/complete", {"data": AGAIN})
    assert refused.status_code == 409 and refused.json is not None and refused.json["case"] == "LX-2026-0001"
    assert township.task("LX-2026-0002", "answer_letter") == task, "it is still to be done"
    done = township.send("dispatch1", f"/tasks/{task}/complete", {"data": AGAIN, "duplicate_reason": "两份都要回"})
    assert done.status_code == 200, done.text


def test_an_order_of_the_county_hotline_is_registered_once(township: Township) -> None:
    order = {"channel": "12345转办", "external_number": "12345-2026-0815"}
    assert township.call(**order) == "HL-2026-000001"
    again = {**order, "external_number": "12345-2026-0815 "}
    body = {"data": {**CALL, **again}, "duplicate_reason": "再登记"}
    refused = township.send("duty1", "/start/hotline_closed_loop", body)
    assert refused.status_code == 409
    assert refused.json is not None and refused.json["case"] == "HL-2026-000001"
    assert [township.call(), township.call()] == ["HL-2026-000002", "HL-2026-000003"], "without one there is no key"


@pytest.mark.parametrize("reason", [7, ["a"], {"a": 1}, None])
def test_a_reason_that_is_no_text_is_none(township: Township, reason: object) -> None:
    deploy_letters(township)
    township.send("dispatch1", "/start/letter", {"data": LETTER})
    body = {"data": AGAIN, "duplicate_reason": reason}
    assert township.send("dispatch1", "/start/letter", body).status_code == 409


def test_the_page_knows_the_words_for_it_in_both_languages(township: Township) -> None:
    deploy_letters(township)
    visitor = township["dispatch1"]
    assert script_data(visitor.get("/start/letter").text, "words")["registerAnyway"] == "仍予登记"
    visitor.language = "en"
    words = script_data(visitor.get("/start/letter").text, "words")
    assert (words["registerAnyway"], words["openCase"]) == ("Register it all the same", "Open {number}")


def test_cases_from_before_a_key_was_declared_are_compared_too_once_it_is(township: Township) -> None:
    declared = '<camunda:property name="case.unique" value="sender,document_number:number" />'
    warned = '<camunda:property name="case.duplicate" value="warn" />'
    deploy_letters(township, without=(declared, warned))
    for number in (LETTER["document_number"], LETTER["document_number"], "泾农〔2026〕9号"):
        assert township.send("dispatch1", "/start/letter", {"data": {**LETTER, "document_number": number}}).is_json
    voided = township["dispatch1"].post("/cases/LX-2026-0003/void", {"reason": "登记错了"})
    assert voided.status_code == 302
    deploy_letters(township)
    with township.app.app_context():
        while errands.step():
            pass
    refused = township.send("dispatch1", "/start/letter", {"data": AGAIN})
    assert refused.status_code == 409 and refused.json is not None
    assert refused.json["case"] in ("LX-2026-0001", "LX-2026-0002"), "they came at the same instant"
    other = {**AGAIN, "document_number": "泾农〔2026〕9号"}
    assert township.send("dispatch1", "/start/letter", {"data": other}).status_code == 200, "the one there was voided"
    township.do("dispatch1", "LX-2026-0002", "answer_letter", **LETTER)
    assert township.case("LX-2026-0002").state == "办理中", "nobody is asked afterwards why it was registered twice"
