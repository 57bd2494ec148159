"""The home page: blocks by what the person may do; every number leads to just the rows that it counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from app.audit import check_kinds
from app.auth import actor
from app.case.access import Reader, reads_all
from app.case.projection import register_of
from app.case.register import has_register
from app.checks import count_checks, read_checks
from app.db import current_engine, db, now, tenant
from app.dossier.starting import may_start
from app.duty.views import kinds
from app.home import administration
from app.home.around import read_around
from app.home.cases import count_begun, month_of, read_begun, read_months, read_owed
from app.people.models import Group
from app.people.queries import Person, names
from app.register.narrowing import ME
from app.tasklist import inbox
from app.tasklist.dues import SPANS
from engine import Engine, ProcessDefinition

blueprint = Blueprint("home", __name__)
FIRST = 6


@dataclass(frozen=True, slots=True)
class Number:
    """A count, and where just its rows are."""

    count: int
    link: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a table: what it is called, and its numbers."""

    name: str
    numbers: Sequence[Number]


@blueprint.get("/")
def home() -> ResponseReturnValue:
    """Show each role what is theirs."""
    person, at = actor(), now()
    rows = db.session.scalars(select(Group).where(Group.tenant == tenant()).order_by(Group.order, Group.id))
    groups = {group.id: group for group in rows}
    blocks: dict[str, Any] = {}
    if person.permissions & {"inbox", "start", "registers"}:
        definitions = _newest(current_engine())
        if person.may("start"):
            blocks["starts"] = [_start(each) for each in definitions if may_start(each, person)]
        if person.may("inbox"):
            blocks |= _tasks(person, groups)
        if person.may("registers"):
            blocks |= _cases(person, [each for each in definitions if has_register(each.properties)], groups)
    if person.permissions & {"deploy", "jobs"}:
        blocks["jobs"] = administration.count_jobs(db.session(), tenant())
        blocks["deployments"] = administration.read_deployments(db.session(), tenant())
        blocks["processes"] = len({record.key for record in current_engine().store.definitions()})
    if person.may("people"):
        blocks["accounts"] = administration.read_accounts(db.session(), tenant(), at)
    if person.may("audit"):
        blocks |= _audit()
    return render_template("home/home.html", person=person, groups=groups, today=at, **blocks)


def _newest(engine: Engine) -> list[ProcessDefinition]:
    newest: dict[str, str] = {}
    for record in engine.store.definitions():  # the newest of each first
        newest.setdefault(record.key, record.id)
    return [engine.definition(definition_id) for definition_id in newest.values()]


def _start(definition: ProcessDefinition) -> dict[str, str]:
    """Return what a button says that starts a process: what the clerk does, as its start event declares it."""
    event = definition.start_event
    properties = definition.element(event.element_id).properties if event else {}
    return {"key": definition.key, "name": definition.name or definition.key, "act": properties.get("task.act", "")}


def _tasks(person: Person, groups: Mapping[str, Group]) -> dict[str, Any]:
    """Return the open tasks by filter and span, those that fall due first, and who is away."""
    called = {group.id: group.name for group in groups.values()}
    reader = inbox.Reader(tenant(), person.id, person.groups, now(), called, person.covers)
    counted = inbox.count_spans(db.session(), reader)
    words = {"mine": _("Mine"), "groups": _("My groups"), "covered": _("Acting for others")}
    lines = [Line(words[name], [*_spans(name, counted[name])]) for name in inbox.filters_of(reader)]
    first = inbox.read_first(db.session(), reader, FIRST) if any(counted.values()) else []
    around = read_around(db.session(), tenant(), person, now())
    logins = {each.owner for each in around.standing_in} | {row.login for row in around.away}
    logins |= {row.owner for _name, row in first if row.owner}
    return {
        "tasks": lines, "first": first, "around": around, "kinds": kinds(),
        "people": names(db.session, tenant(), logins) if logins else {},
    }  # fmt: skip


def _spans(name: inbox.Filter, counted: Mapping[Any, int]) -> Iterator[Number]:
    for span in SPANS:
        yield Number(counted.get(span, 0), url_for("tasklist.inbox", filter=name, due=span))
    yield Number(sum(counted.values()), url_for("tasklist.inbox", filter=name))


def _cases(person: Person, registers: Sequence[ProcessDefinition], groups: Mapping[str, Group]) -> dict[str, Any]:
    """Return what the person's units owe, what the person began, and how the registers that are read whole stand."""
    called, session, at = {each.key: each.name for each in registers}, db.session(), now()
    units = [group for group in groups.values() if group.id in person.groups]
    owed = [each for each in read_owed(session, tenant(), person.groups, at) if each.process_key in called]
    begun = {key: count for key, count in count_begun(session, tenant(), person.id).items() if key in called}
    blocks: dict[str, Any] = {
        "owed": [
            Line(f"{groups[each.unit].name} · {called[each.process_key]}", [
                _number(each.open, each.process_key, unit=each.unit, open="yes"),
                _number(each.late, each.process_key, unit=each.unit, light="late"),
            ])
            for each in owed
        ],
        "units": [group.name for group in units if group.kind in ("office", "village")],
        "begun": [Line(called[key], [_number(count, key, by=ME, open="yes")]) for key, count in begun.items()],
        "newest": read_begun(session, tenant(), person.id, at) if begun else [],
    }  # fmt: skip
    if person.may("statistics"):
        reader = Reader(person.id, person.groups)
        whole = [each.key for each in registers if reads_all(register_of(each), reader)]
        begins = f"{month_of(at):%Y-%m-%d}"
        blocks["months"] = [
            (each.process_key, Line(called[each.process_key], [
                _number(each.opened, each.process_key, **{"from": begins}),
                _number(each.closed, each.process_key, closed_from=begins),
                _number(each.open, each.process_key, open="yes"),
                _number(each.late, each.process_key, light="late"),
            ]))
            for each in read_months(session, tenant(), whole, at)
        ]  # fmt: skip
    return blocks


def _audit() -> dict[str, Any]:
    """Return what auditors did lately."""
    counted, words = count_checks(db.session(), tenant(), now()), check_kinds()
    latest = read_checks(db.session(), tenant(), now(), limit=FIRST)
    return {
        "checks": [
            Line(words[kind], [Number(count, url_for("audit.checks", kind=kind))]) for kind, count in counted.items()
        ],
        "checked": latest, "check_kinds": words, "auditors": names(db.session, tenant(), {row.user for row in latest}),
    }  # fmt: skip


def _number(count: int, process_key: str, **query: Any) -> Number:
    return Number(count, url_for("register.rows", process_key=process_key, **query))
