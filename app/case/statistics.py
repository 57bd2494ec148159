"""Figures of cases: each is counted once in every table, so that all tables add up."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import JSON, ColumnElement, Select, Text, case, cast, func, select

from app.case.models import Case, Database
from app.case.ratings import FINAL, FIRST, ratings_of
from app.case.timing import kept

UNSORTED = "未分类"
LONGEST = 300  # characters of results that stand in the index of figures
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


def answers(results: Mapping[str, Any]) -> str | None:
    """Return results as the short text by which they are counted; None where it is too long for an index."""
    given = {name: value for name, value in results.items() if value is not None}
    text = json.dumps(given, ensure_ascii=False) if given else ""
    return text if len(text) <= LONGEST else None


def count(session: Database, chosen: Sequence[ColumnElement[bool]], results: Sequence[str]) -> Tally:
    """Count the cases that fit all conditions; `results` are those declared that are counted.

    One walk along the index of figures, then a look at the cases whose results are too long for it, if there are any.
    """
    found: defaultdict[Key, float] = defaultdict(float)
    too_long = 0
    for row in session.execute(_cells(chosen, results)):
        category, place, unit, state, outcome = row[:5]
        days, (number, timed, in_time, late, known) = float(row[-1] or 0), map(int, row[-6:-1])
        names = _named(DIMENSIONS, (category, place, unit, state))
        counts = {
            "total": number, outcome: number, "days": days, "timed": timed, "responded": in_time + late,
            "responded_late": late,
        }  # fmt: skip
        given = dict(zip(results, row[5:-6], strict=True))
        counts |= dict.fromkeys(_give(found, given, number), number)
        counted = [(what, value) for what, value in counts.items() if value]
        for dimension, name in names:
            for what, value in counted:
                found[dimension, name, what] += value
        found["category×place", category or UNSORTED, place or UNSORTED] += number
        found["unit×category", unit or UNSORTED, category or UNSORTED] += number
        too_long += number - known
    for row in session.execute(_long(chosen, results)) if too_long else ():
        for dimension, name in _named(DIMENSIONS, row[:4]):
            for rating in ratings_of(dict(zip(results, row[4:-1], strict=True))):
                found[dimension, name, rating] += int(row[-1])
        _give(found, dict(zip(results, row[4:-1], strict=True)), int(row[-1]))
    return Tally(dict(found))


def _give(found: defaultdict[Key, float], given: Mapping[str, str | None], number: int) -> list[str]:
    """Count what was given so often; return which ratings that is."""
    ratings = [*ratings_of(given)]
    for result, answer in given.items():
        if answer and not (result in (FIRST, FINAL) and "unreached" in ratings):
            found["result", result, answer] += number
    return ratings


def _cells(chosen: Sequence[ColumnElement[bool]], results: Sequence[str]) -> Select[Any]:
    """Count by category, place, unit, state, outcome and results; the texts of those first, then what is in them."""
    names = [getattr(Case, dimension) for dimension in DIMENSIONS]
    outcome = case((Case.closed_at.is_(None), "open"), (kept("no_limit"), "no_limit"), (kept("in_time"), "in_time"),
                   else_="late").label("outcome")  # fmt: skip
    took = case((Case.closed_at.is_not(None), Case.working_days))
    in_time = case(((Case.response == "in_time") & Case.response_due_at.is_(None), 1), else_=0)
    late = case((Case.response == "late", 1), else_=0)
    sums = {
        "number": func.count(), "timed": func.count(took), "in_time": func.sum(in_time), "late": func.sum(late),
        "known": func.count(Case.answers), "days": func.sum(took),
    }  # fmt: skip
    groups = (*names, outcome, *([Case.answers] if results else []))
    each = select(*groups, *(number.label(name) for name, number in sums.items())).where(*chosen).group_by(*groups)
    if not results:
        return each
    cells = each.subquery()
    # SQLite has no type of its own for what its functions take for JSON, and an empty text is none.
    text = cast(func.nullif(cells.c.answers, ""), JSON().with_variant(Text(), "sqlite"))
    columns = [*(cells.c[name.key] for name in names), cells.c.outcome, *(text[name].as_string() for name in results)]
    return select(*columns, *(func.sum(cells.c[name]) for name in sums)).group_by(*columns)


def _long(chosen: Sequence[ColumnElement[bool]], results: Sequence[str]) -> Select[Any]:
    names = [getattr(Case, dimension) for dimension in DIMENSIONS]
    values = [Case.results[name].as_string() for name in results]
    found = select(*names, *values, func.count()).where(*chosen, Case.answers.is_(None))
    return found.where(cast(Case.results, Text).not_in(("{}", "null"))).group_by(*names, *values)


def _named(dimensions: Sequence[str], names: Sequence[str]) -> list[tuple[str, str]]:
    return [(ALL, ""), *((dimension, name or UNSORTED) for dimension, name in zip(dimensions, names, strict=True))]
