"""The daily digest: on working days, once for everybody, what is late, due today, new for one's groups and owed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, time, timedelta

from sqlalchemy import ColumnElement, func, literal_column, select

from app.calendar import LOCAL, WorkingCalendar
from app.case import bell
from app.case.models import Case, Database, Notification
from app.duty.posts import holds_at
from app.duty.reading import read_roster
from app.i18n import N_
from app.people.models import User
from app.people.queries import all_memberships, post_group
from engine.store.tables import TaskCandidateRow, TaskRow

DIGEST = "digest"
"""The errand of one day; its key is the day, so that several workers make one digest."""
TEXT = N_(
    "Today: %(late)s overdue, %(today)s due today, %(new)s new for your groups, %(owed)s overdue at your offices, "
    "%(held)s other notices"
)
_OPEN: ColumnElement[bool] = literal_column("task.status = 'open'")


def due_at(day: datetime, hour: int) -> datetime:
    """Return when the digest of a local day is made."""
    return datetime.combine(day.astimezone(LOCAL).date(), time(hour), LOCAL)


def make(session: Database, tenant: str, calendar: WorkingCalendar, *, at: datetime) -> int:
    """Give everybody the digest of the day; return how many got one. On days off, and where nothing is, nobody does."""
    today = at.astimezone(LOCAL).date()
    if not calendar.is_working_day(today):
        return 0
    before = today - timedelta(days=1)
    while not calendar.is_working_day(before):
        before -= timedelta(days=1)
    since = datetime.combine(before, at.astimezone(LOCAL).timetz())
    ends = datetime.combine(today + timedelta(days=1), time(), LOCAL)
    figures = _figures(session, tenant, since, at, ends)
    active = session.scalars(select(User.login).where(User.tenant == tenant, User.active).order_by(User.login)).all()
    told = 0
    for user in active:
        mine = {name: counted[user] for name, counted in figures.items()}
        if any(mine.values()):
            params = {**mine, "path": "/inbox"}
            bell.notify(session, tenant, [user], TEXT, at=at, kind="digest", params=params)
            told += 1
    return told


def _figures(
    session: Database, tenant: str, since: datetime, at: datetime, ends: datetime
) -> Mapping[str, Counter[str]]:
    """Return each figure by login, in a few statements for everybody together."""
    belongs = all_memberships(session, tenant, at)
    roster = read_roster(session, tenant, at)
    for post in roster.posts:
        for person in hold.people if (hold := holds_at(post, at, roster)) else ():
            belongs.setdefault(person, []).append(post_group(post.id))
    mine = (TaskRow.tenant == tenant, _OPEN, TaskRow.assignee.is_not(None))
    held = (Notification.tenant == tenant, Notification.way == "digest", Notification.at > since)
    whose = func.coalesce(TaskRow.assignee, "")
    late = select(whose, func.count()).where(*mine, TaskRow.due_at < at).group_by(whose)
    today = select(whose, func.count()).where(*mine, TaskRow.due_at >= at, TaskRow.due_at < ends).group_by(whose)
    unread = select(Notification.user, func.count()).where(*held).group_by(Notification.user)
    owed = select(Case.unit, func.count()).where(Case.tenant == tenant, Case.closed_at.is_(None), Case.due_at < at)
    overdue = dict(session.execute(owed.group_by(Case.unit)).all())
    return {
        "late": Counter(dict(session.execute(late).all())),
        "today": Counter(dict(session.execute(today).all())),
        "new": _new(session, tenant, belongs, since),
        "owed": Counter({user: sum(overdue.get(group, 0) for group in groups) for user, groups in belongs.items()}),
        "held": Counter(dict(session.execute(unread).all())),
    }


def _new(session: Database, tenant: str, belongs: Mapping[str, Iterable[str]], since: datetime) -> Counter[str]:
    """Count for each person the unclaimed tasks of their groups that are new since `since`, each task once."""
    candidate = TaskCandidateRow
    rows = session.execute(
        select(candidate.task_id, candidate.kind, candidate.name)
        .join(TaskRow, (TaskRow.tenant == candidate.tenant) & (TaskRow.id == candidate.task_id))
        .where(TaskRow.tenant == tenant, _OPEN, TaskRow.assignee.is_(None), TaskRow.created_at > since)
    ).all()
    offered: dict[str, set[str]] = {}
    barred: dict[str, set[str]] = {}
    for task, kind, name in rows:
        if kind == "group":
            offered.setdefault(name, set()).add(task)
        elif kind == "excluded":
            barred.setdefault(name, set()).add(task)
    found: Counter[str] = Counter()
    for user, groups in belongs.items():
        tasks = set().union(*(offered.get(group, set()) for group in groups))
        found[user] = len(tasks - barred.get(user, set()))
    return found
