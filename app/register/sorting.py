"""The orders of a register in words: those that every register has, and by its columns, upwards and downwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from flask_babel import gettext as _

from app.case.ordering import CLOSED, NEWEST, USUAL, Order, orders_by
from app.case.register import Register
from app.register.columns import Column

Direction = Literal["ascending", "descending", "none"]
_KEPT = {
    "number": ("number",), "case.opened": ("oldest", "newest"), "case.due": ("due",), "case.closed": (CLOSED.key,),
}  # fmt: skip
"""The columns whose orders every register has, upwards first."""


@dataclass(frozen=True, slots=True)
class Sorting:
    """The order of a page, and the others that may be chosen: in a list, or by the heading of a column."""

    register: Register
    columns: Sequence[Column]
    order: Order

    @property
    def choices(self) -> list[tuple[str, str]]:
        """Return the orders as (key, words), by the columns that are shown among them."""
        said = {
            "newest": _("Newest first"), "oldest": _("Oldest first"), "due": _("By due date"),
            CLOSED.key: _("Last closed first"), "number": _("By number"),
        }  # fmt: skip
        for column in self.columns:
            for order in _orders(self.register, column):
                words = _("%(column)s, downwards") if order.is_descending else _("%(column)s, upwards")
                said[order.key] = words % {"column": column.label}
        if self.order.key not in said:  # by a column that is not shown
            said[self.order.key] = self.order.key.removeprefix("-")
        return list(said.items())

    def next(self, name: str) -> str | None:
        """Return the order to which the heading of a column leads: upwards, downwards, then as usual; None: to none."""
        keys = self._keys(name)
        if not keys:
            return None
        at = keys.index(self.order.key) + 1 if self.order.key in keys else 0
        following = keys[at] if at < len(keys) else NEWEST.key
        return keys[0] if following == self.order.key else following

    def direction(self, name: str) -> Direction:
        """Return how the rows are sorted by a column."""
        if self.order.key not in self._keys(name):
            return "none"
        return "descending" if self.order.is_descending else "ascending"

    def _keys(self, name: str) -> Sequence[str]:
        if name in _KEPT:
            return _KEPT[name]
        column = next((each for each in self.columns if each.name == name), None)
        return [order.key for order in _orders(self.register, column)] if column else []


def orders_of(register: Register, columns: Sequence[Column]) -> Mapping[str, Order]:
    """Return all orders of a register, by key."""
    by_column = (order for column in columns for order in _orders(register, column))
    return {order.key: order for order in (*USUAL, *by_column)}


def _orders(register: Register, column: Column) -> tuple[Order, ...]:
    if column.name in _KEPT:
        return ()
    return orders_by(register, column.name, is_number=column.kind == "number")
