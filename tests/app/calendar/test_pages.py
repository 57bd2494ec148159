"""The calendar in the browser: a notice pasted, looked at and confirmed by two; own days off; office hours."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.calendar.ledger import calendar_of, changes_of, missing_year
from app.calendar.models import CalendarNotice
from app.calendar.warning import warn
from app.case.models import Notification
from app.db import db, tenant, transaction
from engine.clock import MovingClock
from tests.app.calendar.notices import NOTICE_2027
from tests.app.conftest import START, Visitor

SignIn = Callable[[str], Visitor]


def pasted(visitor: Visitor, text: str = NOTICE_2027) -> None:
    visitor.get("/calendar/notice")
    assert visitor.post("/calendar/notice", {"text": text, "keep": ""}).status_code == 302


def test_a_year_shows_every_day_with_its_kind_in_words(signed_in: SignIn) -> None:
    page = signed_in("dispatch1").get("/calendar?year=2026").text
    assert "已确认" in page and "248 个工作日" in page
    assert page.count('class="day day-holiday" title') == 33 and page.count('class="day day-make_up" title') == 6
    assert "节日 春节" in page and "补班 国庆节" in page
    assert page.count('class="month"') == 12


def test_in_november_the_page_and_the_bell_tell_that_next_year_is_missing(signed_in: SignIn, app: Flask) -> None:
    assert "2027年放假通知尚未录入" in signed_in("dispatch1").get("/calendar").text
    with app.app_context():
        assert missing_year(db.session(), tenant(), at=datetime(2026, 10, 31, 15, 59, tzinfo=UTC)) is None
        assert missing_year(db.session(), tenant(), at=datetime(2026, 10, 31, 16, 0, tzinfo=UTC)) == 2027
        with transaction():
            assert not warn(db.session(), tenant(), at=START - timedelta(days=1)), "there is nobody to tell yet"
            assert warn(db.session(), tenant(), at=START)
            assert not warn(db.session(), tenant(), at=START + timedelta(days=1)), "once"
        assert set(db.session.scalars(select(Notification.user))) == {"dispatch1", "leader1"}
    assert "2027年放假安排尚未录入" in signed_in("leader1").get("/notifications").text


def test_a_notice_is_shown_before_it_is_kept_and_counts_once_a_second_person_confirms(
    signed_in: SignIn, app: Flask
) -> None:
    first, second = signed_in("dispatch1"), signed_in("leader1")
    preview = first.post("/calendar/notice", {"text": NOTICE_2027}).text
    assert "2027-02-05" in preview and "补班" in preview and "元旦" in preview
    with app.app_context():
        assert db.session.scalar(select(CalendarNotice.id).where(CalendarNotice.year == 2027)) is None
    pasted(first)
    assert "2027年放假通知已录入" in second.get("/notifications").text
    assert "等待第二人确认" in first.get("/calendar?year=2027").text
    with app.app_context():
        number = db.session.scalar(select(CalendarNotice.id).where(CalendarNotice.year == 2027))
        assert calendar_of(db.session(), tenant()).is_provisional(2027)
    own = first.post(f"/calendar/notice/{number}", {"confirm": ""})
    assert own.status_code == 422 and "须由第二人确认" in own.text
    second.get("/calendar")
    assert second.post(f"/calendar/notice/{number}?year=2027", {"confirm": ""}).status_code == 302
    with app.app_context():
        assert not calendar_of(db.session(), tenant()).is_provisional(2027)
        changes = [(one.what, one.by) for one in changes_of(db.session(), tenant(), limit=9)]
        assert changes == [("notice_confirmed", "leader1"), ("notice_pasted", "dispatch1")]
    assert "尚未录入" not in second.get("/calendar").text
    again = second.post(f"/calendar/notice/{number}", {"confirm": ""})
    assert again.status_code == 422 and "已不在待确认状态" in again.text


@pytest.mark.parametrize(
    "old, new, said",
    [
        ("2027年", "2031年", "只能录入今年或明年"), ("共7天", "共6天", "共6天"),
        ("五、端午节：6月9日（周三）放假1天。", "", "缺少端午"), ("2027年", "", "看不出是哪一年"),
    ],
)
def test_a_notice_that_cannot_be_right_is_not_kept(
    signed_in: SignIn, app: Flask, old: str, new: str, said: str
) -> None:
    refused = signed_in("dispatch1").post("/calendar/notice", {"text": NOTICE_2027.replace(old, new), "keep": ""})
    assert refused.status_code == 422 and said in refused.text
    with app.app_context():
        assert db.session.scalar(select(CalendarNotice.id).where(CalendarNotice.status == "proposed")) is None


def test_a_second_notice_on_a_year_waits_for_the_first_to_be_decided(signed_in: SignIn, app: Flask) -> None:
    first, second = signed_in("dispatch1"), signed_in("leader1")
    pasted(first)
    second.get("/calendar")
    assert second.post("/calendar/notice", {"text": NOTICE_2027, "keep": ""}).status_code == 422
    with app.app_context():
        number = db.session.scalar(select(CalendarNotice.id).where(CalendarNotice.status == "proposed"))
    assert second.post(f"/calendar/notice/{number}", {"reject": ""}).status_code == 302
    pasted(second)


def test_an_own_day_off_moves_limits_until_it_is_taken_back(signed_in: SignIn, app: Flask) -> None:
    visitor = signed_in("dispatch1")
    added = visitor.post("/calendar/own", {"first": "2026-11-27", "last": "2026-11-30", "name": "乡庙会"})
    assert added.status_code == 302

    def next_working_day() -> str:
        with app.app_context():
            thursday = datetime(2026, 11, 26, 2, tzinfo=UTC)
            return calendar_of(db.session(), tenant()).due(thursday, 1, "工作日").at.date().isoformat()

    assert next_working_day() == "2026-12-01"
    twice = visitor.post("/calendar/own", {"first": "2026-11-27", "name": "乡庙会"})
    assert twice.status_code == 422 and "已是本地休息日" in twice.text
    visitor.get("/calendar")
    for day in ("2026-11-27", "2026-11-30"):
        assert visitor.post("/calendar/own/remove", {"day": day}).status_code == 302
    assert next_working_day() == "2026-11-27"


@pytest.mark.parametrize(
    "form",
    [
        {"first": "2026-11-19", "name": "过去"}, {"first": "2026-12-01", "last": "2026-11-30", "name": "反了"},
        {"first": "2026-12-01", "last": "2027-02-01", "name": "太长"}, {"first": "2026-12-01", "name": " "},
        {"first": "2026-11-28", "last": "2026-11-29", "name": "周末"}, {"first": "2029-01-01", "name": "太远"},
        {"first": "2026-13-01", "name": "没有"}, {"first": "2026-12-01", "name": "字" * 41}, {},
    ],
)
def test_own_days_off_that_make_no_sense_are_refused(signed_in: SignIn, form: dict[str, object]) -> None:
    refused = signed_in("dispatch1").post("/calendar/own", form)
    assert refused.status_code == 422 and "未作任何更改" in refused.text


def test_office_hours_hold_by_season(signed_in: SignIn, app: Flask) -> None:
    visitor = signed_in("dispatch1")
    for begins, hours in (("05-01", "8:00-12:00, 15:00-18:00"), ("10-01", "08:30—12:00、14:00—17:30")):
        assert visitor.post("/calendar/hours", {"begins": begins, "hours": hours}).status_code == 302
    with app.app_context():
        calendar = calendar_of(db.session(), tenant())
        ends = [
            calendar.due(datetime(2026, month, 9, 2, tzinfo=UTC), 1, "工作日").at + timedelta(hours=8)
            for month in (4, 6, 11)
        ]
    assert [f"{end:%H:%M}" for end in ends] == ["17:30", "18:00", "17:30"]
    visitor.get("/calendar")
    for begins in ("01-01", "05-01"):
        assert visitor.post("/calendar/hours/remove", {"begins": begins}).status_code == 302
    last = visitor.post("/calendar/hours/remove", {"begins": "10-01"})
    assert last.status_code == 422


@pytest.mark.parametrize(
    "begins, hours",
    [
        ("02-30", "08:00-12:00"), ("05-01", "12:00-08:00"), ("05-01", "08:00-12:00, 11:00-17:00"),
        ("5月", "08:00-12:00"),
        ("05-01", "all day"), ("05-01", "25:00-26:00"), ("", ""), ("05-01", "08:00-12:00 and more"),
    ],
)
def test_office_hours_that_make_no_sense_are_refused(signed_in: SignIn, begins: str, hours: str) -> None:
    assert signed_in("dispatch1").post("/calendar/hours", {"begins": begins, "hours": hours}).status_code == 422


@pytest.mark.parametrize("path", ["/calendar/notice", "/calendar/notice/1", "/calendar/own", "/calendar/hours"])
def test_only_those_with_the_permission_change_anything_and_only_by_their_own_forms(
    signed_in: SignIn, clock: MovingClock, path: str
) -> None:
    assert signed_in("village03").post(path, {"text": NOTICE_2027, "keep": ""}).status_code == 403
    visitor = signed_in("dispatch1")
    visitor.token = "of another page"
    assert visitor.post(path, {"text": NOTICE_2027, "keep": ""}).status_code == 400
    village = signed_in("village03").get("/calendar")
    assert village.status_code == 200 and 'action="/calendar' not in village.text


@pytest.mark.parametrize("year", ["1999", "2101", "-5", "99999999999999999999"])
def test_a_year_far_away_has_no_page(signed_in: SignIn, year: str) -> None:
    assert signed_in("dispatch1").get(f"/calendar?year={year}").status_code == 404


def test_english_readers_see_no_chinese_but_names(signed_in: SignIn) -> None:
    visitor = signed_in("dispatch1")
    visitor.get("/language/en")
    page = visitor.get("/calendar").text
    assert "248 working days" in page and "Own days off" in page and "工作日" not in page
