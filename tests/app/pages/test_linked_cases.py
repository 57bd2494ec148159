"""Cases that grow out of one another and cases that people link, on their pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event, select

from app.case.models import CaseLink, CaseView, Notification
from app.db import db, transaction
from app.dossier import links as dossier_links
from tests.app.pages.conftest import Township, script_data
from tests.app.pages.matters import deploy, propose
from tests.bpmn.tiers import CONSULTED, MATTER, RESOLVED, meeting, voted


@pytest.fixture
def office(township: Township) -> Township:
    deploy(township)
    return township


def pane(page: str, name: str = "links") -> str:
    """Return the text of one card of a case's page."""
    found = re.search(rf'id="pane-{name}">(.*?)</section>', page, re.DOTALL)
    assert found
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found[1]))


def case(office: Township, login: str, number: str, query: str = "") -> str:
    answer = office[login].get(f"/cases/{number}{query}")
    assert answer.status_code == 200
    return answer.text


# -- growing


def test_a_case_offers_what_may_be_brought_up_out_of_it_to_those_who_may_start_it(office: Township) -> None:
    call = office.call()
    page = case(office, "duty1", call)
    assert f'href="/start/matter?origin={call}"' in page
    assert f'href="/start/inner?origin={call}"' in page
    assert "hotline_closed_loop?origin" not in page  # that asks for no origin
    assert "/start/matter?origin=" not in case(office, "leader1", call)  # may not start it


def test_the_start_form_names_the_origin_and_its_title(office: Township) -> None:
    call = office.call()
    page = office["duty1"].get(f"/start/matter?origin={call}").text
    form = script_data(page, "start-form")
    assert form["data"]["origin_number"] == call
    assert form["data"]["title"] == "村民组水泥路塌陷约三米,农用车无法通行。"
    assert f'href="/cases/{call}"' in page


def test_a_call_can_be_brought_before_the_leaders(township: Township) -> None:
    call = township.call()
    assert f'href="/start/three_tier_decision?origin={call}"' in case(township, "dispatch1", call)
    form = script_data(township["dispatch1"].get(f"/start/three_tier_decision?origin={call}").text, "start-form")
    assert (form["data"]["origin"], form["data"]["title"]) == (call, "村民组水泥路塌陷约三米,农用车无法通行。")


def test_the_title_of_a_confidential_case_is_not_handed_on(office: Township) -> None:
    call = office.call(confidential=True)
    page = office["duty1"].get(f"/start/matter?origin={call}").text
    form = script_data(page, "start-form")
    assert form["data"]["origin_number"] == call
    assert "title" not in form["data"]
    assert "塌陷" not in page


def test_nothing_is_started_out_of_a_case_that_one_may_not_read(office: Township) -> None:
    call = office.call()
    mine = propose(office, call, "inner", "dispatch1")
    for origin in (mine, "HL-2026-999999"):
        assert office["duty1"].get(f"/start/matter?origin={origin}").status_code == 404
    assert office["duty1"].get(f"/start/hotline_closed_loop?origin={call}").status_code == 404


def test_origin_and_what_grew_out_of_it_show_each_other_live(office: Township) -> None:
    call = office.call()
    matter = propose(office, call, due="2026-11-24T17:30")
    assert "来源案卷 " + call in pane(case(office, "duty1", matter))
    before = pane(case(office, "duty1", call))
    assert f"由此提出的案卷 {matter} 议题 待决议" in before
    assert "修建排水沟" in before
    assert "剩余" in before or "还剩" in before or "天" in before
    office.do("leader1", matter, "decide", resolution="同意,由水利站办理")
    after = pane(case(office, "duty1", call))
    assert f"{matter} 议题 已决议" in after
    assert "决议内容 同意,由水利站办理" in after


def test_an_origin_that_is_none_is_refused_beside_the_field_and_takes_no_number(office: Township) -> None:
    call = office.call()
    inner = propose(office, call, "inner", "dispatch1")
    for wrong in ("HL-2026-999999", inner):
        answer = office.send("duty1", "/start/matter", {"data": {"origin_number": wrong, "title": "修路"}})
        assert answer.status_code == 422
        body = answer.json
        assert body is not None
        assert (body["code"], body["errors"]) == ("case_origin_invalid", {"origin_number": [{"code": "no_such_case"}]})
        assert body["title"] == "不能以该案卷为来源"
    assert propose(office, call).endswith("-001")
    words = script_data(office["duty1"].get("/start/matter").text, "words")
    assert words["no_such_case"] == "没有您有权查看的这一编号的案卷。"


def test_who_works_on_a_task_sees_what_its_case_grew_out_of(office: Township) -> None:
    call = office.call()
    plain = office["duty1"].get(f"/tasks/{office.task(call, 'accept_call')}").text
    assert 'id="pane-links"' not in plain
    matter = propose(office, call)
    page = office["leader1"].get(f"/tasks/{office.task(matter, 'decide')}").text
    links = page.partition('id="pane-links"')[2].partition('id="pane-attachments"')[0]
    assert f'href="/cases/{call}"' in links
    assert "<form" not in links  # links are changed on the case's own page
    hidden = propose(office, call, "inner", "dispatch1")
    page = office["duty1"].get(f"/tasks/{office.task(call, 'accept_call')}").text
    assert matter in page
    assert hidden not in page


# -- who sees what


def test_a_case_that_one_may_not_read_is_nowhere_on_the_page_of_its_origin(office: Township) -> None:
    call = office.call()
    inner = propose(office, call, "inner", "dispatch1", title="不公开的事项")
    for query in ("", "?course=linked", "?removed=1"):
        page = case(office, "duty1", call, query)
        assert inner not in page
        assert "不公开的事项" not in page
        assert "没有关联案卷" in pane(page)
        assert "含关联案卷" not in page
    seen = case(office, "leader1", call, "?course=linked")
    assert inner in seen
    assert "不公开的事项" in seen


def test_a_village_sees_only_links_with_cases_of_its_own(office: Township) -> None:
    mine = office.handled_by("village_03", "village03")
    other = office.call(content="另一个村的事情,不便公开。")
    assert office["duty1"].post(f"/cases/{mine}/links", {"number": other, "kind": "related"}).status_code == 302
    page = case(office, "village03", mine, "?course=linked")
    assert other not in page
    assert "另一个村" not in page
    assert other in case(office, "duty1", mine)


def test_a_link_that_one_may_not_see_is_neither_removed_nor_put_back(office: Township) -> None:
    mine, other = office.handled_by("village_03", "village03"), office.call()
    office["duty1"].post(f"/cases/{mine}/links", {"number": other, "kind": "related"})
    link_id = links(office)[0].id
    office["village03"].get(f"/cases/{mine}")
    assert office["village03"].post(f"/cases/{mine}/links/{link_id}/remove").status_code == 404
    assert office["village03"].post(f"/cases/{mine}/links/{link_id + 7}/remove").status_code == 404
    office["duty1"].post(f"/cases/{mine}/links/{link_id}/remove")
    assert office["village03"].post(f"/cases/{mine}/links/{link_id}/restore").status_code == 404
    assert links(office)[0].removed_by == "duty1"


def links(office: Township) -> list[CaseLink]:
    with office.app.app_context():
        return list(db.session.scalars(select(CaseLink).order_by(CaseLink.id)))


# -- by hand


def test_a_link_is_added_removed_and_put_back(office: Township) -> None:
    first, second = office.call(), office.call()
    visitor = office["duty1"]
    visitor.get(f"/cases/{first}")
    answer = visitor.post(f"/cases/{first}/links", {"number": f" {second} ", "kind": "duplicate"})
    assert answer.headers["Location"] == f"/cases/{first}#pane-links"
    assert f"相关案卷 {second} 便民服务热线闭环办理" in pane(case(office, "duty1", first))
    assert f"{first} 便民服务热线闭环办理" in pane(case(office, "leader1", second))
    assert "同一事项" in pane(case(office, "duty1", second))
    visitor.post(f"/cases/{second}/links", {"number": first, "kind": "duplicate"})
    assert "已经这样关联" in case(office, "duty1", first)
    link_id = links(office)[0].id
    removed = visitor.post(f"/cases/{first}/links/{link_id}/remove").headers["Location"]
    page = visitor.get(removed).text
    assert f"已取消与 {second} 的关联" in pane(page)
    assert f"/cases/{first}/links/{link_id}/restore" in page
    assert "没有关联案卷" in pane(case(office, "duty1", second))
    course = pane(page, "timeline")
    assert f"将 {second} 关联为同一事项" in course
    assert f"取消了与 {second} 的关联" in course
    visitor.post(f"/cases/{first}/links/{link_id}/restore")
    assert f"相关案卷 {second}" in pane(case(office, "duty1", first))
    assert visitor.post(f"/cases/{first}/links/{link_id}/restore").status_code == 404


@pytest.mark.parametrize("kind", ["related", "origin", "nonsense"])
def test_what_cannot_be_linked_is_refused_and_an_unreadable_case_is_as_none(office: Township, kind: str) -> None:
    call = office.call()
    inner = propose(office, call, "inner", "dispatch1")
    office["duty1"].get(f"/cases/{call}")
    before = len(links(office))
    pages = []
    for number in ("HL-2026-999999", inner, call, ""):
        answer = office["duty1"].post(f"/cases/{call}/links", {"number": number, "kind": kind})
        assert answer.status_code == 422
        assert "不能关联这两件案卷" in answer.text
        pages.append(re.sub(r"csrf[^>]+>", "", answer.text).replace(number or "\0", ""))
    assert pages[0] == pages[1]
    assert len(links(office)) == before
    assert office["village07"].post(f"/cases/{call}/links", {"number": call}).status_code == 404


def test_links_need_the_right_and_the_pages_token(office: Township) -> None:
    first, second = office.call(), office.call()
    client = office["duty1"].client
    assert client.post(f"/cases/{first}/links", data={"number": second}).status_code == 400
    for login in ("auditor1", "sysadmin"):
        office[login].get("/settings")
        assert office[login].post(f"/cases/{first}/links", {"number": second}).status_code == 403
    assert links(office) == []


# -- the outcome


def test_those_who_look_after_the_origin_are_told_of_the_outcome_if_they_may_read_it(office: Township) -> None:
    call = office.call()  # waits for intake's acceptance
    shown, hidden = propose(office, call), propose(office, call, "inner", "dispatch1")
    office.do("leader1", hidden, "decide", resolution="内部处理")
    assert outcomes(office) == []
    office.do("leader1", shown, "decide", resolution="同意")
    assert outcomes(office) == [("duty1", call, shown, "已决议")]
    page = office["duty1"].get("/notifications").text
    assert f"由本案卷提出的“议题”{shown} 已结束：已决议" in re.sub(r"<[^>]+>", "", page)
    assert hidden not in page


def test_when_nobody_has_a_task_of_the_origin_who_opened_it_is_told(office: Township) -> None:
    call = office.call()
    office.do("duty1", call, "accept_call", acceptance="answer", direct_answer="已经告知来电人办理地点。")
    with office.app.app_context():
        is_open = office.case(call).closed_at is None
    matter = propose(office, call)
    office.do("leader1", matter, "decide", resolution="同意")
    told = {login for login, *_ in outcomes(office)}
    assert told <= {"duty1", "leader1", "callback1", "callback2"}
    assert is_open or told == {"duty1"}


def test_a_case_that_is_closed_by_no_request_is_told_of_as_well(office: Township) -> None:
    call = office.call()
    matter = propose(office, call)
    with office.app.app_context(), transaction() as engine:
        engine.cancel(office.case(matter).instance_id, by="procadmin", reason="撤销")
    assert outcomes(office) == [("duty1", call, matter, "已终止")]


def outcomes(office: Township) -> list[tuple[str, str, str, str]]:
    with office.app.app_context():
        rows = db.session.scalars(select(Notification).where(Notification.kind == "outcome").order_by(Notification.id))
        return [(row.user, row.params["number"], row.params["grown"], row.params["state"]) for row in rows]


# -- one course


def test_the_course_shows_what_happened_in_linked_cases_each_with_its_number(office: Township) -> None:
    call = office.call()
    matter = propose(office, call)
    office["duty1"].post(f"/cases/{matter}/comments", {"text": "请尽快上会"})
    office.do("leader1", matter, "decide", resolution="同意")
    own = pane(case(office, "duty1", call), "timeline")
    assert "请尽快上会" not in own
    assert "含关联案卷" in own
    assert f"由本案卷提出 {matter}" in own
    mixed = pane(case(office, "duty1", call, "?course=linked"), "timeline")
    assert re.search(rf"{matter} 热线受理员\S* 发表意见|{matter} \S+ \S+ 请尽快上会", mixed)
    assert re.search(rf"{matter} 分管领导甲 决议", mixed)
    assert re.search(rf"{call} \S+ ", mixed)
    back = pane(case(office, "duty1", matter, "?course=linked"), "timeline")
    assert re.search(rf"{call} \S+ ", back)


def test_the_course_goes_on_to_what_grew_out_of_what_grew_out_but_never_past_what_one_may_not_read(
    office: Township,
) -> None:
    call = office.call()
    first = propose(office, call)
    second = propose(office, first)
    hidden = propose(office, call, "inner", "dispatch1")
    behind = propose(office, hidden, "matter", "dispatch1")
    sideways = propose(office, call)
    seen = numbers_in(case(office, "duty1", call, "?course=linked"))
    assert seen == {call, first, second, sideways}
    assert numbers_in(case(office, "leader1", call, "?course=linked")) == {
        call, first, second, hidden, behind, sideways,
    }  # fmt: skip
    assert numbers_in(case(office, "leader1", second, "?course=linked")) == {call, first, second}


def numbers_in(page: str) -> set[str]:
    """Return the numbers with which the entries of a course are marked."""
    return set(re.findall(r'class="course-case[^>]*>([^<]+)<', page))


def test_a_call_its_matter_and_the_orders_of_the_resolution_are_one_family(township: Township) -> None:
    call = township.call()
    body = {**MATTER, "origin": call, "village": "village_03"}
    answer = township.send("dispatch1", "/start/three_tier_decision", {"data": body})
    assert answer.status_code == 200, answer.text
    found = re.search(r"YT-2026-\d{4}", township["dispatch1"].get(answer.json["next"]).text)  # type: ignore[index]
    assert found
    matter = found[0]
    township.do("leader1", matter, "consult_leaders", **CONSULTED)
    resolved = {**RESOLVED, "due": "2026-12-20T17:30:00+08:00"}
    held = {**meeting(), **voted(6, 0, 0), **resolved, "held_at": "2026-11-20T09:00:00+08:00"}
    township.do("dispatch1", matter, "hold_meeting", **held)
    shown = pane(case(township, "leader1", matter))
    orders = sorted(set(re.findall(r"DB-2026-\d{4}", shown)))
    assert orders == ["DB-2026-0001", "DB-2026-0002"]  # one a unit, each with a number of its own
    assert f"来源案卷 {call}" in shown
    assert "研判结论 上会" in pane(case(township, "leader1", matter), "facts")  # by the form's word for it
    assert f"由此提出的案卷 {matter} 三级决策" in pane(case(township, "leader1", call))
    assert numbers_in(case(township, "leader1", call, "?course=linked")) == {call, matter, *orders}
    assert matter not in case(township, "duty1", call, "?course=linked")  # intake does not read what is resolved
    for order in orders:
        assert f"来源案卷 {matter}" in pane(case(township, "leader1", order))


def test_whoever_sees_the_course_of_a_linked_case_has_viewed_it(office: Township) -> None:
    call = office.call()
    matter = propose(office, call)
    case(office, "leader1", call)
    assert viewers(office, matter) == {}
    case(office, "leader1", call, "?course=linked")
    assert viewers(office, matter) == {"leader1": 1}
    assert viewers(office, call) == {"leader1": 2}


def viewers(office: Township, number: str) -> dict[str, int]:
    instance_id = office.case(number).instance_id
    with office.app.app_context():
        rows = db.session.scalars(select(CaseView).where(CaseView.instance_id == instance_id))
        return {row.user: row.times for row in rows}


def test_a_course_of_very_many_cases_says_how_many_it_leaves_out(
    office: Township, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dossier_links, "MOST_COURSES", 2)
    call = office.call()
    matters = [propose(office, call) for _ in range(5)]
    page = case(office, "leader1", call, "?course=linked")
    assert "另有 3 件关联案卷的过程未列出" in page
    shown = [number for number in matters if f'class="course-case" href="/cases/{number}"' in page]
    assert len(shown) == 2
    monkeypatch.setattr(dossier_links, "MOST_COURSES", 5)
    assert "过程未列出" not in case(office, "leader1", call, "?course=linked")


@pytest.mark.parametrize("query", ["", "?course=linked"])
def test_the_page_costs_as_many_statements_for_one_link_as_for_many(office: Township, query: str) -> None:
    call = office.call()
    counts = []
    for more in (1, 5):
        for _ in range(more):
            matter = propose(office, call)
            office["duty1"].post(f"/cases/{matter}/comments", {"text": "请尽快上会"})
            office["duty1"].post(f"/cases/{call}/links", {"number": office.call(), "kind": "related"})
        case(office, "leader1", call, query)
        with counted(office) as statements:
            case(office, "leader1", call, query)
        counts.append(len(statements))
    assert counts[0] == counts[1], counts


@contextmanager
def counted(office: Township) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(*args: object) -> None:
        statements.append(str(args[2]))

    with office.app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)
