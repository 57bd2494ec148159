"""When tasks fall due: the spans that the inbox is narrowed to and the home page counts; each task is in just one."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Literal

from sqlalchemy import ColumnElement, and_, case

from app.calendar import LOCAL
from app.case.timing import NEAR
from engine.store.tables import TaskRow

Due = Literal["all", "late", "near", "today", "week", "later", "none"]
Span = Literal["late", "today", "week", "later", "none"]
SPANS: tuple[Span, ...] = ("late", "today", "week", "later", "none")
"""Overdue, still today, still this week, later, without limit: they add up."""


def ends(now: datetime) -> tuple[datetime, datetime]:
    """Return the instants with which the township's day and week (to Sunday) end."""
    today = now.astimezone(LOCAL).date()
    days = (today + timedelta(days=1), today + timedelta(days=7 - today.weekday()))
    day, week = (datetime.combine(each, time(), LOCAL).astimezone(UTC) for each in days)
    return day, week


def span_of(now: datetime) -> ColumnElement[str]:
    """Return the column that says in which span a task falls due."""
    day, week = ends(now)
    due = TaskRow.due_at
    return case(
        (due.is_(None), "none"), (due <= now, "late"), (due < day, "today"), (due < week, "week"), else_="later"
    )


def falls(due: Due, now: datetime) -> ColumnElement[bool] | None:
    """Ask for the tasks that fall due so; None asks for nothing."""
    (day, week), at = ends(now), TaskRow.due_at
    match due:
        case "late":
            return at <= now
        case "near":
            return and_(at > now, at < now + NEAR)
        case "today":
            return and_(at > now, at < day)
        case "week":
            return and_(at > now, at >= day, at < week)
        case "later":
            return and_(at > now, at >= week)
        case "none":
            return at.is_(None)
        case _:
            return None
