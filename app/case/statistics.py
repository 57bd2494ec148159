"""Figures of cases: each is counted once in every table, so that all tables add up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Text, case, cast, func, select

from app.case.models import Case, Database
from app.case.ratings import FINAL, FIRST, ratings_of
from app.case.timing import kept

UNSORTED = "未分类"
DIMENSIONS = ("category", "place", "unit", "state")
ALL = "all"
COUNTS = (
    "total", "open", "in_time", "late", "no_limit", "days", "timed", "unreached", "rated", "satisfied", "dissatisfied",
    "answered", "solved", "responded", "responded_late",
)  # fmt: skip
"""`days`: working days that the `timed` cases took. The first five add up: total = open + in_time + late + no_limit."""
Key = tuple[str, str, str]
"""Dimension, name, count; or of two dimensions the two names; or `result`, field, value."""


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of what counts; None where nothing counts yet."""

    part: int
    whole: int

    @property
    def share(self) -> float | None:
        return self.part / self.whole if self.whole else None


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table: a category, place, unit or state, with its counts by name."""

    name: str
    counts: Mapping[str, float]

    def __getitem__(self, count: str) -> int:
        return int(self.counts.get(count, 0))

    @property
    def total(self) -> int:
        return self["total"]

    @property
    def open(self) -> int:
        return self["open"]

    @property
    def closed(self) -> int:
        return self.total - self.open

    def rate(self, part: str, *wholes: str) -> Rate:
        """Return a share: of one count, or of several together."""
        return Rate(self[part], sum(self[whole] for whole in wholes))

    @property
    def working_days(self) -> float | None:
        """Return how many working days a case took, on average."""
        return self.counts.get("days", 0) / self["timed"] if self["timed"] else None


@dataclass(slots=True)
class Tally:
    """What cases add up to. Tallies of cases that have none in common are added to one of all of them."""

    numbers: dict[Key, float] = field(default_factory=dict)
    _index: dict[str, dict[str, dict[str, float]]] | None = field(default=None, compare=False, repr=False)

    def add(self, number: float, *key: *Key) -> None:
        """Count so many more."""
        if number:
            self.numbers[key] = self.numbers.get(key, 0) + number
            self._index = None

    @classmethod
    def together(cls, tallies: Iterable[Tally]) -> Tally:
        """Return what several add up to."""
        found: dict[Key, float] = {}
        for tally in tallies:
            for key, number in tally.numbers.items():
                found[key] = found.get(key, 0) + number
        return cls(found)

    def of(self, dimension: str) -> Mapping[str, Mapping[str, float]]:
        """Return the numbers of a dimension by name, then by the last part of the key."""
        if self._index is None:  # a page asks hundreds of times
            self._index = {}
            for (first, name, last), number in self.numbers.items():
                self._index.setdefault(first, {}).setdefault(name, {})[last] = number
        return self._index.get(dimension, {})

    @property
    def all(self) -> Row:
        """All cases as one line."""
        return Row("", self.of(ALL).get("", {}))

    def rows(self, dimension: str) -> list[Row]:
        """Return the lines of a dimension, the largest first and what has no name last."""
        rows = [Row(name, counts) for name, counts in self.of(dimension).items()]
        return sorted(rows, key=lambda row: (row.name == UNSORTED, -row.total, row.name))

    def crossed(self, dimensions: str) -> dict[tuple[str, str], int]:
        """Return how many cases have two names, of "category×place" or "unit×category"."""
        return {(one, other): int(number) for one, row in self.of(dimensions).items() for other, number in row.items()}

    def results(self, name: str) -> dict[str, int]:
        """Return how often each value of a result was given; levels of satisfaction: of those who were reached."""
        return {value: int(number) for value, number in self.of("result").get(name, {}).items()}

    def as_json(self) -> list[Any]:
        """Return what can be kept."""
        return [[*key, number] for key, number in self.numbers.items()]

    @classmethod
    def of_json(cls, kept: Iterable[Sequence[Any]]) -> Tally:
        """Return what was kept."""
        return cls({(first, name, last): number for first, name, last, number in kept})


def count(session: Database, chosen: Sequence[ColumnElement[bool]], results: Sequence[str]) -> Tally:
    """Count the cases that fit all conditions, in two statements; `results` are those declared that are counted."""
    tally = Tally()
    for cell in _cells(session, chosen):
        counts = {
            "total": cell.number, cell.outcome: cell.number, "days": cell.days, "timed": cell.timed,
            "responded": cell.in_time + cell.late, "responded_late": cell.late,
        }  # fmt: skip
        for dimension, name in cell.names:
            for what, value in counts.items():
                tally.add(value, dimension, name, what)
        named = dict(cell.names)
        tally.add(cell.number, "category×place", named["category"], named["place"])
        tally.add(cell.number, "unit×category", named["unit"], named["category"])
    for names, given, number in _given(session, chosen, results) if results else ():
        ratings = list(ratings_of(given))
        for dimension, name in names:
            for rating in ratings:
                tally.add(number, dimension, name, rating)
        for result, answer in given.items():
            if answer and not (result in (FIRST, FINAL) and "unreached" in ratings):
                tally.add(number, "result", result, answer)
    return tally


class _Cell(NamedTuple):
    names: list[tuple[str, str]]
    outcome: str
    number: int
    days: float
    timed: int
    in_time: int
    late: int


def _cells(session: Database, chosen: Sequence[ColumnElement[bool]]) -> Iterator[_Cell]:
    """Yield what there is of each category, place, unit, state and outcome: one walk along the index of figures."""
    columns = [getattr(Case, dimension) for dimension in DIMENSIONS]
    outcome = case((Case.closed_at.is_(None), "open"), (kept("no_limit"), "no_limit"), (kept("in_time"), "in_time"),
                   else_="late")  # fmt: skip
    took = case((Case.closed_at.is_not(None), Case.working_days))
    in_time = case(((Case.response == "in_time") & Case.response_due_at.is_(None), 1), else_=0)
    late = case((Case.response == "late", 1), else_=0)
    sums = (func.count(), func.sum(took), func.count(took), func.sum(in_time), func.sum(late))
    for row in session.execute(select(*columns, outcome, *sums).where(*chosen).group_by(*columns, outcome)):
        *names, how, number, days, timed, responded, overdue = row
        yield _Cell(
            [(ALL, ""), *_named(DIMENSIONS, names)], str(how), int(number), float(days or 0), int(timed),
            int(responded), int(overdue),
        )


def _given(
    session: Database, chosen: Sequence[ColumnElement[bool]], results: Sequence[str]
) -> Iterator[tuple[list[tuple[str, str]], dict[str, str | None], int]]:
    dimensions = DIMENSIONS[:3]
    columns = [getattr(Case, dimension) for dimension in dimensions]
    values = [Case.results[name].as_string() for name in results]
    rows = select(*columns, *values, func.count()).where(*chosen, cast(Case.results, Text).not_in(("{}", "null")))
    for found in session.execute(rows.group_by(*columns, *values)):
        names, given = found[: len(columns)], found[len(columns) : -1]
        yield [(ALL, ""), *_named(dimensions, names)], dict(zip(results, given, strict=True)), int(found[-1])


def _named(dimensions: Sequence[str], names: Sequence[str]) -> list[tuple[str, str]]:
    return [(dimension, name or UNSORTED) for dimension, name in zip(dimensions, names, strict=True)]
