"""A form: what it reads of an instance's variables, and what of a submission may become variables."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import pairwise

from engine.errors import FormInvalid
from engine.feel import Expression, from_json, to_json
from engine.form.expression import evaluate, names_of, to_browser
from engine.form.schema import Field, FormNotSupported, Reader
from engine.form.submission import Submission

SCHEMA_VERSION = 19
"""The newest `schemaVersion` that is known here; form-js 1.23 writes it."""
MAX_BYTES = 1_000_000
_ATTRIBUTES = {
    "type", "id", "components", "schemaVersion", "executionPlatform", "executionPlatformVersion", "exporter",
    "versionTag", "properties", "generated", "$schema",
}


class Form:
    """A Camunda Form. `schema` is its JSON for the renderer, `fields` its components, `reads` the variables it uses."""

    def __init__(
        self, form_id: str, fields: tuple[Field, ...], schema: Mapping[str, object],
        defaults: Mapping[str, Expression] | None = None,
    ) -> None:
        self.id = form_id
        self.fields = fields
        self.schema = schema
        self._defaults = dict(defaults or {})  # computed when the form is shown, for variables that are not there
        self.reads = frozenset(_reads(fields)).union(*map(names_of, self._defaults.values()))

    def labels(self) -> dict[str, str]:
        """Return the label of every field with a value, by its key, and of every list of rows.

        Keys within rows have no number. A table's id names the variable that it shows; its columns read `id.key`.
        """
        return dict(label for root in self.fields for field in root.walk() for label in _labels(field))

    def input_data(self, variables: Mapping[str, object], *, now: datetime) -> dict[str, object]:
        """Return what the form shows at first, as form-js knows values: the variables that it reads, and defaults."""
        data = {name: to_browser(variables[name]) for name in sorted(self.reads) if name in variables}
        if missing := self._defaults.keys() - data.keys():
            known = {name: from_json(variables[name]) for name in self.reads if name in variables}
            for name in sorted(missing):
                data[name] = to_browser(to_json(evaluate(self._defaults[name], known, now)))
        return data

    def validate(
        self, data: Mapping[str, object], variables: Mapping[str, object], *, now: datetime
    ) -> dict[str, object]:
        """Return the variables that a submission writes: the values of fields that are shown and may be written.

        Whatever else stands in `data` is left out, as the renderer sends read-only fields too. `now` stands in the
        zone whose dates are meant. Raises FormInvalid with codes by key; keys in rows read `people.0.name`.
        """
        known = {name: variables[name] for name in self.reads if name in variables}
        submission = Submission(self.fields, data, known, now)
        errors = submission.check()
        if errors:
            raise FormInvalid(f"form {self.id}: {len(errors)} fields are not filled in right", errors=errors)
        return submission.result()


def parse_form(content: bytes, default_id: str = "") -> Form:
    """Return the form in a `.form` file. Raises FormNotSupported naming what cannot be run."""
    return form_of(_schema(content), default_id)


def form_of(
    schema: Mapping[str, object], default_id: str = "", *, defaults: Mapping[str, Expression] | None = None
) -> Form:
    """Return the form of a schema. Raises FormNotSupported naming what cannot be run."""
    form_id = str(schema.get("id") or default_id)
    if not form_id:
        raise FormNotSupported("the form has no id")
    for name in schema.keys() - _ATTRIBUTES:
        raise FormNotSupported(f"form {form_id}: attribute {name} is not supported")
    version = schema.get("schemaVersion", 1)
    if schema.get("type") != "default":
        raise FormNotSupported(f"form {form_id}: type must be default")
    if not isinstance(version, int) or not 1 <= version <= SCHEMA_VERSION:
        raise FormNotSupported(f"form {form_id}: schemaVersion {version!r} is newer than {SCHEMA_VERSION} or no number")
    fields = Reader(form_id).components(schema.get("components", []), (), 0)
    _refuse_clashes(form_id, fields)
    return Form(form_id, fields, schema, defaults)


def _schema(content: bytes) -> dict[str, object]:
    if len(content) > MAX_BYTES:
        raise FormNotSupported(f"the form is larger than {MAX_BYTES} bytes")
    try:
        schema = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise FormNotSupported(f"the form is no JSON: {error}") from None
    if not isinstance(schema, dict):
        raise FormNotSupported("the form is no JSON object")
    return schema


def _labels(field: Field) -> Iterator[tuple[str, str]]:
    if field.has_value or field.type == "dynamiclist":
        yield ".".join(field.path), field.label
    columns = field.attributes.get("columns") if field.type == "table" else None
    if isinstance(columns, list):
        yield field.id, field.label
        yield from ((f"{field.id}.{column.get('key')}", str(column.get("label") or "")) for column in columns)


def _reads(fields: tuple[Field, ...]) -> set[str]:
    names: set[str] = set()
    for root in fields:
        for field in root.walk():
            for expression in field.reads:
                names |= names_of(expression)
            key = field.attributes.get("valuesKey")
            if isinstance(key, str):
                names.add(key)
    return names | {path[0] for path in _claims(fields)}


def _claims(fields: tuple[Field, ...]) -> list[tuple[str, ...]]:
    """Return the paths that values and dynamic lists take; rows have paths of their own."""
    paths = []
    for field in fields:
        if field.has_value or field.type == "dynamiclist":
            paths.append(field.path)
        else:
            paths += _claims(field.components)
    return paths


def _refuse_clashes(form_id: str, fields: tuple[Field, ...]) -> None:
    claims = sorted(_claims(fields))
    for one, other in pairwise(claims):
        if other[: len(one)] == one:
            raise FormNotSupported(f"form {form_id}: two components use the key {'.'.join(one)}")
    for root in fields:
        for field in root.walk():
            if field.type == "dynamiclist":
                _refuse_clashes(form_id, field.components)
