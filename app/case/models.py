"""Cases and what hangs on them, as rows of one tenant each."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import JSON, Float, ForeignKeyConstraint, Identity, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, Session, mapped_column, scoped_session

from engine.store.tables import Base, TaskRow

VOIDED = "已作废"
"""The state of a case that was registered by mistake: it keeps its number and stands in no figure."""
Database: TypeAlias = Session | scoped_session[Any]
"""The session of the transaction that is open; whoever is given one flushes and never commits."""

ShownValues = JSON().with_variant(JSONB(), "postgresql")
"""What is merged in the database, so that a step sends only what it has changed."""


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


class Case(Base):
    """One row of a register, kept in step with its process instance.

    `shown` holds what its declared columns show beyond the row's own, by variable, `private` the values that are
    masked; `text_id` is the row of its texts (CaseText), through which a search finds it. `handled_at` is when the
    work was done that the limit is for; `working_days` what passed until then, or until the case was closed; `response`
    is "in_time" or "late" once a task of `case.response` with a limit was done, `response_due_at` when one that is open
    falls due. `answers` are the results that figures count, as one short text: "" where none is given yet, None where
    they are too long for an index and only `results` has them. `revision` grows with every change, so that the sum of
    all tells whether one has changed.
    """

    __tablename__ = "case_file"
    __table_args__ = (
        UniqueConstraint("tenant", "number"),
        # What registers are walked along tells by itself whether a case is among those that are looked for.
        Index(
            "ix_case_opened", "tenant", "process_key", "opened_at", "instance_id", "text_id", "state", "place",
            "category", "unit",
        ),
        Index("ix_case_state", "tenant", "process_key", "state", "opened_at", "instance_id", "text_id"),
        Index("ix_case_due", "tenant", "process_key", "due_at", "instance_id", "text_id"),
        Index("ix_case_place", "tenant", "process_key", "place", "instance_id", "text_id"),
        Index("ix_case_category", "tenant", "process_key", "category", "instance_id", "text_id"),
        Index("ix_case_unit", "tenant", "process_key", "unit", "instance_id", "text_id"),
        # All that figures look at, in the order in which they are gathered; and what tells whether a day has changed.
        Index(
            "ix_case_figures", "tenant", "process_key", "opened_day", "category", "place", "unit", "state", "answers",
            "closed_at", "due_at", "handled_at", "working_days", "response", "response_due_at",
        ),
        Index("ix_case_day", "tenant", "process_key", "opened_day", "state", "revision"),
        Index(
            "ix_case_closed", "tenant", "process_key", "closed_at", "instance_id", "text_id", "state",
            **_where("closed_at IS NOT NULL"),
        ),
        Index(
            "ix_case_owed", "tenant", "unit", "process_key", "due_at", "handled_at", "opened_day", "category", "place",
            "state", "closed_at", **_where("closed_at IS NULL"),
        ),
        Index(
            "ix_case_begun", "tenant", "opened_by", "opened_at", "process_key", "closed_at",
            **_where("closed_at IS NULL"),
        ),
        Index("ix_case_opener", "tenant", "opened_by", "instance_id"),
        Index(
            "ix_case_response", "tenant", "process_key", "response_due_at", "response", "opened_day", "state",
            **_where("response_due_at IS NOT NULL"),
        ),
    )

    tenant: Mapped[str] = mapped_column(primary_key=True)
    instance_id: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[str]
    process_key: Mapped[str]
    definition_id: Mapped[str]
    title: Mapped[str] = mapped_column(default="")
    state: Mapped[str]
    place: Mapped[str] = mapped_column(default="")
    category: Mapped[str] = mapped_column(default="")
    kind: Mapped[str] = mapped_column(default="")
    urgency: Mapped[str] = mapped_column(default="")
    unit: Mapped[str] = mapped_column(default="")
    source: Mapped[str] = mapped_column(default="")
    confidential: Mapped[bool] = mapped_column(default=False)
    private: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    content: Mapped[str] = mapped_column(default="")
    due_at: Mapped[datetime | None]
    opened_at: Mapped[datetime]
    opened_by: Mapped[str]
    closed_at: Mapped[datetime | None]
    results: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    answers: Mapped[str | None] = mapped_column(default="")
    redo_count: Mapped[int] = mapped_column(default=0)
    takes_no_files: Mapped[bool] = mapped_column(default=False)
    shown: Mapped[dict[str, Any]] = mapped_column(ShownValues, default=dict, server_default="{}")
    text_id: Mapped[int | None]
    opened_day: Mapped[str] = mapped_column(default="")  # 2026-11-23, by the township's time
    handled_at: Mapped[datetime | None]
    working_days: Mapped[float | None] = mapped_column(Float)
    response: Mapped[str] = mapped_column(default="")
    response_due_at: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(default=0)

    @property
    def is_voided(self) -> bool:
        """Tell whether it was registered by mistake."""
        return self.state == VOIDED


class CaseUnit(Base):
    """A unit that a case concerns now: it leads, helps or receives."""

    __tablename__ = "case_unit"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "instance_id"], ["case_file.tenant", "case_file.instance_id"]),
        Index("ix_case_unit_unit", "tenant", "unit", "instance_id"),
    )

    tenant: Mapped[str] = mapped_column(primary_key=True)
    instance_id: Mapped[str] = mapped_column(primary_key=True)
    unit: Mapped[str] = mapped_column(primary_key=True)


class CaseValue(Base):
    """A value of a column that a register is filtered by; a list has a row for each item, a long text overlapping ones.

    `text` holds instants in UTC and dates, as ISO 8601 so that they are in order; `number` only numbers. `text_id` is
    the case's: sets of numbers are made and looked up in faster than sets of ids.
    """

    __tablename__ = "case_value"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "instance_id"], ["case_file.tenant", "case_file.instance_id"]),
        Index("ix_case_value_text", "tenant", "process_key", "name", "text", "instance_id", "text_id"),
        Index(
            "ix_case_value_number", "tenant", "process_key", "name", "number", "instance_id", "text_id",
            sqlite_where=text("number IS NOT NULL"), postgresql_where=text("number IS NOT NULL"),
        ),
    )

    tenant: Mapped[str] = mapped_column(primary_key=True)
    instance_id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    process_key: Mapped[str]
    text: Mapped[str]
    number: Mapped[float | None]
    text_id: Mapped[int | None]


class CaseMonth(Base):
    """What the cases that a month opened add up to, and the mark by which a reader sees whether it still holds."""

    __tablename__ = "case_month"

    tenant: Mapped[str] = mapped_column(primary_key=True)
    process_key: Mapped[str] = mapped_column(primary_key=True)
    month: Mapped[str] = mapped_column(primary_key=True)  # 2026-11
    cases: Mapped[int]
    revisions: Mapped[int]
    shape: Mapped[str]
    tally: Mapped[list[Any]] = mapped_column(JSON)


class CaseNumber(Base):
    """The last serial number given in a sequence, such as `HL-2026-{serial:06}`."""

    __tablename__ = "case_number"

    tenant: Mapped[str] = mapped_column(primary_key=True)
    sequence: Mapped[str] = mapped_column(primary_key=True)
    last: Mapped[int]


class CaseKey(Base):
    """What must not be the same in two cases of a process, as a digest.

    The first case that has it is the 0th, one that was registered all the same the next. `is_duplicate`: another had
    the same when this one came; `reason` why it was kept nevertheless, None until somebody has said so.
    """

    __tablename__ = "case_key"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "instance_id"], ["case_file.tenant", "case_file.instance_id"]),
        UniqueConstraint("tenant", "process_key", "value", "nth"),
    )

    tenant: Mapped[str] = mapped_column(primary_key=True)
    instance_id: Mapped[str] = mapped_column(primary_key=True)
    process_key: Mapped[str]
    value: Mapped[str]
    nth: Mapped[int]
    is_duplicate: Mapped[bool]
    reason: Mapped[str | None]


class Comment(Base):
    """What somebody says about a case, beside its tasks."""

    __tablename__ = "case_comment"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "instance_id"], ["case_file.tenant", "case_file.instance_id"]),
        Index("ix_case_comment_case", "tenant", "instance_id", "id"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    tenant: Mapped[str]
    instance_id: Mapped[str]
    at: Mapped[datetime]
    by: Mapped[str]
    text: Mapped[str]


class Attachment(Base):
    """A file of a case; its bytes stand in the data folder under their SHA-256."""

    __tablename__ = "case_attachment"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "instance_id"], ["case_file.tenant", "case_file.instance_id"]),
        UniqueConstraint("tenant", "instance_id", "sha256"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    tenant: Mapped[str]
    instance_id: Mapped[str]
    name: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]  # bytes
    sha256: Mapped[str]
    at: Mapped[datetime]
    by: Mapped[str]


class AttachmentText(Base):
    """The text of a PDF or DOCX attachment, in which a search looks; `failure` is a code, "" when it could be read.

    Written by an errand after the upload.
    """

    __tablename__ = "attachment_text"
    __table_args__ = (
        ForeignKeyConstraint(["attachment_id"], ["case_attachment.id"]),
        Index("ix_attachment_text_case", "tenant", "instance_id"),
    )

    attachment_id: Mapped[int] = mapped_column(primary_key=True)
    tenant: Mapped[str]
    instance_id: Mapped[str]
    text: Mapped[str]
    read_at: Mapped[datetime]
    failure: Mapped[str] = mapped_column(default="")


class CaseLink(Base):
    """That two cases have to do with each other: `from_instance` grew out of `to_instance`, or is the newer of the two.

    A link that was removed stays, to be put back and to be told of. `told_at`: since when the origin's people know that
    what grew out of it is closed.
    """

    __tablename__ = "case_link"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "from_instance"], ["case_file.tenant", "case_file.instance_id"]),
        ForeignKeyConstraint(["tenant", "to_instance"], ["case_file.tenant", "case_file.instance_id"]),
        Index(
            "uq_case_link_standing", "tenant", "from_instance", "to_instance", "kind", unique=True,
            sqlite_where=text("removed_at IS NULL"), postgresql_where=text("removed_at IS NULL"),
        ),
        Index(
            "uq_case_link_origin", "tenant", "from_instance", unique=True,
            sqlite_where=text("kind = 'origin' AND removed_at IS NULL"),
            postgresql_where=text("kind = 'origin' AND removed_at IS NULL"),
        ),
        Index("ix_case_link_from", "tenant", "from_instance"),
        Index("ix_case_link_to", "tenant", "to_instance"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    tenant: Mapped[str]
    from_instance: Mapped[str]
    to_instance: Mapped[str]
    kind: Mapped[str]  # origin, related or duplicate
    at: Mapped[datetime]
    by: Mapped[str]  # empty: the process itself
    removed_at: Mapped[datetime | None]
    removed_by: Mapped[str | None]
    told_at: Mapped[datetime | None]


class CaseView(Base):
    """That somebody has opened a case: first, last, and how often."""

    __tablename__ = "case_view"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "instance_id"], ["case_file.tenant", "case_file.instance_id"]),
    )

    tenant: Mapped[str] = mapped_column(primary_key=True)
    instance_id: Mapped[str] = mapped_column(primary_key=True)
    user: Mapped[str] = mapped_column("login", primary_key=True)
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    times: Mapped[int]
    for_whom: Mapped[str] = mapped_column(default="")  # the login for whom the viewer stood in, the last time so


class Disclosure(Base):
    """That somebody was shown what is masked, or took cases out of the system; rows are only ever added.

    Never what was shown: `what` names a variable, a print or a kind of file.
    """

    __tablename__ = "case_disclosure"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "instance_id"], ["case_file.tenant", "case_file.instance_id"]),
        Index("ix_case_disclosure_case", "tenant", "instance_id", "id"),
        Index("ix_case_disclosure_person", "tenant", "login", "id"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    tenant: Mapped[str]
    kind: Mapped[str]  # "reveal" | "export" | "print"
    user: Mapped[str] = mapped_column("login")
    at: Mapped[datetime]
    until: Mapped[datetime | None]  # a reveal's end
    process_key: Mapped[str]
    instance_id: Mapped[str | None]  # None: many cases
    what: Mapped[str]
    reason: Mapped[str] = mapped_column(default="")
    cases: Mapped[int] = mapped_column(default=1)


class Notification(Base):
    """A line under somebody's bell: `text` is a key that the pages translate, `params` fill it."""

    __tablename__ = "notification"
    __table_args__ = (
        Index(
            "ix_notification_unread", "tenant", "login", "id",
            sqlite_where=text("read_at IS NULL"), postgresql_where=text("read_at IS NULL"),
        ),
        Index("ix_notification_person", "tenant", "login", "id"),
        Index(
            "uq_notification_task", "tenant", "login", "task_id", unique=True,
            sqlite_where=text("task_id IS NOT NULL"), postgresql_where=text("task_id IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    tenant: Mapped[str]
    user: Mapped[str] = mapped_column("login")
    text: Mapped[str]
    params: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    instance_id: Mapped[str | None]
    at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    kind: Mapped[str] = mapped_column(default="notice")  # of app.case.bell.KINDS
    way: Mapped[str] = mapped_column(default="bell")  # "bell" | "mail" | "digest"
    task_id: Mapped[str | None]  # of a notice on a new task, which is told of once


class NoticeChoice(Base):
    """How somebody wants a kind of notices, where that is not the usual way."""

    __tablename__ = "notice_choice"

    tenant: Mapped[str] = mapped_column(primary_key=True)
    user: Mapped[str] = mapped_column("login", primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    way: Mapped[str]  # "bell" | "mail" | "digest" | "off"


# Who had a task in a case may read it: the engine's tasks are asked, so that nothing is kept twice.
Index(
    "ix_task_ended_by", TaskRow.tenant, TaskRow.ended_by, TaskRow.instance_id,
    sqlite_where=TaskRow.ended_by.is_not(None), postgresql_where=TaskRow.ended_by.is_not(None),
)
