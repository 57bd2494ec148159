"""The orders in which a register is read, page by page: by a mark that keeps its place while cases come in."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal, select, tuple_

from app.case.errors import CursorInvalid
from app.case.models import Case, CaseValue, Database
from app.case.register import Register
from engine.store.tables import Instant

NEVER = datetime(9999, 12, 31, tzinfo=UTC)
FEW = 10_000
"""So many cases are sorted here; among more, an index is walked along that few of them might be found by."""
Pair = tuple[Any, str]
"""A value, None for none, and the instance that has it: a place in an order."""
Part = Callable[[Pair | None, int], list[Pair]]
"""Gives the pairs of a part of the order beyond a place, at most so many."""


@dataclass(frozen=True, slots=True)
class Order:
    """By what rows are sorted: an attribute of a case's row, or else a declared variable.

    `key` is what it is called in addresses and marks. Cases that lack the variable, or are not closed, come last,
    whatever the direction.
    """

    key: str
    attribute: str = ""
    variable: str = ""
    is_number: bool = False
    is_descending: bool = False

    @property
    def may_be_lacking(self) -> bool:
        """Tell whether a case may have no place by value; what has no limit comes as if it were never due."""
        return bool(self.variable) or self.attribute == "closed_at"


NEWEST = Order("newest", "opened_at", is_descending=True)
CLOSED = Order("case.closed", "closed_at", is_descending=True)
USUAL = (NEWEST, Order("oldest", "opened_at"), Order("due", "due_at"), CLOSED, Order("number", "number"))
_OWN = ("place", "category", "unit")  # of a case's row, each with an index


def orders_by(register: Register, name: str, *, is_number: bool = False) -> tuple[Order, ...]:
    """Return the orders by a column, upwards and downwards; none where it cannot be sorted by.

    It can by what a register is narrowed by. Masked values are none of it: their order would tell them.
    """
    attribute = register.attribute_of(name)
    if attribute == "place" or (attribute in _OWN and name in register.filters):
        upwards = Order(name, attribute=attribute)
    elif name in register.compared_columns:
        upwards = Order(name, variable=name, is_number=is_number)
    else:
        return ()
    return upwards, replace(upwards, key=f"-{name}", is_descending=True)


def in_order(
    session: Database, tenant: str, register: Register, found: Select[Any], order: Order, mark: str | None = None, *,
    back: bool = False, limit: int, is_few: bool = False,
) -> list[Pair]:
    """Return the places of the cases beyond a mark, in order; `back`: of those before it, the nearest first.

    `is_few`: no more than FEW cases are found in all. Raises CursorInvalid.
    """
    place, downwards = _read_mark(mark, order) if mark else None, order.is_descending != back
    if not order.may_be_lacking and not (is_few and order.attribute in _OWN):
        return _by_attribute(session, found, order, place, downwards=downwards, limit=limit)
    sort = _sorted if is_few else _walked if order.variable else _walked_as_closed
    valued, lacking = sort(session, tenant, register, found, order, downwards=downwards)
    return _one_after_the_other((lacking, valued) if back else (valued, lacking), place, limit, back=back)


def cases_at(session: Database, tenant: str, pairs: Sequence[Pair]) -> list[Case]:
    """Return the cases at these places."""
    if not pairs:
        return []
    known = {case.instance_id: case for case in session.scalars(_named(tenant, pairs))}
    return [known[instance_id] for _value, instance_id in pairs]


def mark_of(pair: Pair, order: Order) -> str:
    """Return the mark that leads on from a place."""
    value, instance_id = pair
    text = value.isoformat() if isinstance(value, datetime) else value
    return base64.urlsafe_b64encode(json.dumps([order.key, text, instance_id]).encode()).decode().rstrip("=")


def _by_attribute(
    session: Database, found: Select[Any], order: Order, place: Pair | None, *, downwards: bool, limit: int
) -> list[Pair]:
    attribute = getattr(Case, order.attribute)
    value, first = attribute, _directed(attribute, downwards)
    if order.attribute == "due_at":
        # Said so, an index gives the order: what has no limit comes last, as in the mark.
        value = func.coalesce(attribute, literal(NEVER, Instant))
        first = first.nulls_first() if downwards else first.nulls_last()
    rows = found.with_only_columns(value, Case.instance_id).order_by(first, _directed(Case.instance_id, downwards))
    if place is not None:
        mark = tuple_(*(literal(part, Instant) if isinstance(part, datetime) else literal(part) for part in place))
        rows = rows.where(_beyond(tuple_(value, Case.instance_id), mark, downwards))
    return [(value, instance_id) for value, instance_id in session.execute(rows.limit(limit))]


def _sorted(
    session: Database, tenant: str, _register: Register, found: Select[Any], order: Order, *, downwards: bool
) -> tuple[Part, Part]:
    """Sort them all here."""
    if order.variable:
        asked = found.with_only_columns(_value(order), Case.instance_id).outerjoin(CaseValue, _first(tenant, order))
    else:
        asked = found.with_only_columns(getattr(Case, order.attribute), Case.instance_id)
    pairs = [(value, instance_id) for value, instance_id in session.execute(asked)]

    def part(members: list[Pair], own: Callable[[Pair], Any]) -> Part:
        members.sort(key=own, reverse=downwards)

        def taken(place: Pair | None, limit: int) -> list[Pair]:
            if place is None:
                return members[:limit]
            return [each for each in members if _beyond(own(each), own(place), downwards)][:limit]

        return taken

    valued = part([pair for pair in pairs if pair[0] is not None], lambda pair: pair)
    return valued, part([pair for pair in pairs if pair[0] is None], lambda pair: pair[1])


def _walked(
    session: Database, tenant: str, register: Register, found: Select[Any], order: Order, *, downwards: bool
) -> tuple[Part, Part]:
    """Walk along the index of values, and through the cases that have none."""
    value, first = _value(order), _first(tenant, order)
    of_value = found.with_only_columns(Case.instance_id).where(CaseValue.instance_id == Case.instance_id)
    # PostgreSQL would rather join all values with all cases and sort them; with an offset it looks up case by case.
    is_found = of_value.correlate(CaseValue).offset(0).exists()
    valued = (
        select(value, CaseValue.instance_id)
        .where(*_of(tenant, order), CaseValue.process_key == register.process_key, is_found)
        .order_by(_directed(value, downwards), _directed(CaseValue.instance_id, downwards))
    )
    lacking = found.where(~select(CaseValue.name).where(first).correlate(Case).exists())

    def taken_of_valued(place: Pair | None, limit: int) -> list[Pair]:
        own = tuple_(value, CaseValue.instance_id)
        rows = valued if place is None else valued.where(_beyond(own, tuple_(*map(literal, place)), downwards))
        return [(found, instance_id) for found, instance_id in session.execute(rows.limit(limit))]

    return taken_of_valued, _by_instance(session, lacking, downwards)


def _walked_as_closed(
    session: Database, _tenant: str, _register: Register, found: Select[Any], order: Order, *, downwards: bool
) -> tuple[Part, Part]:
    """Walk along the index of closing times, and through the cases that are open."""
    closed, lacking = found.where(Case.closed_at.is_not(None)), found.where(Case.closed_at.is_(None))

    def taken_of_closed(place: Pair | None, limit: int) -> list[Pair]:
        return _by_attribute(session, closed, order, place, downwards=downwards, limit=limit)

    return taken_of_closed, _by_instance(session, lacking, downwards)


def _by_instance(session: Database, lacking: Select[Any], downwards: bool) -> Part:
    rows = lacking.with_only_columns(Case.instance_id).order_by(_directed(Case.instance_id, downwards))

    def taken(place: Pair | None, limit: int) -> list[Pair]:
        beyond = rows if place is None else rows.where(_beyond(Case.instance_id, literal(place[1]), downwards))
        return [(None, instance_id) for instance_id in session.scalars(beyond.limit(limit))]

    return taken


def _one_after_the_other(parts: Sequence[Part], place: Pair | None, limit: int, *, back: bool) -> list[Pair]:
    """Take from the part in which the mark lies what is beyond it, then from the next one."""
    is_in_second = place is not None and (place[0] is None) != back
    pairs: list[Pair] = []
    for number, taken in enumerate(parts):
        if number == 0 and is_in_second:
            continue
        is_marked = number == is_in_second
        if len(pairs) < limit:
            pairs += taken(place if is_marked else None, limit - len(pairs))
    return pairs


def _value(order: Order) -> Any:
    return CaseValue.number if order.is_number else CaseValue.text


def _first(tenant: str, order: Order) -> ColumnElement[bool]:
    """Return the condition that a value is the first that a case has in the column."""
    return and_(CaseValue.instance_id == Case.instance_id, *_of(tenant, order))


def _of(tenant: str, order: Order) -> tuple[ColumnElement[bool], ...]:
    """Ask for the first values of the column."""
    return (
        CaseValue.tenant == tenant, CaseValue.name == order.variable, CaseValue.position == 0,
        _value(order).is_not(None),
    )  # fmt: skip


def _directed(column: Any, downwards: bool) -> Any:
    return column.desc() if downwards else column.asc()


def _beyond(own: Any, mark: Any, downwards: bool) -> Any:
    return own < mark if downwards else own > mark


def _named(tenant: str, pairs: Sequence[Pair]) -> Select[Any]:
    ids = [instance_id for _value, instance_id in pairs]
    return select(Case).where(Case.tenant == tenant, Case.instance_id.in_(ids))


def _read_mark(mark: str, order: Order) -> Pair:
    try:
        made_for, value, instance_id = json.loads(base64.urlsafe_b64decode(mark + "=" * (-len(mark) % 4)))
        if order.attribute.endswith("_at") and value is not None:
            value = read_instant(value)
    except (ValueError, TypeError, RecursionError):
        raise CursorInvalid(f"the mark {mark[:40]!r} is none of ours") from None
    if made_for != order.key or not _is_value(value, order) or not _is_plain(instance_id):
        raise CursorInvalid(f"the mark {mark[:40]!r} belongs to another order")
    return value, instance_id


def _is_value(value: object, order: Order) -> bool:
    if value is None:
        return order.may_be_lacking
    if order.is_number:
        return isinstance(value, int | float) and math.isfinite(value)
    return isinstance(value, datetime) or _is_plain(value)


def read_instant(text: str) -> datetime:
    """Return the instant that an address names, in UTC. Raises ValueError when it has no zone or lies beyond time."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError("an instant needs a zone")
    try:
        return found.astimezone(UTC)
    except OverflowError:
        raise ValueError("there is no such instant") from None


def _is_plain(text: object) -> bool:
    """Tell whether this is a text that every database takes: JSON may hold what none of them does."""
    return isinstance(text, str) and text.isprintable()
