"""Masked values in a browser: the eye asks why, what is shown is masked again by itself, axe finds nothing."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from app.db import db, tenant, transaction
from app.people.models import User
from tests.browser.conftest import Site, Someone, register_call
from tests.browser.looks import SIZES, fits, violations

PHONE, MASKED = "13800001234", "138****1234"


@pytest.fixture
def number(site: Site, sign_in: Callable[..., Someone]) -> str:
    return register_call(sign_in("duty1"))


def ask(someone: Someone, number: str, name: str = "phone") -> None:
    someone.go(f"/cases/{number}")
    someone.page.locator(f"[data-reveal=reveal-{name}]").click()
    expect(someone.page.locator(f"#reveal-{name}")).to_be_visible()


def test_a_value_is_shown_in_place_and_masked_again_without_a_reload(
    site: Site, sign_in: Callable[..., Someone], number: str
) -> None:
    leader = sign_in("leader1")
    leader.page.clock.install()
    ask(leader, number)
    leader.shot("reveal-dialog")
    dialog = leader.page.locator("#reveal-phone")
    dialog.get_by_label("原因").select_option(label="其他理由（自己填写）")
    dialog.get_by_role("button", name="查看").click()
    expect(dialog).to_be_visible()  # the browser asks for own words first
    dialog.get_by_label("具体说明").fill("核对是否重复来电")
    dialog.get_by_role("button", name="查看").click()
    facts = leader.page.locator("[data-facts]")
    expect(facts).to_contain_text(PHONE)
    expect(facts).to_contain_text("显示至")
    expect(leader.page).to_have_url(f"{site.url}/cases/{number}")
    leader.shot("revealed")
    leader.page.clock.fast_forward("10:01")
    expect(facts).to_contain_text(MASKED)
    expect(facts).not_to_contain_text(PHONE)
    assert PHONE not in leader.page.content()


def test_the_eye_works_by_the_keyboard_and_without_a_script(
    site: Site, sign_in: Callable[..., Someone], number: str
) -> None:
    leader = sign_in("leader1")
    leader.go(f"/cases/{number}")
    leader.page.locator("[data-reveal=reveal-caller]").focus()
    leader.page.keyboard.press("Enter")
    expect(leader.page.locator("#reveal-caller")).to_be_visible()
    leader.page.keyboard.press("Escape")
    expect(leader.page.locator("#reveal-caller")).not_to_be_visible()
    leader.go(f"/cases/{number}/reveal/phone?back=/cases/{number}")
    leader.page.get_by_role("button", name="查看").click()
    leader.page.wait_for_url(f"**/cases/{number}#pane-facts")
    expect(leader.page.locator("[data-facts]")).to_contain_text(PHONE)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_axe_finds_nothing(
    site: Site, sign_in: Callable[..., Someone], number: str, theme: str, language: str
) -> None:
    leader, auditor = sign_in("leader1", theme=theme, language=language), sign_in("auditor1", language=language)
    found = {}
    ask(leader, number)
    found["dialog"] = violations(leader.page)
    leader.shot(f"reveal-{language}-{theme}")
    leader.page.locator("#reveal-phone .btn-primary").click()
    expect(leader.page.locator(".revealed")).to_have_text(PHONE)
    found["shown"] = violations(leader.page)
    leader.shot(f"reveal-shown-{language}-{theme}", full=True)
    leader.go(f"/cases/{number}/reveal/caller")
    found["page"] = violations(leader.page)
    leader.go("/registers/hotline_closed_loop?sort=-village")
    expect(leader.page.locator("th[aria-sort=descending]")).to_be_visible()
    for panel in leader.page.locator(".register-panel summary").all():
        panel.click()
    found["register"] = violations(leader.page)
    leader.shot(f"register-{language}-{theme}")
    auditor.go("/audit/disclosures")
    found["audit"] = violations(auditor.page)
    auditor.shot(f"disclosures-{language}-{theme}")
    assert {name: problems for name, problems in found.items() if problems} == {}


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_nothing_scrolls_sideways(
    site: Site, sign_in: Callable[..., Someone], number: str, size: tuple[int, int]
) -> None:
    leader = sign_in("leader1", width=size[0], height=size[1])
    ask(leader, number)
    leader.shot(f"reveal-{size[0]}x{size[1]}")
    assert fits(leader.page)
    leader.page.locator("#reveal-phone .btn-primary").click()
    expect(leader.page.locator(".revealed")).to_be_visible()
    assert fits(leader.page)
    auditor = sign_in("auditor1", width=size[0], height=size[1])
    auditor.go("/audit/disclosures")
    auditor.shot(f"disclosures-{size[0]}x{size[1]}")
    assert fits(auditor.page)


def test_the_watermark_covers_the_page_and_hinders_nothing(
    site: Site, sign_in: Callable[..., Someone], number: str
) -> None:
    leader = sign_in("leader1")
    for name, path in {"case": f"/cases/{number}", "phone": f"/cases/{number}"}.items():
        leader.page.set_viewport_size({"width": 390 if name == "phone" else 1366, "height": 768})
        leader.go(path)
        mark = leader.page.locator("img.watermark")
        box = mark.bounding_box()
        assert box is not None
        assert (box["x"], box["y"]) == (0, 0)
        assert box["height"] >= 768
        assert mark.evaluate("each => each.complete && each.naturalWidth > 0")
        # What lies below is what is clicked.
        hit = "([x, y]) => document.elementFromPoint(x, y).className.includes?.('watermark') ?? false"
        assert leader.page.evaluate(hit, [300, 400]) is False
        leader.shot(f"watermark-{name}")
    leader.page.emulate_media(media="print")
    assert leader.page.locator("img.watermark").is_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_under_the_watermark_in_large_text(
    site: Site, sign_in: Callable[..., Someone], number: str, theme: str
) -> None:
    leader = sign_in("leader1", theme=theme)
    with site.app.app_context(), transaction():
        db.session.get_one(User, (tenant(), "leader1")).large_text = True
    leader.go(f"/cases/{number}")
    leader.shot(f"watermark-large-{theme}")
    found = violations(leader.page)
    with site.app.app_context(), transaction():
        db.session.get_one(User, (tenant(), "leader1")).large_text = False
    assert found == []
