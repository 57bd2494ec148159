"""What the page's script draws: the same numbers as the tables beside, and where a click on each of them leads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _

from app.case.statistics import Row
from app.dossier.period import Period
from app.statistics.tables import Link

MOST_BARS = 20


def outcomes(rows: Sequence[Row], dimension: str, names: Mapping[str, str], link: Link) -> dict[str, Any]:
    """Return bars of how cases ended, by category, place or unit; the table beside has them all."""
    shown = rows[:MOST_BARS]
    parts = [
        ("in_time", _("Closed in time"), "--fine", {"closed": "in_time"}),
        ("late", _("Closed late"), "--late", {"closed": "late"}),
        ("no_limit", _("Closed without limit"), "--tblr-primary", {"closed": "no_limit"}),
        ("open", _("Open"), "--chart-open", {"open": "yes"}),
    ]
    return {
        "type": "bar", "labels": [names.get(row.name, row.name) for row in shown],
        "series": [
            {"name": name, "values": [row[count] for row in shown], "color": color,
             "links": [link(**{dimension: row.name}, **asked) for row in shown]}
            for count, name, color, asked in parts
        ],
    }  # fmt: skip


def trend(weeks: Sequence[Period], counts: Sequence[tuple[int, int]], link: Link) -> dict[str, Any]:
    """Return the lines of cases opened and closed by week."""
    return {
        "type": "line", "labels": [f"{week.begins:%m-%d}" for week in weeks],
        "series": [
            {"name": _("Opened"), "values": [opened for opened, _closed in counts], "color": "--tblr-primary",
             "dash": [6, 4],  # the lower line shows through where both are the same
             "links": [link(**week.as_query()) for week in weeks]},
            {"name": _("Closed"), "values": [closed for _opened, closed in counts], "color": "--fine",
             "links": [link(**closed_in(week)) for week in weeks]},
        ],
    }  # fmt: skip


def shares(values: Mapping[str, int], words: Mapping[str, str], links: Sequence[str], name: str) -> dict[str, Any]:
    """Return bars of how often each value was given."""
    return {
        "type": "bar", "labels": [words.get(value, value) for value in values],
        "series": [{"name": name, "values": list(values.values()), "color": "--tblr-primary", "links": list(links)}],
    }


def closed_in(period: Period) -> dict[str, str]:
    """Return the arguments that ask for what was closed in a period."""
    return {f"closed_{name}": day for name, day in period.as_query().items()}
