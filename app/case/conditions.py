"""What a filter asks of a declared column, and the cases that meet it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, select, true

from app.case.models import Case, CaseValue, Database
from app.case.register import Register
from app.case.values import STEP, WINDOW

FEW = 500
"""Up to so many cases are named one by one; more are gathered in a set in which each is looked up on the way."""


@dataclass(frozen=True, slots=True)
class Found:
    """The condition that a case of the register meets what is asked; `is_many`: too many to count each time."""

    condition: ColumnElement[bool]
    is_many: bool


@dataclass(frozen=True, slots=True)
class Condition:
    """One of a column's values equals, contains, lies in a span of instants or dates, or between two numbers.

    `since` is included and `before` is not (both ISO 8601, instants in UTC); `least` and `most` are included. What is
    empty asks nothing.
    """

    name: str
    equals: str = ""
    contains: str = ""
    since: str = ""
    before: str = ""
    least: float | None = None
    most: float | None = None

    def met_by(self, tenant: str, process_key: str) -> Select[Any]:
        """Return the select of the instance ids of a register's cases that meet it."""
        of_register = (CaseValue.tenant == tenant, CaseValue.process_key == process_key)
        met = select(CaseValue.instance_id).where(*of_register, CaseValue.name == self.name)
        if self.equals:
            met = met.where(CaseValue.text == self.equals[:WINDOW])
        if self.contains:
            met = met.where(CaseValue.text.icontains(self.contains[:STEP], autoescape=True))
        if self.since:
            met = met.where(CaseValue.text >= self.since)
        if self.before:
            met = met.where(CaseValue.text < self.before)
        if self.least is not None:
            met = met.where(CaseValue.number >= self.least)
        if self.most is not None:
            met = met.where(CaseValue.number <= self.most)
        return met


def meet(
    session: Database, tenant: str, register: Register, conditions: Iterable[Condition], *, beside: Found | None = None
) -> list[Found]:
    """Return which cases of the register meet each condition, in the way that is fast for as many as there are.

    `beside` is what else is asked of them. SQLite makes one set at most: it looks at what else is asked only for the
    cases that are in it, while PostgreSQL makes a set faster than it looks at a few thousand cases.
    """
    is_sqlite, found = session.get_bind().dialect.name == "sqlite", [] if beside is None else [beside]
    for condition in sorted(conditions, key=lambda each: not each.equals):  # a set of equals is the smaller one
        met = condition.met_by(tenant, register.process_key)
        if (few := named(session, met)) is not None:
            found.append(few)
        elif is_sqlite and any(each.is_many for each in found):
            of_case = met.where(CaseValue.tenant == Case.tenant, CaseValue.instance_id == Case.instance_id)
            found.append(Found(of_case.correlate(Case).exists(), is_many=True))
        else:
            found.append(among(met.with_only_columns(CaseValue.text_id)))
    return found


def named(session: Database, met: Select[Any]) -> Found | None:
    """Ask for the cases that a select of instance ids finds; None where they are too many to be named."""
    found = session.scalars(met.limit(FEW + 1)).all()  # a case several times over where several of its values fit
    if len(found) > FEW:
        return None
    return Found(Case.instance_id.in_(set(found)) if found else false(), is_many=False)


def among(text_ids: Select[Any], *more: ColumnElement[bool]) -> Found:
    """Ask for the cases whose texts are among these and that meet more, which is looked at only where they are.

    The set is made once, from an index alone, and the cases are walked through in their order. PostgreSQL would rather
    join, in a way that it guesses: it makes no join of what is told to be true.
    """
    return Found(and_(Case.text_id.in_(text_ids).is_(true()), *more), is_many=True)
