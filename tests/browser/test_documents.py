"""A document in the browser: received, checked, registered with its readers, read in order; where it is can be seen."""

from collections.abc import Callable
from datetime import datetime, timedelta

from playwright.sync_api import expect

from app.calendar import LOCAL
from app.db import db, now, tenant, transaction
from app.duty.models import AbsenceRow
from tests.browser.conftest import Someone
from tests.browser.test_pages import violations

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
        assert someone.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        someone.shot(f"documents-5-circulation-{name}", full=True)


def now_of(someone: Someone) -> datetime:
    with someone.site.app.app_context():
        return now()
