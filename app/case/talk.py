"""What people say about a case, and who has opened it; what their bell tells them is `bell`'s."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from app.case.bell import count_unread, mark_read, notifications_of, notify
from app.case.errors import CommentRefused
from app.case.fulltext import follow_more
from app.case.models import Case, CaseView, Comment, Database

LONGEST = 4000


def add_comment(session: Database, tenant: str, instance_id: str, words: str, *, by: str, at: datetime) -> Comment:
    """Add a comment. Raises CommentRefused when it is empty or longer than 4000 characters."""
    said = words.strip()
    if not said or len(said) > LONGEST or "\0" in said:
        raise CommentRefused(f"a comment has 1 to {LONGEST} characters")
    comment = Comment(tenant=tenant, instance_id=instance_id, at=at, by=by, text=said)
    session.add(comment)
    session.flush()
    follow_more(session, {"tenant": tenant, "instance_id": instance_id})
    return comment


def comments_of(session: Database, tenant: str, instance_id: str) -> Sequence[Comment]:
    """Return a case's comments, the oldest first."""
    own = select(Comment).where(Comment.tenant == tenant, Comment.instance_id == instance_id)
    return session.scalars(own.order_by(Comment.id)).all()


def note_view(session: Database, case: Case, *, by: str, at: datetime, for_whom: str = "") -> None:
    """Note that somebody opened the case, maybe for another."""
    note_views(session, [case], by=by, at=at, for_whom=for_whom)


def note_views(session: Database, cases: Collection[Case], *, by: str, at: datetime, for_whom: str = "") -> None:
    """Note that somebody has seen these cases; one statement, so that two pages at once both count.

    All write in one order, so that no two wait for each other.
    """
    if not cases:
        return
    dialect = session.get_bind().dialect.name
    insert = (postgresql.insert if dialect == "postgresql" else sqlite.insert)(CaseView)
    own = {"login": by, "first_at": at, "last_at": at, "times": 1, "for_whom": for_whom}
    ordered = sorted(cases, key=lambda case: case.instance_id)
    seen = insert.values([{"tenant": case.tenant, "instance_id": case.instance_id, **own} for case in ordered])
    told = {"for_whom": for_whom} if for_whom else {}
    again = seen.on_conflict_do_update(
        index_elements=["tenant", "instance_id", "login"], set_={"last_at": at, "times": CaseView.times + 1, **told}
    )
    session.execute(again)


def views_of(session: Database, tenant: str, instance_id: str) -> Sequence[CaseView]:
    """Return who has opened a case, the latest first."""
    own = select(CaseView).where(CaseView.tenant == tenant, CaseView.instance_id == instance_id)
    return session.scalars(own.order_by(CaseView.last_at.desc(), CaseView.user)).all()


__all__ = [
    "add_comment", "comments_of", "count_unread", "mark_read", "note_view", "notifications_of", "notify", "views_of",
]
