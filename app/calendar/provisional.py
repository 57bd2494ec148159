"""Due dates that were counted by another calendar than there is now: which they are, and counting them again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import or_, select

from app.calendar.ledger import SHIPPED
from app.calendar.models import CalendarChange, CalendarNotice
from app.calendar.notice import read_notice
from app.calendar.rules import LOCAL
from app.case import talk
from app.case.models import Database
from app.i18n import N_
from app.people.queries import members
from engine import Engine, TaskRecord
from engine.canonical import Json
from engine.errors import InstanceNotActive, InstanceNotFound
from engine.feel import from_json
from engine.recording import CALLED
from engine.replay import ReplayImpossible
from engine.store.tables import HistoryRow, InstanceRow

MOVED = N_("The holidays of %(year)s are known: the limit of “%(task)s” now ends at %(due)s")
UNMOVED = N_("The holidays of %(year)s are known: this case's limits could not be counted again, please check them")
OWN_MOVED = N_("Own days off have changed (%(days)s): the limit of “%(task)s” now ends at %(due)s")
OWN_UNMOVED = N_(
    "Own days off have changed (%(days)s): this case's limits could not be counted again, please check them"
)


@dataclass(frozen=True, slots=True)
class Cause:
    """Why limits are counted again: what stands in the record, and what people are told, with its parameters."""

    reason: str
    moved: str
    unmoved: str
    params: Mapping[str, object]


def year_known(year: int) -> Cause:
    """Return the cause that a year's holidays are known."""
    return Cause(f"{year}年放假安排已确认", MOVED, UNMOVED, {"year": year})


def own_days_changed(days: str) -> Cause:
    """Return the cause that the township's own days off have changed."""
    return Cause(f"本地休息日有调整：{days}", OWN_MOVED, OWN_UNMOVED, {"days": days})


def is_provisional(session: Database, tenant: str, due: datetime | None) -> bool:
    """Tell whether a due date falls in a year of which only the weekends are known."""
    if due is None:
        return False
    own = select(CalendarNotice.id).where(
        CalendarNotice.tenant == tenant, CalendarNotice.year == due.astimezone(LOCAL).year,
        CalendarNotice.status == "confirmed",
    )
    return session.scalar(own.limit(1)) is None


def affected(session: Database, tenant: str, first: date) -> list[str]:
    """Return the instances that run and were told of an instant from a day on, up to the end of the next year."""
    months = {f"{first.year}-{month:02}-" for month in range(first.month, 13)} | {f"{first.year + 1}-"}
    running = (InstanceRow.tenant == HistoryRow.tenant) & (InstanceRow.id == HistoryRow.instance_id)
    told = (
        select(HistoryRow.instance_id).join(InstanceRow, running)
        .where(
            HistoryRow.tenant == tenant, InstanceRow.status == "active", HistoryRow.record.contains(f'"{CALLED}"'),
            or_(*(HistoryRow.erasable.contains(month) for month in sorted(months))),
        )
        .distinct().order_by(HistoryRow.instance_id)
    )
    return list(session.scalars(told))


def first_day(notice: CalendarNotice) -> date:
    """Return the first day that a notice speaks of: its year's, or one of the days before that it also names."""
    return min([date(notice.year, 1, 1), *(each.day for each in read_notice(notice.text).days)])


def is_stale(session: Database, tenant: str) -> Callable[[datetime, Json], bool]:
    """Return what tells whether an instant told at another was counted before its days were known, or as they are."""
    known = session.scalars(
        select(CalendarNotice).where(
            CalendarNotice.tenant == tenant, CalendarNotice.status.in_(("confirmed", "replaced")),
            CalendarNotice.decided_by != SHIPPED,  # what the product brings it has always counted by
        )
    )
    borders = [(each.decided_at, first_day(each)) for each in known if each.decided_at is not None]
    own = select(CalendarChange).where(
        CalendarChange.tenant == tenant, CalendarChange.what.in_(("local_added", "local_removed"))
    )
    borders += [(each.at, date.fromisoformat(each.detail["day"])) for each in session.scalars(own)]

    def stale(at: datetime, told: Json) -> bool:
        value = from_json(told)
        if not isinstance(value, datetime):
            return False
        day = value.astimezone(LOCAL).date()
        return any(at < decided and first <= day for decided, first in borders)

    return stale


def recount(
    session: Database, tenant: str, engine: Engine, instance_id: str, cause: Cause, *, by: str, at: datetime
) -> None:
    """Count an instance's limits again by the calendar as it is now, and tell those whose tasks fall due otherwise."""
    try:
        before = {task.id: task.due_at for task in engine.instance(instance_id).open_tasks}
        limits = engine.recount(instance_id, is_stale(session, tenant), by=by, reason=cause.reason)
    except (InstanceNotFound, InstanceNotActive):
        return  # it has ended meanwhile
    except ReplayImpossible:
        instance = engine.instance(instance_id)
        people = _people(session, tenant, instance.open_tasks, at)
        talk.notify(
            session, tenant, people, cause.unmoved, at=at, instance_id=instance_id, kind="calendar",
            params={"number": instance.business_key, **cause.params},
        )
        return
    if limits:
        instance = engine.instance(instance_id)
        moved = [task for task in instance.open_tasks if task.due_at != before.get(task.id)]
        for task in moved:
            due = f"{task.due_at.astimezone(LOCAL):%Y-%m-%d %H:%M}" if task.due_at else ""
            talk.notify(
                session, tenant, _people(session, tenant, [task], at), cause.moved, at=at, instance_id=instance_id,
                kind="calendar",
                params={"number": instance.business_key, "task": task.name, "due": due, **cause.params},
            )


def _people(session: Database, tenant: str, tasks: Iterable[TaskRecord], at: datetime) -> list[str]:
    """Return who has these tasks in hand, or may take them."""
    found: dict[str, None] = {}
    groups: Mapping[str, None] = {}
    for task in tasks:
        if task.assignee is not None:
            found[task.assignee] = None
            continue
        found.update(dict.fromkeys(task.candidate_users))
        groups = {**groups, **dict.fromkeys(task.candidate_groups)}
    for group in groups:
        found.update(dict.fromkeys(members(session, tenant, group, at)))
    barred = {person for task in tasks for person in task.excluded_users}
    return [person for person in found if person not in barred]
