"""The columns of a register as its reader has them: which there are, what they are called, what stands in a cell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, cast

from flask_babel import gettext as _

from app.case.models import Case
from app.case.privacy import mask
from app.case.register import BUILT_IN_COLUMNS, Register
from app.dossier.facts import in_words, labels_of, moment, rows_of
from engine import ProcessDefinition

Kind = Literal["text", "choice", "flag", "number", "date", "instant"]
FIRST = 4
"""How many of the declared columns are shown until the reader chooses."""
_GROUPS = ("villages", "offices", "units")
_KINDS: dict[str, Kind] = {
    "select": "choice", "radio": "choice", "checklist": "choice", "taglist": "choice", "checkbox": "flag",
    "number": "number", "datetime": "instant",
}
_LEADING, _TRAILING = ("case.state", "case.title"), ("case.opened", "case.due", "case.closed", "case.files")
_SELDOM = ("case.closed", "case.files")


@dataclass(frozen=True, slots=True)
class Column:
    """A column: a variable, or one of BUILT_IN_COLUMNS.

    `options` are the words of its values; `of_groups`: offices; `rows`: what the fields of its rows are called.
    """

    name: str
    label: str
    kind: Kind = "text"
    options: Mapping[str, str] = field(default_factory=dict)
    of_groups: bool = False
    rows: Mapping[str, str] = field(default_factory=dict)


def columns_of(definition: ProcessDefinition, register: Register) -> list[Column]:
    """Return all columns of a register, in order: as declared, or else place, masked values and unit."""
    declared = register.columns or tuple(filter(None, (register.place, *register.private, *register.units[:1])))
    leading = [name for name in _LEADING if name not in declared]
    trailing = [name for name in _TRAILING if name not in declared]
    fields, built_in, labels = fields_of(definition), _built_in(), labels_of(definition)
    if register.title in fields:  # the process's own word for it
        built_in["case.title"] = replace(built_in["case.title"], label=fields[register.title].label)
    return [
        built_in.get(name) or fields.get(name) or Column(name, labels.get(name, name), rows=rows_of(labels, name))
        for name in dict.fromkeys((*leading, *declared, *trailing))
    ]  # fmt: skip


def shown_columns(columns: Sequence[Column], wanted: Sequence[str]) -> list[Column]:
    """Return the columns that a reader has chosen, or of the declared ones the first few."""
    chosen = [column for column in columns if column.name in wanted]
    if chosen:
        return chosen
    first = [column.name for column in columns if column.name not in BUILT_IN_COLUMNS][:FIRST]
    usual = {*first, *BUILT_IN_COLUMNS} - set(_SELDOM)
    return [column for column in columns if column.name in usual]


def fields_of(definition: ProcessDefinition) -> dict[str, Column]:
    """Return a column for each variable of the process's forms; the first form in which it is entered decides."""
    found: dict[str, tuple[bool, Column]] = {}
    for attributes in _form_fields(definition):
        key = str(attributes["key"])
        is_entered = not (attributes.get("disabled") or attributes.get("readonly"))
        if key not in found or (is_entered and not found[key][0]):
            found[key] = (is_entered, _column(key, attributes))
    return {key: column for key, (_is_entered, column) in found.items()}


def cell(
    column: Column, case: Case, register: Register, groups: Mapping[str, str], *, plain: bool, files: int = 0
) -> str:
    """Return what stands in a cell, masked unless it is `plain`."""
    name = column.name
    if name in register.private:
        value = case.private.get(name)
        is_hidden = value is not None and not plain
        return mask(value, register.private[name], confidential=case.confidential) if is_hidden else _text(value)
    match name:
        case "case.state" | "case.title":
            return str(getattr(case, name.removeprefix("case.")))
        case "case.opened" | "case.due" | "case.closed":
            at = getattr(case, f"{name.removeprefix('case.')}_at")
            return moment(at) if at else ""
        case "case.files":
            return str(files or "")
    attribute = register.attribute_of(name)
    value = getattr(case, attribute) if attribute else case.shown.get(name)
    if attribute == "due_at":
        return moment(value) if value else ""
    return in_words(value, groups if column.of_groups or not column.options else column.options, column.rows)


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _built_in() -> dict[str, Column]:
    words: tuple[tuple[str, str, Kind], ...] = (
        ("state", _("State"), "text"), ("title", _("Matter"), "text"), ("opened", _("Opened"), "instant"),
        ("due", _("Due"), "instant"), ("closed", _("Closed"), "instant"), ("files", _("Attachments"), "number"),
    )  # fmt: skip
    return {f"case.{name}": Column(f"case.{name}", label, kind) for name, label, kind in words}


def _form_fields(definition: ProcessDefinition) -> Iterator[Mapping[str, Any]]:
    named = (element.form_ref for element in definition.elements.values())
    for form_id in dict.fromkeys(form_id for form_id in named if form_id in definition.forms):
        for root in definition.form(cast(str, form_id)).fields:
            for each in root.walk():
                if each.has_value and len(each.path) == 1 and each.type != "expression":
                    yield {**each.attributes, "key": each.path[0], "label": each.label}


def _column(key: str, attributes: Mapping[str, Any]) -> Column:
    kind = _KINDS.get(str(attributes["type"]), "text")
    if kind == "instant" and attributes.get("subtype") != "datetime":
        kind = "date" if attributes.get("subtype", "date") == "date" else "text"
    of_groups = attributes.get("valuesKey") in _GROUPS
    options = {str(each["value"]): str(each["label"]) for each in attributes.get("values") or ()}
    if kind == "choice" and not (options or of_groups):
        kind = "text"  # what may be chosen is known only where the form is filled in
    return Column(key, str(attributes["label"]) or key, kind, options, of_groups)
