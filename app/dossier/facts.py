"""The facts of a case as people read them: labels of its forms, names for ids, words for yes and no."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from flask_babel import format_datetime
from flask_babel import gettext as _

from app.case.privacy import masked
from app.case.register import Register
from app.case.sight import Sight
from engine import ProcessDefinition
from engine.feel import from_json

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")
LONG = 40


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact: `is_long` takes the whole width, `is_masked` was hidden in part, `until` it is shown for a reason.

    Where it has rows of several fields, `table` holds their names, then each row.

    `masked` is what is to be read again then; `may_reveal` lets the reader ask for it.
    """

    name: str
    label: str
    text: str
    is_long: bool
    is_masked: bool
    may_reveal: bool = False
    masked: str = ""
    until: datetime | None = None
    table: Sequence[Sequence[str]] = ()


def moment(at: datetime) -> str:
    """Return an instant in the township's time zone: 2026-11-22 14:05."""
    return str(format_datetime(at, "yyyy-MM-dd HH:mm"))


def facts_of(
    definition: ProcessDefinition, register: Register, variables: Mapping[str, Any], names: Mapping[str, str], *,
    sight: Sight, confidential: bool,
) -> list[Fact]:
    """Return the declared facts that have a value; private ones masked unless the reader may see them."""
    labels, options = labels_of(definition), options_of(definition)
    shown = sight.of(register.private, variables, confidential=confidential)
    hidden = masked(register.private, variables, confidential=confidential)
    facts = []
    for name in register.facts:
        known, fields = {**names, **options.get(name, {})}, rows_of(labels, name)
        if name not in shown or not (text := in_words(shown[name], known, fields)):
            continue
        is_masked, until = shown[name] != variables[name], sight.revealed.get(name)
        table = _table(shown[name], names, fields)
        facts.append(Fact(
            name, labels.get(name, name), text, len(text) > LONG or "\n" in text or bool(table), is_masked,
            may_reveal=sight.may_reveal and is_masked, masked=in_words(hidden[name], known) if until else "",
            until=until, table=table,
        ))  # fmt: skip
    return facts


def labels_of(definition: ProcessDefinition) -> dict[str, str]:
    """Return what the process's own forms call each variable; the first form that names it decides."""
    labels: dict[str, str] = {}
    for form_id in _form_ids(definition):
        for key, label in definition.form(form_id).labels().items():
            if label:
                labels.setdefault(key, label)
    return labels


def options_of(definition: ProcessDefinition) -> dict[str, dict[str, str]]:
    """Return what the process's own forms call the values that are chosen, by variable; the first form decides."""
    options: dict[str, dict[str, str]] = {}
    for form_id in _form_ids(definition):
        for field in (each for root in definition.form(form_id).fields for each in root.walk() if len(each.path) == 1):
            values = field.attributes.get("values")
            for option in values if isinstance(values, list) else ():
                options.setdefault(field.path[0], {}).setdefault(str(option["value"]), str(option["label"]))
    return options


def rows_of(labels: Mapping[str, str], name: str) -> Mapping[str, str]:
    """Return what the fields of a variable's rows are called: as a table of it says, or else as any field does."""
    start = f"{name}."
    own = {key.removeprefix(start): label for key, label in labels.items() if key.startswith(start)}
    return own | {key: label for key, label in labels.items() if key not in own}


def in_words(
    value: object, names: Mapping[str, str], labels: Mapping[str, str] | None = None, *, between: str = "\n"
) -> str:
    """Return a stored value as people read it; `names` tells what the ids of groups and options are called.

    `labels` are the words for the fields of rows, which stand one a line, or with `between` between them.
    """
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, str):
        return _moment(value) or names.get(value, value)
    if isinstance(value, Sequence):
        apart = between if any(isinstance(item, Mapping) and not _is_plain(item) for item in value) else "、"
        return apart.join(filter(None, (in_words(item, names, labels, between="；") for item in value)))
    plain = from_json(value)
    if isinstance(plain, datetime):
        return moment(plain)
    if isinstance(plain, date):
        return plain.isoformat()
    if isinstance(plain, dict) and isinstance(value, dict):
        said = ((name, in_words(item, names, labels, between="；")) for name, item in value.items())
        return "，".join(f"{(labels or {}).get(name, name)}: {text}" for name, text in said if text)
    return str(plain)


def _table(value: object, names: Mapping[str, str], labels: Mapping[str, str]) -> list[list[str]]:
    """Return rows of several fields as a table, the fields in the order in which the forms name them."""
    rows = [row for row in value if isinstance(row, Mapping) and not _is_plain(row)] if isinstance(value, list) else []
    if not rows or len(rows) < len(cast("list[object]", value)):
        return []
    order = {name: at for at, name in enumerate(labels)}
    filled = {name for row in rows for name, cell in row.items() if in_words(cell, names)}
    columns = sorted(filled, key=lambda name: (order.get(name, len(order)), name))
    said = [[in_words(row.get(name), names, labels, between="\n") for name in columns] for row in rows]
    return [[labels.get(name, name) for name in columns], *said] if len(columns) > 1 else []


def _is_plain(value: Mapping[str, object]) -> bool:
    """Return whether it stands for a single value, such as a date."""
    return len(value) == 1 and str(next(iter(value))).startswith("@")


def _moment(text: str) -> str:
    """Return an instant as people read it, or nothing when the text is none: a report may begin with a date."""
    try:
        return moment(datetime.fromisoformat(text)) if _MOMENT.match(text) else ""
    except (ValueError, OverflowError):
        return ""


def _form_ids(definition: ProcessDefinition) -> Iterator[str]:
    named = (element.form_ref for element in definition.elements.values())
    return iter(dict.fromkeys(form_id for form_id in named if form_id in definition.forms and form_id is not None))
