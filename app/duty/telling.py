"""Who is told of absences and hand-overs: when one is entered, when it begins, when it is over."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import current_app

from app import errands
from app.case import bell
from app.case.models import Database
from app.db import current_engine, db, now, tenant
from app.duty.models import AbsenceRow, Handover
from app.duty.reading import read_roster
from app.duty.rules import standings
from app.errands import Errand, Topic
from app.i18n import N_
from app.people.models import Post
from app.people.queries import names

ABSENCE = "absence"
ENTERED = N_("%(person)s is away from %(begins)s to %(ends)s")
WITHDRAWN = N_("%(person)s is not away after all from %(begins)s to %(ends)s")
BEGUN = N_("From now on you act for %(person)s, until %(ends)s")
OVER = N_("%(person)s is back: please report what was done")
BACK = N_("Your absence is over: whoever stood in reports what was done")
HANDED_OVER = N_("%(person)s hands “%(post)s” over to you; open tasks: %(count)s")
ACCEPTED = N_("%(person)s has accepted “%(post)s”")
REPORTED = N_("%(person)s has reported on “%(post)s”")


SIGNAL = "duty_changed"
"""What diagrams wait for, with a person: `duty_changed:leader1` says that leader1 has left or is back."""


def topics() -> dict[str, Topic]:
    """Return how errands of absences are done: people and diagrams are told when one begins and when it is over."""
    return {ABSENCE: Topic(N_("Telling that an absence begins or is over"), _tell_mark)}


def entered(session: Database, row: AbsenceRow, *, by: str, at: datetime) -> None:
    """Tell whoever shares a post with the absent person, and that person if another has entered it."""
    people = {*_sharing(session, row), *({row.login} if by != row.login else ())}
    _tell(session, row, people, ENTERED, at)
    await_marks(session, row)


def await_marks(session: Database, row: AbsenceRow) -> None:
    """Have people told at the absence's beginning and end, as they now are."""
    for mark, at in (("begins", row.begins), ("ends", row.ends)):
        detail = {"absence": row.id, "mark": mark, "at": at.isoformat()}
        errands.ask(session, row.tenant, ABSENCE, {f"{row.id} {mark} {at.isoformat()}": detail}, due=at)


def ended(session: Database, row: AbsenceRow, *, at: datetime) -> None:
    """Tell that an absence was withdrawn; that one is over early is told as any end is."""
    if row.withdrawn_at is not None:
        _tell(session, row, _sharing(session, row), WITHDRAWN, at)
    else:
        await_marks(session, row)


def handed_over(session: Database, row: AbsenceRow, made: Iterable[Handover], *, at: datetime) -> None:
    """Tell the substitutes what was handed over to them."""
    for each in made:
        params = {"post": _post(session, each), "count": len(each.tasks)}
        _tell(session, row, [each.given_to], HANDED_OVER, at, kind="handover", **params)


def answered(session: Database, row: AbsenceRow, handover: Handover, text: str, *, at: datetime) -> None:
    """Tell the absent person that a hand-over was accepted or reported on."""
    person = names(session, row.tenant, [handover.given_to])[handover.given_to]
    _tell(session, row, [row.login], text, at, kind="handover", person=person, post=_post(session, handover))


def _tell_mark(errand: Errand) -> None:
    session, at = db.session(), now()
    row = session.get(AbsenceRow, errand.detail["absence"])
    mark = datetime.fromisoformat(errand.detail["at"])
    if row is None or row.tenant != tenant() or row.withdrawn_at is not None:
        return
    if mark != (row.begins if errand.detail["mark"] == "begins" else row.ends):
        return  # it was changed meanwhile, and others are told at its new beginning or end
    current_engine().signal(f"{SIGNAL}:{row.login}")
    if errand.detail["mark"] == "begins":
        _tell(session, row, _standing_in(session, row, row.begins), BEGUN, at)
    else:
        _tell(session, row, _standing_in(session, row, row.begins), OVER, at)
        _tell(session, row, [row.login], BACK, at)


def _standing_in(session: Database, row: AbsenceRow, at: datetime) -> list[str]:
    found = standings(at, read_roster(session, row.tenant, at))
    return list(dict.fromkeys(each.person for each in found if each.owner == row.login and not each.left_by))


def _sharing(session: Database, row: AbsenceRow) -> set[str]:
    roster = read_roster(session, row.tenant, row.begins)
    pairs = [(post.held_by("A", row.begins), post.held_by("B", row.begins)) for post in roster.posts]
    return {each for pair in pairs if row.login in pair for each in pair if each is not None} - {row.login}


def _tell(
    session: Database, row: AbsenceRow, people: Iterable[str], text: str, at: datetime, *, kind: str = "absence",
    **params: object,
) -> None:
    said = {
        "person": names(session, row.tenant, [row.login])[row.login], "begins": _local(row.begins),
        "ends": _local(row.ends), "path": f"/duty/absences/{row.id}", **params,
    }  # fmt: skip
    bell.notify(session, row.tenant, sorted(people), text, at=at, params=said, kind=kind)


def _post(session: Database, handover: Handover) -> str:
    return session.get_one(Post, (handover.tenant, handover.post_id)).name


def _local(at: datetime) -> str:
    zone = ZoneInfo(current_app.config["TIME_ZONE"])
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"
