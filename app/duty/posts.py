"""The posts with their A and B, as the chart and the board show them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select

from app.case.models import Database
from app.duty.rules import Hold, Post, PostVacant, Roster, on_duty, turns
from app.people.models import Post as PostRow


@dataclass(frozen=True, slots=True)
class Span:
    """From when to when somebody holds a post otherwise than A; `hold` None: nobody does."""

    begins: datetime
    ends: datetime
    hold: Hold | None


def post_names(session: Database, tenant: str, at: datetime | None = None) -> dict[str, str]:
    """Return what the posts are called: all that there ever were, or those of an instant."""
    lives = () if at is None else (or_(PostRow.valid_to.is_(None), PostRow.valid_to > at),)
    return dict(session.execute(select(PostRow.id, PostRow.name).where(PostRow.tenant == tenant, *lives)).all())


def holds_at(post: Post, at: datetime, roster: Roster) -> Hold | None:
    """Return who holds a post, None when nobody does."""
    try:
        return on_duty(post, at, roster)
    except PostVacant:
        return None


def changes(post: Post, roster: Roster, begins: datetime, ends: datetime) -> Iterator[Span]:
    """Yield when a post is held by another than A, as far as is known now; not before somebody was appointed."""
    begins = max(begins, min((term.begins for term in post.terms), default=begins))
    marks = turns(roster, begins, ends) if begins < ends else []
    last: Span | None = None
    for mark, until in zip(marks, [*marks[1:], ends], strict=True):
        hold = holds_at(post, mark, roster)
        if last is not None and last.hold == hold and last.ends == mark:
            last = Span(last.begins, until, hold)
            continue
        if last is not None and not _is_usual(last):
            yield last
        last = Span(mark, until, hold)
    if last is not None and not _is_usual(last):
        yield last


def _is_usual(span: Span) -> bool:
    return span.hold is not None and span.hold.rung == "A"

