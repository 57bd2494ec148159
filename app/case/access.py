"""Who may read a case: the readers of its register, its units, who began it, and whoever has or had a task in it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Select, and_, exists, literal_column, or_, select, union_all
from sqlalchemy.orm import aliased

from app.case.covers import Cover, covered
from app.case.models import Case, CaseUnit, Database
from app.case.privacy import sees_private
from app.case.register import Register
from engine.store.tables import TaskCandidateRow, TaskRow, of_instance

# Partial indexes are used for a literal only, not for a parameter.
_OPEN: ColumnElement[bool] = literal_column("task.status = 'open'")
_ENDED: ColumnElement[bool] = literal_column("task.ended_by IS NOT NULL")


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: the login, the ids of the groups, and those for whom the reader stands in."""

    user: str
    groups: frozenset[str]
    covers: tuple[Cover, ...] = ()  # for whom the reader stands in: what is theirs to do, the reader may see


def reads_all(register: Register, reader: Reader) -> bool:
    """Return whether the reader may read every case of the register."""
    return not reader.groups.isdisjoint(register.readers)


def own_cases(tenant: str, reader: Reader) -> CompoundSelect[Any]:
    """Return the select of the instance ids of all cases that concern the reader, of whatever register."""
    groups = sorted(reader.groups)
    return union_all(
        select(CaseUnit.instance_id).where(CaseUnit.tenant == tenant, CaseUnit.unit.in_(groups)),
        select(Case.instance_id).where(Case.tenant == tenant, Case.opened_by == reader.user),
        select(TaskRow.instance_id).where(TaskRow.tenant == tenant, _ENDED, TaskRow.ended_by == reader.user),
        select(TaskRow.instance_id).where(TaskRow.tenant == tenant, _OPEN, TaskRow.assignee == reader.user),
        _offered(tenant, reader.user, groups), *_covered(tenant, reader),
    )


def _covered(tenant: str, reader: Reader) -> list[Select[Any]]:
    """Return, where the reader stands in for somebody, the select of the instances with a task for that."""
    if not reader.covers:
        return []
    return [select(TaskRow.instance_id).where(covered(tenant, reader.user, reader.covers))]


def _offered(tenant: str, user: str, groups: Collection[str]) -> Select[Any]:
    """Return the select of the instances with an open task that the reader is a candidate for."""
    candidate = TaskCandidateRow
    mine = or_(
        and_(candidate.kind == "group", candidate.name.in_(groups)),
        and_(candidate.kind == "user", candidate.name == user),
    )
    return (
        select(TaskRow.instance_id)
        .join(candidate, and_(candidate.tenant == TaskRow.tenant, candidate.task_id == TaskRow.id))
        .where(candidate.tenant == tenant, _OPEN, mine, _not_excluded(user))
    )


def _not_excluded(user: str) -> ColumnElement[bool]:
    """Separation of duties: who may not do a task is not let in by it."""
    excluded = aliased(TaskCandidateRow)
    return ~exists().where(
        excluded.tenant == TaskRow.tenant, excluded.task_id == TaskRow.id,
        excluded.kind == "excluded", excluded.name == user,
    )


def may_read(session: Database, register: Register, case: Case, reader: Reader) -> bool:
    """Return whether the reader may read this case."""
    if reads_all(register, reader):
        return True
    mine = own_cases(case.tenant, reader).subquery()
    return session.execute(select(mine.c[0]).where(mine.c[0] == case.instance_id).limit(1)).first() is not None


def readable(session: Database, cases: Collection[tuple[Register, Case]], reader: Reader) -> frozenset[str]:
    """Return the instance ids of those of these cases, all of one tenant, that the reader may read. One statement."""
    asked = [case for register, case in cases if not reads_all(register, reader)]
    known = {case.instance_id for register, case in cases if reads_all(register, reader)}
    if asked:
        mine = own_cases(asked[0].tenant, reader).subquery()
        known.update(session.scalars(select(mine.c[0]).where(mine.c[0].in_([case.instance_id for case in asked]))))
    return frozenset(known)


def works_on(session: Database, case: Case, reader: Reader) -> bool:
    """Return whether the reader has an open task of this case in hand: claimed, or offered to one of the groups."""
    mine = union_all(
        select(TaskRow.instance_id).where(
            TaskRow.tenant == case.tenant, _OPEN, TaskRow.assignee == reader.user, of_instance(case.instance_id)
        ),
        _offered(case.tenant, reader.user, sorted(reader.groups)).where(
            of_instance(case.instance_id), TaskRow.assignee.is_(None)
        ),
        *(each.where(of_instance(case.instance_id)) for each in _covered(case.tenant, reader)),
    ).subquery()
    return session.execute(select(mine.c[0]).limit(1)).first() is not None


def may_choose_work(session: Database, register: Register, case: Case, reader: Reader) -> bool:
    """Return whether the reader may start what a case offers to be started.

    Those who look after the register, the case's units, and whoever has a task of it in hand.
    """
    of_case = (CaseUnit.tenant == case.tenant, CaseUnit.instance_id == case.instance_id)
    unit = select(CaseUnit.unit).where(*of_case, CaseUnit.unit.in_(sorted(reader.groups))).limit(1)
    return reads_all(register, reader) or session.scalar(unit) is not None or works_on(session, case, reader)


def may_see_private(session: Database, register: Register, case: Case, reader: Reader) -> bool:
    """Return whether the reader sees the names and numbers of this case as they are."""
    return sees_private(
        reader.groups,
        private_readers=register.private_readers,
        confidential_readers=register.confidential_readers,
        confidential=case.confidential,
        involved=not case.confidential and works_on(session, case, reader),
    )
