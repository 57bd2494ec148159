"""Tells those who look after the calendar that next year's notice is missing, once, from the first of November on."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from app.calendar import ledger
from app.case import talk
from app.case.models import Database
from app.people.queries import with_permission


def warn(session: Database, tenant: str, *, at: datetime) -> bool:
    """Put a line under the bell of those who may change the calendar; return whether it was new to them."""
    year = ledger.missing_year(session, tenant, at=at)
    if year is None:
        return False
    people = with_permission(session, tenant, "calendar", at)
    if not people or not ledger.warned(session, tenant, year, at=at):
        return False
    tell(session, tenant, people, f"{year}年放假安排尚未录入，跨年的期限只能预估，请粘贴国务院办公厅通知", at=at)
    return True


def tell(
    session: Database, tenant: str, people: Iterable[str], text: str, *, at: datetime, instance_id: str | None = None,
    number: str | None = None,
) -> None:
    """Put a line about the calendar under these people's bells, with the case that it is about."""
    talk.notify(
        session, tenant, people, text, at=at, instance_id=instance_id, params={"number": number}, kind="calendar"
    )
