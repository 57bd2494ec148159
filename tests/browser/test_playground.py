"""The playground in a browser: typing shows the parts, choosing values shows the rule that hits; axe finds nothing."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Route, expect

from tests.browser.conftest import Site, Someone
from tests.browser.looks import SIZES, fits, violations

EXPRESSION = "/processes/playground"
MATRIX = f"{EXPRESSION}/tables/hotline_closed_loop/hotline_matrix"
LIMITS = f"{EXPRESSION}/tables/hotline_closed_loop/hotline_limits"


def trying(admin: Someone) -> None:
    """Type an expression with a mistake in it, and wait for what comes of it."""
    admin.go(EXPRESSION)
    text = "if 天数 > 5 and 紧急 then sum(费用.金额) else 限制 * 2"
    admin.page.get_by_label(re.compile("^(表达式|Expression)$")).fill(text)
    admin.page.get_by_label(re.compile("^(变量|Variables)$")).fill('{"天数": 8, "费用": [{"金额": 5}, {"金额": 7.5}]}')
    expect(admin.page.locator("[data-value]")).to_have_text("null")


def choosing(admin: Someone) -> None:
    """Choose the inputs of the limits, and wait for the rule that hits."""
    admin.go(LIMITS)
    admin.page.locator("[name='in:kind']").select_option("求助")
    admin.page.locator("[name='in:urgency']").select_option("紧急")
    expect(admin.page.locator("[data-state=kept]")).to_have_count(1)


def test_typing_an_expression_shows_its_parts_without_loading_the_page(
    site: Site, sign_in: Callable[..., Someone]
) -> None:
    admin = sign_in("procadmin")
    admin.go("/processes")
    admin.page.get_by_role("link", name="试表达式").click()
    admin.page.wait_for_url("**/playground")
    admin.page.evaluate("window.same = true")
    field = admin.page.get_by_label("表达式", exact=True)
    field.press_sequentially("天数 * 2 + 1")
    admin.page.get_by_label("变量").fill('{"天数": 4}')
    expect(admin.page.locator("[data-value]")).to_have_text("9")
    expect(admin.page.locator(".play-parts tr", has_text="天数 * 2").last).to_contain_text("8")
    assert admin.page.evaluate("window.same") is True
    assert "天数" not in admin.page.url
    field.fill("天数 * ")
    expect(admin.page.locator("#trial")).to_contain_text("表达式没有写完")
    field.fill("days + 1")
    expect(admin.page.locator(".play-mark").first).to_contain_text("days")
    expect(admin.page.locator("#trial")).to_contain_text("没有变量 days")


def test_what_is_typed_before_the_script_has_come_is_tried_too(site: Site, sign_in: Callable[..., Someone]) -> None:
    admin = sign_in("procadmin")
    trying(admin)
    held: list[Route] = []
    admin.page.route("**/playground.js*", lambda route: held.append(route))
    with admin.page.expect_request("**/playground.js*"):
        admin.page.goto(site.url + EXPRESSION, wait_until="commit")
    admin.page.get_by_label("表达式", exact=True).fill("天数 * 2")
    admin.page.get_by_label("变量").fill('{"天数": 4}')
    held[0].continue_()
    expect(admin.page.locator("[data-value]")).to_have_text("8")


def test_what_was_typed_is_there_after_going_away_and_gone_after_signing_out(
    site: Site, sign_in: Callable[..., Someone]
) -> None:
    admin = sign_in("procadmin")
    trying(admin)
    admin.go("/jobs")
    admin.go(EXPRESSION)
    expect(admin.page.get_by_label("变量")).to_have_value(re.compile("费用"))
    expect(admin.page.locator("[data-value]")).to_have_text("null")
    admin.page.get_by_role("button", name="清空").click()
    expect(admin.page.locator("#trial")).to_contain_text("还没有可试的内容")
    trying(admin)
    admin.page.locator(".person").click()
    admin.page.get_by_role("button", name="退出").click()
    admin.page.wait_for_url("**/login")
    assert admin.page.evaluate("sessionStorage.length") == 0


def test_a_function_is_found_and_put_into_the_expression_by_keyboard(
    site: Site, sign_in: Callable[..., Someone]
) -> None:
    admin = sign_in("procadmin")
    admin.go(EXPRESSION)
    admin.page.get_by_label("查找函数").fill("string jo")
    button = admin.page.get_by_role("button", name="string join")
    expect(button).to_be_visible()
    button.press("Enter")
    field = admin.page.get_by_label("表达式", exact=True)
    expect(field).to_be_focused()
    admin.page.keyboard.insert_text('["甲", "乙"], "、"')
    expect(field).to_have_value('string join(["甲", "乙"], "、")')
    expect(admin.page.locator("[data-value]")).to_have_text('"甲、乙"')


def test_a_cell_asks_for_the_value_that_it_tests(site: Site, sign_in: Callable[..., Someone]) -> None:
    admin = sign_in("procadmin")
    admin.go(EXPRESSION)
    tested = admin.page.get_by_label("单元格要判断的值")
    expect(tested).to_be_hidden()
    admin.page.get_by_text("决策表单元格", exact=True).click()
    admin.page.get_by_label("表达式", exact=True).fill("[1..5)")
    tested.fill("3")
    expect(admin.page.locator("[data-value]")).to_have_text("true")


def test_choosing_values_shows_the_rule_that_hits_and_why_the_others_do_not(
    site: Site, sign_in: Callable[..., Someone]
) -> None:
    admin = sign_in("procadmin")
    admin.go("/processes/hotline_closed_loop")
    admin.page.get_by_role("link", name=re.compile("hotline_limits")).click()
    expect(admin.page.locator("[data-state]")).to_have_count(0)
    choosing(admin)
    expect(admin.page.locator("[data-state=kept]")).to_contain_text("命中")
    missed = admin.page.locator("[data-rule='2']")
    expect(missed.locator(".play-cell-passed")).to_have_count(1)
    expect(missed.locator(".play-cell-failed")).to_contain_text("不通过")
    admin.page.locator("[name='in:urgency']").select_option("疑难")
    expect(admin.page.locator("[data-state=kept]")).to_have_attribute("data-rule", "2")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_axe_finds_nothing(site: Site, sign_in: Callable[..., Someone], theme: str, language: str) -> None:
    admin = sign_in("procadmin", theme=theme, language=language)
    found = {}

    def look(name: str) -> None:
        admin.shot(f"playground-{name}-{language}-{theme}", full=True)
        if problems := violations(admin.page):
            found[name] = problems

    admin.go(EXPRESSION)
    look("empty")
    trying(admin)
    for group in admin.page.locator("[data-group] summary").all()[:2]:
        group.click()
    look("expression")
    admin.go(f"{EXPRESSION}/tables")
    look("tables")
    choosing(admin)
    look("table")
    admin.go(MATRIX)
    admin.page.locator("[name='in:urgency']").select_option("紧急")
    expect(admin.page.locator("[data-state]").first).to_be_visible()
    look("matrix")
    assert found == {}


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_no_page_scrolls_sideways(site: Site, sign_in: Callable[..., Someone], size: tuple[int, int]) -> None:
    admin = sign_in("procadmin", width=size[0], height=size[1])
    for name, open_page in (("expression", trying), ("table", choosing)):
        open_page(admin)
        admin.shot(f"playground-{name}-{size[0]}x{size[1]}", full=size[0] < 400)
        assert fits(admin.page), name
