"""The record of what happened in an instance: numbered events, in steps that are each bound to the one before by hash.

A step's record is canonical JSON (RFC 8785) of its events and of the hash of the step before it; the first holds the
checksum of the definition's file. Values are not in the record: it holds their salted hashes, and the values stand
beside it, so that a value can be erased without breaking the chain.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from engine.canonical import Json, canonical, digest, json_safe, new_salts, plain, quoted, salted
from engine.clock import instant_text
from engine.errors import HistoryBroken
from engine.store import StepRecord, ValueRecord
from engine.variables import Writing

Write = tuple[str, str]  # a variable's name, and what became of it: create or update
ARMED: Write = ("", "")  # nothing was written, but a conditional event is to be looked at for the first time

VALUES = {
    "variable_written": "new", "variables_edited": "reason", "instance_cancelled": "reason", "job_failed": "error",
    "incident_raised": "error", "attempt_failed": "error", "condition_failed": "error",
    "listener_failed": "error", "decision_evaluated": "evaluation",
    "functions_called": "results", "limits_recounted": "reason", "instance_annotated": "note",
}
"""The kinds of events that speak of a value, and the member of their data that is its salted hash."""


@dataclass(frozen=True, slots=True)
class Act:
    """Who does something to an instance, for whom, and when: the same for all events of one step."""

    at: datetime
    by: str | None = None  # a user, or None for the engine itself
    on_behalf_of: str | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One event as readers see it, with its step's hash; `values` holds those that have not been erased."""

    number: int
    at: datetime
    kind: str
    hash: str
    element_id: str | None
    token: int | None
    actor: str | None
    on_behalf_of: str | None
    data: Mapping[str, Any]
    values: Mapping[str, Json]


class Journal:
    """Notes the events of one step of one instance, continuing its chain."""

    def __init__(self, instance_id: str, number: int, head: str, act: Act) -> None:
        self.instance_id = instance_id
        self.first = number + 1
        self.number = number
        self.previous = head
        self.act = act
        self.events: list[str] = []  # canonical JSON, written as they come: the record is then no more than joined
        self.values: list[ValueRecord] = []
        self.written: set[Write] = set()  # until conditional events have been looked at
        self._is_computed = False
        self._salts = new_salts()
        self.call_around: Callable[[int], int | None] = lambda token: None
        """Tells in which call of a call activity a token runs, so that equal ids of two diagrams stay apart."""

    def note(
        self, kind: str, element_id: str | None = None, token: int | None = None, *, inside: int | None = None,
        **data: Json,
    ) -> None:
        """Append an event. `data` holds ids, names, instants as text and whole numbers: never a value of the case.

        What happens in a called process bears the number of its call; `inside` is the scope of what has no token.
        """
        place = token if inside is None else inside
        if place is not None and (call := self.call_around(place)) is not None:
            data["call"] = call
        self.number += 1
        said = f'"data":{plain(data)},' if data else ""
        where = "" if element_id is None else f'"element":{quoted(element_id)},'
        whose = "" if token is None else f',"token":{token}'
        self.events.append(f'{{{said}{where}"kind":"{kind}"{whose}}}')

    def step(self) -> StepRecord | None:
        """Return the chain's next link, or None when nothing was noted."""
        if not self.events:
            return None
        act = self.act
        actor = "" if act.by is None else f'"actor":{quoted(act.by)},'
        behalf = "" if act.on_behalf_of is None else f'"on_behalf_of":{quoted(act.on_behalf_of)},'
        text = (
            f'{{{actor}"at":"{instant_text(act.at)}","events":['
            f'{",".join(self.events)}],"first":{self.first},{behalf}"previous":"{self.previous}"}}'
        )
        return StepRecord(self.instance_id, self.first, self.number, text, digest(text))

    def variable_written(self, scope: int, name: str, value: Json, old: Writing | None, *, is_input: bool) -> Writing:
        """Append a variable_written event, with the value beside the record; return its number.

        The next one to write the variable names it as `old`: the event that wrote what was there.
        """
        self.written.add((name, "create" if old is None else "update"))
        given = '"input":true,' if is_input and not self._is_computed else ""
        before = "" if old is None else f'"old":{old},' if isinstance(old, int) else f'"old":{quoted(old)},'
        self.number += 1
        new = self._put_beside(name, value, self.number)
        data = f'{{{given}"name":{quoted(name)},"new":"{new}",{before}"scope":{scope}}}'
        self.events.append(f'{{"data":{data},"kind":"variable_written"}}')
        return self.number

    @contextmanager
    def computed(self) -> Iterator[None]:
        """Let what is written meanwhile be no input: the instance gives it to itself, and a replay does so again."""
        self._is_computed = True
        try:
            yield
        finally:
            self._is_computed = False

    def note_value(
        self, kind: str, element_id: str | None, token: int | None, name: str, value: Json, **data: Json
    ) -> None:
        """Append an event that speaks of one value (a reason, an error's text) by its hash."""
        data[name] = self._put_beside(name, json_safe(value), self.number + 1)
        self.note(kind, element_id, token, **data)

    def _put_beside(self, name: str, value: Json, number: int) -> str:
        """Keep a value of the event with this number beside the record; return the hash that the event holds."""
        text, salt = canonical(value), next(self._salts)
        self.values.append(ValueRecord(self.instance_id, number, name, salt, text))
        return salted(salt, text)


def read_events(steps: Iterable[StepRecord], values: Iterable[ValueRecord]) -> list[Event]:
    """Return the events of stored steps for readers, each with its values that still stand."""
    values_of: dict[int, dict[str, Json]] = {}
    for row in values:
        if row.value is not None:
            values_of.setdefault(row.number, {})[row.name] = json.loads(row.value)
    return [event for step in steps for event in _read(step, values_of)]


def _read(step: StepRecord, values_of: Mapping[int, Mapping[str, Json]]) -> Iterator[Event]:
    record = json.loads(step.record)
    at, actor, on_behalf_of = datetime.fromisoformat(record["at"]), record.get("actor"), record.get("on_behalf_of")
    for number, event in enumerate(record["events"], step.first):
        yield Event(
            number=number, at=at, kind=event["kind"], hash=step.hash, element_id=event.get("element"),
            token=event.get("token"), actor=actor, on_behalf_of=on_behalf_of, data=event.get("data", {}),
            values=values_of.get(number, {}),
        )


def last_values(events: Iterable[Event]) -> dict[str, Json]:
    """Return the process's own variables as its history leaves them, but for what has been erased."""
    found: dict[str, Json] = {}
    for event in events:
        if event.kind == "variable_written" and event.data["scope"] == 1:
            found.pop(event.data["name"], None)
            found.update(event.values)
    return found


def verify(first: str, head: str, last: int, steps: Iterable[StepRecord], values: Iterable[ValueRecord]) -> int:
    """Check an instance's whole history and return how many events it has.

    `first` is the checksum of the definition's file; `head` and `last` are what the instance says of its newest step.
    Raises HistoryBroken naming the first step that does not hold by its events.
    """
    previous, number = first, 0
    spoken: dict[int, tuple[str, str]] = {}
    for step in steps:
        record = _record(step)
        events = record["events"]
        if record.get("first") != number + 1 or (step.first, step.last) != (number + 1, number + len(events)):
            raise HistoryBroken(f"instance {step.instance_id}: event {number + 1} is missing")
        if record.get("previous") != previous or digest(step.record) != step.hash:
            raise _changed(step)
        if number == 0 and events[0].get("data", {}).get("instance") != step.instance_id:
            raise HistoryBroken(f"instance {step.instance_id}: the history is another instance's")
        previous, number = step.hash, step.last
        for at, event in enumerate(events, step.first):
            if (member := VALUES.get(event["kind"])) is not None:
                data = event["data"]
                spoken[at] = (data["name"] if member == "new" else member, data[member])
    if previous != head or number != last:
        raise HistoryBroken(f"the history ends at event {number}, the instance at event {last}")
    _verify_values(spoken, values)
    return number


def _record(step: StepRecord) -> dict[str, Any]:
    try:
        record: Any = json.loads(step.record)
    except ValueError:
        raise _changed(step) from None
    events = record.get("events") if isinstance(record, dict) else None
    if not isinstance(events, list) or not events or not all(isinstance(one, dict) and "kind" in one for one in events):
        raise _changed(step)
    return cast("dict[str, Any]", record)


def _changed(step: StepRecord) -> HistoryBroken:
    which = f"event {step.first}" if step.first == step.last else f"one of the events {step.first} to {step.last}"
    return HistoryBroken(f"instance {step.instance_id}: {which} was changed")


def _verify_values(spoken: dict[int, tuple[str, str]], values: Iterable[ValueRecord]) -> None:
    """Check that each value is the one its event speaks of, and that only erasing has taken any away."""
    for row in values:
        name, expected = spoken.pop(row.number, (None, None))
        if name != row.name or (row.value is not None and salted(row.salt, row.value) != expected):
            raise HistoryBroken(f"instance {row.instance_id}: a value of event {row.number} was changed")
    if spoken:
        raise HistoryBroken(f"the value of event {min(spoken)} is missing")
