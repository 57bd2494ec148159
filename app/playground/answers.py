"""The form of what a decision asks for: which field each question gets, and reading what was put in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation

from flask_babel import gettext as _

from app.playground.context import Unreadable, read_value
from app.playground.shown import TYPES, shown
from engine.dmn.question import Question
from engine.feel import Value
from engine.feel.temporal import parse_date, parse_datetime, parse_time
from engine.feel.values import DECIMAL

PREFIX = "in:"
_INPUTS = {"date": "date", "time": "time", "date and time": "datetime-local"}
_READ = {"date": parse_date, "time": parse_time, "date and time": parse_datetime}


@dataclass(frozen=True, slots=True)
class Field:
    """A field: `kind` is `select`, `text`, or an input's type; `choices` are (what is sent, what is shown)."""

    name: str
    question: Question
    kind: str
    type: str
    choices: tuple[tuple[str, str], ...]
    suggestions: tuple[str, ...]
    text: str
    problem: str = ""

    @property
    def is_expression(self) -> bool:
        """Whether a value is written as FEEL writes it: texts in quotation marks."""
        return self.kind == "expression"


def read_answers(
    questions: list[Question], form: Mapping[str, str], now: datetime
) -> tuple[list[Field], dict[str, Value]]:
    """Return the fields as they stand, and the values of those that are filled in and can be read."""
    fields, values = list[Field](), dict[str, Value]()
    for question in questions:
        name = PREFIX + question.name
        text, problem = form.get(name, ""), ""
        type_name = _type(question)
        if text.strip():
            try:
                values[question.name] = _read(question, type_name, text, now)
            except Unreadable as error:
                problem = str(error)
        fields.append(Field(
            name, question, _kind(question, type_name), _(TYPES[type_name]) if type_name in TYPES else "",
            _choices(question, type_name), tuple(map(_plain, question.suggestions)), text, problem,
        ))  # fmt: skip
    return fields, values


def _type(question: Question) -> str:
    """Return the type's name; where none is declared, that of the values which the rules name."""
    if question.type or question.is_collection:
        return question.type
    kinds = {type(value) for value in question.options or question.suggestions}
    return {str: "string", Decimal: "number"}.get(kinds.pop(), "") if len(kinds) == 1 else ""


def _kind(question: Question, type_name: str) -> str:
    if question.is_collection:
        return "expression"
    if question.options or type_name == "boolean":
        return "select"
    if type_name in _INPUTS:
        return _INPUTS[type_name]
    return "text" if type_name in ("string", "number") else "expression"


def _choices(question: Question, type_name: str) -> tuple[tuple[str, str], ...]:
    if question.is_collection:
        return ()
    if question.options:
        return tuple((_plain(value), _plain(value)) for value in question.options)
    return (("true", _("Yes")), ("false", _("No"))) if type_name == "boolean" else ()


def _plain(value: Value) -> str:
    return value if isinstance(value, str) else shown(value)


def _read(question: Question, type_name: str, text: str, now: datetime) -> Value:
    if question.is_collection:
        return read_value(text, now)
    for option in question.options:
        if text == _plain(option):
            return option
    match type_name:
        case "string":
            return text
        case "number":
            return _number(text)
        case "boolean":
            return text == "true"
        case "date" | "time" | "date and time":
            return _moment(type_name, text)
    return read_value(text, now)


def _number(text: str) -> Value:
    try:
        number = DECIMAL.create_decimal(text.strip())
    except InvalidOperation:
        raise Unreadable(_("This is no number.")) from None
    if not number.is_finite():
        raise Unreadable(_("This is no number."))
    return number


def _moment(type_name: str, text: str) -> Value:
    text = text.strip()
    if text.count(":") == 1:  # browsers leave the seconds out
        text += ":00"
    value = _READ[type_name](text)
    if value is None:
        raise Unreadable(_("This is no %(type)s.", type=_(TYPES[type_name])))
    return value
