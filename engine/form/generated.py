"""Forms made of the fields that a Camunda 7 diagram lists: they have the same schema as `.form` files."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from engine.feel import Expression
from engine.form.form import SCHEMA_VERSION, Form, form_of
from engine.form.schema import FormNotSupported


class Limit(NamedTuple):
    """What a constraint with a number is called in a form's schema, and the type of fields that it is for."""

    name: str
    type: str


COMPONENTS = {"string": "textfield", "long": "number", "boolean": "checkbox", "date": "datetime", "enum": "select"}
"""The component that each type of field becomes."""
CHECKS = {
    "min": Limit("min", "long"), "max": Limit("max", "long"),
    "minlength": Limit("minLength", "string"), "maxlength": Limit("maxLength", "string"),
}
DATE_PATTERN = "dd/MM/yyyy"
"""How Camunda writes dates where the diagram does not say."""

_LETTERS = {
    "yyyy": "%Y", "MM": "%m", "M": "%m", "dd": "%d", "d": "%d", "HH": "%H", "H": "%H", "mm": "%M", "ss": "%S",
}
_LETTER_RUN = re.compile(r"([a-zA-Z])\1*|'([^']*)'|.", re.DOTALL)
_NAME = re.compile(r"[^\W\d]\w*")


@dataclass(frozen=True, slots=True)
class GeneratedField:
    """What a diagram says of one field; `default` is a text, or computed when the form is shown."""

    id: str
    label: str
    type: str
    default: str | Expression | None = None
    date_pattern: str = DATE_PATTERN
    options: Sequence[tuple[str, str]] = ()  # value and what people read
    limits: Mapping[str, int] = field(default_factory=dict)
    is_required: bool = False
    is_readonly: bool = False
    properties: Mapping[str, str] = field(default_factory=dict)


def generated_form(form_id: str, fields: Sequence[GeneratedField]) -> Form:
    """Return the form. Raises FormNotSupported naming the field that cannot be one."""
    components = [_component(number, item) for number, item in enumerate(fields, 1)]
    schema = {"type": "default", "id": form_id, "schemaVersion": SCHEMA_VERSION, "components": components}
    defaults = {item.id: item.default for item in fields if isinstance(item.default, Expression)}
    return form_of(schema, defaults=defaults)


def strptime_pattern(pattern: str) -> str | None:
    """Return a Java date pattern as Python reads dates by; None for one of other parts than year to second."""
    parts: list[str] = []
    for run in _LETTER_RUN.finditer(pattern):
        if run[1]:
            if run[0] not in _LETTERS or _LETTERS[run[0]] in parts:
                return None
            parts.append(_LETTERS[run[0]])
        else:
            parts.append((run[2] or "'" if run[0].startswith("'") else run[0]).replace("%", "%%"))
    return "".join(parts) if {"%Y", "%m", "%d"} <= set(parts) else None


def _component(number: int, item: GeneratedField) -> dict[str, object]:
    if not _NAME.fullmatch(item.id):
        raise FormNotSupported(f"the field's id {item.id!r} is not the name of a variable")
    values = [value for value, _ in item.options]
    if item.type == "enum" and (not values or "" in values or len(set(values)) < len(values)):
        raise FormNotSupported(f"the field {item.id} is an enum, whose values need an id each")
    made: dict[str, object] = {
        "type": COMPONENTS[item.type], "id": f"field_{number}", "key": item.id, "label": item.label or item.id,
    }
    if checks := _checks(item):
        made["validate"] = checks
    if item.is_readonly:
        made["readonly"] = True
    if item.properties:
        made["properties"] = dict(item.properties)
    match item.type:
        case "long":
            made["decimalDigits"] = 0
        case "date":
            made |= {"subtype": "date", "dateLabel": made["label"]}
            if _has_time(item):
                made |= {"subtype": "datetime", "use24h": True, "timeSerializingFormat": "no_timezone"}
        case "enum":
            made["values"] = [{"value": value, "label": label or value} for value, label in item.options]
    if isinstance(item.default, str):
        made["defaultValue"] = _default(item, item.default)
    return made


def _checks(item: GeneratedField) -> dict[str, object]:
    checks: dict[str, object] = {CHECKS[name].name: limit for name, limit in item.limits.items()}
    if item.is_required and item.type != "boolean":  # a box is answered either way, but form-js would want it ticked
        checks["required"] = True
    return checks


def _has_time(item: GeneratedField) -> bool:
    return "%H" in (strptime_pattern(item.date_pattern) or "")


def _default(item: GeneratedField, text: str) -> object:
    plain = text.strip()
    match item.type:
        case "string":
            return text
        case "long" if re.fullmatch(r"[+-]?\d{1,15}", plain, re.ASCII):
            return int(plain)
        case "boolean" if plain.lower() in ("true", "false"):
            return plain.lower() == "true"
        case "enum" if text in (value for value, _ in item.options):
            return text
        case "date" if (moment := _moment(plain, item.date_pattern)) is not None:
            return moment.isoformat(timespec="minutes") if _has_time(item) else moment.date().isoformat()
    raise FormNotSupported(f"the field {item.id} has the default {text!r}, which is no {item.type}")


def _moment(text: str, pattern: str) -> datetime | None:
    try:
        return datetime.strptime(text, strptime_pattern(pattern) or "%Y-%m-%d")  # noqa: DTZ007
    except ValueError:
        return None
