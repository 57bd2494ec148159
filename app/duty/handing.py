"""Handing over: what A leaves open and says, B's acceptance, and B's report when A is back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from app.case.covers import Cover, covered
from app.case.errors import CaseError, CaseNotFound
from app.case.models import Case, Database
from app.duty.absences import AbsenceOver
from app.duty.models import AbsenceRow, Handover
from app.duty.reading import read_roster
from app.people.queries import post_group
from engine.store.tables import TaskRow

LONGEST = 4000


class PostNotHeld(CaseError):
    """The absent person is no post's A at that time, or the post has no B."""

    code = "post_not_held"


class HandoverNotFound(CaseNotFound):
    """Nothing was handed over there."""

    code = "handover_not_found"


class HandoverClosed(CaseError):
    """The hand-over has been accepted, or the report was given: neither changes any more."""

    code = "handover_closed"


class TextRefused(CaseError):
    """The text is empty or too long."""

    code = "handover_text_refused"


def hand_over(session: Database, row: AbsenceRow, notes: str, *, at: datetime) -> list[Handover]:
    """Write down, for each post of the absent person, what is open and what B should know.

    Until B has accepted, a second one takes the place of the first. Raises PostNotHeld, AbsenceOver, TextRefused.
    """
    if row.withdrawn_at is not None or row.ends <= at:
        raise AbsenceOver(f"absence {row.id} is over")
    if len(notes) > LONGEST:
        raise TextRefused("the notes are too long")
    when = max(row.begins, at)
    roster = read_roster(session, row.tenant, when)
    held = [post for post in roster.posts if post.held_by("A", when) == row.login]
    made: list[Handover] = []
    for post in held:
        if (substitute := post.held_by("B", when)) is None:
            continue
        rest = [other for other in held if other.id != post.id]
        others = frozenset(name for other in rest for name in (other.group, post_group(other.id))) - {post.group}
        kept = session.get(Handover, (row.tenant, row.id, post.id))
        if kept is not None and kept.accepted_at is not None:
            raise HandoverClosed(f"{post.id} has been accepted")
        tasks = _open_tasks(session, row.tenant, Cover(row.login, post.group, others, post=post_group(post.id)))
        made.append(
            session.merge(
                Handover(
                    tenant=row.tenant, absence_id=row.id, post_id=post.id, given_to=substitute, tasks=tasks,
                    notes=notes, made_at=at,
                )
            )
        )
    if not made:
        raise PostNotHeld(f"{row.login} is the A of no post with a B")
    session.flush()
    return made


def accept(handover: Handover, *, by: str, at: datetime) -> None:
    """Let B accept what was handed over. Raises HandoverClosed."""
    if handover.accepted_at is not None:
        raise HandoverClosed(f"{handover.post_id} has been accepted")
    handover.accepted_by, handover.accepted_at = by, at


def report(handover: Handover, text: str, *, by: str, at: datetime) -> None:
    """Let B tell what was done meanwhile. Raises HandoverClosed, TextRefused."""
    if handover.reported_at is not None:
        raise HandoverClosed(f"{handover.post_id} has its report")
    if not text or len(text) > LONGEST:
        raise TextRefused("a report has 1 to 4000 characters")
    handover.report, handover.reported_by, handover.reported_at = text, by, at


def handover(session: Database, tenant: str, absence_id: int, post_id: str) -> Handover:
    """Return a hand-over. Raises HandoverNotFound."""
    found = session.get(Handover, (tenant, absence_id, post_id)) if 0 < absence_id < 2**31 else None
    if found is None:
        raise HandoverNotFound(f"nothing of {post_id} was handed over")
    return found


def _open_tasks(session: Database, tenant: str, cover: Cover) -> list[dict[str, object]]:
    """Return the open tasks of the absent person and of the post, as they now are."""
    of_task = (Case.tenant == TaskRow.tenant) & (Case.instance_id == TaskRow.instance_id)
    rows = session.execute(
        select(TaskRow.id, TaskRow.name, Case.number, TaskRow.due_at)
        .outerjoin(Case, of_task)
        .where(covered(tenant, cover.owner, (cover,)))
        .order_by(TaskRow.created_at, TaskRow.id)
    )
    return [
        {"id": row.id, "name": row.name, "number": row.number, "due": row.due_at.isoformat() if row.due_at else None}
        for row in rows
    ]
