"""The home page: each role's own blocks, and behind every number just so many rows."""

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape

import pytest

from app.db import db, now, tenant, transaction
from app.duty.absences import Entry, enter
from app.people.models import User
from app.people.queries import setting
from engine.clock import MovingClock
from tests.app.pages.conftest import START, Township

STAFF = ("duty1", "dispatch1", "leader1", "callback1", "callback2", "discipline1", "village03", "water1", "civil1")


def links(page: str) -> Iterator[tuple[str, int]]:
    """Yield the address and the number of every linked number of the home page."""
    body = page[page.index('id="content"') :]
    for path, number in re.findall(r'<a class="[^"]*" href="([^"]+)">(\d+)</a>', body):
        yield unescape(path), int(number)


def rows_behind(township: Township, login: str, path: str) -> int:
    """Count the rows of a list, page by page."""
    seen: set[str] = set()
    while True:
        page = township[login].get(path).text
        listed = re.findall(r'data-row="([^"]+)"', page) or re.findall(r'href="/cases/([^"?#]+)"', page)
        seen |= set(listed)
        following = re.search(r'href="([^"]+after=[^"]+)"', page)
        if following is None or not listed:
            return len(seen)
        path = unescape(following[1])


@pytest.fixture
def busy(township: Township, clock: MovingClock) -> Township:
    """Calls at many steps, some overdue, and somebody away."""
    for village in ("village_01", "village_02", "village_03"):
        township.call(village=village)
    for unit, login in (("water_station", "water1"), ("civil_affairs_office", "civil1"), ("village_03", "village03")):
        township.handled_by(unit, login)
    for unit in ("water_station", "village_03", "village_03"):
        number = township.call()
        township.do("duty1", number, "accept_call", acceptance="accept")
        township.do("dispatch1", number, "dispatch_call", lead_unit=unit, co_units=[], override_reason="由该单位办理")
    done = township.handled_by("village_03", "village03")
    township.do("leader1", done, "review_result", review="pass")
    claimed = township.task(done, "call_back")
    assert township["callback1"].post(f"/tasks/{claimed}/claim", {"back": "/inbox"}).status_code == 302
    with township.app.app_context(), transaction():
        away = Entry("callback1", "training", now() - timedelta(hours=1), now() + timedelta(days=40))
        enter(db.session, tenant(), away, by="callback1", at=now())
    clock.advance(timedelta(days=9))
    township.visitors.clear()  # the sessions have ended meanwhile
    township.call(village="village_05")
    return township


def test_behind_every_number_are_just_so_many_rows_and_the_spans_add_up(busy: Township) -> None:
    for login in STAFF:
        body = busy[login].get("/").text
        found = dict(links(body))
        for path, number in found.items():
            if path.startswith(("/inbox", "/registers")):
                assert rows_behind(busy, login, path) == number, (login, path)
        assert found, login
        section = body[body.index('aria-labelledby="home-tasks"') :].split("</table>")[0]
        for line in re.findall(r'<tr><th scope="row">.*?</tr>', section, re.DOTALL):
            numbers = [int(re.sub("<[^>]+>", "", cell)) for cell in re.findall(r'<td class="n">(.*?)</td>', line)]
            assert len(numbers) == 6 and sum(numbers[:-1]) == numbers[-1], (login, line)


def test_the_operator_has_a_button_for_a_call_and_sees_what_became_of_the_own_ones(busy: Township) -> None:
    page = busy["duty1"].get("/").text
    assert re.search(r'href="/start/hotline_closed_loop">.*?登记来电<small>便民服务热线', page, re.DOTALL)
    assert "我发起的事项" in page and ("/registers/hotline_closed_loop?by=me&open=yes", 11) in list(links(page))
    assert "登记来电" not in busy["village03"].get("/").text


def test_a_village_sees_what_it_owes_and_what_is_overdue(busy: Township) -> None:
    page = busy["village03"].get("/").text
    assert "村03 · 便民服务热线闭环办理" in page
    assert ("/registers/hotline_closed_loop?unit=village_03&open=yes", 4) in list(links(page))
    assert ("/registers/hotline_closed_loop?unit=village_03&light=late", 2) in list(links(page))
    assert "村11没有欠办" in busy["village11"].get("/").text


def test_b_sees_for_whom_and_until_when(busy: Township) -> None:
    page = busy["callback2"].get("/").text
    section = page[page.index('aria-labelledby="home-standing"') :].split("</section>")[0]
    assert "回访员甲" in section and "回访组" in section and "2026-12-30" in section
    assert "回访员甲" in page[page.index('aria-labelledby="home-away"') :].split("</section>")[0]
    assert ("/inbox?filter=covered", 1) in list(links(page))
    assert 'aria-labelledby="home-standing"' not in busy["duty1"].get("/").text
    away = busy["water1"].get("/").text
    assert "与您共事的人今天都在岗" in away, "another office's absence is not shown"


def test_leaders_see_how_the_registers_stand_this_month(busy: Township) -> None:
    page = busy["leader1"].get("/").text
    section = page[page.index('aria-labelledby="home-months"') :].split("</section>")[0]
    counts = dict(links('id="content"' + section))
    assert counts["/registers/hotline_closed_loop?from=2026-11-01"] == 11
    assert counts["/registers/hotline_closed_loop?open=yes"] == 11
    assert 'aria-labelledby="home-months"' not in busy["village03"].get("/").text


def test_administrators_see_their_own_work_and_no_business(busy: Township) -> None:
    page = busy["procadmin"].get("/").text
    assert "流程与作业" in page and "最近部署" in page and "HL-2026" not in page
    assert ("/jobs#waiting-title", 1) not in list(links(page))
    with busy.app.app_context():
        with transaction():
            lost = User(tenant=tenant(), login="lost1", name="张三", pinyin="", password_hash="x", locale=None)
            lost.locked_until = now() + timedelta(minutes=5)
            db.session.add(lost)
        assert setting(db.session, tenant(), "township")
    page = busy["sysadmin"].get("/").text
    assert "已锁定的账号 (1)" in page and "没有分组的人员 (1)" in page and "张三" in page
    assert "我的待办" not in page and "HL-2026" not in page


def test_an_empty_home_says_what_comes(township: Township) -> None:
    page = township["village03"].get("/").text
    assert "今天没有待办" in page and "村03没有欠办" in page
    assert "您发起的事项都已办结" in township["duty1"].get("/").text


def test_the_home_page_asks_the_database_little(busy: Township) -> None:
    from sqlalchemy import event

    with busy.app.app_context():
        engine = db.engine
    busy["callback2"].get("/")
    asked: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    busy["callback2"].get("/")
    assert len(asked) <= 16, asked


def test_the_spans_follow_the_townships_day_and_week() -> None:
    from app.tasklist.dues import ends

    day, week = ends(START)  # a Friday, 09:00 in the township
    assert (day.isoformat(), week.isoformat()) == ("2026-11-20T16:00:00+00:00", "2026-11-22T16:00:00+00:00")
