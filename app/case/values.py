"""What a case's declared columns hold: in the row for showing, in rows of their own for filtering."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, cast

from sqlalchemy import ColumnElement, Table, delete, func, insert, literal, select, type_coerce
from sqlalchemy.dialects.postgresql import JSONB

from app.calendar import LOCAL
from app.case.fulltext import CaseText
from app.case.models import CaseValue, Database, ShownValues
from app.case.register import Register
from engine.feel import from_json

_VALUE = cast("Table", CaseValue.__table__)
WINDOW, STEP = 200, 100
"""A long text is kept in windows that overlap, so that what is looked for, up to STEP characters, is whole in one."""
Row = tuple[str, float | None]


def shown(variables: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
    """Return the values of these columns as the row keeps them."""
    return {name: variables.get(name) for name in names}


def merged(session: Database, column: ColumnElement[Any], added: Mapping[str, Any]) -> ColumnElement[Any]:
    """Return the expression that writes some values of a row and leaves the others as they are."""
    if session.get_bind().dialect.name == "postgresql":
        return type_coerce(column, JSONB).concat(literal(added, JSONB))
    pairs = ((f'$."{name}"', func.json(json.dumps(value, ensure_ascii=False))) for name, value in added.items())
    return func.json_set(column, *(part for pair in pairs for part in pair), type_=ShownValues)


def write_values(
    session: Database, row_id: Mapping[str, str], register: Register, variables: Mapping[str, Any],
    changed: Collection[str] | None = None,
) -> None:
    """Write the rows that filters look at: of a new case all (None), else those of the columns that changed."""
    if changed is not None:
        mine = (_VALUE.c.tenant == row_id["tenant"], _VALUE.c.instance_id == row_id["instance_id"])
        session.execute(delete(_VALUE).where(*mine, _VALUE.c.name.in_(sorted(changed))))
    rows = [
        {**row_id, "process_key": register.process_key, "name": name, "position": position, "text": text,
         "number": number}
        for name in register.compared_columns if changed is None or name in changed
        for position, (text, number) in enumerate(comparable(variables.get(name)))
    ]  # fmt: skip
    if rows:
        own = (CaseText.tenant == row_id["tenant"], CaseText.instance_id == row_id["instance_id"])
        session.execute(insert(_VALUE).values(text_id=select(CaseText.id).where(*own).scalar_subquery()), rows)


def comparable(value: object) -> Iterator[Row]:
    """Yield what a stored value is compared by."""
    if isinstance(value, list):
        for item in value:
            yield from comparable(item)
    elif isinstance(value, bool):
        yield str(value).lower(), None
    elif isinstance(value, int | float):
        if math.isfinite(value):
            yield str(value), float(value)
    elif value is not None and value != "":
        plain = from_json(value)
        yield from _windows(_instant_text(plain)) if isinstance(plain, str) else _other(plain)


def _other(value: object) -> Iterator[Row]:
    if isinstance(value, datetime):
        yield instant_text(value), None
    elif isinstance(value, date):
        yield value.isoformat(), None
    elif isinstance(value, int | float | Decimal):
        yield from comparable(float(value))
    elif not isinstance(value, dict | list):
        yield from _windows(str(value))


def _windows(text: str) -> Iterator[Row]:
    for start in range(0, max(len(text) - STEP, 1), STEP):
        yield text[start : start + WINDOW], None


def instant_text(at: datetime) -> str:
    """Return an instant so that instants as texts are in order; one without zone is local."""
    aware = at if at.tzinfo else at.replace(tzinfo=LOCAL)
    return aware.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _instant_text(text: str) -> str:
    """Return a form's date and time like any other instant, any other text as it is."""
    if len(text) < 16 or text[4:5] != "-" or text[10:11] != "T":
        return text
    try:
        return instant_text(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        return text
