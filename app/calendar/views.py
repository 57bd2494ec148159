"""Pages of the calendar: a year, its notice pasted and confirmed, the township's own days off, office hours."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, time
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import errands
from app.auth import actor, requires
from app.calendar import ledger
from app.calendar.errands import RECOUNT, recount_later
from app.calendar.notice import LONGEST_TEXT, Notice, Problem
from app.calendar.provisional import is_provisional
from app.calendar.rules import LOCAL
from app.calendar.warning import tell
from app.calendar.year import months_of
from app.db import db, now, tenant, transaction
from app.i18n import N_
from app.people.queries import names, with_permission

blueprint = Blueprint("calendar", __name__)
CHANGES = 20
KINDS = {
    "holiday": (N_("Holiday"), N_("off")), "make_up": (N_("Worked instead"), N_("on")),
    "own": (N_("Own day off"), N_("own")), "weekend": (N_("Weekend"), ""), "worked": (N_("Working day"), ""),
}  # fmt: skip
"""The kinds of days: in the legend, and as the word in a cell that says the same as its colour."""
CHANGED = {
    "notice_pasted": N_("Notice on %(year)s pasted"), "notice_confirmed": N_("Notice on %(year)s confirmed"),
    "notice_rejected": N_("Notice on %(year)s rejected"),
    "local_added": N_("Own days off %(day)s to %(last)s: %(name)s"),
    "local_removed": N_("Own day off %(day)s taken back: %(name)s"),
    "hours_set": N_("Office hours from %(begins)s on: %(hours)s"),
    "hours_removed": N_("Office hours from %(begins)s on taken back"),
    "warned": N_("Told that the notice on %(year)s is missing"),
}  # fmt: skip
_TIMES = re.compile(r"(\d{1,2}:\d\d)\s*[-–—~至]\s*(\d{1,2}:\d\d)")


@blueprint.app_context_processor
def _marks() -> dict[str, Any]:
    """Let every page mark due dates that were counted before the notice on their year was there."""
    return {"is_provisional_due": lambda due: is_provisional(db.session(), tenant(), due)}


@blueprint.get("/calendar")
def index() -> ResponseReturnValue:
    """Show a year; whoever looks after the calendar can change what is to come."""
    return _year()


def _year(status: int = 200, problems: Sequence[Problem] = ()) -> Response:
    this_year = now().astimezone(LOCAL).year
    year = request.args.get("year", this_year, type=int)
    if not 2000 <= year <= 2100:
        abort(404)
    session = db.session()
    calendar, days = ledger.calendar_of(session, tenant()), ledger.days_of(session, tenant(), year)
    notices, changes = ledger.notices_of(session, tenant()), ledger.changes_of(session, tenant(), limit=CHANGES)
    page = render_template(
        "calendar/year.html", year=year, months=months_of(year, calendar, days),
        working_days=calendar.working_days(year),
        is_provisional=calendar.is_provisional(year), missing=ledger.missing_year(session, tenant(), at=now()),
        waiting=notices, seasons=ledger.seasons_of(session, tenant()), kinds=KINDS, changed=CHANGED, changes=changes,
        own=[day for day in ledger.local_days(session, tenant()) if day.day.startswith(str(year))],
        people=names(session, tenant(), {one.by for one in changes} | {one.pasted_by for one in notices}),
        may_change=actor().may("calendar"), problems=problems, today=now().astimezone(LOCAL).date(),
    )  # fmt: skip
    return Response(page, status)


@blueprint.get("/calendar/notice")
@requires("calendar")
def paste() -> ResponseReturnValue:
    """Ask for the text of a notice."""
    return render_template("calendar/notice.html", text="", read=None, problems=(), longest=LONGEST_TEXT)


@blueprint.post("/calendar/notice")
@requires("calendar")
def notice() -> ResponseReturnValue:
    """Show what a pasted notice says; keep it once that has been looked at."""
    text = request.form.get("text", "").replace("\r\n", "\n").strip()
    read: Notice | None = None
    try:
        read = ledger.check_notice(text, at=now())
        if "keep" in request.form:
            with transaction():
                ledger.propose(db.session(), tenant(), text, by=actor().id, at=now())
                _tell_others(read)
            flash(_("The notice is kept. A second person confirms it."), "success")
            return redirect(url_for("calendar.index", year=read.year))
    except ledger.CalendarRefused as refused:
        page = render_template(
            "calendar/notice.html", text=text, read=None, problems=refused.problems, longest=LONGEST_TEXT
        )
        return Response(page, 422)
    return render_template("calendar/notice.html", text=text, read=read, problems=(), longest=LONGEST_TEXT)


def _tell_others(read: Notice) -> None:
    people = with_permission(db.session, tenant(), "calendar", now())
    others = [login for login in people if login != actor().id]
    tell(db.session(), tenant(), others, f"{read.year}年放假通知已录入，等待第二人确认", at=now())


@blueprint.post("/calendar/notice/<int:notice_id>")
@requires("calendar")
def decide(notice_id: int) -> ResponseReturnValue:
    """Confirm a notice that another has pasted, or reject it."""
    confirms = "confirm" in request.form

    def change() -> str:
        if ledger.notice_of(db.session(), tenant(), notice_id) is None:
            abort(404)
        decided = ledger.decide(db.session(), tenant(), notice_id, confirms=confirms, by=actor().id, at=now())
        if confirms:
            errands.ask(db.session(), tenant(), RECOUNT, {str(notice_id): {"notice": notice_id}}, due=now())
        return _("%(year)s is confirmed.", year=decided.year) if confirms else _("The notice is rejected.")

    return _changed(change)


@blueprint.post("/calendar/own")
@requires("calendar")
def add_own() -> ResponseReturnValue:
    """Give the township own days off."""

    def change() -> str:
        first = _date(request.form.get("first", ""))
        last = _date(request.form.get("last", "") or request.form.get("first", ""))
        added = ledger.add_local(
            db.session(), tenant(), first, last, request.form.get("name", ""), by=actor().id, at=now()
        )
        recount_later(added, by=actor().id)
        return _("Own days off: %(days)s.", days=", ".join(map(str, added)))

    return _changed(change)


@blueprint.post("/calendar/own/remove")
@requires("calendar")
def remove_own() -> ResponseReturnValue:
    """Take back an own day off."""

    def change() -> str:
        day = _date(request.form.get("day", ""))
        ledger.remove_local(db.session(), tenant(), day, by=actor().id, at=now())
        recount_later([day], by=actor().id)
        return _("%(day)s is worked again.", day=day)

    return _changed(change)


@blueprint.post("/calendar/hours")
@requires("calendar")
def set_hours() -> ResponseReturnValue:
    """Set the office hours of a season."""

    def change() -> str:
        month, _dash, day = request.form.get("begins", "").partition("-")
        text = request.form.get("hours", "")
        spans = _TIMES.findall(text)
        wrong = Problem(N_("Write office hours as 08:00-12:00, 14:30-17:30, and their first day as 05-01."))
        if not spans or _TIMES.sub("", text).strip(" ,，、;；") or not (month.isdecimal() and day.isdecimal()):
            raise ledger.CalendarRefused(wrong)
        try:
            hours = [(_time(opens), _time(closes)) for opens, closes in spans]
        except ValueError:
            raise ledger.CalendarRefused(wrong) from None
        season = (int(month), int(day))
        ledger.set_season(db.session(), tenant(), season, hours, by=actor().id, at=now())
        return _("The office hours are kept.")

    return _changed(change)


@blueprint.post("/calendar/hours/remove")
@requires("calendar")
def remove_hours() -> ResponseReturnValue:
    """Take back the office hours of a season."""

    def change() -> str:
        begins = request.form.get("begins", "")
        ledger.remove_season(db.session(), tenant(), begins, by=actor().id, at=now())
        return _("The office hours are taken back.")

    return _changed(change)


def _changed(change: Callable[[], str]) -> ResponseReturnValue:
    """Make a change in one transaction and show the year again, with the reasons if it was refused."""
    try:
        with transaction():
            done = change()
    except ledger.CalendarRefused as refused:
        return _year(422, refused.problems)
    flash(done, "success")
    args: dict[str, Any] = {"year": request.args["year"]} if request.args.get("year", "").isdecimal() else {}
    return redirect(url_for("calendar.index", **args))


def _time(text: str) -> time:
    return time.fromisoformat(text.zfill(5))


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ledger.CalendarRefused(Problem(N_("Enter a date, such as 2026-10-01."))) from None
