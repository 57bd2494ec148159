"""Which open tasks somebody may do on behalf of another: one rule, for a task at hand and as a condition of SQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Text,
    and_,
    case,
    cast,
    false,
    literal,
    literal_column,
    not_,
    null,
    or_,
    select,
    union_all,
)

from app.case.gathered import gathered
from engine.store import TaskRecord
from engine.store.tables import TaskCandidateRow, TaskRow

# Partial indexes are used for a literal only, not for a parameter.
_OPEN: ColumnElement[bool] = literal_column("task.status = 'open'")


@dataclass(frozen=True, slots=True)
class Cover:
    """Somebody stands in for `owner` in a post of `group`; `others` are the groups of the owner's other posts.

    `excluded` are tasks (`process/element`) that a substitute may not do. Without `left_by` it covers all but these;
    with it, just these and those that separation of duties forbids one of `left_by`, the substitutes.
    """

    owner: str
    group: str
    others: frozenset[str] = frozenset()  # the groups of the owner's other posts: what is theirs has its own substitute
    excluded: frozenset[str] = frozenset()
    left_by: tuple[str, ...] = ()
    post: str = ""  # the post itself as a group, where diagrams ask for it

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups by which a task is offered to the post."""
        return (self.group, self.post) if self.post else (self.group,)

    def fits(self, task: TaskRecord, user: str) -> bool:
        """Tell whether the user may do this task on the owner's behalf."""
        groups = set(task.candidate_groups)
        if task.status != "open" or {user, self.owner} & set(task.excluded_users):
            return False
        if task.assignee is None:
            belongs = not groups.isdisjoint(self.groups) or self.owner in task.candidate_users
        else:
            is_posts = not groups.isdisjoint(self.groups) or self.others.isdisjoint(groups)
            belongs = task.assignee == self.owner and is_posts
        is_excluded = f"{task.definition_key}/{task.element_id}" in self.excluded
        if self.left_by:
            return belongs and (is_excluded or not set(self.left_by).isdisjoint(task.excluded_users))
        return belongs and not is_excluded


def owners(covers: Sequence[Cover], task: TaskRecord, user: str) -> list[str]:
    """Return on whose behalf the user may do this task, the first post's first."""
    return list(dict.fromkeys(cover.owner for cover in covers if cover.fits(task, user)))


def covered(tenant: str, user: str, covers: Sequence[Cover]) -> ColumnElement[bool]:
    """Ask for the open tasks that the user may do on somebody's behalf."""
    if not covers:
        return false()
    conditions = or_(*(_condition(tenant, user, cover) for cover in covers))
    return and_(TaskRow.tenant == tenant, _OPEN, gathered(TaskRow.id, _near(tenant, covers)), conditions)


def _near(tenant: str, covers: Sequence[Cover]) -> CompoundSelect[Any]:
    """Ask for the ids of all tasks that the owners have or may take, by indexes: the conditions are tried on no more.

    Without it a database walks through every task there ever was, for the conditions are alternatives.
    """
    task, candidate = TaskRow.__table__.alias("near_task").c, TaskCandidateRow.__table__.c
    owners = sorted({cover.owner for cover in covers})
    groups = sorted({group for cover in covers for group in cover.groups})
    is_open: ColumnElement[bool] = literal_column("near_task.status = 'open'")
    offered = select(candidate.task_id).where(candidate.tenant == tenant).correlate(None)
    return union_all(
        select(task.id).where(task.tenant == tenant, is_open, task.assignee.in_(owners)),
        offered.where(candidate.kind == "group", candidate.name.in_(groups)),
        offered.where(candidate.kind == "user", candidate.name.in_(owners)),
    )


def owner_of(tenant: str, user: str, covers: Sequence[Cover]) -> ColumnElement[Any]:
    """Return the column that says on whose behalf the user may do a task that is `covered`; null without covers."""
    if not covers:
        return cast(null(), Text)
    *others, last = covers
    if all(cover.owner == last.owner for cover in others):
        return literal(last.owner)
    return case(*((_condition(tenant, user, cover), literal(cover.owner)) for cover in others), else_=last.owner)


def _condition(tenant: str, user: str, cover: Cover) -> ColumnElement[bool]:
    of_group = _is_candidate(tenant, "group", cover.groups)
    mine = TaskRow.assignee == cover.owner
    if cover.others:
        mine = and_(mine, or_(of_group, not_(_is_candidate(tenant, "group", sorted(cover.others)))))
    offered = and_(TaskRow.assignee.is_(None), or_(of_group, _is_candidate(tenant, "user", (cover.owner,))))
    belongs = and_(or_(mine, offered), not_(_is_candidate(tenant, "excluded", (user, cover.owner))))
    name = TaskRow.definition_key + "/" + TaskRow.element_id
    is_excluded = name.in_(sorted(cover.excluded)) if cover.excluded else false()
    if cover.left_by:
        return and_(belongs, or_(is_excluded, _is_candidate(tenant, "excluded", cover.left_by)))
    return and_(belongs, not_(is_excluded)) if cover.excluded else belongs


def _is_candidate(tenant: str, kind: str, names: Sequence[str]) -> ColumnElement[bool]:
    candidate = TaskCandidateRow.__table__.c
    known = candidate.tenant == tenant, candidate.kind == kind, candidate.name.in_(names)
    return TaskRow.id.in_(select(candidate.task_id).where(*known).correlate(None))
