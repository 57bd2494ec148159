"""The history's rows, one a step: the record of its events, and beside it the values that may be erased."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime
from typing import Any

from engine.canonical import encode
from engine.clock import instant_text
from engine.store import StepRecord, ValueRecord
from engine.store.rows import Row, from_row


def of_step(tenant: str, step: StepRecord, values: Collection[ValueRecord]) -> Row:
    """Return the row of a step; the values are a JSON array of `[event, name, salt, value, instant of erasing]`."""
    erasable = [[one.number, one.name, one.salt, one.value, None] for one in values]
    return (
        tenant, step.instance_id, step.first, step.last, step.hash, step.record, encode(erasable) if values else None
    )


def to_values(instance_id: str, erasable: str) -> list[ValueRecord]:
    """Return the values of a row, by number and name."""
    return [
        ValueRecord(instance_id, number, name, salt, value, erased_at and from_row(erased_at))
        for number, name, salt, value, erased_at in sorted(json.loads(erasable), key=lambda one: (one[0], one[1]))
    ]


def without(erasable: str, names: Collection[str], at: datetime) -> tuple[str, int]:
    """Return a row's values without those of these names, and how many of them had not been erased before."""
    values: list[list[Any]] = json.loads(erasable)
    found = [one for one in values if one[1] in names and one[4] is None]
    for one in found:
        one[2:] = "", None, instant_text(at)
    return encode(values), len(found)


__all__ = ["of_step", "to_values", "without"]
