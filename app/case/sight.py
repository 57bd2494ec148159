"""What one reader sees of one case's private values: all of them, those shown for a while, or none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, literal_column, select

from app.case.access import Reader, may_see_private
from app.case.models import Case, Database, Disclosure
from app.case.privacy import masked, may_reveal
from app.case.register import Register
from engine.store.tables import TaskRow, of_instance

# Partial indexes are used for a literal only, not for a parameter.
_ENDED: ColumnElement[bool] = literal_column("task.ended_by IS NOT NULL")


@dataclass(frozen=True, slots=True)
class Sight:
    """All is plain, or masked but for what was revealed, each until an instant."""

    plain: bool
    may_reveal: bool = False
    revealed: Mapping[str, datetime] = field(default_factory=dict)

    def of(self, private: Mapping[str, str], values: Mapping[str, Any], *, confidential: bool) -> dict[str, Any]:
        """Return values as the reader sees them; `private` tells which are masked, and how."""
        if self.plain:
            return dict(values)
        hidden = {name: kind for name, kind in private.items() if name not in self.revealed}
        return masked(hidden, values, confidential=confidential)


def sight_of(session: Database, register: Register, case: Case, reader: Reader, at: datetime) -> Sight:
    """Return what the reader, who may read the case, sees at `at`.

    What was revealed counts only as long as the reader may still reveal it: a case that became confidential since,
    or a group that was left, hides it at once.
    """
    if not register.private or may_see_private(session, register, case, reader):
        return Sight(plain=True)
    allowed = may_reveal(
        reader.groups, revealers=register.revealers, confidential=case.confidential,
        has_worked=not case.confidential and _has_worked(session, case, reader.user),
    )  # fmt: skip
    return Sight(False, True, active_reveals(session, case, reader.user, at)) if allowed else Sight(False)


def active_reveals(session: Database, case: Case, user: str, at: datetime) -> dict[str, datetime]:
    """Return what is shown to the user of this case now, by variable, and until when."""
    mine = (
        Disclosure.tenant == case.tenant, Disclosure.instance_id == case.instance_id, Disclosure.user == user,
        Disclosure.kind == "reveal", Disclosure.at <= at, Disclosure.until > at,
    )  # fmt: skip
    rows = session.execute(select(Disclosure.what, Disclosure.until).where(*mine).order_by(Disclosure.until))
    return {what: until for what, until in rows if until is not None}


def _has_worked(session: Database, case: Case, user: str) -> bool:
    done = select(TaskRow.id).where(
        TaskRow.tenant == case.tenant, _ENDED, TaskRow.ended_by == user, of_instance(case.instance_id)
    )
    return session.execute(done.limit(1)).first() is not None
