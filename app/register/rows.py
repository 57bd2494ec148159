"""One page of a register as its reader may see it: what is looked for, the rows in words, the way on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, get_args

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from app.case.access import Reader
from app.case.models import Case, Database
from app.case.privacy import mask, sees_private
from app.case.projection import register_of
from app.case.queries import Criteria, Sort, find_cases, states_of
from app.case.register import Register
from app.dossier.facts import labels_of
from app.dossier.light import Light, light_of_case
from app.people.queries import Person, form_data, group_names
from app.register.narrowing import read_narrowing
from app.register.period import Period, read_period
from engine import ProcessDefinition

SIZE = 50
NARROWING = ("state", "place", "category", "unit")


@dataclass(frozen=True, slots=True)
class Row:
    """A case in words. `private` are its masked (or, for those who may, plain) values in the register's order."""

    case: Case
    place: str
    unit: str
    private: Sequence[str]
    light: Light


@dataclass(frozen=True, slots=True)
class RegisterPage:
    """A page of rows with all that its address says."""

    rows: Sequence[Row]
    total: int
    before: str | None
    after: str | None
    query: Mapping[str, str]
    states: Sequence[str]
    places: Sequence[tuple[str, str]]
    period: Period
    narrowed: Sequence[tuple[str, str]]  # filters that have no field of their own, as (argument, value in words)
    private_labels: Sequence[str]

    def without(self, *names: str) -> dict[str, str]:
        """Return the address's arguments but these, from the first page on."""
        return {name: value for name, value in self.query.items() if name not in names}


def read_rows(
    session: Database, tenant: str, definition: ProcessDefinition, reader: Person, args: MultiDict[str, str],
    now: datetime,
) -> RegisterPage:
    """Return the page that an address asks for. Raises CursorInvalid."""
    register, groups = register_of(definition), group_names(session, tenant)
    period = read_period(args)
    query = {name: value for name in ("q", *NARROWING, "open", "sort") if (value := args.get(name, "").strip())}
    labels = labels_of(definition)
    further = read_narrowing(args, register, labels, reader.id, now)
    query |= period.as_query() | dict(further.query)
    narrowed: dict[str, Any] = {**{name: query.get(name, "") for name in NARROWING}, **further.criteria}
    criteria = Criteria(
        text=query.get("q", ""), **narrowed,
        is_open={"yes": True, "no": False}.get(query.get("open", "")), opened_from=period.begins_at,
        opened_before=period.ends_at,
    )  # fmt: skip
    who = Reader(reader.id, reader.groups, reader.covers)
    found = find_cases(
        session, tenant, register, who, criteria, sort=_sort(query), after=args.get("after"), before=args.get("before"),
        limit=SIZE,
    )  # fmt: skip
    return RegisterPage(
        rows=[_row(case, register, who, groups, now) for case in found.cases], total=found.total,
        before=found.before, after=found.after, query=query, states=states_of(session, tenant, register),
        places=_places(session, tenant) if register.place else (),
        period=period,
        narrowed=[
            *((name, groups.get(query[name], query[name])) for name in ("category", "unit") if name in query),
            *further.words.items(),
        ],
        private_labels=[labels.get(name, name) for name in register.private],
    )  # fmt: skip


def count_found(session: Database, tenant: str, definition: ProcessDefinition, reader: Person, text: str) -> int:
    """Return how many of a register's cases, of those that the reader may read, hold a text."""
    who, criteria = Reader(reader.id, reader.groups, reader.covers), Criteria(text=text)
    return find_cases(session, tenant, register_of(definition), who, criteria, limit=1).total


def sorts() -> list[tuple[Sort, str]]:
    """Return the orders that a register can be read in."""
    return [
        ("newest", _("Newest first")), ("oldest", _("Oldest first")), ("due", _("By due date")),
        ("number", _("By number")),
    ]  # fmt: skip


def _sort(query: Mapping[str, str]) -> Sort:
    wanted = query.get("sort")
    return next((sort for sort in get_args(Sort) if sort == wanted), "newest")


def _row(case: Case, register: Register, reader: Reader, groups: Mapping[str, str], now: datetime) -> Row:
    # In a list nobody is let in by a task in hand: the case's own page tells more.
    plain = sees_private(
        reader.groups, private_readers=register.private_readers, confidential_readers=register.confidential_readers,
        confidential=case.confidential, involved=False,
    )  # fmt: skip
    values = [case.private.get(name) for name in register.private]
    kinds = register.private.values()
    return Row(
        case=case, place=groups.get(case.place, case.place), unit=groups.get(case.unit, case.unit),
        private=[
            "" if value is None else str(value) if plain else mask(value, kind, confidential=case.confidential)
            for value, kind in zip(values, kinds, strict=True)
        ],
        light=light_of_case(case, now),
    )  # fmt: skip


def _places(session: Database, tenant: str) -> list[tuple[str, str]]:
    villages = form_data(session, tenant)["villages"]
    assert isinstance(villages, list)
    return [(str(each["value"]), str(each["label"])) for each in villages if isinstance(each, dict)]
