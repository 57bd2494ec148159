"""Opens a case: its number and its process instance, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from app.case.errors import CaseNotFound
from app.case.models import Case, Database
from app.case.numbers import next_number
from app.case.projection import register_of

if TYPE_CHECKING:
    from engine import Engine


def open_case(
    engine: Engine, session: Database, key: str, variables: Mapping[str, Any], *, by: str, at: datetime,
    on_behalf_of: str | None = None,
) -> Case:
    """Start the newest version of a process that keeps a register, under the next number of its sequence.

    Raises RegisterInvalid when it keeps none; the number is free again when anything fails and the transaction is
    rolled back. `at` decides the year in the number.
    """
    definition = engine.latest(key)
    tenant = engine.store.tenant
    number = next_number(session, tenant, register_of(definition).number, at)
    instance = engine.start(key, variables, by=by, on_behalf_of=on_behalf_of, business_key=number)
    case = session.get(Case, (tenant, instance.id))
    if case is None:
        raise CaseNotFound(f"case {number} was started by an engine that keeps no register")
    return case
