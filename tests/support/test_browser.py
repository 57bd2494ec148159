"""A browser is found, runs scripts and takes pictures."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.support import browser as support


def test_a_page_runs_scripts_and_has_its_picture_taken(browser: Browser, tmp_path: Path) -> None:
    picture = tmp_path / "page.png"
    page = browser.new_page(viewport={"width": 320, "height": 200})
    try:
        page.goto("data:text/html;charset=utf-8,<h1>昌通</h1><p id=sum></p>")
        page.evaluate("() => { document.querySelector('#sum').textContent = 6 * 7 }")
        assert page.locator("#sum").inner_text() == "42"
        assert page.locator("h1").inner_text() == "昌通"
        page.screenshot(path=picture)
    finally:
        page.close()
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_chinese_is_drawn_with_glyphs_and_not_with_boxes(browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 200, "height": 200})
    try:
        page.set_content("<div style='font-size:64px;width:64px'>昌</div>")
        one = page.locator("div").screenshot()
        page.set_content("<div style='font-size:64px;width:64px'>通</div>")
        assert page.locator("div").screenshot() != one
    finally:
        page.close()


def test_the_environment_names_another_browser(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    mine = tmp_path / "my-chromium"
    mine.touch()
    monkeypatch.setenv("CHANGTONG_CHROMIUM", str(mine))
    assert support.chromium_path() == str(mine)
    mine.unlink()
    with pytest.raises(RuntimeError, match="my-chromium, which is no file"):
        support.chromium_path()


def test_a_machine_without_a_browser_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CHANGTONG_CHROMIUM", raising=False)
    monkeypatch.setattr(support, "find", lambda: None)
    monkeypatch.setattr(support, "may_install", lambda: False)
    with pytest.raises(RuntimeError, match="install Chromium or Chrome, or name one in CHANGTONG_CHROMIUM"):
        support.chromium_path()


def test_root_on_debian_gets_what_is_missing_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    installed: list[str] = []
    monkeypatch.setattr(support, "find", lambda: "/usr/bin/chromium" if installed else None)
    monkeypatch.setattr(support, "shows_chinese", lambda: False)
    monkeypatch.setattr(support, "find_library", lambda name: None)
    monkeypatch.setattr(support, "may_install", lambda: True)
    monkeypatch.setattr(support, "install", installed.extend)
    assert support.chromium_path() == "/usr/bin/chromium"
    assert installed == ["chromium", "fonts-noto-cjk", "libatomic1"]


def test_nothing_is_installed_where_nothing_is_missing(monkeypatch: pytest.MonkeyPatch, browser: Browser) -> None:
    monkeypatch.setattr(support, "install", lambda packages: pytest.fail(f"installs {packages}"))
    assert Path(support.chromium_path()).is_file()
