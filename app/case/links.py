"""Links between cases: what one grew out of, what is related; one that is removed stays, to be put back and told of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, Update, and_, exists, or_, select, update
from sqlalchemy import case as either
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import aliased

from app.case.errors import LinkNotFound, LinkRefused
from app.case.models import Case, CaseLink, Database

ORIGIN, RELATED, DUPLICATE = "origin", "related", "duplicate"
BY_HAND = (RELATED, DUPLICATE)
"""The kinds that people may link and unlink; an origin is what the process says."""


@dataclass(frozen=True, slots=True)
class Linked:
    """A link, seen from one of its cases: `case` is the other one."""

    link: CaseLink
    case: Case
    grew_out: bool  # the other one grew out of this one

    @property
    def is_origin(self) -> bool:
        """Tell whether this one grew out of the other."""
        return self.link.kind == ORIGIN and not self.grew_out


def links_of(session: Database, case: Case) -> list[Linked]:
    """Return a case's links, also those that were removed, the newest first; one statement.

    Whether the reader may read the other cases is the caller's to check.
    """
    mine = _touches(case)
    other = either((CaseLink.from_instance == case.instance_id, CaseLink.to_instance), else_=CaseLink.from_instance)
    rows = session.execute(
        select(CaseLink, Case)
        .join(Case, and_(Case.tenant == CaseLink.tenant, Case.instance_id == other))
        .where(mine).order_by(CaseLink.at.desc(), CaseLink.id.desc())
    )  # fmt: skip
    return [
        Linked(link, there, link.kind == ORIGIN and link.to_instance == case.instance_id) for link, there in rows
    ]


def family_of(session: Database, case: Case) -> tuple[list[tuple[str, str]], dict[str, Case]]:
    """Return what a case grew out of, and what grew out of that and of it, however far; two statements.

    First the pairs (what grew, out of what), then the cases by instance, this one left out.
    """
    start = select(Case.instance_id.label("id")).where(Case.tenant == case.tenant, Case.instance_id == case.instance_id)
    grown = _standing_origins(case.tenant)
    down = start.cte("down", recursive=True)
    down = down.union(grown.with_only_columns(CaseLink.from_instance).where(CaseLink.to_instance == down.c.id))
    up = start.cte("up", recursive=True)
    up = up.union(grown.with_only_columns(CaseLink.to_instance).where(CaseLink.from_instance == up.c.id))
    ends = or_(CaseLink.to_instance.in_(select(down.c.id)), CaseLink.from_instance.in_(select(up.c.id)))
    pairs = [(row[0], row[1]) for row in session.execute(grown.where(ends))]
    ids = {instance_id for pair in pairs for instance_id in pair} - {case.instance_id}
    found = session.scalars(select(Case).where(Case.tenant == case.tenant, Case.instance_id.in_(ids))) if ids else ()
    return pairs, {each.instance_id: each for each in found}


def _standing_origins(tenant: str) -> Select[str, str]:
    mine = (CaseLink.tenant == tenant, CaseLink.kind == ORIGIN, CaseLink.removed_at.is_(None))
    return select(CaseLink.from_instance, CaseLink.to_instance).where(*mine)


def link_cases(session: Database, case: Case, other: Case, kind: str, *, by: str, at: datetime) -> bool:
    """Link two cases that the person may read; return False when they are linked so already. Raises LinkRefused."""
    if kind not in BY_HAND:
        raise LinkRefused(f"nobody links cases as {kind}")
    if case.instance_id == other.instance_id:
        raise LinkRefused(f"case {case.number} is not linked with itself")
    older, newer = sorted((case.instance_id, other.instance_id))  # ids grow with time
    return write_link(session, case.tenant, newer, older, kind, by=by, at=at)


def write_link(
    session: Database, tenant: str, from_instance: str, to_instance: str, kind: str, *, by: str, at: datetime
) -> bool:
    """Write a link unless it stands already, whoever else does so at this moment; return whether it was written."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    row = {
        "tenant": tenant, "from_instance": from_instance, "to_instance": to_instance, "kind": kind, "at": at, "by": by,
    }  # fmt: skip
    written = insert(CaseLink).values(row).on_conflict_do_nothing().returning(CaseLink.id)
    return session.execute(written).first() is not None


def remove_link(session: Database, case: Case, link_id: int, *, by: str, at: datetime) -> None:
    """Remove a link that people may remove. Raises LinkNotFound."""
    standing = update(CaseLink).where(CaseLink.removed_at.is_(None)).values(removed_at=at, removed_by=by)
    _change(session, case, link_id, standing)


def restore_link(session: Database, case: Case, link_id: int) -> None:
    """Put a link back as it was. Raises LinkNotFound, also when the two have been linked anew since."""
    anew = aliased(CaseLink)
    same = (
        anew.tenant == CaseLink.tenant, anew.from_instance == CaseLink.from_instance,
        anew.to_instance == CaseLink.to_instance, anew.kind == CaseLink.kind, anew.removed_at.is_(None),
    )  # fmt: skip
    removed = update(CaseLink).where(CaseLink.removed_at.is_not(None), ~exists().where(*same))
    _change(session, case, link_id, removed.values(removed_at=None, removed_by=None))


def _change(session: Database, case: Case, link_id: int, change: Update) -> None:
    mine = change.where(_touches(case), CaseLink.id == link_id, CaseLink.kind.in_(BY_HAND))
    mine = mine.returning(CaseLink.id).execution_options(synchronize_session=False)
    if session.execute(mine).first() is None:
        raise LinkNotFound(f"case {case.number} has no link {link_id} to change")


def _touches(case: Case) -> ColumnElement[bool]:
    ends = or_(CaseLink.from_instance == case.instance_id, CaseLink.to_instance == case.instance_id)
    return and_(CaseLink.tenant == case.tenant, ends)
