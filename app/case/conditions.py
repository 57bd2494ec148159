"""What a filter asks of a declared column, and the cases that meet it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, false, func, select

from app.case.models import Case, CaseValue, Database
from app.case.register import Register
from app.case.values import STEP, WINDOW

FEW, MOST = 500, 20_000
"""Up to FEW cases are named one by one; up to MOST are gathered first; of yet more each is asked on the way."""


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

    def met_by(self, tenant: str, process_key: str = "") -> Select[Any]:
        """Return the select of the instance ids of the cases that meet it, of one register or of all."""
        met = select(CaseValue.instance_id).where(CaseValue.tenant == tenant, CaseValue.name == self.name)
        if process_key:
            met = met.where(CaseValue.process_key == process_key)
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


def meet(session: Database, tenant: str, register: Register, condition: Condition) -> Found:
    """Return which cases of the register meet a condition, in the way that is fast for as many as there are."""
    met = condition.met_by(tenant, register.process_key)
    named = list(session.scalars(met.limit(FEW + 1)))
    if len(named) <= FEW:
        return Found(Case.instance_id.in_(set(named)) if named else false(), is_many=False)
    count = session.scalar(select(func.count()).select_from(met.limit(MOST + 1).subquery())) or 0
    if count <= MOST:
        return Found(Case.instance_id.in_(met), is_many=True)
    # Without the process no index but that of the case fits, which is the one to ask for a single case.
    one = condition.met_by(tenant).where(CaseValue.instance_id == Case.instance_id)
    return Found(one.correlate(Case).exists(), is_many=True)
