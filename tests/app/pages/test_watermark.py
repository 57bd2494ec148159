"""The watermark of pages with a case: whose it is, when, in which colours."""

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

from lxml import etree

from app.db import db, tenant
from app.people.models import User
from engine.clock import MovingClock
from tests.app.pages.conftest import Township


def mark_on(page: str) -> str:
    found = re.search(r'<img class="watermark" src="([^"]+)" alt="">', page)
    return found[1].replace("&amp;", "&") if found else ""


def test_pages_that_show_a_case_are_marked_with_reader_and_minute(township: Township, clock: MovingClock) -> None:
    number = township.call()
    task = township.task(number, "accept_call")
    clock.advance(timedelta(minutes=5))
    for address in (f"/cases/{number}", f"/tasks/{task}", f"/inbox?task={task}", "/registers/hotline_closed_loop"):
        assert parse_qs(urlsplit(mark_on(township["duty1"].get(address).text)).query) == {
            "of": ["duty1"], "at": ["2026-11-20 09:05"],
        }, address  # fmt: skip
    township.do("duty1", number, "accept_call", acceptance="accept")
    assert mark_on(township["duty1"].get(f"/tasks/{task}").text), "a task that is done shows the case, too"
    for address in ("/inbox", "/registers/hotline_closed_loop?q=nowhere", "/settings"):
        assert mark_on(township["duty1"].get(address).text) == "", address


def test_the_picture_names_whoever_asks_and_nobody_else(township: Township) -> None:
    answer = township["leader1"].get("/watermark.svg?of=duty1&at=2026-01-01")
    assert answer.mimetype == "image/svg+xml"
    texts = etree.fromstring(answer.data).findall(".//{*}text")
    assert {each.text for each in texts} == {"分管领导甲 leader1 2026-11-20 09:00"}
    assert answer.headers["Cache-Control"] == "private, max-age=60"
    assert answer.headers["Vary"] == "Cookie"
    assert township.app.test_client().get("/watermark.svg").status_code == 302


def test_it_follows_theme_and_size_and_bears_any_name(township: Township) -> None:
    light = township["duty1"].get("/watermark.svg").text
    with township.app.app_context():
        user = db.session.get_one(User, (tenant(), "duty1"))
        user.theme, user.large_text, user.name = "dark", True, "<甲>&\"乙'"
        db.session.commit()
    dark = township["duty1"].get("/watermark.svg")
    assert 'fill="#000"' in light
    assert 'fill="#8a8a8a"' in dark.text
    assert 'font-size="21"' in dark.text
    assert etree.fromstring(dark.data).findtext(".//{*}text") == "<甲>&\"乙' duty1 2026-11-20 09:00"
