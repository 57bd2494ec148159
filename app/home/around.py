"""Who is away today of those one works with, and for whom one stands in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.case.models import Database
from app.duty.absences import absences
from app.duty.models import AbsenceRow
from app.people.queries import Person, all_memberships
from app.tasklist.dues import ends


@dataclass(frozen=True, slots=True)
class StandIn:
    """One stands in for `owner` in posts of `groups`; `until` is when the absence ends, None when it has no end."""

    owner: str
    groups: Sequence[str]
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Around:
    """Absences of today, and for whom the person stands in now."""

    away: Sequence[AbsenceRow]
    standing_in: Sequence[StandIn]


def read_around(session: Database, tenant: str, person: Person, now: datetime) -> Around:
    """Return today's absences among those who share a group with the person (of all, for the office and leaders)."""
    today = session.scalars(absences(tenant, AbsenceRow.ends > now, AbsenceRow.begins < ends(now)[0])).all()
    near = today if person.may("duty") or person.may("statistics") else _colleagues(session, tenant, person, now, today)
    until = {row.login: row.ends for row in today if row.begins <= now}
    groups: dict[str, dict[str, None]] = {}
    for cover in person.covers:
        groups.setdefault(cover.owner, {})[cover.group] = None
    standing_in = [StandIn(owner, list(posts), until.get(owner)) for owner, posts in groups.items()]
    return Around(near, standing_in)


def _colleagues(
    session: Database, tenant: str, person: Person, now: datetime, today: Sequence[AbsenceRow]
) -> Sequence[AbsenceRow]:
    if not today:
        return []
    groups = all_memberships(session, tenant, now)
    return [row for row in today if not person.groups.isdisjoint(groups.get(row.login, ()))]
