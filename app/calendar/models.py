"""The calendar's rows: notices with their days, the township's own days, office hours, and who changed what."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKeyConstraint, Identity, Index
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.tables import Base


class CalendarNotice(Base):
    """The notice on a year as it was pasted. A year is confirmed when one of its notices is: by a second person."""

    __tablename__ = "calendar_notice"
    __table_args__ = (Index("ix_calendar_notice_year", "tenant", "year", "id"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    tenant: Mapped[str]
    year: Mapped[int]
    text: Mapped[str]
    status: Mapped[str]  # "proposed" | "confirmed" | "replaced" | "rejected"
    pasted_by: Mapped[str]
    pasted_at: Mapped[datetime]
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]


class CalendarDay(Base):
    """An exceptional day of a confirmed notice, or of the township's own, which goes before: `is_local`."""

    __tablename__ = "calendar_day"
    __table_args__ = (ForeignKeyConstraint(["notice_id"], ["calendar_notice.id"]),)

    tenant: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[str] = mapped_column(primary_key=True)  # 2026-10-01
    is_local: Mapped[bool] = mapped_column(primary_key=True)
    is_worked: Mapped[bool]
    name: Mapped[str]
    notice_id: Mapped[int | None]


class CalendarSeason(Base):
    """Office hours that hold from a day of each year (`05-01`) until the next season's begin."""

    __tablename__ = "calendar_season"

    tenant: Mapped[str] = mapped_column(primary_key=True)
    begins: Mapped[str] = mapped_column(primary_key=True)
    hours: Mapped[list[list[str]]] = mapped_column(JSON)


class CalendarChange(Base):
    """Who changed what in the calendar, and when; rows are only ever added."""

    __tablename__ = "calendar_change"
    __table_args__ = (Index("ix_calendar_change_tenant", "tenant", "id"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    tenant: Mapped[str]
    at: Mapped[datetime]
    by: Mapped[str]
    what: Mapped[str]
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
