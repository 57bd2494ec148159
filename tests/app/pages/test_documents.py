"""Documents over HTTP: numbers of two registers, readers who are away, the circulation on the case page."""

import json
import re
from collections.abc import Mapping
from datetime import timedelta
from html import unescape
from typing import Any

from app import errands
from app.case.models import Case
from app.db import db, tenant, transaction
from app.duty.models import AbsenceRow
from engine import MovingClock, Worker
from tests.app.conftest import START
from tests.app.pages.conftest import Township

DOCUMENT: Mapping[str, Any] = {
    "received_at": "2026-11-20T09:00+08:00", "organ": "政收", "sender": "县水利局", "document_number": "水〔2026〕3号",
    "title": "关于开展水利工程检查的通知", "kind": "通知", "copies": 1, "urgency": "无", "secrecy": "无",
}  # fmt: skip
FIT = {"check_ours": "yes", "check_rules": "yes", "check_format": "yes", "check_consulted": "yes"}
READING = {
    "handling_kind": "阅件", "readers": ["person:leader1", "unit:finance_office", "person:discipline1"],
    "circulation_mode": "in_turn",
}  # fmt: skip


def receive(township: Township, **changes: object) -> str:
    answer = township.send("dispatch1", "/start/document_routing", {"data": {**DOCUMENT, **changes}})
    assert answer.status_code == 200, answer.text
    page = township["dispatch1"].get(answer.json["next"])  # type: ignore[index]
    found = re.search(r"[政党]收-\d{4}-\d{4}", page.text)
    assert found
    return found[0]


def do(township: Township, by: str, number: str, element: str, **data: object) -> None:
    answer = township.send(by, f"/tasks/{township.task(number, element)}/complete", {"data": data})
    assert answer.status_code == 200, answer.text


def circulated(township: Township, **register: object) -> str:
    number = receive(township)
    do(township, "dispatch1", number, "sign_document", copies_received=1)
    do(township, "dispatch1", number, "check_document", **FIT)
    do(township, "dispatch1", number, "register_document", **{**READING, **register})
    return number


def stations(township: Township, by: str, number: str) -> list[str]:
    """Return the words of each row of the circulation."""
    page = township[by].get(f"/cases/{number}").text
    section = page.split('id="pane-circulation"')[1].split("</section>")[0]
    rows = re.findall(r'<li class="station.*?</li>', section, re.DOTALL)
    return [" ".join(unescape(re.sub(r"<[^>]*>", " ", row)).split()) for row in rows]


def work(township: Township) -> None:
    """Let the worker do whatever is due."""
    with township.app.app_context():
        worker = Worker(transaction)
        while worker.step() or errands.step():
            pass


def test_each_register_counts_by_itself(township: Township) -> None:
    numbers = [receive(township, organ=organ, document_number=f"水〔2026〕{serial}号")
               for serial, organ in enumerate(("政收", "党收", "政收"), start=1)]  # fmt: skip
    assert numbers == ["政收-2026-0001", "党收-2026-0001", "政收-2026-0002"]


def test_the_form_offers_units_and_those_who_may_have_tasks(township: Township) -> None:
    number = receive(township)
    do(township, "dispatch1", number, "sign_document", copies_received=1)
    do(township, "dispatch1", number, "check_document", **FIT)
    page = township["dispatch1"].get(f"/tasks/{township.task(number, 'register_document')}").text
    found = re.search(r'<script[^>]*application/json[^>]*>(.*?)</script>', page, re.DOTALL)
    assert found
    data = json.loads(found[1])["data"]
    people = {person["value"]: person["label"] for person in data["people"]}
    assert people["leader1"] == "分管领导甲（热线审核、乡领导）" and "sysadmin" not in people
    assert {"label": "水利站", "value": "water_station"} in data["units"]


def test_the_case_page_shows_who_has_it_who_had_it_and_who_is_still_to_have_it(
    township: Township, clock: MovingClock
) -> None:
    with township.app.app_context():
        away = {"kind": "trip", "begins": START, "ends": START + timedelta(days=2), "entered_by": "leader1"}
        db.session.add(AbsenceRow(tenant=tenant(), login="leader1", entered_at=START, **away))
        db.session.commit()
    number = circulated(township)
    rows = stations(township, "dispatch1", number)
    assert rows[0].startswith("初审 派单员甲 党政办")
    assert [row.split()[:2] for row in rows[-3:]] == [["传阅", "财政所"], ["缺岗", "分管领导甲"], ["待阅", "纪检员甲"]]
    assert "外出至 2026-11-22 09:00" in rows[-2]
    do(township, "finance1", number, "read_document", reading_note="已阅,无意见。")
    rows = stations(township, "dispatch1", number)
    assert rows[-3].startswith("传阅 财政所办事员甲 财政所") and "已阅,无意见。" in rows[-3]
    assert [row.split()[:2] for row in rows[-2:]] == [["传阅", "纪检员甲"], ["缺岗", "分管领导甲"]]


def test_a_reader_who_returns_early_has_the_document_at_once_and_one_who_leaves_is_passed_over(
    township: Township, clock: MovingClock
) -> None:
    times = {"begins": START, "ends": START + timedelta(days=9)}
    away = {"kind": "trip", **{name: f"{at:%Y-%m-%dT%H:%MZ}" for name, at in times.items()}}
    township["leader1"].get("/duty/absences")
    entered = township["leader1"].post("/duty/absences", away)
    assert entered.status_code == 302, entered.text
    work(township)
    number = circulated(township)
    assert ["缺岗", "分管领导甲"] in [row.split()[:2] for row in stations(township, "dispatch1", number)]
    clock.advance(timedelta(minutes=10))
    assert township["leader1"].post(f"{entered.location}/end", {}).status_code == 302
    work(township)
    assert ["传阅", "分管领导甲"] in [row.split()[:2] for row in stations(township, "dispatch1", number)]
    again = {**away, "begins": f"{clock.now():%Y-%m-%dT%H:%MZ}"}
    clock.advance(timedelta(minutes=1))
    assert township["leader1"].post("/duty/absences", again).status_code == 302
    work(township)
    assert ["缺岗", "分管领导甲"] in [row.split()[:2] for row in stations(township, "dispatch1", number)]
    assert number not in township["leader1"].get("/inbox").text


def test_an_urger_is_shown_by_name_and_plain_documents_bear_no_tag(township: Township) -> None:
    number = receive(township, urgency="特急")
    do(township, "dispatch1", number, "sign_document", copies_received=1)
    do(township, "dispatch1", number, "check_document", **FIT)
    do(township, "dispatch1", number, "register_document", handling_kind="办件", urger="leader1",
       due="2026-11-24T17:30:00+08:00", reply_needed=True)  # fmt: skip
    page = township["dispatch1"].get(f"/cases/{number}").text
    assert re.search(r"<dt>催办人</dt>\s*<dd>\s*<span>分管领导甲</span>", page)
    assert ">特急</span>" in page
    plain = township["dispatch1"].get(f"/cases/{receive(township, document_number='水〔2026〕4号')}").text
    assert "case-tag" not in plain.split("case-line")[0]


def test_a_circulation_s_readers_may_read_the_case_and_others_may_not(township: Township) -> None:
    number = circulated(township)
    assert township["finance1"].get(f"/cases/{number}").status_code == 200
    assert township["water1"].get(f"/cases/{number}").status_code == 404


def test_a_call_has_no_circulation(township: Township) -> None:
    assert "pane-circulation" not in township["duty1"].get(f"/cases/{township.call()}").text


def test_a_limit_in_the_past_is_refused_by_name_and_nothing_is_lost(township: Township) -> None:
    number = receive(township)
    do(township, "dispatch1", number, "sign_document", copies_received=1)
    do(township, "dispatch1", number, "check_document", **FIT)
    task = township.task(number, "register_document")
    data = {"handling_kind": "办件", "due": "2026-11-19T17:30:00+08:00", "reply_needed": False}
    refused = township.send("dispatch1", f"/tasks/{task}/complete", {"data": data})
    assert refused.status_code == 422 and "due" in refused.text
    assert township.task(number, "register_document") == task


def test_urgent_documents_ring_at_once(township: Township) -> None:
    number = receive(township, urgency="加急")
    work(township)
    assert "请即到即办" in township["leader1"].get("/notifications").text
    with township.app.app_context():
        case = db.session.query(Case).filter_by(number=number).one()
        assert case.urgency == "加急"
