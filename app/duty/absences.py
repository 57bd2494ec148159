"""Entering, changing, ending and withdrawing absences: who may, and what is refused."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, select

from app.case.errors import CaseError, CaseNotFound
from app.case.models import Database
from app.duty.models import AbsenceRow
from app.duty.reading import read_roster
from app.duty.rules import KINDS, Absence, clashes
from app.people.models import Group, Membership
from app.people.queries import Person, known_people

LONGEST_NOTE = 500


class AbsenceInvalid(CaseError):
    """Person, kind, beginning or end of the absence cannot be right."""

    code = "absence_invalid"


class AbsenceOverlaps(CaseError):
    """The person is away at that time already."""

    code = "absence_overlaps"


class BothAway(CaseError):
    """A and B of a post would be away together."""

    code = "both_away"


class AbsenceOver(CaseError):
    """The absence has ended or was withdrawn: it is history."""

    code = "absence_over"


class AbsenceNotFound(CaseNotFound):
    """There is no such absence."""

    code = "absence_not_found"


@dataclass(frozen=True, slots=True)
class Entry:
    """What is entered of an absence."""

    login: str
    kind: str
    begins: datetime
    ends: datetime
    note: str = ""
    overrule: bool = False  # the office lets A and B be away together


def enter(session: Database, tenant: str, entry: Entry, *, by: str, at: datetime) -> AbsenceRow:
    """Enter an absence. Raises AbsenceInvalid, AbsenceOverlaps, BothAway."""
    overruled = _check(session, tenant, entry, at=at)
    row = AbsenceRow(
        tenant=tenant, login=entry.login, kind=entry.kind, begins=entry.begins, ends=entry.ends, note=entry.note,
        entered_by=by, entered_at=at, overruled=overruled,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def change(session: Database, row: AbsenceRow, entry: Entry, *, at: datetime) -> None:
    """Change an absence that is not over; one that has begun keeps its beginning. Raises as `enter`, AbsenceOver."""
    _check_current(row, at)
    begins = row.begins if row.begins <= at else entry.begins
    kept = replace(entry, login=row.login, begins=begins)
    overruled = _check(session, row.tenant, kept, at=at, but_not=row)
    row.kind, row.begins, row.ends, row.note = kept.kind, kept.begins, kept.ends, kept.note
    row.overruled = overruled
    session.flush()


def end(row: AbsenceRow, *, at: datetime) -> None:
    """End an absence now, or withdraw one that has not begun. Raises AbsenceOver."""
    _check_current(row, at)
    if row.begins < at:
        row.ends = at
    else:
        row.withdrawn_at = at


def _check(
    session: Database, tenant: str, entry: Entry, *, at: datetime, but_not: AbsenceRow | None = None
) -> bool:
    """Refuse what cannot be; return whether the office's overruling was needed."""
    if entry.kind not in KINDS or len(entry.note) > LONGEST_NOTE:
        raise AbsenceInvalid("the absence is of no known kind, or its note is too long")
    if entry.ends <= entry.begins or entry.ends <= at:
        raise AbsenceInvalid("an absence ends after its beginning, and not in the past")
    if entry.login not in known_people(session, tenant, "user"):
        raise AbsenceInvalid(f"nobody has the login {entry.login}")
    roster = read_roster(session, tenant, min(entry.begins, at), entry.ends)
    absence = Absence(entry.login, entry.begins, entry.ends)
    own = Absence(but_not.login, but_not.begins, but_not.ends) if but_not else None
    mine = [each for each in roster.absences if each.person == entry.login and each != own]
    if any(each.overlaps(entry.begins, entry.ends) for each in mine):
        raise AbsenceOverlaps(f"{entry.login} is away at that time already")
    both = clashes(absence, roster)
    if both and not entry.overrule:
        raise BothAway(", ".join(f"post {post.id}: {other} is away too" for post, other in both))
    return bool(both)


def _check_current(row: AbsenceRow, at: datetime) -> None:
    if row.withdrawn_at is not None or row.ends <= at:
        raise AbsenceOver(f"absence {row.id} is over")


def absence(session: Database, tenant: str, absence_id: int) -> AbsenceRow:
    """Return an absence. Raises AbsenceNotFound."""
    found = session.get(AbsenceRow, absence_id) if 0 < absence_id < 2**31 else None
    if found is None or found.tenant != tenant:
        raise AbsenceNotFound(f"there is no absence {absence_id}")
    return found


def absences(tenant: str, *conditions: ColumnElement[bool]) -> Select[Any]:
    """Return the select of absences that were not withdrawn, by their beginning."""
    mine = select(AbsenceRow).where(AbsenceRow.tenant == tenant, AbsenceRow.withdrawn_at.is_(None), *conditions)
    return mine.order_by(AbsenceRow.begins, AbsenceRow.id)


def may_enter_for(session: Database, tenant: str, person: Person, at: datetime) -> Collection[str]:
    """Return the logins whose absences a person may enter: the office everybody's, a head the own people's."""
    if person.may("duty"):
        return known_people(session, tenant, "user")
    belongs = (Membership.tenant == Group.tenant) & (Membership.group_id == Group.id)
    led = select(Membership.login).join(Group, belongs).where(
        Group.tenant == tenant, Group.leader == person.id, Membership.valid_from <= at,
        Membership.valid_to.is_(None) | (Membership.valid_to > at),
    )  # fmt: skip
    return {person.id, *session.execute(led).scalars()}
