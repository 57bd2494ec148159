"""The whole table, and how a line is found for what stands in a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from engine.dialect.vocabulary import activities, camunda, data, events, scopes, zeebe
from engine.dialect.vocabulary.line import Line, Table, table

TABLE: Table = table(
    bpmn=(*scopes.LINES, *events.LINES, *activities.LINES, *data.LINES), camunda=camunda.LINES, zeebe=zeebe.LINES,
)
KNOWN = frozenset(name for _, name in TABLE)
REQUIRED: Mapping[str, Sequence[str]] = {
    owner: [name.removeprefix("@") for other, name in TABLE if other == owner and TABLE[other, name].is_required]
    for owner in {owner for (owner, _), line in TABLE.items() if line.is_required}
}
"""The attributes that an owner cannot be without."""


def line_for(owners: Iterable[str], name: str) -> Line | None:
    """Return the line of a name on the first of the owners that has one."""
    return next((TABLE[owner, name] for owner in owners if (owner, name) in TABLE), None)
