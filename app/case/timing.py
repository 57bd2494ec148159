"""How a case kept its times: response and limit, as columns of its row and as conditions on many rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol, cast

from sqlalchemy import ColumnElement, Table, and_, case, false, func, literal, or_

from app.case.models import Case
from app.case.register import Register
from engine.store import Change, TaskRecord
from engine.store.tables import Instant

NEAR = timedelta(hours=24)
"""With less time than this left, a limit is near."""

Standing = Literal["late", "near", "fine", "none"]
Outcome = Literal["in_time", "late", "no_limit"]
STANDINGS: tuple[Standing, ...] = ("late", "near", "fine", "none")
OUTCOMES: tuple[Outcome, ...] = ("in_time", "late", "no_limit")
_CASE = cast("Table", Case.__table__)


class Timed(Protocol):
    """What has a limit, as far as its times go."""

    due_at: datetime | None
    handled_at: datetime | None
    closed_at: datetime | None


def standing_at(due_at: datetime | None, now: datetime) -> Standing:
    """Return how a limit that is still to be kept stands at `now`."""
    if due_at is None:
        return "none"
    if due_at <= now:
        return "late"
    return "near" if due_at - now < NEAR else "fine"


def met_at(timed: Timed) -> datetime | None:
    """Return when that was done which the limit is for; None while it is still to be done."""
    return timed.handled_at or timed.closed_at


def outcome_of(due_at: datetime | None, done_at: datetime) -> Outcome:
    """Return how a limit was kept."""
    if due_at is None:
        return "no_limit"
    return "in_time" if done_at <= due_at else "late"


# -- the same as conditions on rows

_met_at = func.coalesce(Case.handled_at, Case.closed_at)


def kept(outcome: str) -> ColumnElement[bool]:
    """Ask for the closed cases whose limit was kept so ("limited": in time or late); none for any other word."""
    closed = Case.closed_at.is_not(None)
    match outcome:
        case "in_time":
            return and_(closed, _met_at <= Case.due_at)
        case "late":
            return and_(closed, _met_at > Case.due_at)
        case "no_limit":
            return and_(closed, Case.due_at.is_(None))
        case "limited":
            return and_(closed, Case.due_at.is_not(None))
        case _:
            return false()


def stands(standing: str, now: datetime) -> ColumnElement[bool]:
    """Ask for the open cases whose limit is still to be kept and stands so; none for a word that is no Standing."""
    waiting, near = and_(Case.closed_at.is_(None), Case.handled_at.is_(None)), now + NEAR
    match standing:
        case "late":
            return and_(waiting, Case.due_at <= now)
        case "near":
            return and_(waiting, Case.due_at > now, Case.due_at < near)
        case "fine":
            return and_(waiting, Case.due_at >= near)
        case "none":
            return and_(waiting, Case.due_at.is_(None))
        case _:
            return false()


def responded(how: str, now: datetime) -> ColumnElement[bool]:
    """Ask for the cases responded to in time (with nothing of it still to be done), late by `now`, or either: "due"."""
    overdue = Case.response_due_at <= now
    match how:
        case "late":
            return or_(Case.response == "late", overdue)
        case "due":
            return or_(responded("late", now), responded("in_time", now))
        case "in_time":
            return and_(Case.response == "in_time", Case.response_due_at.is_(None))
        case _:
            return false()


# -- what a change writes

def response_of(register: Register, change: Change, open_tasks: Iterable[TaskRecord]) -> dict[str, Any]:
    """Return the columns on the response that a change gives, none when it has no task of it."""

    def counts(task: TaskRecord) -> bool:
        return task.element_id in register.response and task.definition_key == register.process_key

    ended = [task for task in change.tasks_changed if counts(task) and task.status != "open"]
    if not ended and not any(map(counts, change.tasks_opened)):
        return {}
    dues = [task.due_at for task in open_tasks if counts(task) and task.due_at is not None]
    told: dict[str, Any] = {"response_due_at": min(dues, default=None)}
    for task in ended:
        if task.status == "completed" and task.due_at is not None and task.ended_at is not None:
            late = told.get("response") == "late" or task.ended_at > task.due_at
            told["response"] = "late" if late else "in_time"
    return told


def kept_once(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row's changes such that it is closed once, what was late stays late, and figures count it anew."""
    kept = {**changes, "revision": _CASE.c.revision + 1}
    if changes.get("closed_at") is not None:
        kept["closed_at"] = func.coalesce(_CASE.c.closed_at, literal(changes["closed_at"], Instant))
        if "handled_at" not in changes:  # what came after the handling took others' time
            kept["working_days"] = func.coalesce(_CASE.c.working_days, changes["working_days"])
    if changes.get("response") == "in_time":
        kept["response"] = case((_CASE.c.response == "late", "late"), else_="in_time")
    return kept
