"""One submission of a form: which fields are shown, which may be written, and what they then hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from engine.feel import Expression, UnsupportedValue, from_json, to_json
from engine.form.answer import Problem, Refused, clean, empty, problems, same
from engine.form.expression import evaluate, to_browser
from engine.form.schema import MAX_ROWS, STATIC_TYPES, Field

Steps = tuple[str | int, ...]


@dataclass(slots=True)
class Place:
    """A component in the form, or in one row of a dynamic list; `steps` lead to its value."""

    component: Field
    steps: Steps
    around: Place | None
    row: Steps = ()  # where the innermost row stands
    hidden: bool = False
    readonly: bool = False
    value: object = None
    problems: list[Problem] = field(default_factory=list)

    @property
    def is_shown(self) -> bool:
        return not self.hidden and (self.around is None or self.around.is_shown)

    @property
    def has_fixed_rows(self) -> bool:
        return self.component.attributes.get("allowAddRemove", True) is False

    @property
    def is_answered(self) -> bool:
        """Whether the value comes from the person and not from the instance or an expression."""
        return not (self.readonly or self.component.attributes.get("disabled") or self.component.computed)


class Submission:
    """Settles what depends on what, then checks each answer."""

    def __init__(
        self, fields: tuple[Field, ...], data: Mapping[str, object], variables: Mapping[str, object], now: datetime
    ) -> None:
        self.data = data
        self.variables = variables
        self.known = {name: to_browser(value) for name, value in variables.items()}
        self.now = now
        self.places = list(self._places(fields, (), None))
        self._settle()

    def check(self) -> dict[str, list[Problem]]:
        """Return the problems of all fields that are shown, by key; clean the answers on the way."""
        scope = self._scope()
        for place in self._shown():
            if place.component.has_value and place.is_answered:
                self._check(place, scope)
        return {".".join(map(str, place.steps)): place.problems for place in self._shown() if place.problems}

    def result(self) -> dict[str, object]:
        """Return the variables to write."""
        written: dict[str, Any] = {}
        for place in self._shown():
            if place.component.type == "dynamiclist":
                _put(written, place.steps, self._rows(place, self.variables), self.variables)
            elif place.component.has_value and (place.is_answered or place.component.computed):
                _put(written, place.steps, place.value, self.variables)
        return written

    # -- the places

    def _places(self, fields: tuple[Field, ...], base: Steps, around: Place | None) -> Iterator[Place]:
        for component in fields:
            if component.type in STATIC_TYPES:
                continue
            place = Place(component, base + component.path, around, base)
            yield place
            if component.type == "dynamiclist":
                for number in range(self._count_rows(place)):
                    yield from self._places(component.components, (*place.steps, number), place)
            else:
                yield from self._places(component.components, base, place)

    def _count_rows(self, place: Place) -> int:
        rows = _at(self.data, place.steps)
        if rows is None:
            rows = []
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            place.problems.append({"code": "wrong_type", "expected": "list"})
            return 0
        if len(rows) > MAX_ROWS:
            place.problems.append({"code": "max_rows", "max": MAX_ROWS})
            return 0
        known = _at(self.known, place.steps)
        if place.has_fixed_rows and isinstance(known, list) and len(known) != len(rows):
            place.problems.append({"code": "row_count", "count": len(known)})
            return 0
        return len(rows)

    def _shown(self) -> Iterator[Place]:
        return (place for place in self.places if place.is_shown)

    # -- what is shown and read-only, and what expressions give: each may depend on the others

    def _settle(self) -> None:
        for place in self.places:
            place.value = self._first_value(place)
        for _ in range(len(self.places) + 2):
            if not self._settle_once():
                return

    def _settle_once(self) -> bool:
        scope, changed = self._scope(), False
        for place in self.places:
            here = scope if not place.row else self._row_scope(scope, place)
            component = place.component
            before = (place.hidden, place.readonly, place.value)
            if component.hide is not None:
                result = evaluate(component.hide, here, self.now)
                place.hidden = result is True or (result is None and component.hides_when_null)
            if isinstance(component.readonly, Expression):
                place.readonly = evaluate(component.readonly, here, self.now) is True
                place.value = self._first_value(place)
            elif component.computed is not None:
                place.value = to_browser(to_json(evaluate(component.computed, here, self.now)))
            changed |= before[:2] != (place.hidden, place.readonly) or not same(before[2], place.value)
        return changed

    def _first_value(self, place: Place) -> object:
        component = place.component
        if not component.has_value or component.computed is not None:
            return None
        if isinstance(component.readonly, bool):
            place.readonly = component.readonly
        source = self.data if place.is_answered else self.known
        found = _at(source, place.steps, missing=_MISSING)
        return empty(component) if found is _MISSING or not _is_json(found) else found

    def _scope(self) -> dict[str, Any]:
        """Return what expressions see: the instance's variables, and over them what the form holds now."""
        seen: dict[str, Any] = deepcopy(dict(self.known))
        for place in self.places:
            if place.component.type == "dynamiclist":
                _put(seen, place.steps, self._rows(place, self.known) if place.is_shown else None, self.known)
            elif place.component.has_value and (place.is_shown or _at(seen, place.steps[:-1]) is not None):
                _put(seen, place.steps, place.value if place.is_shown else None, self.known)
        return {**seen, "this": seen, "_this_": seen}

    def _row_scope(self, scope: Mapping[str, Any], place: Place) -> dict[str, Any]:
        numbers = [step + 1 for step in place.row if isinstance(step, int)]
        outer = max((at for at, step in enumerate(place.row[:-1]) if isinstance(step, int)), default=None)
        parent = _at(scope, () if outer is None else place.row[: outer + 1])
        special = {"this": _at(scope, place.row), "parent": parent, "i": numbers}
        return {**special, **scope, **special, **{f"_{name}_": value for name, value in special.items()}}

    def _rows(self, place: Place, known: Mapping[str, object]) -> list[object]:
        """Return the list's rows before its fields are set: empty, or the instance's own where none may be added."""
        given, rows = _at(self.data, place.steps), _at(known, place.steps)
        count = len(given) if isinstance(given, list) and not place.problems else 0
        if place.has_fixed_rows and isinstance(rows, list):
            return [deepcopy(row) if isinstance(row, dict) else {} for row in rows[:count]]
        return [{} for _ in range(count)]

    # -- one answer

    def _check(self, place: Place, scope: Mapping[str, Any]) -> None:
        here = scope if not place.row else self._row_scope(scope, place)
        try:
            place.value = clean(place.component, place.value, lambda: self._options(place.component, here))
        except Refused as refused:
            place.problems.append(refused.problem)
            return
        limits: dict[str, object] = {}
        for name, check in (place.component.checks or {}).items():
            limit = evaluate(check, here, self.now) if isinstance(check, Expression) else check
            if isinstance(check, Expression) and not isinstance(limit, Decimal | None):
                place.problems.append({"code": "limit_not_a_number", "limit": name})
            limits[name] = limit
        place.problems += problems(place.component, place.value, limits, self.now)

    def _options(self, component: Field, scope: Mapping[str, Any]) -> list[object]:
        key = component.attributes.get("valuesKey")
        if key is not None:
            listed = self.known.get(str(key))
        elif "values" in component.attributes:
            listed = component.attributes["values"]
        else:
            listed = to_browser(to_json(evaluate(component.options, scope, self.now))) if component.options else None
        if not isinstance(listed, list):
            return []
        return [item["value"] if isinstance(item, dict) and "value" in item else item for item in listed]


def _put(into: dict[str, Any], steps: Steps, value: object, known: Mapping[str, object]) -> None:
    """Set a value where `steps` lead; an object that is known already keeps what the form does not write."""
    first = str(steps[0])
    if len(steps) > 1 and first not in into:
        before = known.get(first)
        into[first] = deepcopy(before) if isinstance(before, dict) else {}
    at: Any = into
    for step in steps[:-1]:
        if isinstance(at, dict) and not isinstance(at.get(step), dict | list):
            at[step] = {}
        at = at[step]
    at[steps[-1]] = value


_MISSING = object()


def _is_json(value: object) -> bool:
    try:
        from_json(value)
    except UnsupportedValue:  # NaN, infinity: what Python reads as JSON, and JSON does not know
        return False
    return True


def _at(data: Any, steps: Steps, missing: object = None) -> Any:
    for step in steps:
        is_there = step in data if isinstance(data, Mapping) else isinstance(data, list) and step in range(len(data))
        if not is_there:
            return missing
        data = data[step]
    return data
