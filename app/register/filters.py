"""The declared filters of a register: read out of an address, asked of the database, said in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from app.case.conditions import Condition
from app.case.register import Register
from app.case.values import instant_text
from app.dossier.period import day_begins, read_day
from app.register.columns import Column

PREFIX = "f."


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter and what it is set to: `value` of a choice or text, `low` and `high` (both included) of a span."""

    column: Column
    argument: str
    options: Mapping[str, str]
    value: str = ""
    low: str = ""
    high: str = ""

    @property
    def is_span(self) -> bool:
        return self.column.kind in ("date", "instant", "number")

    @property
    def is_set(self) -> bool:
        return bool(self.value or self.low or self.high)

    @property
    def query(self) -> dict[str, str]:
        """Return the arguments of an address that set it so."""
        named = ((self.argument, self.value), (f"{self.argument}.from", self.low), (f"{self.argument}.to", self.high))
        return {name: value for name, value in named if value}

    @property
    def words(self) -> str:
        """Return what it is set to."""
        if not self.is_span:
            return self.options.get(self.value, self.value)
        return f"{self.low or '…'} – {self.high or '…'}"

    @property
    def condition(self) -> Condition:
        """Return what it asks of a case."""
        name, kind = self.column.name, self.column.kind
        if kind == "number":
            return Condition(name, least=_number(self.low), most=_number(self.high))
        if kind in ("date", "instant"):
            since, until = read_day(self.low), read_day(self.high)
            before = until + timedelta(days=1) if until else None
            written = _day_text if kind == "date" else _instant_text
            return Condition(name, since=written(since), before=written(before))
        return Condition(name, equals=self.value) if self.options else Condition(name, contains=self.value)


def read_filters(
    register: Register, columns: Sequence[Column], groups: Mapping[str, str], args: MultiDict[str, str]
) -> list[Filter]:
    """Return the declared filters as an address sets them; what makes no sense is as if it were not there."""
    known = {column.name: column for column in columns}
    return [
        each for name in register.filters if name in known
        if (each := _read(register, known[name], groups, args)) is not None
    ]  # fmt: skip


def conditions(filters: Sequence[Filter]) -> Iterator[Condition]:
    """Yield what the filters that are set ask of a case, beyond what the row itself tells."""
    return (each.condition for each in filters if each.is_set and each.argument.startswith(PREFIX))


def _read(
    register: Register, column: Column, groups: Mapping[str, str], args: MultiDict[str, str]
) -> Filter | None:
    attribute = register.attribute_of(column.name)
    if attribute == "place":
        return None  # every register with places is narrowed by them
    # What statistics lead to as well has its own argument.
    argument = attribute if attribute in ("category", "unit") else f"{PREFIX}{column.name}"
    assert argument is not None
    options = groups if column.of_groups else column.options
    if column.kind == "flag":
        options = {"true": _("Yes"), "false": _("No")}
    given = {part: args.get(f"{argument}{part}", "").strip() for part in ("", ".from", ".to")}
    if column.kind in ("date", "instant"):
        given = {part: text if read_day(text) else "" for part, text in given.items()}
    elif column.kind == "number":
        given = {part: text if _number(text) is not None else "" for part, text in given.items()}
    if column.kind in ("date", "instant", "number"):
        return Filter(column, argument, {}, low=given[".from"], high=given[".to"])
    return Filter(column, argument, options, value=given[""])


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if abs(number) < 1e300 else None


def _day_text(day: date | None) -> str:
    return day.isoformat() if day else ""


def _instant_text(day: date | None) -> str:
    return instant_text(day_begins(day)) if day else ""

