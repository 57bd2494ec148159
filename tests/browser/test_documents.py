"""A document in the browser: received, checked, registered with its readers, read in order; where it is can be seen."""

from collections.abc import Callable
from datetime import datetime, timedelta

from playwright.sync_api import expect
from sqlalchemy import select

from app.calendar import LOCAL
from app.case.models import Case
from app.case.opening import open_case
from app.db import current_engine, db, now, tenant, transaction
from app.duty.models import AbsenceRow
from tests.browser.conftest import Site, Someone
from tests.browser.looks import fits, violations

FIT = {"check_ours": "符合", "check_rules": "符合", "check_format": "符合", "check_consulted": "不需会商"}


def receive(office: Someone, number: str) -> str:
    """Register a document that has come in, and return its number."""
    office.go("/start/document_routing")
    expect(office.page.locator("[data-form-submit]")).to_be_enabled()
    office.fill(sender="县委办公室", document_number=number, title="关于印发考核指引的通知")
    office.fill(organ="党委收文", kind="通知")
    office.shot("documents-1-receive")
    office.hand_in()
    office.page.wait_for_url("**/started/*")
    return office.page.locator(".number").inner_text().strip()


def choose(office: Someone, key: str, *values: str) -> None:
    """Choose several values of a field in this order."""
    place = office.page.locator(f'.fjs-form-field-taglist:has([id$="-{key}"])')
    for value in values:
        place.locator("input").fill(value)
        place.locator(".fjs-dropdownlist-item").get_by_text(value, exact=True).click()
    place.locator("input").blur()


def test_a_document_is_read_in_order_and_everybody_sees_where_it_is(sign_in: Callable[..., Someone]) -> None:
    office = sign_in("dispatch1")
    with office.site.app.app_context(), transaction():
        away = {"kind": "trip", "begins": now(), "ends": now() + timedelta(days=2), "entered_by": "leader1"}
        db.session.add(AbsenceRow(tenant=tenant(), login="leader1", entered_at=now(), **away))
    number = receive(office, "泾办〔2026〕22号")
    assert number.startswith("党收-")
    office.open_first("签收")
    office.fill(copies_received="1")
    office.hand_in()
    office.page.wait_for_url("**done=*")
    office.open_first("初审")
    office.fill(**FIT)
    office.shot("documents-2-check")
    office.hand_in()
    office.page.wait_for_url("**done=*")
    office.open_first("登记")
    office.fill(handling_kind="阅件")
    choose(office, "readers", "分管领导甲（热线审核、乡领导）", "财政所", "纪检员甲（乡纪委、督办）")
    office.fill(circulation_mode="依次传阅")
    office.shot("documents-3-register", full=True)
    assert violations(office.page) == []
    office.hand_in()
    office.page.wait_for_url("**done=*")

    reader = sign_in("finance1", width=390, height=844)
    reader.open_first("阅读")
    reader.fill(reading_note="已阅,无意见。")
    reader.shot("documents-4-read-phone")
    reader.hand_in()
    reader.page.wait_for_url("**done=*")

    for someone, name in ((office, "office"), (reader, "phone"), (sign_in("discipline1", language="en"), "english")):
        someone.go(f"/cases/{number}")
        rows = someone.page.locator("#pane-circulation .station")
        expect(rows.filter(has_text="已阅,无意见。")).to_contain_text("财政所办事员甲")
        until = (now_of(someone) + timedelta(days=2)).astimezone(LOCAL).strftime("%Y-%m-%d")
        expect(rows.filter(has_text="缺岗")).to_contain_text(until)
        assert violations(someone.page) == []
        assert fits(someone.page)
        someone.shot(f"documents-5-circulation-{name}", full=True)


def handled_urgently(site: Site) -> str:
    """Bring an urgent document to its handling by three units, with one who urges and one who takes note."""
    received = {
        "received_at": "2026-10-12T08:30:00+08:00", "organ": "政收", "sender": "县应急管理局", "copies": 1,
        "document_number": "泾应急〔2026〕58号", "title": "关于开展冬季森林防火专项检查的紧急通知", "kind": "通知",
        "urgency": "特急", "secrecy": "无",
    }  # fmt: skip
    with site.app.app_context(), transaction() as engine:
        due = (now() + timedelta(days=3)).astimezone(LOCAL).strftime("%Y-%m-%dT17:30:00+08:00")
        case = open_case(engine, db.session(), "document_routing", received, by="dispatch1")
        for step, by, data in (
            ("sign_document", "dispatch1", {"copies_received": 1}),
            ("check_document", "dispatch1", dict.fromkeys(FIT, "yes")),
            ("register_document", "dispatch1",
             {"handling_kind": "办件", "urger": "discipline1", "due": due, "reply_needed": False}),
            ("propose_handling", "dispatch1",
             {"proposal": "请应急站牵头，林业站、财政所配合，立即排查。", "lead_unit": "emergency_station",
              "co_units": ["forestry_station", "finance_office"], "leaders": ["leader1"],
              "informed_readers": ["person:civil1"]}),
            ("instruct_document", "leader1", {"instruction_result": "agree", "instruction": "立即办理，不留死角。"}),
        ):
            (task,) = [task for task in engine.instance(case.instance_id).open_tasks if task.element_id == step]
            engine.complete_task(task.id, data, by=by)
        return case.number


def open_task(someone: Someone, number: str, step: str) -> None:
    """Open a case's task of this step, which must be somebody's who has come in."""
    with someone.site.app.app_context():
        instance = db.session.scalars(select(Case.instance_id).where(Case.number == number)).one()
        task = next(task for task in current_engine().instance(instance).open_tasks if task.element_id == step)
    someone.go(f"/tasks/{task.id}")
    expect(someone.page.locator("[data-form-submit]")).to_be_enabled()


def test_a_document_is_urged_noted_countersigned_and_printed(
    site: Site, sign_in: Callable[..., Someone]
) -> None:
    number = handled_urgently(site)

    def done(someone: Someone, step: str, name: str, **answers: str) -> None:
        open_task(someone, number, step)
        someone.fill(**answers)
        someone.shot(f"documents-{name}", full=True)
        assert violations(someone.page) == []
        assert fits(someone.page)
        someone.hand_in()
        someone.page.wait_for_url("**done=*")

    urger = sign_in("discipline1", width=390, height=844)
    done(urger, "urge_document", "6-urge-phone", urging="催办", urge_words="请今天下班前报排查进度。")
    done(sign_in("civil1"), "note_document", "6-note", reading_note="已阅知。")
    lead, other = sign_in("emergency1"), sign_in("forestry1", language="en")
    done(other, "assist_document", "6-assist-english", assist_note="护林员已全员上岗。")
    done(sign_in("finance1"), "assist_document", "6-assist", assist_note="经费已落实。")
    done(lead, "handle_document", "6-handle", handling_note="已排查23处。")
    done(lead, "report_result", "6-report", handling_result="隐患全部整改到位。", countersign="yes")
    done(other, "countersign_result", "6-countersign-english", countersigning="同意", countersign_note="属实。")
    for someone, name in ((lead, "office"), (urger, "phone"), (other, "english")):
        someone.go(f"/cases/{number}")
        rows = someone.page.locator("#pane-circulation .station")
        for kind, words in (("催办", "报排查进度"), ("阅知", "已阅知。"), ("会签", "属实。")):
            expect(rows.filter(has_text=kind).filter(has_text=words)).to_have_count(1)
        assert violations(someone.page) == []
        assert fits(someone.page)
        someone.shot(f"documents-7-case-{name}", full=True)


def now_of(someone: Someone) -> datetime:
    with someone.site.app.app_context():
        return now()
