"""Functions that Camunda adds to the standard and its Modeler offers.

More of them stand beside their like: `trim`, `is blank`, `extract`, `string join` with prefix and suffix (strings),
`partition`, `is empty`, `duplicate values` (lists), `last day of month` (dates), `get value` with many keys (contexts),
`date and time` in a zone (conversion). `random number` and `uuid` are left out: a replay would give other results.
"""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import timedelta
from decimal import Decimal

from engine.feel.errors import NoValue
from engine.feel.functions import builtin
from engine.feel.temporal import to_text
from engine.feel.values import Value, YearsMonths, from_json, to_json

MAX_PARTS = 100_000


@builtin("get or else")
def get_or_else(value: object, default: object) -> Value:
    return default if value is None else value


@builtin("is defined")
def is_defined(value: object) -> bool:
    return value is not None


@builtin("assert")
def assert_that(value: object, condition: object, cause: str | None = None) -> Value:
    if condition is not True:
        raise NoValue(cause or "assert: the condition does not hold")
    return value


@builtin("cycle")
def cycle(repetitions: object, interval: object = None) -> str:
    if interval is None:
        repetitions, interval = None, repetitions
    if not isinstance(interval, timedelta | YearsMonths):
        raise NoValue("cycle: the interval is no duration")
    if repetitions is not None and (not isinstance(repetitions, Decimal) or repetitions % 1 or repetitions < 1):
        raise NoValue("cycle: the repetitions are no whole number from 1 on")
    return f"R{'' if repetitions is None else int(repetitions)}/{to_text(interval)}"


@builtin("to base64")
def to_base64(value: str) -> str:
    return b64encode(value.encode()).decode("ascii")


@builtin("to json")
def as_json(value: object) -> str:
    return json.dumps(to_json(value, MAX_PARTS), ensure_ascii=False, separators=(",", ":"))


@builtin("from json")
def of_json(value: str) -> Value:
    try:
        return from_json(json.loads(value))
    except (ValueError, RecursionError) as error:
        raise NoValue("from json: the text is no JSON") from error
