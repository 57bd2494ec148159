"""Opens a case: a process instance that is numbered as it begins, whatever begins it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from app.case.errors import CaseNotFound
from app.case.models import Case, Database
from app.case.numbers import next_number
from app.case.projection import Definition, register_of
from app.case.register import has_register

if TYPE_CHECKING:
    from engine import Engine


def numbering(session: Database, tenant: str) -> Callable[[Definition, Mapping[str, Any], datetime], str | None]:
    """Return the hook that gives an Engine's new instances their case numbers, those of processes with a register.

    The number is taken in the transaction that begins the instance, and is free again when that is rolled back.
    """

    def number_of(definition: Definition, variables: Mapping[str, Any], at: datetime) -> str | None:
        if not has_register(definition.properties):
            return None
        return next_number(session, tenant, register_of(definition).number, at, variables)

    return number_of


def open_case(
    engine: Engine, session: Database, key: str, variables: Mapping[str, Any], *, by: str,
    on_behalf_of: str | None = None, start: str | None = None,
) -> Case:
    """Start the newest version of a process that keeps a register. Raises RegisterInvalid when it keeps none."""
    register_of(engine.latest(key))
    instance = engine.start(key, variables, by=by, on_behalf_of=on_behalf_of, start=start)
    case = session.get(Case, (engine.store.tenant, instance.id))
    if case is None:
        raise CaseNotFound(f"instance {instance.id} was started by an engine that keeps no register")
    return case
