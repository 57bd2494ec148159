"""The shipped diagrams in an engine of their own: the example's people, the real calendar, a clock that is moved."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from app.calendar import LOCAL, load_calendar
from app.case.numbers import parse_pattern
from app.duty.rules import Absence, back_at
from app.example import township
from app.expressions import functions
from engine import Engine, ProcessDefinition
from engine.clock import MovingClock
from engine.feel.values import from_json
from engine.job import ServiceCall
from engine.store import TaskRecord
from engine.store.memory import MemoryStore
from tests.bpmn.drawing import DIAGRAMS, FORMS, TABLES

MONDAY = datetime(2026, 10, 12, 9, 0, tzinfo=LOCAL)
CALL: Mapping[str, Any] = {
    "received_at": "2026-10-12T08:50:00+08:00", "channel": "值班电话", "caller": "来电人甲", "phone": "10000000099",
    "village": "village_03", "kind": "求助", "category": "基础设施", "urgency": "一般", "confidential": False,
    "content": "村民组水泥路塌陷约三米。",
}
SATISFIED: Mapping[str, Any] = {
    "reached": "yes", "contacted_by_handler": "yes", "solved": "解决", "satisfaction": "满意",
}
UNSATISFIED: Mapping[str, Any] = {
    **SATISFIED, "solved": "未解决", "unsolved_reason": "路还没修好。", "satisfaction": "非常不满意",
}
HANDLED: Mapping[str, Any] = {"handling": "done", "handling_result": "已经修补。", "public_answer": "道路已经修好。"}


class Township:
    """An engine with the shipped diagrams deployed."""

    def __init__(self, at: datetime = MONDAY, tables: Mapping[str, tuple[Any, ...]] | None = None) -> None:
        """Deploy them; `tables` says which text of a decision table is replaced by what, and perhaps how often."""
        self.clock = MovingClock(at)
        self.groups_of = {person["login"]: set(person["groups"]) for person in township()["people"]}
        self.notices: list[tuple[str, str]] = []
        self.cases: list[Case] = []
        self.absences: list[Absence] = []
        self.numbers: dict[str, int] = {}
        groups = township()["groups"]
        units = [{"label": group["name"], "value": group["id"]} for group in groups if group["kind"] != "role"]
        villages = [unit for unit in units if unit["value"].startswith("village_")]
        self.engine = Engine(
            MemoryStore(), clock=self.clock, groups_of=lambda user: self.groups_of.get(user, ()),
            services={"notify": self._notify},
            functions=functions(load_calendar, lambda who, at: back_at(who, at, self.absences), self._number),
            form_data={"villages": lambda: villages, "units": lambda: units, "people": self._people},
            business_key_of=self._number_of,
        )
        files = {path.name: path.read_bytes() for path in DIAGRAMS + FORMS + TABLES}
        for name, (text, other, *times) in (tables or {}).items():
            assert text.encode() in files[name]
            files[name] = files[name].replace(text.encode(), other.encode(), *times)
        self.deployment = self.engine.deploy(files, by="procadmin")

    def _number_of(self, definition: ProcessDefinition, variables: Mapping[str, Any], at: datetime) -> str:
        return self._number(definition.properties["case.number"], at, variables)

    def _notify(self, call: ServiceCall) -> None:
        self.notices.append((str(call.variables["recipients"]), call.element_id))

    def _people(self) -> list[Any]:
        return [{"value": login, "label": login, "groups": sorted(groups)} for login, groups in self.groups_of.items()]

    def _number(self, pattern: str, at: datetime, variables: Mapping[str, Any] | None = None) -> str:
        parsed, values = parse_pattern(pattern), variables or {}
        sequence = parsed.sequence(at, values)
        self.numbers[sequence] = self.numbers.get(sequence, 0) + 1
        return parsed.number(self.numbers[sequence], at, values)

    def open(self, key: str, form: Mapping[str, Any], *, by: str) -> Case:
        """Start a process by its form."""
        self.cases.append(Case(self, self.engine.start(key, form, by=by).id))
        return self.cases[-1]

    @property
    def flows(self) -> set[str]:
        """The arrows that any case has gone along, those that messages have begun too."""
        return {flow for record in self.engine.store.instances() for flow in Case(self, record.id).flows}

    def call(self, **changed: Any) -> Case:
        """Register a call."""
        return self.open("hotline_closed_loop", {**CALL, **changed}, by="duty1")

    def dispatched(self, **changed: Any) -> Case:
        """Register, accept and dispatch a call as the matrix proposes."""
        case = self.call(**changed)
        case.do("accept_call", acceptance="accept")
        return case.do("dispatch_call")

    def signed_in(self, **changed: Any) -> Case:
        """Bring a call to its handling."""
        case = self.dispatched(**changed)
        case.do("sign_in", sign_in="accept")
        return case.do("contact_caller", contact="reached", contact_note="已核实。")

    def handled(self, **changed: Any) -> Case:
        """Bring a call to its call-back."""
        case = self.signed_in(**changed)
        while "assist_call" in case.steps:
            case.do("assist_call", assist_result="已到现场。")
        case.do("handle_call", **HANDLED)
        return case.do("review_result", review="pass")


class Case:
    """One instance, as the people see it who work on it."""

    def __init__(self, town: Township, instance_id: str) -> None:
        self.town, self.id = town, instance_id

    @property
    def number(self) -> str:
        """The case's number."""
        return self.town.engine.instance(self.id).business_key or ""

    @property
    def tasks(self) -> list[TaskRecord]:
        """The open tasks."""
        return self.town.engine.instance(self.id).open_tasks

    @property
    def steps(self) -> list[str]:
        """The user tasks that are open, in the order of their ids; one that is open twice is named twice."""
        return sorted(task.element_id for task in self.tasks)

    def task(self, step: str) -> TaskRecord:
        """Return the first open task of a step."""
        return next(task for task in self.tasks if task.element_id == step)

    def who_may(self, step: str) -> set[str]:
        """Return who may work on an open task."""
        return {login for login in self.town.groups_of if self.town.engine.may_work_on(self.task(step), login)}

    def do(self, step: str, by: str | None = None, **form: Any) -> Case:
        """Complete a task by somebody who may; what a form shows already filled in is submitted with it."""
        tasks = [task for task in self.tasks if task.element_id == step]
        task = next((task for task in tasks if by and self.town.engine.may_work_on(task, by)), tasks[0])
        shown = self.town.engine.instance(self.id).variables_at(task.id)
        fields = self.town.engine.instance(self.id).definition.form(task.form_key or "").schema["components"]
        assert isinstance(fields, list)
        filled = {
            field["key"]: shown[field["key"]] for field in fields
            if field.get("key") in shown and shown[field["key"]] is not None and not field.get("readonly")
        }
        self.town.engine.complete_task(task.id, {**filled, **form}, by=by or min(self.who_may(step)))
        return self

    def wait(self, until: datetime) -> Case:
        """Let time pass and everything happen that falls due."""
        while self.town.clock.now() < until:
            self.town.clock.move_to(min(until, self.town.clock.now() + timedelta(minutes=30)))
            while self.town.engine.run_due():
                pass
        return self

    @property
    def flows(self) -> set[str]:
        """The arrows of the diagram that the case has gone along."""
        return {str(event.element_id) for event in self.town.engine.events(self.id) if event.kind == "flow_taken"}

    def __getitem__(self, variable: str) -> Any:
        return from_json(self.town.engine.variables(self.id).get(variable))

    @property
    def state(self) -> str:
        """The state that the diagram has put the case in."""
        elements = self.town.engine.instance(self.id).definition.elements
        entered = [event.element_id for event in self.town.engine.events(self.id) if event.kind == "element_entered"]
        states = [elements[name].properties.get("case.state") for name in entered if name in elements]
        return [state for state in states if state][-1]

    @property
    def status(self) -> str:
        """Whether the instance is active, or how it ended."""
        return self.town.engine.instance(self.id).status
