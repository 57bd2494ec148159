"""Masked values shown for a while: who may, for which reason, how long, how often, and what is kept of it."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from werkzeug.test import TestResponse

from app.case.models import Disclosure
from app.db import db, tenant
from app.people.models import Membership
from engine.clock import MovingClock
from tests.app.conftest import START, Visitor
from tests.app.pages.conftest import Township

NAME, PHONE = "欧阳隐名", "13987651234"
PARTS = (NAME, "欧阳隐", PHONE, "87651234")
REASON = {"choice": "", "words": "核对是否重复来电"}
JSON = {"Accept": "application/json"}


def call(township: Township, **changes: object) -> str:
    return township.call(caller=NAME, phone=PHONE, **changes)


def reveal(township: Township, login: str, number: str, name: str = "phone", **form: str) -> TestResponse:
    township[login].get(f"/cases/{number}")
    return township[login].post(f"/cases/{number}/reveal/{name}", {**REASON, **form})


def kept(township: Township) -> list[Disclosure]:
    with township.app.app_context():
        return list(db.session.scalars(select(Disclosure).order_by(Disclosure.id)))


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_a_reader_with_the_right_sees_the_number_after_giving_a_reason_and_the_name_stays_masked(
    township: Township,
) -> None:
    number = call(township)
    page = township["leader1"].get(f"/cases/{number}").text
    assert not [part for part in PARTS if part in page]
    assert f'href="/cases/{number}/reveal/phone?back=' in page
    asked = township["leader1"].get(f"/cases/{number}/reveal/phone").text
    assert "为联系来电人办理本件" in asked
    assert not [part for part in PARTS if part in asked]
    answer = reveal(township, "leader1", number)
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/cases/{number}#pane-facts")
    assert not [part for part in PARTS if part in answer.text]
    seen = township["leader1"].get(f"/cases/{number}")
    assert PHONE in seen.text
    assert NAME not in seen.text
    assert seen.headers["Cache-Control"] == "no-store"
    assert 'data-masked="139****1234"' in seen.text


def test_the_script_of_the_page_is_given_the_facts_alone(township: Township) -> None:
    number = call(township)
    township["leader1"].get(f"/cases/{number}")
    answer = township["leader1"].post(f"/cases/{number}/reveal/phone", dict(REASON), headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert answer.text.lstrip().startswith("<div data-facts>")
    assert PHONE in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


def test_what_was_shown_is_masked_again_when_its_time_is_over(township: Township, clock: MovingClock) -> None:
    number = call(township)
    reveal(township, "leader1", number)
    clock.advance(timedelta(minutes=9, seconds=59))
    assert PHONE in township["leader1"].get(f"/cases/{number}").text
    clock.advance(timedelta(seconds=1))
    task = f"/tasks/{township.task(number, 'accept_call')}"
    for address in (f"/cases/{number}", "/registers/hotline_closed_loop", task):
        answer = township["leader1"].get(address)
        assert answer.status_code == 200
        assert not [part for part in PARTS if part in answer.text], address
    assert township["leader1"].get(f"/cases/{number}").headers["Cache-Control"] == "private, no-cache"
    assert f"/cases/{number}/reveal/phone" in township["leader1"].get(f"/cases/{number}").text


def test_how_long_and_how_often_are_settings(township: Township, clock: MovingClock) -> None:
    township.app.config.update(REVEAL_MINUTES=1, REVEALS_PER_DAY=2)
    numbers = [call(township, content=f"第 {count} 件:水泥路塌陷,农用车无法通行。") for count in range(3)]
    assert [reveal(township, "leader1", number).status_code for number in numbers] == [302, 302, 429]
    refused = reveal(township, "leader1", numbers[2])
    assert "今天查看遮盖内容的次数已满" in refused.text
    assert "每人每天可查看 2 项" in refused.text
    assert not [part for part in PARTS if part in refused.text]
    assert PHONE not in township["leader1"].get(f"/cases/{numbers[2]}").text
    clock.advance(timedelta(minutes=1))
    assert PHONE not in township["leader1"].get(f"/cases/{numbers[0]}").text
    assert reveal(township, "discipline1", numbers[2]).status_code == 302, "each person has a count of his own"
    clock.advance(timedelta(hours=15))  # after midnight in the township
    township.visitors.pop("leader1")
    assert reveal(township, "leader1", numbers[2]).status_code == 302


def test_nobody_else_sees_anything_of_it(township: Township) -> None:
    number = call(township)
    reveal(township, "leader1", number)
    for login in ("discipline1", "auditor1"):
        for address in (f"/cases/{number}", "/registers/hotline_closed_loop", f"/search?q={number}", "/audit",
                        "/audit/disclosures", f"/audit/{township.case(number).instance_id}"):
            for headers in ({}, JSON):
                answer = township[login].client.get(address, headers=headers, follow_redirects=True)
                assert not [part for part in PARTS if part in answer.text], (login, address)
    # In lists, in forms and in what programs are told, the leader sees it masked all the same.
    diagram = f"/instances/{township.case(number).instance_id}/diagram"
    for address in ("/registers/hotline_closed_loop", "/inbox", diagram):
        assert not [part for part in PARTS if part in township["leader1"].client.get(address).text], address


@pytest.mark.parametrize(
    ("login", "status"), [("leader1", 302), ("discipline1", 302), ("village03", 404), ("duty1", 403), ("sysadmin", 403),
                          ("procadmin", 403), ("auditor1", 403)],
)  # fmt: skip
def test_only_those_may_reveal_whom_the_process_names(township: Township, login: str, status: int) -> None:
    number = call(township)
    visitor = township[login]
    visitor.get("/settings")
    assert visitor.post(f"/cases/{number}/reveal/phone", dict(REASON)).status_code == status
    assert visitor.get(f"/cases/{number}/reveal/caller").status_code == (200 if status == 302 else status)
    assert len(kept(township)) == (status == 302)


def test_who_has_worked_on_a_case_may_have_it_shown_afterwards(township: Township) -> None:
    number = township.handled_by("village_03", "village03", caller=NAME, phone=PHONE)
    assert PHONE not in township["village03"].get(f"/cases/{number}").text
    assert reveal(township, "village03", number).status_code == 302
    assert PHONE in township["village03"].get(f"/cases/{number}").text


def test_of_a_confidential_case_nobody_has_anything_shown(township: Township) -> None:
    number = call(township, confidential=True)
    township.do("duty1", number, "accept_call", acceptance="accept")
    township.do("dispatch1", number, "dispatch_call", lead_unit="village_03", co_units=[], override_reason="由该村办理")
    township.do("village03", number, "sign_in", sign_in="accept")
    for login in ("leader1", "discipline1", "dispatch1", "village03"):
        page = township[login].get(f"/cases/{number}").text
        assert "/reveal/" not in page
        answer = reveal(township, login, number)
        assert answer.status_code == 403
        assert not [part for part in PARTS if part in answer.text]
        problem = township[login].post(f"/cases/{number}/reveal/phone", dict(REASON), headers=JSON)
        assert problem.json["code"] == "reveal_refused"
    assert kept(township) == []


def test_a_right_that_is_lost_hides_at_once_what_was_shown(township: Township) -> None:
    number = call(township)
    reveal(township, "leader1", number)
    with township.app.app_context():
        for group in ("township_leaders", "hotline_review"):
            db.session.get_one(Membership, (tenant(), "leader1", group, START)).valid_to = START
        db.session.add(Membership(tenant=tenant(), login="leader1", group_id="hotline_intake", valid_from=START))
        db.session.add(Membership(tenant=tenant(), login="leader1", group_id="village_03", valid_from=START))
        db.session.commit()
    assert PHONE in township["leader1"].get(f"/cases/{number}").text, "as intake, which sees it plain"
    with township.app.app_context():
        db.session.get_one(Membership, (tenant(), "leader1", "hotline_intake", START)).valid_to = START
        db.session.commit()
    assert township["leader1"].get(f"/cases/{number}").status_code == 404


@pytest.mark.parametrize("reason", ["", "   ", "急", "查 看", "x" * 201, "查看\u0007来电"])
def test_a_reason_that_says_nothing_is_refused_and_nothing_shown(township: Township, reason: str) -> None:
    number = call(township)
    answer = reveal(township, "leader1", number, words=reason)
    assert answer.status_code == 422
    assert "请说明理由" in answer.text
    assert not [part for part in PARTS if part in answer.text]
    assert kept(township) == []
    assert PHONE not in township["leader1"].get(f"/cases/{number}").text


def test_what_is_no_masked_value_cannot_be_shown(township: Township) -> None:
    number = call(township)
    for name in ("content", "nothing", "lead_unit"):
        assert reveal(township, "leader1", number, name).status_code == 404
    assert reveal(township, "leader1", "HL-2026-999999").status_code == 404
    assert kept(township) == []


def test_without_the_token_of_the_session_nothing_is_shown(township: Township) -> None:
    number = call(township)
    township["leader1"].get(f"/cases/{number}")
    answer = township["leader1"].client.post(f"/cases/{number}/reveal/phone", data=REASON)
    assert answer.status_code == 400
    assert kept(township) == []


def test_it_is_recorded_with_person_case_variable_reason_and_end_but_never_the_value(township: Township) -> None:
    number = call(township)
    reveal(township, "leader1", number, choice="为联系来电人办理本件", words="")
    [row] = kept(township)
    assert (row.kind, row.user, row.what, row.reason) == ("reveal", "leader1", "phone", "为联系来电人办理本件")
    assert (row.instance_id, row.at, row.until) == (
        township.case(number).instance_id, START, START + timedelta(minutes=10),
    )  # fmt: skip
    with township.app.app_context():
        everything = db.session.execute(text("SELECT * FROM case_disclosure")).all()
    assert not [part for part in PARTS if part in repr(everything)]


def test_those_who_answer_for_the_register_read_on_the_case_who_had_what_shown(township: Township) -> None:
    number = township.handled_by("village_03", "village03", caller=NAME, phone=PHONE)
    assert reveal(township, "discipline1", number).status_code == 302
    found = words(township["duty1"].get(f"/cases/{number}").text)
    assert re.search("纪检员甲 查看了“电话” 2026-11-20 09:00 原因: 核对是否重复来电", found)
    assert "纪检员甲" not in township["village03"].get(f"/cases/{number}").text


def test_nobody_changes_or_deletes_the_record(township: Township) -> None:
    reveal(township, "leader1", call(township))
    for statement in ("UPDATE case_disclosure SET reason = ''", "DELETE FROM case_disclosure"):
        with township.app.app_context(), pytest.raises(DBAPIError, match="append-only"):
            db.session.execute(text(statement))
    assert len(kept(township)) == 1


def test_two_requests_at_once_show_it_once_and_never_more_than_the_limit(township: Township) -> None:
    township.app.config["REVEALS_PER_DAY"] = 3
    numbers = [call(township, content=f"第 {count} 件:水泥路塌陷,农用车无法通行。") for count in range(4)]
    township["leader1"].get("/settings")

    def ask(number: str) -> int:
        visitor = Visitor(township.app.test_client(), "", township["leader1"].token)
        for cookie in ("changtong",):
            value = township["leader1"].client.get_cookie(cookie)
            assert value
            visitor.client.set_cookie(cookie, value.value)
        return visitor.post(f"/cases/{number}/reveal/phone", dict(REASON)).status_code

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, numbers * 2))
    rows = kept(township)
    assert len(rows) == 3
    assert len({row.instance_id for row in rows}) == 3
    assert (answers.count(302), answers.count(429)) == (6, 2)


def test_auditors_find_it_by_person_case_and_day_and_page_through_it(
    township: Township, clock: MovingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.disclosure.views.PAGE", 2)
    first, second = call(township), call(township, content="路灯坏了两个月,晚上出门不安全。")
    reveal(township, "leader1", first)
    clock.advance(timedelta(days=1))
    township.visitors.clear()
    reveal(township, "discipline1", first)
    reveal(township, "leader1", second, "caller")

    def found(query: str) -> list[tuple[str, str]]:
        page = township["auditor1"].get(f"/audit/disclosures?{query}").text
        return re.findall(r'nowrap">([^<]+?) <span[^>]*>\w+</span></td>.*?>(HL-[\d-]+)<', page, re.DOTALL)

    leader, discipline = "分管领导甲", "纪检员甲"
    assert found("") == [(leader, second), (discipline, first)]
    following = re.search(r"before=(\d+)", township["auditor1"].get("/audit/disclosures").text)
    assert following
    assert found(f"before={following[1]}") == [(leader, first)]
    assert found("who=discipline1") == [(discipline, first)]
    assert found(f"who={leader}&number={first}") == [(leader, first)]
    assert found("from=2026-11-21&kind=reveal") == [(leader, second), (discipline, first)]
    assert found("to=2026-11-20") == [(leader, first)]
    assert found("kind=export") == []
    for odd in ("kind=nonsense", "before=x", "before=" + "9" * 30):
        assert township["auditor1"].get(f"/audit/disclosures?{odd}").status_code == 400
    assert "查看了“来电人”" in township["auditor1"].get(f"/audit/{township.case(second).instance_id}").text


def test_nothing_of_it_is_in_the_log(township: Township, caplog: pytest.LogCaptureFixture) -> None:
    number = call(township)
    reveal(township, "leader1", number)
    reveal(township, "leader1", number, words="")
    assert not [part for part in PARTS if part in caplog.text]


def test_a_view_on_behalf_of_another_names_both(township: Township, signed_in: Callable[[str], Visitor]) -> None:
    number = township.handled_by("village_03", "village03", caller=NAME, phone=PHONE)
    again = call(township)
    township.do("duty1", again, "accept_call", acceptance="accept")
    township.do("dispatch1", again, "dispatch_call", lead_unit="village_03", co_units=[], override_reason="由该村办理")
    township["village03"].get("/duty/absences")
    away = {"login": "village03", "kind": "村务", "begins": "2026-11-20T09:00", "ends": "2026-11-21T09:00", "note": ""}
    page = township["village03"].get("/duty/absences").text
    away["kind"] = re.findall(r'<option value="(\w+)"', page)[-1]
    assert township["village03"].post("/duty/absences", away).status_code == 302
    assert township["village04"].get(f"/cases/{again}").status_code == 200
    assert "村04联络员 代 村03联络员 村04" in words(township["duty1"].get(f"/cases/{again}").text)
    own = words(township["village03"].get(f"/cases/{number}").text)
    assert "您看到的是自己的查看记录" in own
