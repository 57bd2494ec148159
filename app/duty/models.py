"""Absences and hand-overs, as rows of one tenant each."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKeyConstraint, Identity, Index
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.tables import Base


class AbsenceRow(Base):
    """Somebody is away from an instant to another; what was taken back stays, with the instant of that."""

    __tablename__ = "absence"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "login"], ["person.tenant", "person.login"]),
        Index("ix_absence_ends", "tenant", "ends"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    tenant: Mapped[str]
    login: Mapped[str]
    kind: Mapped[str]  # "village" | "training" | "trip" | "leave" | "other"
    begins: Mapped[datetime]
    ends: Mapped[datetime]
    note: Mapped[str] = mapped_column(default="")
    entered_by: Mapped[str]
    entered_at: Mapped[datetime]
    overruled: Mapped[bool] = mapped_column(default=False)  # the office let A and B be away together
    withdrawn_at: Mapped[datetime | None]


class Handover(Base):
    """What A left open and said when going away, B's acceptance, and B's report on A's return; one for each post."""

    __tablename__ = "handover"
    __table_args__ = (
        ForeignKeyConstraint(["absence_id"], ["absence.id"]),
        ForeignKeyConstraint(["tenant", "post_id"], ["post.tenant", "post.id"]),
    )

    tenant: Mapped[str] = mapped_column(primary_key=True)
    absence_id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[str] = mapped_column(primary_key=True)
    given_to: Mapped[str]
    tasks: Mapped[list[dict[str, Any]]] = mapped_column(JSON)  # [{"id", "name", "number", "due"}], as they then were
    notes: Mapped[str] = mapped_column(default="")
    made_at: Mapped[datetime]
    accepted_by: Mapped[str | None]
    accepted_at: Mapped[datetime | None]
    report: Mapped[str] = mapped_column(default="")
    reported_by: Mapped[str | None]
    reported_at: Mapped[datetime | None]
