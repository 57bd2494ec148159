"""Notices, how each reaches one, and posts in a browser: every size fits, and axe finds nothing."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from app.case import bell
from app.db import db, now, tenant, transaction
from app.duty import staffing, telling
from app.notices.digest import TEXT
from app.notices.tasks import MINE
from tests.browser.conftest import Site, Someone
from tests.browser.looks import SIZES, objections, too_wide

PAGES = {
    "notices": "/notifications", "notices-all": "/notifications?show=all", "choices": "/notifications/choices",
    "posts": "/duty/posts", "post": "/duty/posts/seal_keeper",
}


@pytest.fixture(scope="module")
def told(site: Site) -> Site:
    """The module's site where somebody was told of several things, some of them read, and a post was founded."""
    with site.app.app_context(), transaction():
        session, at = db.session(), now()
        staffing.found(session, tenant(), "seal_keeper", "印章管理岗", "finance_office")
        staffing.appoint(session, tenant(), "seal_keeper", "A", "finance1", at=at)
        staffing.appoint(session, tenant(), "seal_keeper", "B", "civil1", at=at, ends=at + timedelta(days=30))
        number = {"number": "HL-2026-000001"}
        figures = {"late": 2, "today": 1, "new": 4, "owed": 3, "held": 5, "path": "/inbox"}
        said: list[tuple[str, str, dict[str, object], int]] = [
            ("reminder", "签收期限将到，请尽快签收。", {**number}, 1),
            ("escalation", "承办单位逾期未签收，请督促。", {**number}, 1), ("digest", TEXT, {**figures}, 0),
            ("task", MINE, {**number, "task": "派单", "path": "/inbox"}, 0),
            ("absence", telling.BEGUN, {"person": "值班员甲", "ends": "2026-11-25 17:30", "path": "/duty"}, 0),
        ]
        for kind, text, params, days in said:
            then = at - timedelta(days=days)
            bell.notify(session, tenant(), ["dispatch1"], text, at=then, params=params, kind=kind)
        bell.mark_read(session, tenant(), "dispatch1", at=at, up_to=1)
    return site


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_no_page_of_notices_and_posts_scrolls_sideways(
    told: Site, sign_in: Callable[..., Someone], size: tuple[int, int], language: str
) -> None:
    office = sign_in("dispatch1", width=size[0], height=size[1], language=language)
    assert too_wide(office, PAGES, f"{{}}-{language}-{size[0]}x{size[1]}") == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_axe_finds_nothing_on_the_pages_of_notices_and_posts(
    told: Site, sign_in: Callable[..., Someone], theme: str, language: str
) -> None:
    office = sign_in("dispatch1", theme=theme, language=language)
    assert objections(office, PAGES) == {}


def test_a_notice_leads_where_it_belongs_and_is_read_then(told: Site, sign_in: Callable[..., Someone]) -> None:
    office = sign_in("dispatch1", language="zh-CN")
    office.go("/notifications")
    office.page.get_by_role("button", name="即日起由您代理 值班员甲").first.click()
    office.page.wait_for_url("**/duty")
    office.go("/notifications")
    expect(office.page.get_by_role("button", name="即日起由您代理 值班员甲")).to_have_count(0)
