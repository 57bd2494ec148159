"""Voids a case that was registered by mistake, whether it has ended or not: its row and its number stay (作废)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.case.errors import VoidingRefused, VoidReasonMissing
from app.case.keys import release_key
from app.case.models import VOIDED, Case, Database
from app.case.register import Register
from engine.errors import InstanceNotActive
from engine.history import read_events
from engine.store import Change

if TYPE_CHECKING:
    from engine import Engine

LONGEST = 500
BEFORE_REASON = f"{VOIDED}："
"""Begins the reason in the history, which tells a voided case from one that was ended."""


NOTE = "instance_annotated"
"""The kind of event that stands in the history of a case that is voided after its end."""


@dataclass(frozen=True, slots=True)
class Ending:
    """A case was ended by hand, by somebody and for a reason: voided, or not."""

    by: str
    reason: str
    is_voided: bool


def ending_of(change: Change) -> Ending | None:
    """Return how a step has ended its case by hand, or voided it after its end; None when it has done neither."""
    if change.instance.status == "active" or change.step is None:
        return None
    for event in read_events([change.step], change.values):
        if event.kind in ("instance_cancelled", NOTE):
            said = str(event.values.get("reason") or event.values.get("note") or "")
            ending = Ending(event.actor or "", said.removeprefix(BEFORE_REASON), said.startswith(BEFORE_REASON))
            return ending if ending.is_voided or event.kind != NOTE else None
    return None


def may_void(register: Register, case: Case, groups: Collection[str]) -> bool:
    """Tell whether somebody of these groups may void this case, as far as its row tells."""
    return case.state != VOIDED and not frozenset(register.voiders).isdisjoint(groups)


def void_case(
    engine: Engine, session: Database, case: Case, register: Register, reason: str, *, by: str, groups: Collection[str]
) -> None:
    """Cancel the case's process with this reason; the row is kept as 已作废, and nobody gets its number again.

    The record of a process that has ended keeps the reason as a note. What had to be unique may be registered anew.
    There is no way back. Raises VoidingRefused, VoidReasonMissing.
    """
    if not may_void(register, case, groups):
        raise VoidingRefused(f"case {case.number} is not for {by} to void")
    said = reason.strip()
    if not 0 < len(said) <= LONGEST:
        raise VoidReasonMissing(f"a case is voided with a reason of 1 to {LONGEST} characters")
    try:
        engine.cancel(case.instance_id, by=by, reason=f"{BEFORE_REASON}{said}")
    except InstanceNotActive:
        engine.annotate(case.instance_id, f"{BEFORE_REASON}{said}", by=by)
    release_key(session, case.tenant, case.instance_id)
