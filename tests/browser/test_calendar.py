"""The calendar in a browser: every size fits, nothing is against accessibility rules, keys are enough."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.app.calendar.notices import NOTICE_2027
from tests.browser.conftest import Site, Someone
from tests.browser.looks import SIZES, objections, too_wide, violations

PAGES = {"calendar": "/calendar", "notice": "/calendar/notice"}


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_the_year_fits_every_size(site: Site, sign_in: Callable[..., Someone], size: tuple[int, int]) -> None:
    someone = sign_in("dispatch1", width=size[0], height=size[1])
    assert too_wide(someone, PAGES, f"{{}}-{size[0]}x{size[1]}") == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_axe_finds_nothing_on_the_calendar(
    site: Site, sign_in: Callable[..., Someone], theme: str, language: str
) -> None:
    someone = sign_in("dispatch1", theme=theme, language=language)
    assert objections(someone, PAGES) == {}


def test_a_notice_is_pasted_and_looked_at_with_the_keyboard_alone(
    site: Site, sign_in: Callable[..., Someone]
) -> None:
    page = sign_in("dispatch1").page
    page.goto(f"{page.url.split('/', 3)[0]}//{page.url.split('/')[2]}/calendar/notice")
    page.locator("#text").focus()
    page.keyboard.insert_text(NOTICE_2027)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="2027年通知的内容")).to_be_visible()
    assert violations(page) == []
