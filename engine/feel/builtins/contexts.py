"""Built-in functions on contexts (DMN 1.5, 10.3.4.9), and `not`."""

from __future__ import annotations

from engine.feel.errors import NoValue
from engine.feel.functions import builtin
from engine.feel.values import Value


@builtin("not")
def negation(negand: object) -> bool | None:
    if isinstance(negand, bool):
        return not negand
    if negand is None:
        return None
    raise NoValue("not: the value is neither true nor false")


@builtin("get value")
def get_value(m: dict[str, Value], key: str) -> Value:
    return m.get(key)


@builtin("get value")
def get_value_inside(m: dict[str, Value], keys: list[Value]) -> Value:
    """Camunda's addition: follow a list of keys."""
    value: Value = m
    for key in keys:
        if not isinstance(value, dict) or not isinstance(key, str) or key not in value:
            raise NoValue("get value: there is no entry where the keys lead")
        value = value[key]
    return value


@builtin("get entries")
def get_entries(m: dict[str, Value]) -> list[Value]:
    return [{"key": key, "value": value} for key, value in m.items()]


@builtin("context")
def context(entries: list[Value]) -> dict[str, Value]:
    result: dict[str, Value] = {}
    for entry in entries:
        if not isinstance(entry, dict) or "key" not in entry or "value" not in entry:
            raise NoValue("context: every entry needs a key and a value")
        key = entry["key"]
        if not isinstance(key, str) or key in result:
            raise NoValue(f"context: the key {key!r} is no string, or is there twice")
        result[key] = entry["value"]
    return result


@builtin("context put")
def context_put(context: dict[str, Value], key: str, value: object) -> dict[str, Value]:
    return {**context, key: value}


@builtin("context put")
def context_put_inside(context: dict[str, Value], keys: list[Value], value: object) -> dict[str, Value]:
    if not keys or not all(isinstance(key, str) for key in keys):
        raise NoValue("context put: the keys must be strings")
    key, rest = str(keys[0]), keys[1:]
    if not rest:
        return {**context, key: value}
    inner = context.get(key)
    if not isinstance(inner, dict):
        raise NoValue(f"context put: there is no context {key}")
    return {**context, key: context_put_inside(inner, rest, value)}


@builtin("context merge")
def context_merge(contexts: list[Value]) -> dict[str, Value]:
    result: dict[str, Value] = {}
    for each in contexts:
        if not isinstance(each, dict):
            raise NoValue("context merge: every item must be a context")
        result |= each
    return result
