"""A due date in a year whose holidays are not known yet: marked, and counted again when the notice is confirmed."""

from datetime import UTC, datetime, timedelta

from flask import Flask
from sqlalchemy import select

from app import errands
from app.calendar.models import CalendarNotice
from app.calendar.rules import LOCAL
from app.case.models import Case, Notification
from app.db import current_engine, db, tenant, transaction
from app.errands import Errand
from app.people.queries import members
from engine.clock import MovingClock
from engine.replay import first_difference, refeed
from engine.store.tables import JobRow, TaskRow
from engine.surroundings import Surroundings
from tests.app.calendar.notices import NOTICE_2027
from tests.app.pages.conftest import Township

MARK = "计算此期限时，该年放假安排尚未确认"
NIGHT = datetime(2026, 12, 31, 9, 25, tzinfo=UTC)  # 17:25 on New Year's Eve: an hour of work ends next year


def do_errands(app: Flask) -> int:
    """Do what is to be done later, as the worker does; return how much there was."""
    with app.app_context():
        return sum(1 for _ in iter(errands.step, False))


def confirm(township: Township, clock: MovingClock, text: str = NOTICE_2027) -> None:
    """Paste a notice and confirm it as another person."""
    township["dispatch1"].get("/calendar/notice")
    township["dispatch1"].post("/calendar/notice", {"text": text, "keep": ""})
    with township.app.app_context():
        notice = db.session.scalar(select(CalendarNotice.id).where(CalendarNotice.status == "proposed"))
    clock.advance(timedelta(minutes=1))
    township["leader1"].get("/calendar")
    assert township["leader1"].post(f"/calendar/notice/{notice}", {"confirm": ""}).status_code == 302


def local(moment: datetime | None) -> str:
    assert moment is not None
    return f"{moment.astimezone(LOCAL):%Y-%m-%d %H:%M}"


def test_a_provisional_due_date_is_marked_and_counted_again_on_confirmation_and_handler_and_candidates_are_told(
    township: Township, clock: MovingClock
) -> None:
    before = township.task(township.call(), "accept_call")
    assert MARK not in township["duty1"].get(f"/tasks/{before}").text
    clock.advance(NIGHT - clock.now())
    township.visitors.clear()  # the sessions have ended meanwhile
    claimed, offered = township.call(), township.call()
    task, other = township.task(claimed, "accept_call"), township.task(offered, "accept_call")
    assert MARK in township["duty1"].get(f"/tasks/{task}").text
    assert township["duty1"].post(f"/tasks/{task}/claim").status_code == 302
    with township.app.app_context():
        due = db.session.scalar(select(TaskRow.due_at).where(TaskRow.id == task))
    assert local(due).startswith("2027-01-01"), "the weekends alone are known: a Friday"
    confirm(township, clock)
    assert do_errands(township.app) == 3, "the year, and each of the two cases that it concerns"
    with township.app.app_context():
        dues = db.session.scalars(select(TaskRow.due_at).where(TaskRow.id.in_([task, other]))).all()
        assert {local(each)[:10] for each in dues} == {"2027-01-04"}
        told = db.session.execute(
            select(Notification.user, Notification.params).where(Notification.kind == "calendar")
            .where(Notification.instance_id.is_not(None))
        ).all()
        assert [row.user for row in told if row.params["number"] == claimed] == ["duty1"]
        may_take = members(db.session, tenant(), "hotline_intake", clock.now())
        assert may_take and [row.user for row in told if row.params["number"] == offered] == may_take
        instance_id = task.partition(":")[0]
        engine = current_engine()
        events = engine.events(instance_id)
        assert events[-1].kind == "limits_recounted" and events[-1].actor == "leader1"
        around = Surroundings(functions=engine._around.functions, library=engine._catalog)
        definition = engine.instance(instance_id).definition
        assert first_difference(events, refeed(events, definition, around, instance_id=instance_id)) is None
        assert engine.verify(instance_id) == len(events)
    page = township["duty1"].get("/notifications").text
    assert claimed in page and "“受理”的期限改为 2027-01-04" in page
    assert MARK not in township["duty1"].get(f"/tasks/{task}").text
    assert "期限已重新计算" in township["duty1"].get(f"/cases/{claimed}").text
    assert do_errands(township.app) == 0
    township.do("duty1", claimed, "accept_call", acceptance="accept")


def test_the_limits_of_a_case_and_its_running_timers_move_with_its_tasks(
    township: Township, clock: MovingClock
) -> None:
    clock.advance(NIGHT - clock.now())
    township.visitors.clear()
    number = township.call()
    township.do("duty1", number, "accept_call", acceptance="accept")
    township.do("dispatch1", number, "dispatch_call", lead_unit="village_03", co_units=[], override_reason="由村办理")
    with township.app.app_context():
        instance_id = township.case(number).instance_id
        before = {
            job.id: job.due_at for job in db.session.scalars(select(JobRow).where(JobRow.instance_id == instance_id))
        }
        due_before = township.case(number).due_at
    confirm(township, clock)
    do_errands(township.app)
    with township.app.app_context():
        variables = current_engine().variables(instance_id)
        after = {
            job.id: job.due_at for job in db.session.scalars(select(JobRow).where(JobRow.instance_id == instance_id))
        }
        case = db.session.scalars(select(Case).where(Case.number == number)).one()
    assert before.keys() == after.keys()
    assert any(due > before[job] for job, due in after.items()), "a timer that was counted into the new year moves"
    assert due_before is not None and case.due_at is not None and case.due_at > due_before
    assert str(case.due_at.astimezone(LOCAL))[:10] in str(variables["due_handling"])


def test_an_errand_is_asked_for_once_done_once_and_told_of_when_it_fails_for_good(
    township: Township, clock: MovingClock
) -> None:
    with township.app.app_context(), transaction():
        assert errands.ask(db.session(), tenant(), "recount", {"x": {}}, due=clock.now()) == 1
        assert errands.ask(db.session(), tenant(), "recount", {"x": {}}, due=clock.now()) == 0
    for _ in range(errands.ATTEMPTS):
        assert do_errands(township.app) == 1, "it has no notice to count by"
        assert do_errands(township.app) == 0, "it rests"
        clock.advance(timedelta(hours=2))
    township.visitors.clear()
    assert "重新计算" in township["procadmin"].get("/notifications").text
    page = township["procadmin"].get("/jobs").text
    assert "KeyError" in page and "系统自身的任务" in page
    form = {"topic": "recount", "key": "x"}
    assert township["procadmin"].post("/jobs/errand", form).status_code == 302
    assert township["procadmin"].post("/jobs/errand", form).status_code == 404
    with township.app.app_context():
        assert db.session.scalars(select(Errand.retries)).all() == [errands.ATTEMPTS]


def own(township: Township, clock: MovingClock, path: str, **form: str) -> None:
    """Change the township's own days off a minute later, and do what follows."""
    clock.advance(timedelta(minutes=1))
    township["leader1"].get("/calendar")
    assert township["leader1"].post(path, form).status_code == 302
    do_errands(township.app)


def test_own_days_off_move_the_limits_of_running_cases_and_taking_them_back_moves_these_back(
    township: Township, clock: MovingClock
) -> None:
    number, early = township.call(), township.call()
    township.do("duty1", number, "accept_call", acceptance="accept")
    township.do("dispatch1", number, "dispatch_call", lead_unit="village_03", co_units=[], override_reason="由村办理")
    township.do("village03", number, "sign_in", sign_in="accept")
    township.do("village03", number, "contact_caller", contact="reached", contact_note="已电话联系来电人。")
    due, soon = township.case(number).due_at, township.task(early, "accept_call")
    with township.app.app_context():
        soon_due = db.session.scalar(select(TaskRow.due_at).where(TaskRow.id == soon))
    assert local(due) == "2026-11-27 17:30"
    own(township, clock, "/calendar/own", first="2026-11-25", last="2026-11-26", name="寒潮停工")
    assert local(township.case(number).due_at) == "2026-12-01 17:30"
    with township.app.app_context():
        assert db.session.scalar(select(TaskRow.due_at).where(TaskRow.id == soon)) == soon_due, "it ends before"
        told = list(db.session.scalars(select(Notification).where(Notification.kind == "calendar")))
        events = current_engine().events(township.case(number).instance_id)
        (counted,) = [event for event in events if event.kind == "limits_recounted"]
    assert (counted.actor, counted.values["reason"]) == ("leader1", "本地休息日有调整：2026-11-25 – 2026-11-26")
    assert {each.params["days"] for each in told if "days" in each.params} == {"2026-11-25 – 2026-11-26"}
    page = township["village03"].get("/notifications").text
    assert "本地休息日有调整（2026-11-25 – 2026-11-26）" in page
    own(township, clock, "/calendar/own/remove", day="2026-11-25")
    own(township, clock, "/calendar/own/remove", day="2026-11-26")
    assert township.case(number).due_at == due
    with township.app.app_context():
        instance_id = township.case(number).instance_id
        assert current_engine().verify(instance_id) == len(current_engine().events(instance_id))
