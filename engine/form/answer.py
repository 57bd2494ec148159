"""What may be answered in one field: the values of each type, cleaned and checked as form-js checks them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from engine.form.schema import Field

Problem = dict[str, object]
LARGEST_NUMBER = 2**53 - 1
"""What a browser counts exactly."""

_EMAIL = re.compile(
    r"[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
    r"(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*"
)
_PHONE = re.compile(r"(?:\+|00)[1-9][0-9]{5,26}")
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIME = re.compile(r"(\d\d:\d\d)(?::\d\d(?:\.\d+)?)?(Z|[+-]\d\d:\d\d)?", re.ASCII)
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d{1,3})?", re.ASCII)
_ZONES = {"utc_offset": ("an offset", re.compile(r"[+-].*")), "utc_normalized": ("Z", re.compile("Z"))}
_EMPTY: dict[str, Any] = {"checkbox": False, "checklist": [], "taglist": [], "textarea": "", "textfield": ""}


class Refused(Exception):
    """The answer cannot be taken; `problem` says why."""

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code)
        self.problem: Problem = {"code": code, **params}


def empty(field: Field) -> object:
    """Return what stands in the field before anybody answers: its default, or nothing of its type."""
    default = field.attributes.get("defaultValue")
    return _EMPTY.get(field.type) if default is None else default


def clean(field: Field, value: object, options: Callable[[], list[object]]) -> object:
    """Return the answer in the form in which it is kept.

    Raises Refused when it is not of the field's type or not among its options.
    """
    if value is None:
        return _EMPTY.get(field.type)
    match field.type:
        case "checkbox":
            return _of_type(value, bool, "boolean")
        case "textfield" | "textarea":
            return _text(str(_of_type(value, str, "string")), one_line=field.type == "textfield")
        case "number":
            return _number(field, value)
        case "datetime":
            return None if value == "" else _moment(field, str(_of_type(value, str, "string")))
        case "radio" | "select":
            return _among(value, options())
        case _:
            return _several(value, options())


def problems(field: Field, value: object, limits: Mapping[str, object], now: datetime) -> list[Problem]:
    """Return what a cleaned answer violates; `limits` are the field's checks, computed."""
    found: list[Problem] = []
    if _is_empty(value):
        return [{"code": "required"}] if limits.get("required") else []
    match value:
        case bool():
            pass
        case str() if field.type in ("textfield", "textarea"):
            found = _text_problems(value, limits)
        case int() | float() | str() if field.type == "number":
            found = _number_problems(Decimal(str(value)), field.attributes, limits)
        case str() if field.type == "datetime" and field.attributes.get("disallowPassedDates"):
            found = _past_problems(value, str(field.attributes.get("subtype", "date")), now)
    return found


def _past_problems(value: str, subtype: str, now: datetime) -> list[Problem]:
    """Refuse a day that is past; of today also a minute that is, which the browser's calendar does not know."""
    today = now.date().isoformat()
    if subtype == "date":
        return [{"code": "past_date", "min": today}] if value < today else []
    if subtype == "time":
        return []
    moment, begun = datetime.fromisoformat(value), now.replace(second=0, microsecond=0)
    if (moment if moment.tzinfo else moment.replace(tzinfo=now.tzinfo)) >= begun:
        return []
    if value[:10] < today:
        return [{"code": "past_date", "min": today}]
    return [{"code": "past_time", "min": begun.isoformat(timespec="minutes")}]


def same(left: object, right: object) -> bool:
    """Return whether two JSON values are equal; true is not 1."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[name], right[name]) for name in left)
    return left == right


def _is_empty(value: object) -> bool:
    """Blanks alone are no answer; here the server asks for more than the browser."""
    return value is None or value is False or value == [] or (isinstance(value, str) and not value.strip())


def _of_type(value: object, kind: type, name: str) -> object:
    if not isinstance(value, kind):
        raise Refused("wrong_type", expected=name)
    return value


def _text(value: str, *, one_line: bool) -> str:
    if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
        raise Refused("invalid_character")
    return re.sub(r"[\r\n\t]", " ", value) if one_line else value.replace("\r\n", "\n")


def _number(field: Field, value: object) -> object:
    as_text = bool(field.attributes.get("serializeToString"))
    if isinstance(value, str) and as_text:
        if value == "":
            return None
        if not _NUMBER.fullmatch(value):
            raise Refused("wrong_type", expected="number")
        return value
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value or abs(value) == float("inf"):
        raise Refused("wrong_type", expected="number")
    if abs(value) > LARGEST_NUMBER:
        raise Refused("max", max=LARGEST_NUMBER) if value > 0 else Refused("min", min=-LARGEST_NUMBER)
    return str(value) if as_text else value


def _moment(field: Field, value: str) -> str:
    subtype = field.attributes.get("subtype", "date")
    day, _, clock = value.partition("T") if subtype == "datetime" else (value, "", value)
    if subtype != "time":
        try:
            date.fromisoformat(day if _DATE.fullmatch(day) else "")
        except ValueError:
            raise Refused("invalid_date") from None
    if subtype == "date":
        return value
    _check_time(field, clock)
    if clock[5:6] == ":":
        return value
    minutes = len(value) - len(clock) + 5
    return f"{value[:minutes]}:00{value[minutes:]}"  # form-js leaves the seconds out, without which FEEL reads no time


def _check_time(field: Field, value: str) -> None:
    found = _TIME.fullmatch(value)
    try:
        clock = time.fromisoformat(found[1] if found else "")
    except ValueError:
        raise Refused("invalid_time") from None
    zone = str(found[2] or "") if found else ""
    wanted, form = _ZONES.get(str(field.attributes.get("timeSerializingFormat")), ("no zone", re.compile("")))
    if not form.fullmatch(zone):
        raise Refused("invalid_time", zone=wanted)
    interval = field.attributes.get("timeInterval")
    if isinstance(interval, int) and interval > 0 and (clock.hour * 60 + clock.minute) % interval:
        raise Refused("increment", increment=interval)


def _among(value: object, options: list[object]) -> object:
    if not any(same(value, option) for option in options):
        raise Refused("not_an_option")
    return value


def _several(value: object, options: list[object]) -> object:
    if not isinstance(value, list):
        raise Refused("wrong_type", expected="list")
    for position, item in enumerate(value):
        _among(item, options)
        if any(same(item, other) for other in value[:position]):
            raise Refused("duplicate")
    return value


def _length(text: str) -> int:
    """Count as the browser does: without blanks around, in UTF-16."""
    return len(text.strip().encode("utf-16-le")) // 2


def _text_problems(value: str, limits: Mapping[str, object]) -> list[Problem]:
    found: list[Problem] = []
    pattern, kind = limits.get("pattern"), limits.get("validationType")
    if isinstance(pattern, re.Pattern) and not pattern.search(value):
        message = limits.get("patternErrorMessage")
        found.append({"code": "pattern", "message": message} if message else {"code": "pattern"})
    if kind in ("email", "phone") and not (_EMAIL if kind == "email" else _PHONE).fullmatch(value):
        found.append({"code": str(kind)})
    shortest, longest = limits.get("minLength"), limits.get("maxLength")
    if isinstance(shortest, Decimal) and _length(value) < shortest:
        found.append({"code": "min_length", "min": int(shortest)})
    if isinstance(longest, Decimal) and _length(value) > longest:
        found.append({"code": "max_length", "max": int(longest)})
    return found


def _number_problems(
    value: Decimal, attributes: Mapping[str, object], limits: Mapping[str, object]
) -> list[Problem]:
    found: list[Problem] = []
    digits, increment = attributes.get("decimalDigits"), attributes.get("increment")
    exponent = value.normalize().as_tuple().exponent
    if isinstance(digits, int) and digits >= 0 and isinstance(exponent, int) and -exponent > digits:
        found.append({"code": "decimals", "digits": digits})
    if increment and value % Decimal(str(increment)) != 0:
        found.append({"code": "increment", "increment": str(increment)})
    smallest, largest = limits.get("min"), limits.get("max")
    if isinstance(smallest, Decimal) and value < smallest:
        found.append({"code": "min", "min": _plain(smallest)})
    if isinstance(largest, Decimal) and value > largest:
        found.append({"code": "max", "max": _plain(largest)})
    return found


def _plain(number: Decimal) -> object:
    return int(number) if number == number.to_integral_value() else float(number)
