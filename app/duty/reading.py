"""The roster as the database holds it, read in one statement, and for whom somebody stands in."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Text, and_, cast, literal, null, or_, select, union_all

from app.case.covers import Cover
from app.case.models import Database
from app.duty.models import AbsenceRow
from app.duty.rules import Absence, Part, Post, Roster, Standing, Term, back_at, owner_of, standings
from app.people.models import Group, Membership, PostTerm, User
from app.people.models import Post as PostRow
from app.people.queries import post_group
from engine.store import TaskRecord
from engine.store.tables import Instant


def read_roster(session: Database, tenant: str, begins: datetime, ends: datetime | None = None) -> Roster:
    """Return what the rules look at between two instants, or at one, in one statement."""
    rows = session.execute(union_all(*_parts(tenant, begins, ends or begins))).all()
    kinds: dict[str, list[Any]] = {"term": [], "post": [], "away": [], "gone": [], "office": []}
    for row in rows:
        kinds[row.kind].append(row)
    terms: dict[str, list[Term]] = {}
    for row in kinds["term"]:
        part: Part = "A" if row.word == "A" else "B"
        terms.setdefault(row.key, []).append(Term(row.person, part, row.begins, row.ends))
    posts = (
        Post(row.key, row.word, row.person, tuple(terms.get(row.key, ())), frozenset(row.more.split()))
        for row in sorted(kinds["post"], key=lambda row: (row.place, row.key))
    )
    office = sorted(kinds["office"], key=lambda row: (row.place, row.person))
    return Roster(
        posts=tuple(posts), absences=tuple(Absence(row.person, row.begins, row.ends) for row in kinds["away"]),
        gone=frozenset(row.person for row in kinds["gone"]),
        office_head=next((row.word for row in office if row.word), None),
        office=tuple(dict.fromkeys(row.person for row in office)),
    )


def _parts(tenant: str, begins: datetime, ends: datetime) -> Iterable[Any]:
    text, instant = cast(null(), Text), cast(null(), Instant())

    def named(kind: str, *columns: Any) -> list[Any]:
        names = ("key", "person", "word", "more", "place", "begins", "ends")
        return [literal(kind).label("kind"), *(each.label(name) for name, each in zip(names, columns, strict=True))]

    def lasts(valid_from: Any, valid_to: Any) -> Any:
        return and_(valid_from <= ends, or_(valid_to.is_(None), valid_to > begins))

    none = literal(0)
    term, away = PostTerm, AbsenceRow
    yield select(*named("term", term.post_id, term.login, term.part, text, none, term.valid_from, term.valid_to)).where(
        term.tenant == tenant, lasts(term.valid_from, term.valid_to)
    )
    of_group = and_(Group.tenant == PostRow.tenant, Group.id == PostRow.group_id)
    yield select(
        *named("post", PostRow.id, Group.leader, PostRow.group_id, PostRow.excluded, PostRow.order, instant, instant)
    ).join(Group, of_group).where(PostRow.tenant == tenant)
    yield select(*named("away", text, away.login, away.kind, text, none, away.begins, away.ends)).where(
        away.tenant == tenant, away.withdrawn_at.is_(None), away.ends > begins, away.begins <= ends
    )
    yield select(*named("gone", text, User.login, text, text, none, instant, instant)).where(
        User.tenant == tenant, ~User.active
    )
    belongs = and_(Membership.tenant == Group.tenant, Membership.group_id == Group.id)
    yield select(*named("office", Group.id, Membership.login, Group.leader, text, Group.order, instant, instant)).join(
        Membership, belongs
    ).where(Group.tenant == tenant, Group.is_last_resort, lasts(Membership.valid_from, Membership.valid_to))


def covers_of(session: Database, tenant: str, login: str, at: datetime) -> tuple[Cover, ...]:
    """Return for whom somebody stands in at `at`, the first post's first."""
    roster = read_roster(session, tenant, at)
    return tuple(_cover(each, roster, at) for each in standings(at, roster) if each.person == login)


def acting_in(session: Database, tenant: str, task: TaskRecord, at: datetime) -> list[str]:
    """Return who may do a task that is somebody's by name, because that one is away at `at`."""
    roster = read_roster(session, tenant, at)
    found = [each for each in standings(at, roster) if each.owner == task.assignee]
    return list(dict.fromkeys(each.person for each in found if _cover(each, roster, at).fits(task, each.person)))


def away_until(session: Database, tenant: str, person: str, at: datetime) -> datetime | None:
    """Return when a person who is away at `at` is back, as far as it is known then; None for who is there."""
    away = AbsenceRow
    later = (away.tenant == tenant, away.login == person, away.withdrawn_at.is_(None), away.ends > at)
    rows = session.execute(select(away.login, away.begins, away.ends).where(*later))
    return back_at(person, at, [Absence(*row) for row in rows])


def _cover(standing: Standing, roster: Roster, at: datetime) -> Cover:
    post, owner = standing.post, standing.owner
    held = [each for each in roster.posts if owner_of(each, at, roster) == owner and each.id != post.id]
    others = {each.group for each in held} - {post.group} | {post_group(each.id) for each in held}
    # Superiors may do what a substitute may not.
    bounded = standing.rung in ("B", "chain") or standing.left_by
    excluded = post.excluded if bounded else frozenset()
    return Cover(owner, post.group, frozenset(others), excluded, standing.left_by, post=post_group(post.id))
