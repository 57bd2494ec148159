"""What was shown or taken out of the system, by whom and why: masked values for a while, exports, prints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import ColumnElement, func, select

from app.calendar import LOCAL
from app.case.errors import NothingToReveal, RevealReasonRefused, RevealRefused, TooManyReveals
from app.case.models import Case, Database, Disclosure
from app.case.numbers import hold
from app.case.register import Register
from app.case.sight import Sight, active_reveals

LONGEST_REASON = 200
REVEAL, EXPORT, PRINT = "reveal", "export", "print"


@dataclass(frozen=True, slots=True)
class RevealRules:
    """For how long a value is shown, how often a person may ask in a day, and how much of a reason is one."""

    minutes: int
    per_day: int
    reason_length: int


def reveal(
    session: Database, register: Register, case: Case, sight: Sight, name: str, reason: str, *, by: str, at: datetime,
    rules: RevealRules,
) -> datetime:
    """Let a reader see one masked value for a while, and record it; return until when.

    What is shown already is not recorded again. Raises RevealRefused, NothingToReveal, RevealReasonRefused,
    TooManyReveals.
    """
    if not sight.may_reveal:
        raise RevealRefused(f"{by} may not have masked values of case {case.number} shown")
    if name not in register.private or case.private.get(name) is None:
        raise NothingToReveal(f"case {case.number} has no masked value {name[:60]!r}")
    said = " ".join(reason.split())
    if not rules.reason_length <= len(said) <= LONGEST_REASON or not said.isprintable():
        raise RevealReasonRefused(f"a reason has {rules.reason_length} to {LONGEST_REASON} characters")
    # One after the other: two requests of one person at once must not both find the last place of the day free.
    hold(session, case.tenant, f"reveal {by}")
    if until := active_reveals(session, case, by, at).get(name):
        return until
    if _count_today(session, case.tenant, by, at) >= rules.per_day:
        raise TooManyReveals(f"{by} has had {rules.per_day} masked values shown today")
    until = at + timedelta(minutes=rules.minutes)
    session.add(Disclosure(
        tenant=case.tenant, kind=REVEAL, user=by, at=at, until=until, process_key=case.process_key,
        instance_id=case.instance_id, what=name, reason=said,
    ))  # fmt: skip
    session.flush()
    return until


def note_taken(
    session: Database, tenant: str, kind: str, what: str, *, by: str, at: datetime, process_key: str,
    instance_id: str | None = None, cases: int = 1, reason: str = "",
) -> None:
    """Record an export or a print: of one case, or of `cases` of a register. `what` holds nothing personal."""
    session.add(Disclosure(
        tenant=tenant, kind=kind, user=by, at=at, process_key=process_key, instance_id=instance_id, what=what,
        cases=cases, reason=reason,
    ))  # fmt: skip
    session.flush()


def disclosures_of(session: Database, tenant: str, instance_id: str) -> Sequence[Disclosure]:
    """Return what was shown or taken of one case, the latest first."""
    own = select(Disclosure).where(Disclosure.tenant == tenant, Disclosure.instance_id == instance_id)
    return session.scalars(own.order_by(Disclosure.id.desc())).all()


def find_disclosures(
    session: Database, tenant: str, *, kind: str = "", logins: Sequence[str] | None = None, number: str = "",
    begins: datetime | None = None, ends: datetime | None = None, before: int | None = None, limit: int = 50,
) -> list[tuple[Disclosure, str | None]]:
    """Return what was shown or taken, the latest first, each with its case's number (None: many cases)."""
    wanted: list[ColumnElement[bool]] = [Disclosure.tenant == tenant]
    if kind:
        wanted.append(Disclosure.kind == kind)
    if logins is not None:
        wanted.append(Disclosure.user.in_(logins))
    if number:
        wanted.append(Case.number.startswith(number, autoescape=True))
    if begins is not None:
        wanted.append(Disclosure.at >= begins)
    if ends is not None:
        wanted.append(Disclosure.at < ends)
    if before is not None:
        wanted.append(Disclosure.id < before)
    its_case = (Case.tenant == Disclosure.tenant) & (Case.instance_id == Disclosure.instance_id)
    rows = select(Disclosure, Case.number).outerjoin(Case, its_case).where(*wanted)
    return [(row[0], row[1]) for row in session.execute(rows.order_by(Disclosure.id.desc()).limit(limit))]


def _count_today(session: Database, tenant: str, by: str, at: datetime) -> int:
    begins = datetime.combine(at.astimezone(LOCAL).date(), time(), LOCAL)
    mine = (Disclosure.tenant == tenant, Disclosure.user == by, Disclosure.kind == REVEAL, Disclosure.at >= begins)
    return int(session.scalar(select(func.count()).select_from(Disclosure).where(*mine)) or 0)
