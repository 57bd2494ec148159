"""What a filter asks of a declared column, and the cases that meet it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select

from app.case.models import CaseValue
from app.case.values import STEP, WINDOW


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
        """Return the select of the instance ids of the cases that meet it."""
        of_column = (CaseValue.tenant == tenant, CaseValue.process_key == process_key, CaseValue.name == self.name)
        met = select(CaseValue.instance_id).where(*of_column)
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
