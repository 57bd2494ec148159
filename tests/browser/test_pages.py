"""The pages in a browser: every size fits, nothing is against accessibility rules, keys work, sessions may end."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Site, Someone, register_call
from tests.browser.looks import SIZES, fits, violations

# Whoever opens the first task of the inbox sees all of a task's page.
PAGES = {
    "home": "/",
    "inbox": "/inbox?filter=groups", "task": "task", "start": "/start", "start-form": "/start/hotline_closed_loop",
    "register": "/registers/hotline_closed_loop", "case": "/cases/HL-2026-000001",
}  # fmt: skip


@pytest.fixture(scope="module")
def township(site: Site) -> Site:
    """The module's site with three calls on it."""
    from tests.app.pages.conftest import CALL

    client = site.app.test_client()
    page = client.get("/login").text
    token = page.split('name="csrf-token" content="')[1].split('"')[0]
    client.post("/login", data={"csrf_token": token, "login": "duty1", "password": site.password})
    token = client.get("/settings").text.split('name="csrf-token" content="')[1].split('"')[0]
    calls = (
        {},
        {"urgency": "紧急", "confidential": True, "village": "village_07", "content": "自来水主管爆裂,四十余户停水。"},
        {"category": "环境卫生", "village": "village_11", "content": "集市旁垃圾堆放多日无人清运。"},
    )  # fmt: skip
    for changes in calls:
        body = {"data": {**CALL, **changes}}
        assert client.post("/start/hotline_closed_loop", json=body, headers={"X-CSRFToken": token}).status_code == 200
    return site


def open_page(someone: Someone, name: str) -> None:
    """Open a page and wait until its form or diagram is drawn."""
    if name == "task":
        someone.open_first("受理")
    else:
        someone.go(PAGES[name])
    if name in ("task", "start-form"):
        expect(someone.page.locator("[data-form-submit]")).to_be_enabled()
    if name == "case":
        expect(someone.page.locator(".diagram svg .djs-element").first).to_be_visible()


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_no_page_scrolls_sideways(township: Site, sign_in: Callable[..., Someone], size: tuple[int, int]) -> None:
    duty = sign_in("duty1", width=size[0], height=size[1])
    for name in PAGES:
        open_page(duty, name)
        duty.shot(f"{name}-{size[0]}x{size[1]}")
        assert fits(duty.page), name
    leader = sign_in("leader1", width=size[0], height=size[1])
    leader.go("/statistics")
    expect(leader.page.locator("canvas").first).to_be_visible()
    leader.shot(f"figures-{size[0]}x{size[1]}")
    assert fits(leader.page)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_axe_finds_nothing_on_the_main_pages(
    township: Site, sign_in: Callable[..., Someone], theme: str, language: str
) -> None:
    duty = sign_in("duty1", theme=theme, language=language)
    found = {}
    for name in PAGES:
        open_page(duty, name)
        duty.shot(f"{name}-{language}-{theme}", full=name == "case")
        if problems := violations(duty.page):
            found[name] = problems
    leader = sign_in("leader1", theme=theme, language=language)
    leader.go("/statistics")
    leader.shot(f"figures-{language}-{theme}", full=True)
    if problems := violations(leader.page):
        found["figures"] = problems
    assert found == {}


def test_the_keyboard_leads_through_the_list_into_a_task_and_back(
    township: Site, sign_in: Callable[..., Someone]
) -> None:
    duty = sign_in("duty1")
    duty.go("/inbox?filter=groups")
    rows = duty.page.locator("[data-row]")
    duty.page.keyboard.press("j")
    expect(rows.nth(0)).to_be_focused()
    duty.page.keyboard.press("j")
    expect(rows.nth(1)).to_be_focused()
    duty.page.keyboard.press("k")
    duty.page.keyboard.press("Enter")
    expect(duty.page.locator("[data-form-submit]")).to_be_enabled()
    expect(duty.page).to_have_url(re.compile("task="))
    duty.page.keyboard.press("?")
    expect(duty.page.get_by_role("dialog", name="键盘操作")).to_be_visible()
    duty.page.keyboard.press("Escape")
    duty.page.keyboard.press("/")
    expect(duty.page.locator("[data-search]")).to_be_focused()
    duty.page.locator(".task-title").click()
    duty.page.keyboard.press("c")
    expect(duty.page.get_by_text("已认领，任务归您办理")).to_be_visible()
    duty.page.get_by_role("button", name="退回认领").click()
    expect(duty.page.locator("[data-claim]")).to_be_visible()
    expect(duty.page.locator("[data-form-submit]")).to_be_enabled()
    duty.page.locator("body").press("g")
    duty.page.locator("body").press("i")
    duty.page.wait_for_url("**/inbox")


def test_selection_and_list_survive_a_reload_and_going_back(township: Site, sign_in: Callable[..., Someone]) -> None:
    duty = sign_in("duty1")
    duty.go("/inbox?filter=groups&sort=newest")
    rows = duty.page.locator("[data-row]")
    rows.nth(1).click()
    expect(duty.page.locator("[data-form-submit]")).to_be_enabled()
    duty.page.reload()
    expect(rows.nth(1)).to_have_attribute("aria-current", "true")
    first = duty.page.locator(".task-title").inner_text()
    rows.nth(2).click()
    expect(duty.page.locator(".task-title")).not_to_have_text(first)
    duty.page.go_back()
    expect(duty.page.locator(".task-title")).to_have_text(first)
    expect(duty.page.locator("[data-form-submit]")).to_be_enabled()


def test_enter_neither_hands_in_a_form_nor_ends_a_composition(
    township: Site, sign_in: Callable[..., Someone]
) -> None:
    duty = sign_in("duty1")
    duty.go("/start/hotline_closed_loop")
    expect(duty.page.locator("[data-form-submit]")).to_be_enabled()
    duty.fill(caller="王")
    field = duty.page.get_by_label("来电人").first
    field.press("Enter")
    field.dispatch_event("keydown", {"key": "Enter", "keyCode": 229, "isComposing": True, "bubbles": True})
    expect(duty.page.locator("[data-form-notice] .alert")).to_have_count(0)
    field.press("Control+Enter")
    summary = duty.page.locator("[data-form-notice] .alert")
    expect(summary).to_contain_text("请检查以下各项")
    expect(summary.get_by_role("link", name="诉求内容")).to_be_visible()
    summary.get_by_role("link", name="诉求内容").click()
    expect(duty.page.get_by_label("诉求内容")).to_be_focused()
    expect(duty.page.locator(".fjs-form-field-error", has_text="请填写此项").first).to_be_visible()
    duty.shot("errors-summed-up")


def test_what_only_the_server_knows_is_shown_beside_the_field(township: Site, sign_in: Callable[..., Someone]) -> None:
    duty = sign_in("duty1")
    duty.go("/start/hotline_closed_loop")
    expect(duty.page.locator("[data-form-submit]")).to_be_enabled()
    # Blanks alone satisfy form-js, not the server.
    duty.fill(channel="来访", caller="   ", phone="13800001234", village="村01", kind="咨询", category="其他")
    duty.fill(content="咨询医保缴费。")
    duty.hand_in()
    summary = duty.page.locator("[data-form-notice] .alert")
    expect(summary).to_contain_text("请检查以下各项")
    expect(summary.get_by_role("link", name="来电人")).to_be_visible()
    expect(duty.page.locator('[id$="-caller-error-message"]')).to_contain_text("请填写此项")


def test_the_second_of_two_is_told_who_was_first_and_keeps_the_text(
    site: Site, sign_in: Callable[..., Someone]
) -> None:
    duty = sign_in("duty1")
    register_call(duty)
    duty.go("/inbox?filter=groups&sort=newest")
    duty.page.locator("[data-row]").first.click()
    duty.fill(acceptance="受理，转派单", acceptance_note="第一位写的")
    other = duty.page.context.new_page()
    other.goto(duty.page.url)
    expect(other.locator("[data-form-submit]")).to_be_enabled()
    duty.hand_in()
    duty.page.wait_for_url("**done=*")
    other.get_by_label("受理，转派单").check()
    other.get_by_label("备注").fill("第二位写的一段话")
    other.locator("[data-form-submit]").click()
    notice = other.locator("[data-form-notice] .alert")
    expect(notice).to_contain_text("值班员甲")
    expect(notice.locator("pre")).to_have_text("受理意见: 受理，转派单\n备注: 第二位写的一段话")
    expect(notice.get_by_role("button", name="复制已填内容")).to_be_visible()
    other.screenshot(path="build/screenshots/second-of-two.png")


def test_a_draft_comes_back_after_the_page_is_closed(township: Site, sign_in: Callable[..., Someone]) -> None:
    duty = sign_in("duty1")
    duty.open_first("受理")
    duty.fill(acceptance="直接答复", direct_answer="已在电话中答复:")
    expect(duty.page.locator("[data-draft-note]")).to_contain_text("草稿已保存", timeout=8000)
    address = duty.page.url
    duty.go("/registers")
    duty.page.goto(address)
    expect(duty.page.locator('[id$="-direct_answer"]')).to_have_value("已在电话中答复:")


def test_a_session_that_ended_while_typing_is_renewed_in_the_page(
    township: Site, sign_in: Callable[..., Someone]
) -> None:
    duty = sign_in("duty1")
    duty.open_first("受理")
    duty.fill(acceptance="受理，转派单", acceptance_note="会话结束前写的")
    seconds = township.app.config["IDLE_MINUTES"] * 60
    township.app.config["IDLE_MINUTES"] = -1
    duty.hand_in()
    expect(duty.page.locator("#sign-in")).to_be_visible()
    township.app.config["IDLE_MINUTES"] = seconds // 60
    duty.page.fill("#sign-in-password", township.password)
    duty.page.locator("#sign-in button[type=submit]").click()
    duty.page.wait_for_url("**done=*")
    expect(duty.page.get_by_text("已办：受理").first).to_be_visible()


def test_new_tasks_are_announced_and_the_list_stays(township: Site, sign_in: Callable[..., Someone]) -> None:
    duty = sign_in("duty1")
    duty.go("/inbox?filter=groups")
    before = duty.page.locator("[data-row]").count()
    other = sign_in("duty1")
    register_call(other)
    duty.page.evaluate("htmx.ajax('GET', document.querySelector('.inbox-news').getAttribute('hx-get'), '.inbox-news')")
    expect(duty.page.locator(".inbox-news")).to_contain_text("项新待办")
    expect(duty.page.locator("[data-row]")).to_have_count(before)
    duty.page.locator(".inbox-news a").click()
    expect(duty.page.locator("[data-row]")).to_have_count(before + 1)


def test_a_case_prints_without_what_belongs_to_the_screen(township: Site, sign_in: Callable[..., Someone]) -> None:
    duty = sign_in("duty1")
    open_page(duty, "case")
    duty.page.emulate_media(media="print")
    for selector in (".bar", ".top", "form", ".diagram-buttons", "[data-print]"):
        assert duty.page.locator(selector).locator("visible=true").count() == 0, selector
    expect(duty.page.get_by_text("HL-2026-000001").first).to_be_visible()
    duty.shot("case-print", full=True)


