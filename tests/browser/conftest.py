"""The example township served on a free port, and people with browsers of their own."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from app import create_app, example, installation
from app.db import db, now, tenant, transaction, upgrade
from app.people.models import User
from tests.support.serving import serve

SCREENSHOTS = Path("build/screenshots")


@dataclass
class Site:
    """A running township: where it is, the application behind it, and everybody's password."""

    url: str
    app: Flask
    password: str


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A township of this module's own, with the example's people and diagrams."""
    app = create_app({"DATA": tmp_path_factory.mktemp("site"), "SQLITE_SYNCHRONOUS": "NORMAL"})
    with app.app_context():
        upgrade()
        with transaction() as engine:
            password = example.seed(db.session, tenant(), at=now())
            engine.deploy(installation.read_files([installation.DIAGRAMS]), by="procadmin")
    with serve(app) as url:
        yield Site(url, app, password)
    with app.app_context():
        db.engine.dispose()


@dataclass
class Someone:
    """A person at a browser; whatever the browser complains about fails the test at its end."""

    page: Page
    site: Site
    troubles: list[str]

    def go(self, path: str) -> None:
        self.page.goto(self.site.url + path)

    def open_first(self, step: str, which: str = "groups") -> None:
        """Open the first task of the inbox, which must be this step."""
        self.go(f"/inbox?filter={which}")
        self.page.locator("[data-row]").first.click()
        expect(self.page.locator(".task-title")).to_contain_text(step)
        expect(self.page.locator("[data-form-submit]")).to_be_enabled()

    def fill(self, **answers: str) -> None:
        """Fill in fields by their id: choose options, write texts, tick boxes."""
        for key, value in answers.items():
            fill_field(self.page, key, value)

    def hand_in(self) -> None:
        self.page.locator("[data-form-submit]").click()

    def shot(self, name: str, *, full: bool = False) -> None:
        """Keep a picture of what is seen now."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.page.wait_for_load_state("networkidle")
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=full, animations="disabled")


def fill_field(page: Page, key: str, value: str) -> None:
    """Fill in one field of a form that form-js draws, by the id of the field, in which its own ids end."""
    place = page.locator(f'.fjs-form-field:has([id$="-{key}"], [id*="-{key}-"])').last
    kind = re.search(r"fjs-form-field-(\w+)", place.get_attribute("class") or "")
    match kind and kind[1]:
        case "radio":
            place.get_by_label(value, exact=True).check()
        case "select":
            place.locator(".fjs-input-group").click()
            place.locator(".fjs-dropdownlist-item").get_by_text(value, exact=True).click()
        case "checkbox":
            place.locator("input").set_checked(value == "yes")
        case _:
            place.locator("input, textarea").first.fill(value)


@pytest.fixture
def sign_in(site: Site, browser: Browser) -> Iterator[Callable[..., Someone]]:
    """Return a browser in which a person has signed in."""
    people: list[Someone] = []

    def sign_in(
        login: str, *, width: int = 1366, height: int = 768, language: str = "zh-CN", theme: str = "light"
    ) -> Someone:
        with site.app.app_context(), transaction():
            user = db.session.get(User, (tenant(), login))
            assert user is not None
            user.theme = theme
        context = browser.new_context(
            viewport={"width": width, "height": height}, locale=language, timezone_id="Asia/Shanghai",
            reduced_motion="reduce",
        )  # fmt: skip
        page = context.new_page()
        someone = Someone(page, site, [])
        page.on("pageerror", lambda error: someone.troubles.append(f"error: {error}"))
        page.on("console", lambda message: _note(someone, message.type, message.text))
        someone.go("/login")
        page.fill("[name=login]", login)
        page.fill("[name=password]", site.password)
        page.locator("form[action='/login'] button").click()
        page.wait_for_url(re.compile(r"/(?!login)"))
        people.append(someone)
        return someone

    yield sign_in
    for someone in people:
        someone.page.context.close()
    assert [trouble for someone in people for trouble in someone.troubles] == []


def _note(someone: Someone, kind: str, text: str) -> None:
    # Refusals that a test provokes on purpose are said by the browser too.
    if kind == "error" and "the server responded with a status of 4" not in text:
        someone.troubles.append(text)


def register_call(someone: Someone, **changes: str) -> str:
    """Register a call as the duty officer and return its number."""
    call = {
        "channel": "值班电话", "caller": "王小明", "phone": "13800001234", "village": "村03", "kind": "求助",
        "category": "基础设施", "content": "村民组水泥路塌陷约三米,农用车无法通行,请尽快修补。",
    }  # fmt: skip
    someone.go("/start/hotline_closed_loop")
    expect(someone.page.locator("[data-form-submit]")).to_be_enabled()
    someone.fill(**{**call, **changes})
    someone.hand_in()
    someone.page.wait_for_url("**/started/*")
    return someone.page.locator(".number").inner_text().strip()
