"""A matter is brought up out of a call, the two are followed on each other's page, and links are made and undone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from app.db import transaction
from tests.app.pages.matters import processes
from tests.browser.conftest import Site, Someone, register_call
from tests.browser.looks import fits, violations

LOOKS = [("zh-CN", 1366, 768), ("en-GB", 1366, 768), ("zh-CN", 390, 844), ("en-GB", 390, 844)]


@pytest.fixture(scope="module")
def calls(site: Site) -> Site:
    """The module's site with processes that grow out of calls."""
    with site.app.app_context(), transaction() as engine:
        for name, source in processes():
            engine.deploy({f"{name}.bpmn": source}, by="procadmin")
    return site


def test_a_matter_grows_out_of_a_call_and_links_are_undone(calls: Site, sign_in: Callable[..., Someone]) -> None:
    duty = sign_in("duty1", height=1400)
    call, other = register_call(duty), register_call(duty, content="同一路段路灯也坏了。")
    duty.go(f"/cases/{call}")
    duty.page.get_by_role("link", name="议题", exact=True).click()
    expect(duty.page.locator("[data-form-submit]")).to_be_enabled()
    field = duty.page.get_by_label("来源案卷")
    expect(field).to_have_value(call)
    field.fill("HL-2026-999999")
    duty.hand_in()
    expect(duty.page.get_by_role("alert")).to_contain_text("没有您有权查看的这一编号的案卷")
    duty.shot("origin-refused")
    field.fill(call)
    duty.hand_in()
    duty.page.wait_for_url("**/started/*")
    matter = duty.page.locator(".number").inner_text().strip()
    duty.go(f"/cases/{call}")
    duty.page.get_by_label("另一案卷的编号").fill(other)
    duty.page.get_by_role("button", name="关联", exact=True).click()
    expect(duty.page.locator("#pane-links")).to_contain_text(other)
    duty.page.get_by_role("button", name=f"取消与 {other} 的关联").click()
    expect(duty.page.locator("#pane-links [role=status]")).to_contain_text(f"已取消与 {other} 的关联")
    duty.shot("link-removed", full=True)
    duty.page.get_by_role("button", name="撤销").click()
    expect(duty.page.locator("#pane-links")).to_contain_text(other)
    leader = sign_in("leader1")
    leader.open_first("决议")
    leader.page.get_by_label("决议内容").fill("同意修复，由村03牵头，十个工作日内完成。")
    leader.hand_in()
    leader.page.wait_for_url("**done=**")
    duty.go("/notifications")
    expect(duty.page.locator("main")).to_contain_text(f"由本案卷提出的“议题”{matter} 已结束")
    duty.page.get_by_role("button", name="全部标为已读").click()
    duty.go(f"/cases/{call}")
    expect(duty.page.locator("#pane-links")).to_contain_text("同意修复")
    duty.page.get_by_role("link", name="含关联案卷").click()
    expect(duty.page.locator("#pane-timeline")).to_contain_text("决议")
    expect(duty.page.locator(".course-case", has_text=matter).first).to_be_visible()


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: f"{look[0][:2]}-{look[1]}")
def test_linked_cases_fit_every_screen_and_break_no_rule(
    calls: Site, sign_in: Callable[..., Someone], look: tuple[str, int, int]
) -> None:
    language, width, height = look
    duty = sign_in("duty1", width=width, height=height, language=language)
    name = f"linked-{language[:2]}-{width}"
    for page, path in (
        ("case", "/cases/HL-2026-000001?course=linked"), ("grown", "/cases/YT-2026-001"),
        ("start", "/start/matter?origin=HL-2026-000001"),
    ):
        duty.go(path.replace("2026", str(calls.app.extensions["changtong.clock"].now().year)))
        duty.shot(f"{name}-{page}", full=True)
        assert fits(duty.page)
        assert violations(duty.page) == []
