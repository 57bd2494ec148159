"""What people say about a case, who has opened it, and what their bell tells them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.case.errors import CommentRefused
from app.case.models import Case, CaseView, Comment, Database, Notification

LONGEST = 4000
MOST_NOTIFICATIONS = 100


def add_comment(session: Database, tenant: str, instance_id: str, words: str, *, by: str, at: datetime) -> Comment:
    """Add a comment. Raises CommentRefused when it is empty or longer than 4000 characters."""
    said = words.strip()
    if not said or len(said) > LONGEST or "\0" in said:
        raise CommentRefused(f"a comment has 1 to {LONGEST} characters")
    comment = Comment(tenant=tenant, instance_id=instance_id, at=at, by=by, text=said)
    session.add(comment)
    session.flush()
    return comment


def comments_of(session: Database, tenant: str, instance_id: str) -> Sequence[Comment]:
    """Return a case's comments, the oldest first."""
    own = select(Comment).where(Comment.tenant == tenant, Comment.instance_id == instance_id)
    return session.scalars(own.order_by(Comment.id)).all()


def note_view(session: Database, case: Case, *, by: str, at: datetime) -> None:
    """Note that somebody opened the case; one statement, so that two pages opened at once both count."""
    dialect = session.get_bind().dialect.name
    insert = (postgresql.insert if dialect == "postgresql" else sqlite.insert)(CaseView)
    seen = insert.values(tenant=case.tenant, instance_id=case.instance_id, user=by, first_at=at, last_at=at, times=1)
    again = seen.on_conflict_do_update(
        index_elements=["tenant", "instance_id", "login"], set_={"last_at": at, "times": CaseView.times + 1}
    )
    session.execute(again)


def views_of(session: Database, tenant: str, instance_id: str) -> Sequence[CaseView]:
    """Return who has opened a case, the latest first."""
    own = select(CaseView).where(CaseView.tenant == tenant, CaseView.instance_id == instance_id)
    return session.scalars(own.order_by(CaseView.last_at.desc(), CaseView.user)).all()


def notify(
    session: Database, tenant: str, users: Iterable[str], text: str, *, at: datetime, instance_id: str | None = None,
    params: Mapping[str, Any] | None = None,
) -> None:
    """Put a line under the bell of each of `users`. `text` is a key that pages translate and fill with `params`."""
    session.add_all(
        Notification(tenant=tenant, user=user, text=text, params=dict(params or {}), instance_id=instance_id, at=at)
        for user in dict.fromkeys(users)
    )
    session.flush()


def notifications_of(
    session: Database, tenant: str, user: str, *, unread: bool = False, limit: int = MOST_NOTIFICATIONS
) -> Sequence[Notification]:
    """Return the newest lines under somebody's bell, at most a hundred or `limit`."""
    own = select(Notification).where(Notification.tenant == tenant, Notification.user == user)
    if unread:
        own = own.where(Notification.read_at.is_(None))
    return session.scalars(own.order_by(Notification.id.desc()).limit(limit)).all()


def count_unread(session: Database, tenant: str, user: str) -> int:
    """Return how many lines nobody has read yet."""
    own = select(func.count()).select_from(Notification)
    mine = own.where(Notification.tenant == tenant, Notification.user == user, Notification.read_at.is_(None))
    return int(session.scalar(mine) or 0)


def mark_read(
    session: Database, tenant: str, user: str, *, at: datetime, ids: Sequence[int] | None = None,
    up_to: int | None = None,
) -> None:
    """Mark lines of this person as read: those named, those up to the id `up_to`, or all."""
    mine = update(Notification).where(
        Notification.tenant == tenant, Notification.user == user, Notification.read_at.is_(None)
    )
    if ids is not None:
        mine = mine.where(Notification.id.in_(ids))
    if up_to is not None:
        mine = mine.where(Notification.id <= up_to)
    session.execute(mine.values(read_at=at))
