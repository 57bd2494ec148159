"""The posts with their A and B: as the chart and the board show them, and appointing somebody from an instant on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.case.errors import CaseError, CaseNotFound
from app.case.models import Database
from app.duty.rules import Hold, Post, PostVacant, Roster, on_duty, turns
from app.people.models import Post as PostRow
from app.people.models import PostTerm
from app.people.queries import known_people


class PostNotFound(CaseNotFound):
    """There is no such post."""

    code = "post_not_found"


class AppointmentRefused(CaseError):
    """Nobody has this login, the part is neither A nor B, or a later appointment stands already."""

    code = "appointment_refused"


class SamePerson(AppointmentRefused):
    """Whoever is A cannot be B of the same post."""

    code = "a_is_b"


@dataclass(frozen=True, slots=True)
class Span:
    """From when to when somebody holds a post otherwise than A; `hold` None: nobody does."""

    begins: datetime
    ends: datetime
    hold: Hold | None


def appoint(session: Database, tenant: str, post_id: str, part: str, login: str, *, at: datetime) -> None:
    """Let somebody be A or B of a post from `at` on; until then it was whoever it was, and that stays known.

    Raises PostNotFound, AppointmentRefused, SamePerson.
    """
    if session.get(PostRow, (tenant, post_id)) is None:
        raise PostNotFound(f"there is no post {post_id}")
    if part not in ("A", "B") or login not in known_people(session, tenant, "user"):
        raise AppointmentRefused(f"{login} cannot be {part} of post {post_id}")
    of_post = (PostTerm.tenant == tenant, PostTerm.post_id == post_id)
    terms = session.scalars(select(PostTerm).where(*of_post)).all()
    current = [term for term in terms if term.valid_to is None or term.valid_to > at]
    if any(term.login == login for term in current if term.part != part):
        raise SamePerson(f"{login} is the other of post {post_id}")
    present = [term for term in current if term.part == part]
    if any(term.valid_from >= at for term in present):
        raise AppointmentRefused(f"somebody becomes {part} of post {post_id} at that time already")
    if any(term.login == login for term in present):
        return
    for term in present:
        term.valid_to = at
    session.add(PostTerm(tenant=tenant, post_id=post_id, part=part, valid_from=at, login=login))
    session.flush()


def post_names(session: Database, tenant: str) -> dict[str, str]:
    """Return what the posts are called."""
    return dict(session.execute(select(PostRow.id, PostRow.name).where(PostRow.tenant == tenant)).all())


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

