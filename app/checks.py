"""What auditors did: which chains they checked, with what result, and which they took along; rows are only added."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import Identity, Index, func, select
from sqlalchemy.orm import Mapped, mapped_column

from app.case.models import Database
from engine.store.tables import Base

Kind = Literal["whole", "broken", "exported"]
KINDS: tuple[Kind, ...] = ("whole", "broken", "exported")
RECENT = timedelta(days=30)


class AuditCheck(Base):
    """That somebody had an instance's chain checked, or took its record along."""

    __tablename__ = "audit_check"
    __table_args__ = (Index("ix_audit_check_at", "tenant", "at"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    tenant: Mapped[str]
    at: Mapped[datetime]
    user: Mapped[str] = mapped_column("login")
    instance_id: Mapped[str]
    kind: Mapped[str]  # a Kind


def note_check(session: Database, tenant: str, instance_id: str, kind: Kind, *, by: str, at: datetime) -> None:
    """Note what somebody did with an instance's record."""
    session.add(AuditCheck(tenant=tenant, at=at, user=by, instance_id=instance_id, kind=kind))
    session.flush()


def count_checks(session: Database, tenant: str, now: datetime) -> dict[Kind, int]:
    """Return how many of each kind there were in the last 30 days."""
    recent = select(AuditCheck.kind, func.count()).where(AuditCheck.tenant == tenant, AuditCheck.at > now - RECENT)
    found = dict(session.execute(recent.group_by(AuditCheck.kind)).all())
    return {kind: int(found.get(kind, 0)) for kind in KINDS}


def read_checks(
    session: Database, tenant: str, now: datetime, *, kind: str = "", before: int | None = None, limit: int = 50
) -> Sequence[AuditCheck]:
    """Return the checks of the last 30 days, the newest first."""
    recent = select(AuditCheck).where(AuditCheck.tenant == tenant, AuditCheck.at > now - RECENT)
    if kind:
        recent = recent.where(AuditCheck.kind == kind)
    if before is not None:
        recent = recent.where(AuditCheck.id < before)
    return session.scalars(recent.order_by(AuditCheck.id.desc()).limit(limit)).all()
