"""Voids a case that was registered by mistake: its process ends, its row and its number stay (作废)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.case.errors import CaseNotVoidable, VoidingRefused, VoidReasonMissing
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


@dataclass(frozen=True, slots=True)
class Ending:
    """A case was ended by hand, by somebody and for a reason: voided, or not."""

    by: str
    reason: str
    is_voided: bool


def ending_of(change: Change) -> Ending | None:
    """Return how a step has ended its case by hand; None when it has not."""
    if change.instance.status != "cancelled" or change.step is None:
        return None
    noted = read_events([change.step], change.values)
    ended = next((event for event in noted if event.kind == "instance_cancelled"), None)
    if ended is None:
        return None
    reason = str(ended.values.get("reason", ""))
    return Ending(ended.actor or "", reason.removeprefix(BEFORE_REASON), reason.startswith(BEFORE_REASON))


def may_void(register: Register, case: Case, groups: Collection[str]) -> bool:
    """Tell whether somebody of these groups may void this case, as far as its row tells."""
    return case.state != VOIDED and not frozenset(register.voiders).isdisjoint(groups)


def void_case(
    engine: Engine, session: Database, case: Case, register: Register, reason: str, *, by: str, groups: Collection[str]
) -> None:
    """Cancel the case's process with this reason; the row is kept as 已作废, and nobody gets its number again.

    What had to be unique may be registered anew. There is no way back. Raises VoidingRefused, VoidReasonMissing,
    CaseNotVoidable.
    """
    if not may_void(register, case, groups):
        raise VoidingRefused(f"case {case.number} is not for {by} to void")
    said = reason.strip()
    if not 0 < len(said) <= LONGEST:
        raise VoidReasonMissing(f"a case is voided with a reason of 1 to {LONGEST} characters")
    try:
        engine.cancel(case.instance_id, by=by, reason=f"{BEFORE_REASON}{said}")
    except InstanceNotActive as ended:
        raise CaseNotVoidable(f"case {case.number} has ended") from ended
    release_key(session, case.tenant, case.instance_id)
