"""Filters that people keep: named, private or shared, and one of them the way a register opens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKeyConstraint, Identity, Index, delete, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from app.case.errors import FilterNotFound, FilterRefused
from app.case.models import Database
from app.people.queries import Person, group_names, names
from engine.store.tables import Base

LONGEST_NAME = 40
MOST = 50
EVERYONE = "*"


class SavedFilter(Base):
    """What somebody asks of a register again and again: the arguments of its address, under a name.

    `shared_with` is "" (nobody), EVERYONE who reads the register, or a group of its owner's. What is deleted stays, to
    be put back.
    """

    __tablename__ = "saved_filter"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "owner"], ["person.tenant", "person.login"]),
        Index("ix_saved_filter_register", "tenant", "process_key", "owner"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    tenant: Mapped[str]
    process_key: Mapped[str]
    owner: Mapped[str]
    name: Mapped[str]
    query: Mapped[dict[str, Any]] = mapped_column(JSON)
    shared_with: Mapped[str] = mapped_column(default="")
    saved_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]


class OpeningFilter(Base):
    """The filter with which a register opens for somebody."""

    __tablename__ = "opening_filter"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "login"], ["person.tenant", "person.login"]),
        ForeignKeyConstraint(["filter_id"], ["saved_filter.id"]),
    )

    tenant: Mapped[str] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(primary_key=True)
    process_key: Mapped[str] = mapped_column(primary_key=True)
    filter_id: Mapped[int]


@dataclass(frozen=True, slots=True)
class Kept:
    """What a register's page shows of filters: those that one sees, whose they are, with whom one may share."""

    filters: Sequence[SavedFilter]
    owners: Mapping[str, str]
    groups: Sequence[tuple[str, str]]
    opening: int | None
    deleted: SavedFilter | None


def read_kept(session: Database, tenant: str, process_key: str, person: Person, deleted: str) -> Kept:
    """Return the filters of a register for a page; `deleted` names the one that was deleted just now."""
    filters = filters_for(session, tenant, process_key, person)
    chosen = session.get(OpeningFilter, (tenant, person.id, process_key)) if filters else None
    gone = session.get(SavedFilter, int(deleted)) if deleted.isdecimal() and len(deleted) < 10 else None
    is_mine = gone is not None and gone.owner == person.id and gone.deleted_at is not None
    return Kept(
        filters=filters, owners=names(session, tenant, [each.owner for each in filters]) if filters else {},
        groups=list(group_names(session, tenant, person.groups).items()),
        opening=chosen.filter_id if chosen else None, deleted=gone if is_mine else None,
    )  # fmt: skip


def filters_for(session: Database, tenant: str, process_key: str, person: Person) -> Sequence[SavedFilter]:
    """Return one's own filters of a register and those shared with one, by name."""
    seen = or_(
        SavedFilter.owner == person.id, SavedFilter.shared_with == EVERYONE,
        SavedFilter.shared_with.in_(sorted(person.groups)),
    )
    of_register = (SavedFilter.tenant == tenant, SavedFilter.process_key == process_key)
    kept = select(SavedFilter).where(*of_register, SavedFilter.deleted_at.is_(None), seen)
    return session.scalars(kept.order_by(SavedFilter.name, SavedFilter.id)).all()


def save_filter(
    session: Database, tenant: str, process_key: str, person: Person, name: str, query: Mapping[str, str],
    shared_with: str, *, at: datetime,
) -> SavedFilter:
    """Keep a filter under a name. Raises FilterRefused."""
    saved = SavedFilter(
        tenant=tenant, process_key=process_key, owner=person.id, name="", query=dict(query), saved_at=at
    )
    change_filter(session, saved, person, name, shared_with)
    session.add(saved)
    session.flush()
    return saved


def change_filter(session: Database, saved: SavedFilter, person: Person, name: str, shared_with: str) -> None:
    """Name a filter anew, and say who else sees it. Raises FilterRefused."""
    words = " ".join(name.split())
    if not 1 <= len(words) <= LONGEST_NAME or not words.isprintable():
        raise FilterRefused(f"a filter's name has 1 to {LONGEST_NAME} characters")
    if shared_with not in ("", EVERYONE, *person.groups):
        raise FilterRefused(f"{person.id} cannot share a filter with {shared_with[:60]!r}")
    with session.no_autoflush:
        own = [each for each in _own(session, saved) if each is not saved]
    if any(each.name == words for each in own):
        raise FilterRefused(f"{person.id} has a filter {words!r} already")
    if len(own) >= MOST:
        raise FilterRefused(f"{person.id} keeps {MOST} filters of this register already")
    saved.name, saved.shared_with = words, shared_with


def own_filter(session: Database, tenant: str, process_key: str, filter_id: int, person: Person) -> SavedFilter:
    """Return a filter of one's own, deleted or not. Raises FilterNotFound, for another's too."""
    found = session.get(SavedFilter, filter_id)
    if found is None or (found.tenant, found.process_key, found.owner) != (tenant, process_key, person.id):
        raise FilterNotFound(f"{person.id} has no filter {filter_id}")
    return found


def opening_filter(session: Database, tenant: str, process_key: str, person: Person) -> SavedFilter | None:
    """Return the filter with which a register opens for somebody, if it is still there for them."""
    chosen = session.get(OpeningFilter, (tenant, person.id, process_key))
    if chosen is None:
        return None
    seen = filters_for(session, tenant, process_key, person)
    return next((each for each in seen if each.id == chosen.filter_id), None)


def open_with(session: Database, tenant: str, process_key: str, filter_id: int | None, person: Person) -> None:
    """Let a register open with one of the filters that somebody sees, or with none. Raises FilterNotFound."""
    mine = (OpeningFilter.tenant == tenant, OpeningFilter.login == person.id, OpeningFilter.process_key == process_key)
    session.execute(delete(OpeningFilter).where(*mine))
    if filter_id is None:
        return
    if all(each.id != filter_id for each in filters_for(session, tenant, process_key, person)):
        raise FilterNotFound(f"{person.id} sees no filter {filter_id}")
    session.add(OpeningFilter(tenant=tenant, login=person.id, process_key=process_key, filter_id=filter_id))
    session.flush()


def _own(session: Database, saved: SavedFilter) -> Sequence[SavedFilter]:
    return session.scalars(select(SavedFilter).where(
        SavedFilter.tenant == saved.tenant, SavedFilter.process_key == saved.process_key,
        SavedFilter.owner == saved.owner, SavedFilter.deleted_at.is_(None),
    )).all()  # fmt: skip
