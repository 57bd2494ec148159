"""Voids a case that was registered by mistake: its process ends, its row and its number stay (作废)."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from sqlalchemy import update

from app.case.errors import CaseNotVoidable, VoidingRefused, VoidReasonMissing
from app.case.keys import release_key
from app.case.models import VOIDED, Case, Database
from app.case.register import Register
from engine.errors import InstanceNotActive

if TYPE_CHECKING:
    from engine import Engine

LONGEST = 500
BEFORE_REASON = f"{VOIDED}："
"""Begins the reason in the history, which tells a voided case from one that was ended."""


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
    mine = (Case.tenant == case.tenant, Case.instance_id == case.instance_id)
    session.execute(update(Case).where(*mine).values(state=VOIDED, revision=Case.revision + 1))
    release_key(session, case.tenant, case.instance_id)
