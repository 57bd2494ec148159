"""Keeps a case's row in step with its process instance, in the same transaction, from the step's own events.

One statement when the row changes, none when it does not; units are rows of their own and change with a dispatch only.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any, Protocol, cast

from sqlalchemy import Table, delete, insert, update
from sqlalchemy.orm.util import identity_key

from app.calendar import LOCAL, WorkingCalendar, load_calendar
from app.case.errors import CaseNotNumbered, CaseValueInvalid
from app.case.fulltext import Said, add_text, write_text
from app.case.keys import key_of, write_key
from app.case.models import VOIDED, Case, CaseUnit, Database
from app.case.register import CANCELLED, OPEN, Register, has_register, read_register
from app.case.statistics import answers
from app.case.texts import follow_case
from app.case.timing import kept_once, response_of
from app.case.values import merged, shown, write_values
from app.case.voiding import NOTE, ending_of
from engine.feel import compile_expression, from_json
from engine.feel.far import plain_date
from engine.history import read_events
from engine.store import Change, TaskRecord

TITLE_LENGTH = 80
_CASE, _UNIT = cast("Table", Case.__table__), cast("Table", CaseUnit.__table__)
_TEXTS = ("place", "category", "kind", "urgency", "source", "content")


class Element(Protocol):
    """An element of a diagram, as far as a register needs it."""

    @property
    def properties(self) -> Mapping[str, str]: ...


class Definition(Protocol):
    """A process definition, as far as a register needs it."""

    @property
    def id(self) -> str: ...
    @property
    def key(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def properties(self) -> Mapping[str, str]: ...
    @property
    def elements(self) -> Mapping[str, Element]: ...


class Instance(Protocol):
    """A process instance, as far as a register needs it."""

    @property
    def id(self) -> str: ...
    @property
    def definition(self) -> Definition: ...
    @property
    def variables(self) -> Mapping[str, Any]: ...
    @property
    def open_tasks(self) -> Sequence[TaskRecord]: ...


def projector(
    session: Database, tenant: str, calendar: Callable[[], WorkingCalendar] = load_calendar
) -> Callable[[Change, Instance], None]:
    """Return the hook that an Engine calls for every change; `calendar` is asked for when a case has been handled."""

    def project(change: Change, instance: Instance) -> None:
        if has_register(instance.definition.properties):
            Projection(session, tenant, change, instance, calendar).write()

    return project


class Projection:
    """What one change of one instance means for its case."""

    def __init__(
        self, session: Database, tenant: str, change: Change, instance: Instance,
        calendar: Callable[[], WorkingCalendar],
    ) -> None:
        definition = instance.definition
        self.session, self.tenant, self.calendar = session, tenant, calendar
        self.change, self.instance = change, instance
        self.register = read_register(definition.key, definition.name, definition.properties)
        self.entered: list[str] = []
        self.written: set[str] = set()
        self.noted = read_events([change.step] if change.step is not None else [], ())
        for event in self.noted:
            if event.kind == "element_entered" and "call" not in event.data:  # in the case's own diagram
                self.entered.append(str(event.element_id))
            elif event.kind == "variable_written":
                self.written.add(event.data["name"])

    def write(self) -> None:
        """Insert the row of a new instance, or update what has changed. Raises CaseNotNumbered, CaseValueInvalid."""
        if self.change.is_new:
            self._insert()
        else:
            self._update()

    def _insert(self) -> None:
        record = self.change.instance
        if record.business_key is None:
            raise CaseNotNumbered(f"process {self.register.process_key} was started without a case number")
        row = {
            "tenant": self.tenant, "instance_id": record.id, "number": record.business_key,
            "process_key": self.register.process_key, "definition_id": self.instance.definition.id,
            "opened_at": record.started_at, "opened_by": record.started_by, "closed_at": None, "state": OPEN,
            "opened_day": f"{record.started_at.astimezone(LOCAL):%Y-%m-%d}", "revision": 1,
            **self._columns(None), **self._course(),
        }
        row["text_id"] = add_text(self.session, self._row_id(), self._said())
        self.session.execute(insert(_CASE), row)
        self._write_units()
        write_values(self.session, self._row_id(), self.register, self.instance.variables)
        self._write_key()

    def _update(self) -> None:
        changes = {**self._columns(self.written), **self._course()}
        if changes:
            if added := changes.pop("shown", None):
                changes["shown"] = merged(self.session, _CASE.c.shown, added)
            mine = (_CASE.c.tenant == self.tenant, _CASE.c.instance_id == self.instance.id)
            self.session.execute(update(_CASE).where(*mine).values(kept_once(changes)))
            self._forget_loaded()
        if "takes_no_files" in changes or self._said().is_changed_by(self.written):
            write_text(self.session, self._row_id(), self._said())
        if changed := self.written.intersection(self.register.compared_columns):
            write_values(self.session, self._row_id(), self.register, self.instance.variables, changed)
        if not self.written.isdisjoint(self.register.units):
            mine = (_UNIT.c.tenant == self.tenant, _UNIT.c.instance_id == self.instance.id)
            self.session.execute(delete(_UNIT).where(*mine))
            self._write_units()
        if not self.written.isdisjoint(self.register.unique):
            self._write_key()
        if "takes_no_files" in changes:
            takes_no_files, at = bool(changes["takes_no_files"]), self.noted[-1].at
            follow_case(self.session, self.tenant, self.instance.id, takes_no_files=takes_no_files, at=at)

    def _forget_loaded(self) -> None:
        loaded = self.session.identity_map.get(identity_key(Case, (self.tenant, self.instance.id)))
        if loaded is not None:
            self.session.expire(loaded)

    # -- where the instance stands

    def _course(self) -> dict[str, Any]:
        """Return the state, the handling, the closing and the response, as this change tells them."""
        told: dict[str, Any] = {}
        at, status = self.noted[-1].at if self.noted else None, self.change.instance.status
        for element_id in self.entered:
            element = self.instance.definition.elements.get(element_id)
            properties = element.properties if element is not None else {}
            if state := properties.get("case.state", "").strip():
                told["state"] = state
            if properties.get("case.closes", "").strip() == "true":
                told["closed_at"] = at
            if handled := properties.get("case.handled", "").strip():
                told["handled_at"] = at if handled == "true" else None
                told["working_days"] = self._took(told["handled_at"])
        ending = ending_of(self.change)
        if ending is not None:
            told["state"] = VOIDED if ending.is_voided else CANCELLED
        if status in ("completed", "terminated", "cancelled") and any(event.kind != NOTE for event in self.noted):
            told["closed_at"] = at
        if told.get("closed_at") and "handled_at" not in told:
            told["working_days"] = self._took(at)
        return told | response_of(self.register, self.change, self.instance.open_tasks)

    def _took(self, until: datetime | None) -> float | None:
        begun = self.change.instance.started_at
        return None if until is None else self.calendar().working_days_spent(begun, until)

    # -- what its variables say

    def _columns(self, written: Collection[str] | None) -> dict[str, Any]:
        """Return the columns whose variables were written; all of them for None."""
        register, values = self.register, self.instance.variables
        columns: dict[str, Any] = {}

        def changed(*names: str) -> bool:
            return written is None or any(name in written for name in names if name)

        for column in _TEXTS:
            if changed(getattr(register, column)):
                columns[column] = self._text(getattr(register, column))
        if changed(register.title):
            columns["title"] = _short(self._text(register.title))
        if changed(*register.units[:1]):
            columns["unit"] = next(iter(self._units_in(register.units[0])), "") if register.units else ""
        if changed(register.due):
            columns["due_at"] = _instant(values.get(register.due), register.due)
        if changed(register.confidential):
            columns["confidential"] = _flag(values.get(register.confidential), register.confidential)
        if changed(*register.private):
            columns["private"] = {name: values[name] for name in register.private if values.get(name) is not None}
        if changed(*register.results):
            columns["results"] = {name: values[name] for name in register.results if values.get(name) is not None}
            columns["answers"] = answers({name: values.get(name) for name in register.result_fields})
        if changed(register.redo):
            count = values.get(register.redo)
            columns["redo_count"] = count if isinstance(count, int) and not isinstance(count, bool) else 0
        if changed(*register.stored_columns):
            names = [name for name in register.stored_columns if written is None or name in written]
            columns["shown"] = shown(values, names)
        conditions = compile_expression(register.no_files).names if register.no_files else frozenset()
        if changed(*conditions):
            columns["takes_no_files"] = self._takes_no_files()
        return columns

    def _said(self) -> Said:
        number = str(self.change.instance.business_key or "")
        return Said(number, self.register, self.instance.variables, is_secret=self._takes_no_files)

    def _takes_no_files(self) -> bool:
        """Tell whether the declared condition holds; one that gives null does not."""
        if not self.register.no_files:
            return False
        at = self.noted[-1].at if self.noted else self.change.instance.started_at
        value = compile_expression(self.register.no_files).evaluate(self.instance.variables, now=at.astimezone(LOCAL))
        return _flag(value, "case.noFiles")

    def _write_key(self) -> None:
        register = self.register
        if register.unique:
            value, may_repeat = key_of(register.unique, self.instance.variables), register.duplicate == "warn"
            write_key(
                self.session, self.tenant, register.process_key, self.instance.id, value,
                is_new=self.change.is_new, may_repeat=may_repeat,
            )

    def _text(self, name: str) -> str:
        value = self.instance.variables.get(name) if name else None
        if value is None:
            return ""
        if isinstance(value, bool | dict | list):
            raise CaseValueInvalid(f"variable {name} should be a text, it is a {type(value).__name__}")
        return str(value)

    def _units_in(self, name: str) -> list[str]:
        value = self.instance.variables.get(name)
        units = value if isinstance(value, list) else [] if value in (None, "") else [value]
        if not all(isinstance(unit, str) for unit in units):
            raise CaseValueInvalid(f"variable {name} should hold units, texts or a list of them")
        return [unit for unit in units if unit]

    def _row_id(self) -> dict[str, str]:
        return {"tenant": self.tenant, "instance_id": self.instance.id}

    def _write_units(self) -> None:
        units = dict.fromkeys(unit for name in self.register.units for unit in self._units_in(name))
        if units:
            self.session.execute(insert(_UNIT), [{**self._row_id(), "unit": unit} for unit in units])


def register_of(definition: Definition) -> Register:
    """Return the register that a definition declares. Raises RegisterInvalid."""
    return read_register(definition.key, definition.name, definition.properties)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= TITLE_LENGTH else line[: TITLE_LENGTH - 1] + "…"


def _instant(value: Any, name: str) -> datetime | None:
    """Return when a limit runs out: a date ends with its day, a time without zone is local."""
    if value in (None, ""):
        return None
    try:
        known = to_instant(value)
    except ValueError:
        known = None
    if known is None:
        raise CaseValueInvalid(f"variable {name} should be a date and time")
    return known


def to_instant(value: Any) -> datetime | None:
    """Return a stored variable as an instant, None if it is none. Raises ValueError for text that is no date."""
    moment = from_json(value)
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment) if "T" in moment or " " in moment else date.fromisoformat(moment)
    if isinstance(moment, date):
        moment = plain_date(moment)
    if isinstance(moment, datetime):
        return moment if moment.tzinfo else moment.replace(tzinfo=LOCAL)
    if isinstance(moment, date):
        return datetime.combine(moment, time(23, 59, 59), LOCAL)
    return None


def _flag(value: Any, name: str) -> bool:
    if value is None or isinstance(value, bool):
        return bool(value)
    raise CaseValueInvalid(f"variable {name} should be true or false")

