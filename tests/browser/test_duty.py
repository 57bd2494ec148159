"""The pages of duty in a browser: every size fits, axe finds nothing, an absence is entered by the keyboard alone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Site, Someone
from tests.browser.looks import SIZES, objections, too_wide

PAGES = {"board": "/duty", "absences": "/duty/absences", "absence": "/duty/absences/1", "chart": "/duty/chart"}


@pytest.fixture(scope="module")
def township(site: Site) -> Site:
    """The module's site with somebody away now, who has handed over."""
    client = site.app.test_client()

    def token(path: str) -> str:
        return client.get(path).text.split('name="csrf-token" content="')[1].split('"')[0]

    client.post("/login", data={"csrf_token": token("/login"), "login": "duty1", "password": site.password})
    times = {"begins": "2020-01-01T09:00", "ends": "2099-01-01T09:00"}
    form = {"csrf_token": token("/settings"), "kind": "village", **times}
    assert client.post("/duty/absences", data=form).status_code == 302
    notes = {"csrf_token": form["csrf_token"], "notes": "钥匙在门卫"}
    assert client.post("/duty/absences/1/handover", data=notes).status_code == 302
    return site


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_no_page_of_duty_scrolls_sideways(
    township: Site, sign_in: Callable[..., Someone], size: tuple[int, int]
) -> None:
    office = sign_in("dispatch1", width=size[0], height=size[1])
    assert too_wide(office, PAGES, f"duty-{{}}-{size[0]}x{size[1]}") == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_axe_finds_nothing_on_the_pages_of_duty(
    township: Site, sign_in: Callable[..., Someone], theme: str, language: str
) -> None:
    office = sign_in("dispatch1", theme=theme, language=language)
    assert objections(office, {**PAGES, "covered": "/inbox?filter=covered"}) == {}
    assert objections(sign_in("duty1", theme=theme, language=language), {"end": "/duty/absences/1/end"}) == {}


def test_an_absence_is_entered_and_withdrawn_by_the_keyboard_alone(
    township: Site, sign_in: Callable[..., Someone]
) -> None:
    village = sign_in("village07")
    village.go("/duty/absences")
    keyboard, page = village.page.keyboard, village.page
    page.locator("#kind").focus()
    keyboard.press("ArrowDown")
    page.locator("#begins").fill("2098-01-05T09:00")
    page.locator("#ends").fill("2098-01-06T09:00")
    page.locator("#note").focus()
    keyboard.press("Tab")
    keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("村07联络员 · 培训")
    expect(page.locator("#notices")).to_contain_text("外出已登记")
    page.get_by_role("link", name="撤回外出").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("结束这次外出？")
    page.get_by_role("button", name="撤回外出").press("Enter")
    expect(page.locator("#notices")).to_contain_text("外出已结束")
