"""Built-in functions on lists (DMN 1.5, 10.3.4.4); positions count from 1, or from the end by -1."""

from __future__ import annotations

from decimal import Decimal
from functools import cmp_to_key

from engine.feel.comparison import compare, is_same
from engine.feel.errors import NoValue
from engine.feel.functions import builtin, invoke
from engine.feel.scope import Run
from engine.feel.values import Function, Value


@builtin("list contains")
def list_contains(run: Run, list_: list[Value], element: object) -> bool:
    return any(is_same(item, element, run) for item in list_)


@builtin("count")
def count(list_: list[Value]) -> Decimal:
    return Decimal(len(list_))


@builtin("sublist")
def sublist(list_: list[Value], start_position: Decimal, length: Decimal | None = None) -> list[Value]:
    begin = _index(list_, start_position)
    if length is None:
        return list_[begin:]
    if length < 1 or begin + int(length) > len(list_):
        raise NoValue(f"sublist: there are no {length} items from there on")
    return list_[begin : begin + int(length)]


@builtin("append")
def append(list_: list[Value], *item: object) -> list[Value]:
    return [*list_, *item]


@builtin("concatenate")
def concatenate(run: Run, list_: list[Value], *lists: object) -> list[Value]:
    result = list(list_)
    for items in lists:
        if items is None:
            raise NoValue("concatenate: a list is null")
        part = items if isinstance(items, list) else [items]
        run.spend(len(part))
        result += part
    return result


@builtin("insert before")
def insert_before(list_: list[Value], position: Decimal, newItem: object) -> list[Value]:
    index = _index(list_, position)
    return [*list_[:index], newItem, *list_[index:]]


@builtin("remove")
def remove(list_: list[Value], position: Decimal) -> list[Value]:
    index = _index(list_, position)
    return list_[:index] + list_[index + 1 :]


@builtin("list replace")
def list_replace(list_: list[Value], position: Decimal, newItem: object) -> list[Value]:
    index = _index(list_, position)
    return [*list_[:index], newItem, *list_[index + 1 :]]


@builtin("list replace")
def list_replace_matching(run: Run, list_: list[Value], match: Function, newItem: object) -> list[Value]:
    verdicts = [invoke(run, match, [item, newItem]) for item in list_]
    if not all(isinstance(verdict, bool) for verdict in verdicts):
        raise NoValue("list replace: the function must return true or false")
    return [newItem if hit else item for item, hit in zip(list_, verdicts, strict=True)]


@builtin("reverse")
def reverse(list_: list[Value]) -> list[Value]:
    return list_[::-1]


@builtin("index of")
def index_of(run: Run, list_: list[Value], match: object) -> list[Value]:
    return [Decimal(number) for number, item in enumerate(list_, 1) if is_same(item, match, run)]


@builtin("union")
def union(run: Run, list_: list[Value], *lists: object) -> list[Value]:
    return distinct_values(run, concatenate(run, list_, *lists))


@builtin("distinct values")
def distinct_values(run: Run, list_: list[Value]) -> list[Value]:
    result: list[Value] = []
    for item in list_:
        run.spend(len(result) >> 4)
        if not any(is_same(item, known, run) for known in result):
            result.append(item)
    return result


@builtin("duplicate values")
def duplicate_values(run: Run, list_: list[Value]) -> list[Value]:
    """Camunda's addition."""
    run.spend(len(list_) * len(list_) >> 4)
    return distinct_values(run, [item for item in list_ if sum(is_same(item, other, run) for other in list_) > 1])


@builtin("flatten")
def flatten(run: Run, list_: list[Value]) -> list[Value]:
    result: list[Value] = []
    for item in list_:
        run.spend(1)
        if isinstance(item, list):
            result += flatten(run, item)
        else:
            result.append(item)
    return result


@builtin("partition")
def partition(list_: list[Value], size: Decimal) -> list[Value]:
    """Camunda's addition."""
    step = int(size)
    if step < 1:
        raise NoValue("partition: the size must be at least 1")
    return [list_[begin : begin + step] for begin in range(0, len(list_), step)]


@builtin("is empty")
def is_empty(list_: list[Value]) -> bool:
    """Camunda's addition."""
    return not list_


@builtin("sort")
def sort(run: Run, list_: list[Value], precedes: Function | None = None) -> list[Value]:
    def order(left: Value, right: Value) -> int:
        run.spend(1)
        if precedes is None:
            return -1 if compare("<", left, right) else int(bool(compare(">", left, right)))
        # Sorting asks only whether one comes before the other.
        return -1 if invoke(run, precedes, [left, right]) is True else 1

    return sorted(list_, key=cmp_to_key(order))


@builtin("all")
def all_true(*list_: object) -> bool | None:
    return _decided(list_, decisive=False)


@builtin("any")
def any_true(*list_: object) -> bool | None:
    return _decided(list_, decisive=True)


def _decided(items: tuple[Value, ...], decisive: bool) -> bool | None:
    if any(item is decisive for item in items):
        return decisive
    return None if any(item is not (not decisive) for item in items) else not decisive


def _index(items: list[Value], position: Decimal) -> int:
    number = int(position)
    if number == 0 or abs(number) > len(items) or number != position:
        raise NoValue(f"there is no position {position} in a list of {len(items)}")
    return number - 1 if number > 0 else len(items) + number
