"""What links from figures and the home page ask of a register beside its own fields: limits, ratings, who began."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from app.case.register import Register
from app.case.timing import OUTCOMES, STANDINGS
from app.dossier.period import read_period

ARGUMENTS = ("light", "closed", "rating", "response", "by", "closed_from", "closed_to")
ME = "me"
RESULT = "result."
"""`result.solved=解决`: the value of a declared result."""


@dataclass(frozen=True, slots=True)
class Narrowing:
    """The address's arguments, what they ask of Criteria, and the same in words, by argument."""

    query: Mapping[str, str]
    criteria: Mapping[str, Any]
    words: Mapping[str, str]


def read_narrowing(
    args: MultiDict[str, str], register: Register, labels: Mapping[str, str],
    options: Mapping[str, Mapping[str, str]], user: str, now: datetime,
) -> Narrowing:
    """Read an address: `light`, `closed`, `response`, `by=me`, `closed_from` and `closed_to`, `result.…`."""
    query = {name: args[name] for name in ARGUMENTS if args.get(name)}
    results = {name: args[RESULT + name] for name in register.result_fields if args.get(RESULT + name)}
    closed = read_period(MultiDict({"from": query.get("closed_from", ""), "to": query.get("closed_to", "")}))
    criteria = {
        "light": query.get("light", ""), "outcome": query.get("closed", ""), "response": query.get("response", ""),
        "rating": query.get("rating", ""),
        "opened_by": user if query.get("by") == ME else query.get("by", ""), "closed_from": closed.begins_at,
        "closed_before": closed.ends_at, "results": results, "now": now,
    }  # fmt: skip
    words = {name: _words(name, value) for name, value in query.items()}
    words |= {
        RESULT + name: f"{labels.get(name, name)}：{options.get(name, {}).get(value, value)}"
        for name, value in results.items()
    }
    return Narrowing(query | {RESULT + name: value for name, value in results.items()}, criteria, words)


def _words(name: str, value: str) -> str:
    known: dict[str, Mapping[str, str]] = {
        "light": dict(zip(STANDINGS, (_("Overdue"), _("Within a day"), _("In time"), _("No time limit")), strict=True)),
        "closed": {
            "limited": _("Closed with a limit"),
            **dict(zip(OUTCOMES, (_("Closed in time"), _("Closed late"), _("Closed without limit")), strict=True)),
        },
        "response": {
            "in_time": _("Responded in time"), "late": _("Responded late or overdue"), "due": _("Response due"),
        },
        "rating": {
            "unreached": _("Not reached"), "reached": _("Reached"), "rated": _("Rated"), "satisfied": _("Satisfied"),
            "dissatisfied": _("Dissatisfied"), "answered": _("Called back with an answer"), "solved": _("Solved"),
        },
        "by": {ME: _("Begun by me")},
        "closed_from": {value: _("Closed from %(day)s", day=value)},
        "closed_to": {value: _("Closed until %(day)s", day=value)},
    }
    return known[name].get(value, value)
