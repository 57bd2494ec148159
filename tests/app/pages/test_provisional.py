"""A due date in a year whose holidays are not known yet: marked, and told of when the notice is confirmed."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from app.calendar.models import CalendarNotice
from app.db import db
from engine.clock import MovingClock
from tests.app.calendar.notices import NOTICE_2027
from tests.app.pages.conftest import Township

MARK = "计算此期限时，该年放假安排尚未确认"


def test_a_due_date_in_a_year_without_notice_is_marked_and_the_person_at_work_is_told_when_it_comes(
    township: Township, clock: MovingClock
) -> None:
    before = township.task(township.call(), "accept_call")
    assert MARK not in township["duty1"].get(f"/tasks/{before}").text
    clock.advance(datetime(2026, 12, 31, 9, 25, tzinfo=UTC) - clock.now())  # 17:25: the hour ends next year
    township.visitors.clear()  # the sessions have ended meanwhile
    number = township.call()
    task = township.task(number, "accept_call")
    duty = township["duty1"]
    assert MARK in duty.get(f"/tasks/{task}").text
    assert duty.post(f"/tasks/{task}/claim").status_code == 302
    township["dispatch1"].get("/calendar/notice")
    township["dispatch1"].post("/calendar/notice", {"text": NOTICE_2027, "keep": ""})
    with township.app.app_context():
        notice = db.session.scalar(select(CalendarNotice.id).where(CalendarNotice.status == "proposed"))
    clock.advance(timedelta(minutes=1))
    township["leader1"].get("/calendar")
    assert township["leader1"].post(f"/calendar/notice/{notice}", {"confirm": ""}).status_code == 302
    told = township["duty1"].get("/notifications").text
    assert number in told and "2027年放假安排已确认" in told
    assert MARK in township["duty1"].get(f"/tasks/{task}").text, "it was counted before"
    after = township.task(township.call(), "accept_call")
    assert MARK not in township["duty1"].get(f"/tasks/{after}").text
