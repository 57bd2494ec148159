"""Who holds a post at an instant: A, B while A is away, B's own substitute, the department head, the last resort."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Literal

Part = Literal["A", "B"]
Rung = Literal["A", "B", "chain", "head", "office", "owner"]
"""Where somebody stands on the ladder; `owner`: nobody else is there at all, so it stays with A although A is away."""

KINDS = ("village", "training", "trip", "leave", "other")
"""下村, 培训, 出差, 休假, 其他."""


class PostVacant(Exception):
    """Nobody holds the post, and there is nobody to whom it could rise."""


@dataclass(frozen=True, slots=True)
class Term:
    """A person is A or B of a post from an instant on, until another or for good."""

    person: str
    part: Part
    begins: datetime
    ends: datetime | None = None

    def holds(self, at: datetime) -> bool:
        """Tell whether it holds at an instant."""
        return self.begins <= at and (self.ends is None or at < self.ends)


@dataclass(frozen=True, slots=True)
class Post:
    """A post of a group. `excluded`: tasks (`process/element`) that nobody but A and the superiors may do."""

    id: str
    group: str
    head: str | None = None
    terms: tuple[Term, ...] = ()
    excluded: frozenset[str] = frozenset()

    def held_by(self, part: Part, at: datetime) -> str | None:
        """Return who is A or B at an instant, there or away."""
        return next((term.person for term in self.terms if term.part == part and term.holds(at)), None)


@dataclass(frozen=True, slots=True)
class Absence:
    """A person is away from an instant (included) to another (not included)."""

    person: str
    begins: datetime
    ends: datetime

    def overlaps(self, begins: datetime, ends: datetime | None) -> bool:
        """Tell whether it has an instant in common with another span."""
        return (ends is None or self.begins < ends) and begins < self.ends


@dataclass(frozen=True, slots=True)
class Hold:
    """Who holds a post: one person, or several of the last resort at once."""

    people: tuple[str, ...]
    rung: Rung


@dataclass(frozen=True)
class Roster:
    """All that the rules look at; posts stand in the township's order."""

    posts: tuple[Post, ...] = ()
    absences: tuple[Absence, ...] = ()
    gone: frozenset[str] = frozenset()  # whose account has ended
    office_head: str | None = None
    office: tuple[str, ...] = field(default=())  # the members of the last resort, such as 党政办

    @cached_property
    def by_person(self) -> Mapping[str, tuple[Absence, ...]]:
        """The absences of each person."""
        found: dict[str, tuple[Absence, ...]] = {}
        for absence in self.absences:
            found[absence.person] = (*found.get(absence.person, ()), absence)
        return found

    def is_away(self, person: str, at: datetime) -> bool:
        """Tell whether a person cannot act at an instant."""
        return person in self.gone or any(each.begins <= at < each.ends for each in self.by_person.get(person, ()))


def back_at(person: str, at: datetime, absences: Iterable[Absence]) -> datetime | None:
    """Return when a person who is away at `at` is back, absences that follow on one another being one; else None."""
    back = at
    for each in sorted((each for each in absences if each.person == person), key=lambda each: each.begins):
        if each.begins <= back < each.ends:
            back = each.ends
    return back if back > at else None


def owner_of(post: Post, at: datetime, roster: Roster) -> str | None:
    """Return to whom a post belongs at an instant, there or away: A, or where there is none B, the head, the office's.

    Who does its tasks in the own right; others do them for this person.
    """
    return post.held_by("A", at) or post.held_by("B", at) or post.head or roster.office_head


def on_duty(post: Post, at: datetime, roster: Roster) -> Hold:
    """Return who holds `post` at `at`. Raises PostVacant when there is nobody at all."""
    owner, substitute = post.held_by("A", at), post.held_by("B", at)
    if owner is not None and not roster.is_away(owner, at):
        return Hold((owner,), "A")
    if substitute is not None and not roster.is_away(substitute, at):
        return Hold((substitute,), "B")
    if substitute is not None:
        further = _further(substitute, at, roster, {person for person in (owner, substitute) if person})
        if further is not None:
            return Hold((further,), "chain")
    return escalated(post, at, roster)


def _further(person: str, at: datetime, roster: Roster, passed: set[str]) -> str | None:
    """Return who acts for a substitute that is away: the B of the posts that this person holds, and so on.

    Nobody is asked twice, so that posts whose A and B stand in for one another end the search instead of going round.
    """
    for post in roster.posts:
        if post.held_by("A", at) != person:
            continue
        substitute = post.held_by("B", at)
        if substitute is None or substitute in passed:
            continue
        passed.add(substitute)
        if not roster.is_away(substitute, at):
            return substitute
        if (further := _further(substitute, at, roster, passed)) is not None:
            return further
    return None


def escalated(post: Post, at: datetime, roster: Roster, without: Collection[str] = ()) -> Hold:
    """Return to whom a post rises: the department head, then the last resort's, then its members, there or not.

    Raises PostVacant when the township has no last resort and the post no A.
    """

    def can(person: str | None) -> bool:
        return person is not None and person not in without and not roster.is_away(person, at)

    if post.head is not None and can(post.head):
        return Hold((post.head,), "head")
    if roster.office_head is not None and can(roster.office_head):
        return Hold((roster.office_head,), "office")
    members = [person for person in roster.office if person not in without and person not in roster.gone]
    if members:
        return Hold(tuple(person for person in members if can(person)) or tuple(members), "office")
    if (owner := post.held_by("A", at)) is not None:
        return Hold((owner,), "owner")
    raise PostVacant(f"post {post.id} has nobody at {at.isoformat()}")


@dataclass(frozen=True, slots=True)
class Standing:
    """Somebody acts for the owner of a post.

    `left_by`: nobody, or the substitutes for whom this person does just what they may not do.
    """

    post: Post
    owner: str
    person: str
    rung: Rung
    left_by: tuple[str, ...] = ()


def standings(at: datetime, roster: Roster) -> list[Standing]:
    """Return who acts for whom at an instant, in the order of the posts."""
    found: list[Standing] = []
    for post in roster.posts:
        owner = owner_of(post, at, roster)
        if owner is None or not roster.is_away(owner, at):
            continue
        hold = on_duty(post, at, roster)
        found += [Standing(post, owner, person, hold.rung) for person in hold.people if person != owner]
        if hold.rung in ("B", "chain"):
            rest = escalated(post, at, roster, without=(*hold.people, owner))
            found += [
                Standing(post, owner, person, rest.rung, hold.people) for person in rest.people if person != owner
            ]
    return found


def clashes(absence: Absence, roster: Roster, but_not: Iterable[Absence] = ()) -> list[tuple[Post, str]]:
    """Return the posts whose other holder is away at an instant of this absence too, each with that person."""
    others = [each for each in roster.absences if each not in set(but_not) and each.person != absence.person]
    found: list[tuple[Post, str]] = []
    for post in roster.posts:
        for mine in (term for term in post.terms if term.person == absence.person):
            for theirs in (term for term in post.terms if term.part != mine.part):
                begins = max(absence.begins, mine.begins, theirs.begins)
                ends = min(each for each in (absence.ends, mine.ends, theirs.ends) if each is not None)
                away = (each for each in others if each.person == theirs.person and each.overlaps(begins, ends))
                if begins < ends and any(away) and (post, theirs.person) not in found:
                    found.append((post, theirs.person))
    return found


def turns(roster: Roster, begins: datetime, ends: datetime) -> list[datetime]:
    """Return the instants of a span at which somebody's standing may change, its beginning first."""
    marks = {begins}
    for absence in roster.absences:
        marks |= {absence.begins, absence.ends}
    for term in (term for post in roster.posts for term in post.terms):
        marks |= {term.begins, *((term.ends,) if term.ends else ())}
    return sorted(mark for mark in marks if begins <= mark < ends)
