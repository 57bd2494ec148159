"""Errands: what the application does later, in a transaction of its own; asked for twice under one key, done once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from flask import current_app
from sqlalchemy import JSON, CursorResult, Index, Table, or_, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from app.case.errors import CaseError
from app.case.models import Database
from app.db import db, now, tenant, transaction
from engine.errors import ConcurrentChange, StoreUnavailable
from engine.job import BACK_OFF, reason_of
from engine.store.tables import Base

logger = logging.getLogger(__name__)
ERRANDS = "changtong.errands"
"""Where create_app leaves, among the app's extensions, the topics."""
ATTEMPTS = 5
LEASE = timedelta(minutes=5)
LONGEST_REASON = 500


class Errand(Base):
    """Something to do; its key says what it is, so that it is asked for once. What is done stays, with the instant."""

    __tablename__ = "errand"
    __table_args__ = (
        Index(
            "ix_errand_due", "tenant", "due_at", sqlite_where=text("done_at IS NULL"),
            postgresql_where=text("done_at IS NULL"),
        ),
    )

    tenant: Mapped[str] = mapped_column(primary_key=True)
    topic: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    due_at: Mapped[datetime]
    attempt: Mapped[int] = mapped_column(default=0)
    retries: Mapped[int] = mapped_column(default=ATTEMPTS)  # attempts left; at 0 it rests until somebody retries it
    error: Mapped[str | None]
    locked_until: Mapped[datetime | None]
    done_at: Mapped[datetime | None]


@dataclass(frozen=True, slots=True)
class Topic:
    """How errands of a kind are done. `is_alone`: outside of a transaction, for what talks to other machines."""

    name: str
    run: Callable[[Errand], None]
    is_alone: bool = False


def ask(
    session: Database, tenant: str, topic: str, errands: Mapping[str, Mapping[str, Any]], *, due: datetime
) -> int:
    """Ask for errands by their keys, each with its detail; return how many nobody had asked for before."""
    if not errands:
        return 0
    dialect = session.get_bind().dialect.name
    insert = (postgresql.insert if dialect == "postgresql" else sqlite.insert)(cast(Table, Errand.__table__))
    own = {"tenant": tenant, "topic": topic, "due_at": due, "attempt": 0, "retries": ATTEMPTS}
    rows = [{**own, "key": key, "detail": dict(detail)} for key, detail in errands.items()]
    asked = insert.values(rows).on_conflict_do_nothing(index_elements=["tenant", "topic", "key"])
    return cast("CursorResult[Any]", session.execute(asked)).rowcount


def step() -> bool:
    """Do one errand that is due and return whether there was one; a failure is counted in a transaction of its own."""
    topics = cast("Mapping[str, Topic]", current_app.extensions[ERRANDS])
    with transaction():
        errand = _take(db.session(), tenant(), topics.keys(), at=now())
    if errand is None:
        return False
    topic = topics[errand.topic]
    try:
        if topic.is_alone:
            topic.run(errand)
        with transaction():
            if not topic.is_alone:
                topic.run(errand)
            _set(db.session(), errand, done_at=now(), locked_until=None, error=None)
    except (ConcurrentChange, StoreUnavailable):
        with transaction():
            _set(db.session(), errand, locked_until=None)
    except Exception as error:
        logger.warning("errand failed", extra={"topic": errand.topic, "key": errand.key})
        with transaction():
            _note_failure(db.session(), errand, _reason(error), at=now())
    return True


def _take(session: Database, tenant: str, topics: Collection[str], *, at: datetime) -> Errand | None:
    """Lease the errand that is due first; None when there is none, or another was faster."""
    free = or_(Errand.locked_until.is_(None), Errand.locked_until <= at)
    due = (Errand.tenant == tenant, Errand.done_at.is_(None), Errand.due_at <= at, Errand.retries > 0, free)
    query = select(Errand).where(*due, Errand.topic.in_(sorted(topics))).order_by(Errand.due_at, Errand.key).limit(1)
    errand = session.scalars(query.with_for_update(skip_locked=True).execution_options(populate_existing=True)).first()
    return errand if errand is not None and _set(session, errand, *due, locked_until=at + LEASE) else None


def _set(session: Database, errand: Errand, *conditions: Any, **values: Any) -> bool:
    mine = (Errand.tenant == errand.tenant, Errand.topic == errand.topic, Errand.key == errand.key, *conditions)
    changed = update(Errand).where(*mine).values(**values).execution_options(synchronize_session=False)
    return cast("CursorResult[Any]", session.execute(changed)).rowcount == 1


def _reason(error: Exception) -> str:
    """Return what may be kept of an error: our own messages name no personal data."""
    return f"{error.code}: {error}" if isinstance(error, CaseError) else reason_of(error)


def _note_failure(session: Database, errand: Errand, reason: str, *, at: datetime) -> None:
    rest = BACK_OFF[min(errand.attempt, len(BACK_OFF) - 1)]
    _set(
        session, errand, attempt=errand.attempt + 1, retries=errand.retries - 1, error=reason[:LONGEST_REASON],
        due_at=at + rest, locked_until=None,
    )
    if errand.retries == 1:
        current_app.extensions[FAILED](errand, at)


FAILED = "changtong.errand_failed"
"""Where create_app leaves what tells people that an errand has no attempt left."""


def failed(session: Database, tenant: str, *, limit: int) -> Sequence[Errand]:
    """Return the errands that no attempt is left for, the oldest first."""
    own = select(Errand).where(Errand.tenant == tenant, Errand.done_at.is_(None), Errand.retries <= 0)
    return session.scalars(own.order_by(Errand.due_at, Errand.key).limit(limit)).all()


def retry(session: Database, tenant: str, topic: str, key: str, *, at: datetime) -> bool:
    """Give a failed errand new attempts; return whether there was one."""
    mine = (Errand.tenant == tenant, Errand.topic == topic, Errand.key == key, Errand.retries <= 0)
    again = update(Errand).where(*mine, Errand.done_at.is_(None)).values(retries=ATTEMPTS, attempt=0, due_at=at)
    return cast("CursorResult[Any]", session.execute(again)).rowcount == 1
