"""One page of a register as its reader may see it: what is looked for, the rows in words, the way on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select
from werkzeug.datastructures import MultiDict

from app.case.access import Reader
from app.case.models import Attachment, Case, Database
from app.case.ordering import NEWEST, Order
from app.case.privacy import sees_private
from app.case.projection import register_of
from app.case.queries import Criteria, find_cases, states_of
from app.case.register import Register
from app.case.search import alike, words
from app.dossier.facts import labels_of, options_of
from app.dossier.light import Light, light_of_case
from app.dossier.period import Period, read_period
from app.people.queries import Person, form_data, group_names
from app.register.columns import Column, cell, columns_of, shown_columns
from app.register.filters import Filter, conditions, read_filters
from app.register.hits import find_hits
from app.register.narrowing import Narrowing, read_narrowing
from app.register.snippets import Part, Snippet, marked
from app.register.sorting import Sorting, orders_of
from engine import ProcessDefinition

SIZE = 50
NARROWING = ("state", "place", "category", "unit")
WORDS = ("q", "open", "voided", "sort")


@dataclass(frozen=True, slots=True)
class Row:
    """A case in words: what stands in the cells of the page's columns, masked as its reader sees it."""

    case: Case
    cells: Sequence[str]
    light: Light
    hit: Snippet | None = None  # where a word stands that is looked for and not in the cells


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks of a register: the words of its arguments, and what they mean."""

    register: Register
    groups: Mapping[str, str]
    all_columns: Sequence[Column]
    columns: Sequence[Column]
    filters: Sequence[Filter]
    period: Period
    further: Narrowing
    query: Mapping[str, str]
    options: Mapping[str, Mapping[str, str]]

    @property
    def criteria(self) -> Criteria:
        """Return what cases are looked for."""
        narrowed: dict[str, Any] = {name: self.query.get(name, "") for name in NARROWING} | dict(self.further.criteria)
        return Criteria(
            text=self.query.get("q", ""), **narrowed,
            is_open={"yes": True, "no": False}.get(self.query.get("open", "")),
            is_voided={"yes": True, "no": False}.get(self.query.get("voided", "")), opened_from=self.period.begins_at,
            opened_before=self.period.ends_at, conditions=tuple(conditions(self.filters)),
        )  # fmt: skip

    @property
    def order(self) -> Order:
        """Return the order; the newest first when the address names none that there is."""
        return orders_of(self.register, self.all_columns).get(self.query.get("sort", ""), NEWEST)

    @property
    def sorting(self) -> Sorting:
        """Return the order with the orders that may be chosen, those of the columns that are shown among them."""
        return Sorting(self.register, self.columns, self.order)

    @property
    def words(self) -> list[str]:
        """Return the words that are looked for, made alike."""
        return [word.text for word in words(self.query.get("q", ""))]

    def category_of(self, case: Case) -> str:
        """Return what a case's category is called in the forms."""
        return self._words(self.register.category, case.category)

    def urgency_of(self, case: Case) -> str:
        """Return what a case's urgency is called in the forms."""
        return self._words(self.register.urgency, case.urgency)

    def _words(self, variable: str, value: str) -> str:
        return self.options.get(variable, {}).get(value, value)

    def mark(self, text: str) -> list[Part]:
        """Return a text in pieces, those marked that are looked for."""
        return marked(text, self.words)

    def without(self, *names: str) -> dict[str, str]:
        """Return the address's arguments but these, from the first page on."""
        return {name: value for name, value in self.query.items() if name not in names}

    @property
    def chips(self) -> list[tuple[str, str, tuple[str, ...]]]:
        """Return what narrows the rows and is not seen in a field beside them: its name, its words, its arguments."""
        found = [(each.column.label, each.words, tuple(each.query)) for each in self.filters if each.is_set]
        declared = {each.argument for each in self.filters}
        if "category" in self.query and "category" not in declared:
            found.append((_("Category"), self._words(self.register.category, self.query["category"]), ("category",)))
        if "unit" in self.query and "unit" not in declared:
            found.append((_("Responsible"), self.groups.get(self.query["unit"], self.query["unit"]), ("unit",)))
        if is_open := self.query.get("open"):
            found.append((_("Cases"), _("Open cases") if is_open == "yes" else _("Closed cases"), ("open",)))
        if is_voided := self.query.get("voided"):
            said = _("Voided cases") if is_voided == "yes" else _("Without voided cases")
            found.append((_("Cases"), said, ("voided",)))
        return [*found, *(("", words, (name,)) for name, words in self.further.words.items())]

    @property
    def hidden(self) -> dict[str, str]:
        """Return the arguments for which the page has no field; whoever searches anew keeps them."""
        fields = {"q", "state", "place", "sort", "from", "to", "columns", *(each.argument for each in self.filters)}
        spans = {f"{each.argument}{end}" for each in self.filters for end in (".from", ".to")}
        return {name: value for name, value in self.query.items() if name not in fields | spans}


@dataclass(frozen=True, slots=True)
class RegisterPage:
    """A page of rows with all that its address says."""

    asked: Asked
    rows: Sequence[Row]
    total: int
    is_more: bool
    before: str | None
    after: str | None
    states: Sequence[str]
    places: Sequence[tuple[str, str]]


def read_asked(
    session: Database, tenant: str, definition: ProcessDefinition, reader: Person, args: MultiDict[str, str],
    now: datetime,
) -> Asked:
    """Read an address; what makes no sense in it is as if it were not there."""
    register, groups, period = register_of(definition), group_names(session, tenant), read_period(args)
    options = options_of(definition)
    all_columns = columns_of(definition, register)
    filters = read_filters(register, all_columns, groups, args)
    wanted = [name for given in args.getlist("columns") for name in given.split(",")]
    columns = shown_columns(all_columns, wanted)
    query = {name: value for name in (*WORDS, *NARROWING) if (value := args.get(name, "").strip())}
    further = read_narrowing(args, register, labels_of(definition), options, reader.id, now)
    query |= period.as_query() | dict(further.query)
    for each in filters:
        query |= each.query
    if columns != shown_columns(all_columns, ()):
        query["columns"] = ",".join(column.name for column in columns)
    return Asked(register, groups, all_columns, columns, filters, period, further, query, options)


def read_rows(
    session: Database, tenant: str, definition: ProcessDefinition, reader: Person, args: MultiDict[str, str],
    now: datetime,
) -> RegisterPage:
    """Return the page that an address asks for. Raises CursorInvalid."""
    asked = read_asked(session, tenant, definition, reader, args, now)
    who = Reader(reader.id, reader.groups, reader.covers)
    found = find_cases(
        session, tenant, asked.register, who, asked.criteria, order=asked.order, after=args.get("after"),
        before=args.get("before"), limit=SIZE,
    )  # fmt: skip
    return RegisterPage(
        asked=asked, rows=_with_hits(session, asked, in_words(session, asked, who, found.cases, now)),
        total=found.total, is_more=found.is_more, before=found.before, after=found.after,
        states=states_of(session, tenant, asked.register),
        places=_places(session, tenant) if asked.register.place else (),
    )  # fmt: skip


def in_words(session: Database, asked: Asked, reader: Reader, cases: Sequence[Case], now: datetime) -> list[Row]:
    """Return cases as rows. In a list nobody is let in by a task in hand: the case's own page tells more."""
    register = asked.register
    has_files = any(column.name == "case.files" for column in asked.columns)
    files = _count_files(session, cases) if has_files else {}
    rows = []
    for case in cases:
        plain = sees_private(
            reader.groups, private_readers=register.private_readers,
            confidential_readers=register.confidential_readers, confidential=case.confidential, involved=False,
        )  # fmt: skip
        count = files.get(case.instance_id, 0)
        cells = [cell(column, case, register, asked.groups, plain=plain, files=count) for column in asked.columns]
        rows.append(Row(case, cells, light_of_case(case, now)))
    return rows


def _with_hits(session: Database, asked: Asked, rows: Sequence[Row]) -> Sequence[Row]:
    """Add to rows that were looked for where the words stand that are not to be seen in them."""
    if not asked.words:
        return rows
    seen = {row.case.instance_id: alike(" ".join([row.case.number, *row.cells])) for row in rows}
    labels = {column.name: column.label for column in asked.all_columns}
    content = labels.get(asked.register.content, _("Content"))
    hits = find_hits(session, seen, [row.case for row in rows], asked.words, labels, content)
    return [replace(row, hit=hits.get(row.case.instance_id)) for row in rows]


def count_found(
    session: Database, tenant: str, definition: ProcessDefinition, reader: Person, text: str
) -> tuple[int, bool]:
    """Return how many of a register's cases, of those that the reader may read, hold a text, and whether yet more."""
    who, criteria = Reader(reader.id, reader.groups, reader.covers), Criteria(text=text)
    page = find_cases(session, tenant, register_of(definition), who, criteria, limit=1)
    return page.total, page.is_more


def said(asked: Asked, *, is_for_record: bool = False) -> str:
    """Return by what the rows are narrowed, in words; for the record of a text only its length: it may be a name."""
    query, fields = asked.query, (("q", _("Search")), ("state", _("State")), ("place", _("Place")),
                                  ("from", _("Opened from")), ("to", _("to")))  # fmt: skip
    found = [(label, asked.groups.get(query[name], query[name]), (name,)) for name, label in fields if name in query]
    texts = {"q", *(each.argument for each in asked.filters if not each.options and not each.is_span)}
    words = []
    for label, value, names in (*found, *asked.chips):
        hidden = is_for_record and not texts.isdisjoint(names)
        told = _("%(count)s characters", count=len(value)) if hidden else value
        words.append(f"{label}：{told}" if label else told)
    return "；".join(words)


def _count_files(session: Database, cases: Sequence[Case]) -> dict[str, int]:
    if not cases:
        return {}
    counted = (
        select(Attachment.instance_id, func.count())
        .where(Attachment.tenant == cases[0].tenant, Attachment.instance_id.in_([case.instance_id for case in cases]))
        .group_by(Attachment.instance_id)
    )
    return dict(session.execute(counted).all())


def _places(session: Database, tenant: str) -> list[tuple[str, str]]:
    villages = form_data(session, tenant)["villages"]
    assert isinstance(villages, list)
    return [(str(each["value"]), str(each["label"])) for each in villages if isinstance(each, dict)]
