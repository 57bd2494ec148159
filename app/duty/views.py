"""The pages of duty: the board, one's absences and the office's, hand-overs, the chart of offices and posts."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from app.auth import actor, requires
from app.db import db, now, tenant, transaction
from app.duty import absences, handing, posts, telling
from app.duty.absences import AbsenceInvalid, Entry, may_enter_for
from app.duty.models import AbsenceRow, Handover
from app.duty.reading import read_roster
from app.people.models import User

blueprint = Blueprint("duty", __name__, url_prefix="/duty")
AHEAD = timedelta(days=15)  # today and the coming two weeks
SHOWN = 50


@blueprint.get("")
@requires("inbox")
def board() -> ResponseReturnValue:
    """Show who holds which post now, and what changes today and in the coming two weeks."""
    at = now()
    zone = _zone()
    begins = datetime.combine(at.astimezone(zone).date(), time(), zone).astimezone(UTC)
    roster = read_roster(db.session, tenant(), begins, begins + AHEAD)
    held = posts.post_names(db.session, tenant(), at)
    rows = [
        {"name": held[post.id], "a": post.held_by("A", at), "b": post.held_by("B", at),
         "hold": posts.holds_at(post, at, roster), "spans": list(posts.changes(post, roster, begins, begins + AHEAD))}
        for post in roster.posts if post.id in held
    ]  # fmt: skip
    away = db.session.scalars(
        absences.absences(tenant(), AbsenceRow.ends > begins, AbsenceRow.begins < begins + AHEAD)
    ).all()
    return render_template("duty/board.html", rows=rows, away=away, at=at, rungs=rungs(), **words())


@blueprint.get("/absences")
@requires("inbox")
def my_absences() -> ResponseReturnValue:
    """Show one's own absences, those that one may enter for others, and the form."""
    at, person = now(), actor()
    others = may_enter_for(db.session, tenant(), person, at)
    mine = db.session.scalars(absences.absences(tenant(), AbsenceRow.login.in_(others), AbsenceRow.ends > at)).all()
    over = absences.absences(tenant(), AbsenceRow.login == person.id, AbsenceRow.ends <= at)
    past = db.session.scalars(over.order_by(None).order_by(AbsenceRow.ends.desc()).limit(SHOWN)).all()
    received = select(Handover).where(Handover.tenant == tenant(), Handover.given_to == person.id)
    given = db.session.scalars(received.order_by(Handover.made_at.desc()).limit(SHOWN)).all()
    return render_template(
        "duty/absences.html", mine=mine, past=past, given=given, at=at, others=sorted(others),
        posts=posts.post_names(db.session, tenant()), **words(),
    )  # fmt: skip


@blueprint.post("/absences")
@requires("inbox")
def enter() -> ResponseReturnValue:
    """Enter an absence."""
    with transaction():
        entry = _entry(request.form.get("login") or actor().id)
        _check_may(entry.login)
        row = absences.enter(db.session, tenant(), entry, by=actor().id, at=now())
        telling.entered(db.session(), row, by=actor().id, at=now())
    flash(_("The absence is entered. From its beginning the substitute sees the tasks."))
    return redirect(url_for("duty.absence", absence_id=row.id))


@blueprint.get("/absences/<int:absence_id>")
@requires("inbox")
def absence(absence_id: int) -> ResponseReturnValue:
    """Show an absence with what was handed over; those whom it concerns may."""
    row = absences.absence(db.session, tenant(), absence_id)
    handovers = _handovers(row)
    is_entering = row.login in may_enter_for(db.session, tenant(), actor(), now())
    if not is_entering and actor().id not in {each.given_to for each in handovers}:
        abort(403)
    return render_template(
        "duty/absence.html", row=row, handovers=handovers, is_entering=is_entering, at=now(),
        is_current=row.withdrawn_at is None and row.ends > now(), me=actor().id,
        posts=posts.post_names(db.session, tenant()), **words(),
    )  # fmt: skip


@blueprint.post("/absences/<int:absence_id>")
@requires("inbox")
def change(absence_id: int) -> ResponseReturnValue:
    """Change an absence."""
    with transaction():
        row = _own(absence_id)
        absences.change(db.session, row, _entry(row.login, begun=row.begins <= now()), at=now())
        telling.entered(db.session(), row, by=actor().id, at=now())
    flash(_("The absence is changed."))
    return redirect(url_for("duty.absence", absence_id=row.id))


@blueprint.get("/absences/<int:absence_id>/end")
@requires("inbox")
def confirm_end(absence_id: int) -> ResponseReturnValue:
    """Ask before an absence is ended or withdrawn, and say what that means."""
    return render_template("duty/end.html", row=_own(absence_id), at=now(), **words())


@blueprint.post("/absences/<int:absence_id>/end")
@requires("inbox")
def end(absence_id: int) -> ResponseReturnValue:
    """End an absence early, or withdraw one that has not begun."""
    with transaction():
        absences.end(row := _own(absence_id), at=now())
        telling.ended(db.session(), row, at=now())
    flash(_("The absence is over. Nobody stands in any more."))
    return redirect(url_for("duty.my_absences"))


@blueprint.post("/absences/<int:absence_id>/handover")
@requires("inbox")
def hand_over(absence_id: int) -> ResponseReturnValue:
    """Write down what is open, for B."""
    with transaction():
        row = _own(absence_id)
        made = handing.hand_over(db.session, row, request.form.get("notes", "").strip(), at=now())
        telling.handed_over(db.session(), row, made, at=now())
    flash(_("What is open is written down; the substitute can accept it."))
    return redirect(url_for("duty.absence", absence_id=absence_id))


@blueprint.post("/absences/<int:absence_id>/handover/<post_id>/accept")
@requires("inbox")
def accept(absence_id: int, post_id: str) -> ResponseReturnValue:
    """Accept what was handed over."""
    with transaction():
        found = _given_to_me(absence_id, post_id)
        handing.accept(found, by=actor().id, at=now())
        row = absences.absence(db.session, tenant(), absence_id)
        telling.answered(db.session(), row, found, telling.ACCEPTED, at=now())
    flash(_("You have accepted the hand-over."))
    return redirect(url_for("duty.absence", absence_id=absence_id))


@blueprint.post("/absences/<int:absence_id>/handover/<post_id>/report")
@requires("inbox")
def report(absence_id: int, post_id: str) -> ResponseReturnValue:
    """Tell the one who returns what was done."""
    with transaction():
        text, found = request.form.get("report", "").strip(), _given_to_me(absence_id, post_id)
        handing.report(found, text, by=actor().id, at=now())
        row = absences.absence(db.session, tenant(), absence_id)
        telling.answered(db.session(), row, found, telling.REPORTED, at=now())
    flash(_("The report is kept."))
    return redirect(url_for("duty.absence", absence_id=absence_id))


def _entry(login: str, *, begun: bool = False) -> Entry:
    form = request.form
    ends = instant("ends")
    begins = now() if begun else instant("begins")
    overrule = "overrule" in form and actor().may("duty")
    return Entry(login, form.get("kind", ""), begins, ends, form.get("note", "").strip(), overrule)


def instant(name: str) -> datetime:
    """Read what a field for date and time holds, in the township's time. Raises AbsenceInvalid."""
    try:
        local = datetime.fromisoformat(request.form.get(name, ""))
        return (local if local.tzinfo else local.replace(tzinfo=_zone())).astimezone(UTC)
    except (ValueError, OverflowError):
        raise AbsenceInvalid(f"{name} is no date and time") from None


def _check_may(login: str) -> None:
    if login not in may_enter_for(db.session, tenant(), actor(), now()):
        abort(403)


def _own(absence_id: int) -> AbsenceRow:
    row = absences.absence(db.session, tenant(), absence_id)
    _check_may(row.login)
    return row


def _given_to_me(absence_id: int, post_id: str) -> Handover:
    found = handing.handover(db.session, tenant(), absence_id, post_id)
    if found.given_to != actor().id:
        abort(403)
    return found


def _handovers(row: AbsenceRow) -> list[Handover]:
    found = select(Handover).where(Handover.tenant == tenant(), Handover.absence_id == row.id)
    return list(db.session.scalars(found.order_by(Handover.post_id)))


def _zone() -> ZoneInfo:
    return ZoneInfo(current_app.config["TIME_ZONE"])


def kinds() -> dict[str, str]:
    """Return what the kinds of absences are called."""
    return {
        "village": _("village duty"), "training": _("training"), "trip": _("business trip"), "leave": _("leave"),
        "other": _("other reasons"),
    }  # fmt: skip


def words() -> dict[str, Any]:
    """Return what templates need to speak of people and kinds."""
    people = dict(db.session.execute(select(User.login, User.name).where(User.tenant == tenant())).all())
    return {"kinds": kinds(), "people": people, "zone": _zone()}


def rungs() -> dict[str, str]:
    """Return what it is called where somebody stands on the ladder."""
    return {
        "A": _("A is there"), "B": _("B acts"), "chain": _("B's substitute acts"), "head": _("risen to the head"),
        "office": _("risen to the last resort"), "owner": _("nobody else is there: stays with A"),
    }  # fmt: skip
