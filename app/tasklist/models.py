"""What somebody has begun to type into a task's form."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.tables import Base


class Draft(Base):
    """The unfinished answers of one person to one task; it goes when that person completes the task."""

    __tablename__ = "draft"
    __table_args__ = (Index("ix_draft_task", "tenant", "task_id"),)

    tenant: Mapped[str] = mapped_column(primary_key=True)
    user: Mapped[str] = mapped_column("login", primary_key=True)
    task_id: Mapped[str] = mapped_column(primary_key=True)
    data: Mapped[dict[str, Any]] = mapped_column(JSON)
    saved_at: Mapped[datetime]

