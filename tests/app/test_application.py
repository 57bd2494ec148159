"""The application as a whole: health, headers, what pages load, texts in both languages."""

import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from flask import Flask
from jinja2 import Environment

from app import config
from app.i18n import ROOT, catalogue
from app.i18n.completeness import duplicates, missing
from tests.app.conftest import Visitor

SignIn = Callable[[str], Visitor]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SPOKEN = {"placeholder", "title", "aria-label", "alt", "data-confirm"}
LETTERS = re.compile(r"[^\W\d_]{2,}")


def test_the_application_tells_that_it_and_its_database_work(visitor: Visitor) -> None:
    answer = visitor.get("/healthz")
    assert (answer.status_code, answer.json) == (200, {"status": "ok"})


def test_no_page_may_run_or_load_what_is_not_ours(visitor: Visitor) -> None:
    for path in ("/login", "/healthz", "/nowhere", "/static/base.js"):
        answer = visitor.get(path)
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'self'; script-src 'self'; style-src 'self';" in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        answer.close()


def test_templates_hold_neither_inline_scripts_nor_addresses_of_others() -> None:
    for file in TEMPLATES:
        text = file.read_text(encoding="utf-8")
        assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")", text), file
        assert not re.search(r"\son\w+=|<style|javascript:|https?://", text), file


def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(visitor: Visitor) -> None:
    cookie = visitor.sign_in("duty1").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_the_secret_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    settings = {**config.from_environment({}), "DATA": tmp_path / "new"}
    first, second = (config.complete(settings)["SECRET_KEY"] for _ in range(2))
    assert first == second
    assert len(first) == 64
    assert (tmp_path / "new" / "secret.key").stat().st_mode & 0o777 == 0o600


def test_settings_come_from_the_environment() -> None:
    environ = {"CHANGTONG_IDLE_MINUTES": "10", "CHANGTONG_HTTPS": "1", "DATABASE_URL": "postgres://u@h/d"}
    settings = config.from_environment(environ)
    assert (settings["IDLE_MINUTES"], settings["HTTPS"]) == (10, True)
    assert settings["SQLALCHEMY_DATABASE_URI"] == "postgresql+psycopg://u@h/d"
    with pytest.raises(ValueError, match="CHANGTONG_LOCK_AFTER must be a whole number"):
        config.from_environment({"CHANGTONG_LOCK_AFTER": "five"})


def test_the_reader_chooses_the_language_and_else_the_browser_does(visitor: Visitor, signed_in: SignIn) -> None:
    assert '<html lang="zh-CN"' in visitor.get("/login").text
    visitor.language = "en-GB,en;q=0.9"
    assert "<title>Sign in" in visitor.get("/login").text
    visitor.language = "fr"
    assert '<html lang="zh-CN"' in visitor.get("/login").text
    assert visitor.get("/language/en?next=/login").headers["Location"] == "/login"
    assert '<html lang="en"' in visitor.get("/login").text
    assert visitor.get("/language/xx").status_code == 404

    person = signed_in("duty1")
    person.post("/settings/looks", {"language": "en", "theme": "light"})
    person.client.delete_cookie("language")
    assert '<html lang="en"' in person.get("/settings").text


def test_the_page_of_large_text_and_dark_colours_stays_so(signed_in: SignIn) -> None:
    visitor = signed_in("duty1")
    visitor.post("/settings/looks", {"language": "zh", "theme": "dark", "large_text": "on"})
    assert '<html lang="zh-CN" data-bs-theme="dark" class="large-text">' in visitor.get("/settings").text
    assert visitor.post("/settings/looks", {"language": "zh", "theme": "pink"}).status_code == 400


def test_times_are_told_in_the_townships_zone(signed_in: SignIn) -> None:
    page = signed_in("procadmin")
    page.post("/processes", {"files": [(ROOT.parent / "bpmn/tables/hotline_limits.dmn").open("rb")]})
    assert page.get("/processes").status_code == 200


def test_the_chinese_catalogue_lacks_nothing_and_says_nothing_twice() -> None:
    assert missing() == {}
    assert duplicates() == []


def test_translations_fill_in_the_same_names() -> None:
    name = re.compile(r"%\((\w+)\)")
    for message in catalogue():
        if not message.id:
            continue
        texts = message.id if isinstance(message.id, tuple) else (message.id,)
        given = message.string if isinstance(message.string, tuple) else (message.string,)
        assert set(name.findall(texts[-1])) == set(name.findall(given[0])), message.id


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: str(file.relative_to(ROOT / "templates")))
def test_every_word_of_a_template_goes_through_the_catalogue(file: Path, app: Flask) -> None:
    spoken = Spoken()
    spoken.feed(_without_expressions(file.read_text(encoding="utf-8"), app.jinja_env))
    assert spoken.words == []


class Spoken(HTMLParser):
    """Collects what a page says by itself: texts, and attributes that are read out."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent += tag in ("script", "code", "kbd")
        self.words += [value for name, value in attrs if name in SPOKEN and value and LETTERS.search(value)]

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in ("script", "code", "kbd")

    def handle_data(self, data: str) -> None:
        if not self.silent and LETTERS.search(data):
            self.words.append(data.strip())


def _without_expressions(source: str, environment: Environment) -> str:
    return "".join(value for _, kind, value in environment.lex(source) if kind == "data")
