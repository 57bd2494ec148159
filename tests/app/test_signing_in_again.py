"""In a real browser: a session that ends while somebody works is renewed on the page, and nothing is lost."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from engine.clock import MovingClock
from tests.support.serving import serve

SEND = """async () => {
  const { send } = await import('/static/base.js');
  try { return await send('/settings/looks', { body: new URLSearchParams({ language: 'zh', theme: 'dark' }) }); }
  catch (error) { return error.message; }
}"""


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    with serve(app) as address:
        yield address


@pytest.fixture
def page(browser: Browser, address: str, seeded: tuple[Path, str]) -> Iterator[Page]:
    """The settings page of somebody who has signed in; nothing may go wrong on the console."""
    context = browser.new_context(locale="zh-CN")
    page = context.new_page()
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda said: troubles.append(said.text) if "Content Security" in said.text else None)
    page.goto(f"{address}/login?next=/settings")
    page.get_by_role("textbox", name="账号").fill("duty1")
    page.get_by_role("textbox", name="密码").fill(seeded[1])
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("heading", name="设置")).to_be_visible()
    page.wait_for_load_state()
    yield page
    assert troubles == []
    context.close()


def test_the_page_asks_for_the_password_and_then_sends_what_was_meant(
    page: Page, clock: MovingClock, seeded: tuple[Path, str]
) -> None:
    page.locator("#new_password").fill("noch nicht fertig")
    clock.advance(timedelta(hours=1))
    page.evaluate(f"() => {{ window.answer = ({SEND})(); }}")

    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading", name="请重新登录")).to_be_visible()
    dialog.get_by_label("duty1 的密码").fill("falsch")
    dialog.get_by_role("button", name="登录").click()
    expect(dialog.get_by_role("alert")).to_have_text("账号或密码不正确。")
    dialog.get_by_label("duty1 的密码").fill(seeded[1])
    dialog.get_by_role("button", name="登录").click()
    expect(dialog).to_be_hidden()

    page.evaluate("window.answer")
    expect(page.locator("#new_password")).to_have_value("noch nicht fertig")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")


def test_whoever_does_not_sign_in_again_stays_on_the_page(page: Page, clock: MovingClock) -> None:
    clock.advance(timedelta(hours=1))
    page.evaluate(f"() => {{ window.answer = ({SEND})(); }}")
    page.get_by_role("button", name="暂不").click()
    assert "请先登录" in page.evaluate("window.answer")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_a_form_sent_too_late_comes_back_after_signing_in(
    page: Page, clock: MovingClock, seeded: tuple[Path, str]
) -> None:
    clock.advance(timedelta(hours=1))
    page.get_by_label("深色").check()
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("textbox", name="账号")).to_have_value("duty1")
    page.get_by_role("textbox", name="密码").fill(seeded[1])
    page.get_by_role("button", name="登录").click()
    page.get_by_role("button", name="现在提交").click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")


def test_a_stroke_finds_the_search_field_but_not_while_typing(page: Page) -> None:
    page.locator("#password").press_sequentially("a/b")
    expect(page.locator("#password")).to_have_value("a/b")
    page.get_by_role("heading", name="设置").click()
    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()
