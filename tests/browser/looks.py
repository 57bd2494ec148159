"""What every page must be: no wider than its window, and nothing that axe has against it."""

import json
from collections.abc import Mapping
from pathlib import Path

from playwright.sync_api import Page

from tests.browser.conftest import Someone

AXE = Path(__file__).parent / "vendor" / "axe-core" / "axe.min.js"
SIZES = [(390, 844), (1366, 768), (1920, 1080)]


def fits(page: Page) -> bool:
    """Tell whether nothing is to be scrolled sideways."""
    page.wait_for_load_state()
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def violations(page: Page) -> list[str]:
    """Return what axe has against a page, by WCAG 2.1 A and AA."""
    page.wait_for_load_state()
    page.evaluate(AXE.read_text(encoding="utf-8") + ";0")
    options = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}
    found = page.evaluate("options => axe.run(document, options)", options)["violations"]
    return [f"{each['id']}: {json.dumps(each['nodes'][0]['target'])} ({len(each['nodes'])})" for each in found]


def too_wide(someone: Someone, pages: Mapping[str, str], shot: str) -> list[str]:
    """Go to the pages, each by its name, take a picture of each, and return those that are to be scrolled sideways."""
    found = []
    for name, path in pages.items():
        someone.go(path)
        someone.shot(shot.format(name))
        if not fits(someone.page):
            found.append(name)
    return found


def objections(someone: Someone, pages: Mapping[str, str]) -> dict[str, list[str]]:
    """Go to the pages, each by its name, and return what axe has against those it has something against."""
    found = {}
    for name, path in pages.items():
        someone.go(path)
        if problems := violations(someone.page):
            found[name] = problems
    return found
