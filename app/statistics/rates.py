"""The rates of a register (按时办结率, 三率), in all, by month, and beside those of the period before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from app.case.months import Counted
from app.case.statistics import ALL, Rate, Row, Tally
from app.statistics.tables import Cell, Kinds, Line, Link, Table, number, percent


@dataclass(frozen=True, slots=True)
class Kind:
    """A rate in words: its counts, and what they ask of the register."""

    name: str
    meaning: str
    color: str
    part: tuple[str, Mapping[str, str]]
    wholes: tuple[str, ...]
    whole_link: Mapping[str, str]

    def of(self, row: Row) -> Rate:
        """Return the rate of these cases."""
        return row.rate(self.part[0], *self.wholes)


@dataclass(frozen=True, slots=True)
class Rated:
    """A rate with the rows of what it is a share of; `before` is that of the period before."""

    kind: Kind
    rate: Rate
    part: Cell
    whole: Cell
    before: Rate | None


def rate_kinds(kinds: Kinds) -> list[Kind]:
    """Return the rates that a register has."""
    found = [Kind(
        _("On-time rate"), _("closed in time ÷ closed with a limit"), "--tblr-primary",
        ("in_time", {"closed": "in_time"}), ("in_time", "late"), {"closed": "limited"},
    )]  # fmt: skip
    if kinds.response:
        found.append(Kind(
            _("Response rate"), _("signed and first contacted in time ÷ due"), "--chart-response",
            ("responded_in_time", {"response": "in_time"}), ("responded",), {"response": "due"},
        ))  # fmt: skip
    if kinds.solved:
        found.append(Kind(
            _("Solution rate"), _("solved ÷ validly called back"), "--chart-solved",
            ("solved", {"rating": "solved"}), ("answered",), {"rating": "answered"},
        ))  # fmt: skip
    if kinds.satisfaction:
        found.append(Kind(
            _("Satisfaction rate"), _("very satisfied, satisfied and fairly satisfied ÷ rated"), "--chart-satisfied",
            ("satisfied", {"rating": "satisfied"}), ("rated",), {"rating": "rated"},
        ))  # fmt: skip
    return found


def with_overdue(months: Counted, overdue: Mapping[str, int]) -> Counted:
    """Return the months with the responses that are overdue by now counted as late."""
    found: Counted = {}
    for month, tally in months.items():
        more = Tally()
        more.add(overdue.get(month, 0), ALL, "", "responded")
        more.add(overdue.get(month, 0), ALL, "", "responded_late")
        row = tally.all
        more.add(row["responded"] - row["responded_late"], ALL, "", "responded_in_time")
        found[month] = Tally.together((tally, more))
    return found


def rates(row: Row, kinds: list[Kind], before: Row | None, link: Link) -> list[Rated]:
    """Return the rates of these cases beside those of the period before."""
    return [
        Rated(
            kind, kind.of(row), number(kind.of(row).part, link(**kind.part[1])),
            number(kind.of(row).whole, link(**kind.whole_link)), kind.of(before) if before else None,
        )
        for kind in kinds
    ]  # fmt: skip


def by_month(months: Counted, kinds: list[Kind], link: Link) -> Table:
    """Return the rates month by month, of the cases that were opened in it."""
    lines = []
    for month, tally in months.items():
        cells = [number(tally.all.total, link(month))]
        for kind in kinds:
            rate = kind.of(tally.all)
            part, whole = link(month, **kind.part[1]), link(month, **kind.whole_link)
            cells.append(Cell([*number(rate.part, part).links, *number(rate.whole, whole).links], percent(rate)))
        lines.append(Line(month, month, cells))
    headings = [_("Month"), _("Opened"), *(kind.name for kind in kinds)]
    note = _("Of the cases that were opened in the month: part, whole, share.")
    return Table("months", _("Rates by month"), headings, lines, None, "wide", note)


def chart_of_months(months: Counted, kinds: list[Kind], link: Link) -> dict[str, Any]:
    """Return what the page's script draws of the rates by month."""
    shares = [[kind.of(tally.all).share for tally in months.values()] for kind in kinds]
    return {
        "type": "line", "percent": True, "labels": list(months),
        "series": [
            {"name": kind.name, "values": [None if each is None else round(each * 100, 1) for each in values],
             "color": kind.color,
             "links": [link(month, **kind.whole_link) for month in months]}
            for kind, values in zip(kinds, shares, strict=True)
        ],
    }  # fmt: skip
