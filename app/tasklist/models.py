"""What somebody has begun to type into a task's form."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from sqlalchemy import (
    JSON,
    Connection,
    Delete,
    Index,
    Table,
    and_,
    bindparam,
    delete,
    exists,
    literal_column,
)
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.tables import Base, TaskRow


class Draft(Base):
    """The unfinished answers of one person to one task; it goes when that person completes the task."""

    __tablename__ = "draft"
    __table_args__ = (Index("ix_draft_task", "tenant", "task_id"),)

    tenant: Mapped[str] = mapped_column(primary_key=True)
    user: Mapped[str] = mapped_column("login", primary_key=True)
    task_id: Mapped[str] = mapped_column(primary_key=True)
    data: Mapped[dict[str, Any]] = mapped_column(JSON)
    saved_at: Mapped[datetime]


_DRAFT, _TASK = cast(Table, Draft.__table__), cast(Table, TaskRow.__table__)
_IS_OPEN = exists().where(
    _TASK.c.tenant == _DRAFT.c.tenant, _TASK.c.id == _DRAFT.c.task_id, _TASK.c.status == literal_column("'open'")
)
FORGET_DRAFTS: Delete = delete(_DRAFT).where(
    _DRAFT.c.tenant == bindparam("of"),
    _DRAFT.c.task_id >= bindparam("first"), _DRAFT.c.task_id < bindparam("last"), ~_IS_OPEN,
    ~and_(_DRAFT.c.task_id == bindparam("done"), _DRAFT.c.login != bindparam("by")),
)  # fmt: skip
"""Forgets an instance's drafts for tasks that are no longer open; made once, as it runs with every completed task."""


def forget_drafts(connection: Connection, tenant: str, task_id: str, by: str) -> None:
    """Forget what was typed into a task that is done, and into those of its instance that are no longer open.

    What others have typed into this very task stays until the next one is done: they find it where the task was.
    """
    instance_id = task_id.partition(":")[0]
    keys = {"of": tenant, "first": f"{instance_id}:", "last": f"{instance_id};", "done": task_id, "by": by}
    connection.execute(FORGET_DRAFTS, keys)

