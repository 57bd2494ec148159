"""Founding, renaming and ending posts, and who is A or B of one from when to when."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select

from app.case.errors import CaseError, CaseNotFound
from app.case.models import Database
from app.people.models import Group, Post, PostTerm
from app.people.queries import known_people

LONGEST_NAME = 40
_ID = re.compile(r"[a-z][a-z0-9_]{1,39}")
_TASK = re.compile(r"[A-Za-z_][\w.-]*/[A-Za-z_][\w.-]*")


class PostNotFound(CaseNotFound):
    """There is no such post."""

    code = "post_not_found"


class PostInvalid(CaseError):
    """The post's short name, name, office or excluded tasks cannot be right."""

    code = "post_invalid"


class PostTaken(CaseError):
    """There is, or was, a post of this short name."""

    code = "post_taken"


class PostOver(CaseError):
    """The post has ended: it is history."""

    code = "post_over"


class AppointmentRefused(CaseError):
    """Nobody has this login, the part is neither A nor B, or the term lies in the past or ends before it begins."""

    code = "appointment_refused"


class SamePerson(AppointmentRefused):
    """Whoever is A cannot be B of the same post."""

    code = "a_is_b"


class TermOverlaps(AppointmentRefused):
    """Somebody is appointed to this part of the post for a time of that already."""

    code = "term_overlaps"


def found(
    session: Database, tenant: str, post_id: str, name: str, group_id: str, excluded: Sequence[str] = ()
) -> Post:
    """Found a post. Raises PostInvalid, PostTaken."""
    if not _ID.fullmatch(post_id):
        raise PostInvalid("a short name is 2 to 40 small letters, digits and _, a letter first")
    _check(session, tenant, name, group_id, excluded)
    if session.get(Post, (tenant, post_id)) is not None:
        raise PostTaken(f"there is a post {post_id}")
    last = session.scalar(select(func.max(Post.order)).where(Post.tenant == tenant))
    order = 0 if last is None else last + 1
    post = Post(
        tenant=tenant, id=post_id, name=name, group_id=group_id, excluded=" ".join(excluded), order=order,
        valid_to=None,
    )  # fmt: skip
    session.add(post)
    session.flush()
    return post


def change(
    session: Database, tenant: str, post_id: str, name: str, group_id: str, excluded: Sequence[str], *, at: datetime
) -> None:
    """Rename a post, move it, keep other tasks from its B. Raises PostNotFound, PostOver, PostInvalid.

    Running instances name posts by their short names, so none of them changes.
    """
    post = current(session, tenant, post_id, at)
    _check(session, tenant, name, group_id, excluded)
    post.name, post.group_id, post.excluded = name, group_id, " ".join(excluded)
    session.flush()


def end(session: Database, tenant: str, post_id: str, *, at: datetime) -> None:
    """End a post, with all its terms: what still asks for it is its office's head's. Raises PostNotFound, PostOver."""
    post = current(session, tenant, post_id, at)
    post.valid_to = at
    for term in terms_of(session, tenant, post_id):
        if term.valid_from >= at:
            session.delete(term)
        elif term.valid_to is None or term.valid_to > at:
            term.valid_to = at
    session.flush()


def current(session: Database, tenant: str, post_id: str, at: datetime) -> Post:
    """Return a post that has not ended. Raises PostNotFound, PostOver."""
    post = session.get(Post, (tenant, post_id))
    if post is None:
        raise PostNotFound(f"there is no post {post_id}")
    if post.valid_to is not None and post.valid_to <= at:
        raise PostOver(f"post {post_id} has ended")
    return post


def terms_of(session: Database, tenant: str, post_id: str) -> Sequence[PostTerm]:
    """Return who was, is and will be A and B of a post, the latest first."""
    own = select(PostTerm).where(PostTerm.tenant == tenant, PostTerm.post_id == post_id)
    return session.scalars(own.order_by(PostTerm.valid_from.desc(), PostTerm.part)).all()


def appoint(
    session: Database, tenant: str, post_id: str, part: str, login: str, *, at: datetime,
    begins: datetime | None = None, ends: datetime | None = None,
) -> None:
    """Let somebody be A or B of a post from `begins` (now) on, until `ends` or for good.

    Whoever held it without an end holds it until then, and that stays known. Raises PostNotFound, PostOver, SamePerson,
    TermOverlaps, AppointmentRefused.
    """
    begins = begins or at
    post = current(session, tenant, post_id, at)
    if part not in ("A", "B") or login not in known_people(session, tenant, "user"):
        raise AppointmentRefused(f"{login} cannot be {part} of post {post_id}")
    if begins < at or (ends is not None and ends <= begins):
        raise AppointmentRefused("an appointment begins now or later, and ends after it begins")
    if post.valid_to is not None and (ends is None or ends > post.valid_to):
        raise PostOver(f"post {post_id} ends before")
    meeting = [term for term in terms_of(session, tenant, post_id) if _meets(term, begins, ends)]
    if any(term.login == login for term in meeting if term.part != part):
        raise SamePerson(f"{login} is the other of post {post_id}")
    mine = [term for term in meeting if term.part == part]
    if any(term.valid_from >= begins or term.valid_to is not None for term in mine):
        raise TermOverlaps(f"somebody is {part} of post {post_id} at that time already")
    if any(term.login == login for term in mine) and ends is None:
        return
    for term in mine:
        term.valid_to = begins
    session.add(
        PostTerm(tenant=tenant, post_id=post_id, part=part, valid_from=begins, login=login, valid_to=ends)
    )
    session.flush()


def end_term(
    session: Database, tenant: str, post_id: str, part: str, begins: datetime, *, at: datetime
) -> None:
    """End somebody's term now, or take it back before it has begun. Raises PostNotFound, AppointmentRefused."""
    term = session.get(PostTerm, (tenant, post_id, part, begins))
    if term is None:
        raise PostNotFound(f"there is no such term of post {post_id}")
    if term.valid_to is not None and term.valid_to <= at:
        raise AppointmentRefused("the term is over")
    if term.valid_from >= at:
        session.delete(term)
    else:
        term.valid_to = at
    session.flush()


def _meets(term: PostTerm, begins: datetime, ends: datetime | None) -> bool:
    return (ends is None or term.valid_from < ends) and (term.valid_to is None or begins < term.valid_to)


def _check(session: Database, tenant: str, name: str, group_id: str, excluded: Sequence[str]) -> None:
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise PostInvalid(f"a post has a name of 1 to {LONGEST_NAME} characters")
    if session.get(Group, (tenant, group_id)) is None:
        raise PostInvalid(f"there is no group {group_id}")
    if not all(map(_TASK.fullmatch, excluded)):
        raise PostInvalid("excluded tasks are written as process/element")
