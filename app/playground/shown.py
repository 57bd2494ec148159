"""Values as people read them: in the language's own spelling, cut where they are long, with their type in words."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from flask_babel import gettext as _

from app.i18n import N_
from engine.errors import EngineError
from engine.feel import Function, Value, to_json
from engine.feel.errors import NoValue
from engine.feel.scope import Run
from engine.feel.text import text_of
from engine.feel.types import name_of

MOST_ITEMS = 100
MOST_CHARACTERS = 2_000
MOST_STORED = 20_000
_RUN_AT = datetime(2026, 1, 1, tzinfo=UTC)  # only a budget is wanted of it: texts of values know no time

TYPES = {
    "null": N_("nothing"), "boolean": N_("true or false"), "string": N_("text"), "number": N_("number"),
    "date": N_("date"), "time": N_("time"), "date and time": N_("date and time"),
    "days and time duration": N_("duration in days and time"),
    "years and months duration": N_("duration in years and months"), "list": N_("list"), "context": N_("context"),
    "range": N_("range"), "function": N_("function"),
}  # fmt: skip


def shown(value: Value, most: int = MOST_CHARACTERS) -> str:
    """Return the value's text, at most so many characters of it; texts stand in quotation marks."""
    match value:
        case Function():
            return f"function({', '.join(value.parameters)})"
        case list() if len(value) > MOST_ITEMS:
            first = _text(value[:MOST_ITEMS])[:-1]
            return _cut(_("%(first)s, … %(count)s items in all]", first=first, count=len(value)), most)
    return _cut(_text(value), most)


def type_word(value: Value) -> str:
    """Return the word for the value's type, in the reader's language."""
    name = name_of(value)
    return _(TYPES[name]) if name in TYPES else name


def stored(value: Value) -> str:
    """Return the JSON in which a variable would keep the value, or "" if it has none or is too long to be read."""
    try:
        text = json.dumps(to_json(value, MOST_STORED), ensure_ascii=False, indent=2)
    except EngineError:
        return ""
    return text if len(text) <= MOST_STORED else ""


def _text(value: Value) -> str:
    try:
        return text_of([value], Run(_RUN_AT))[1:-1]  # inside a list, texts have their quotation marks
    except NoValue:  # there is a function in it
        return "…"
    except EngineError:
        return _("too large to be shown")


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[:most] + " …"
