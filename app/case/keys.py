"""What must not be the same in two cases: one row a case, and the database lets no two be the first."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.case.alike import ALIKE
from app.case.errors import CaseDuplicate, CaseValueInvalid
from app.case.links import DUPLICATE, write_link
from app.case.models import CaseKey, Database
from app.case.talk import add_comment

MOST_ALIKE = 1000


def key_of(unique: Mapping[str, str], values: Mapping[str, Any]) -> str | None:
    """Return the digest of the declared variables (name → how they are made alike); None when one of them is empty.

    Raises CaseValueInvalid.
    """
    parts: list[str] = []
    for name, kind in unique.items():
        value = values.get(name)
        if isinstance(value, bool | dict | list):
            raise CaseValueInvalid(f"variable {name} should be a text, it is a {type(value).__name__}")
        part = "" if value is None else ALIKE[kind](str(value))
        if not part:
            return None
        parts.append(part)
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()


def write_key(
    session: Database, tenant: str, process_key: str, instance_id: str, value: str | None, *, is_new: bool,
    may_repeat: bool,
) -> None:
    """Let a case have this key instead of the one it had. Raises CaseDuplicate unless it may be that of another too.

    Two that come at once meet at the unique constraint: the second waits until the first is kept or given up.
    """
    mine = (CaseKey.tenant == tenant, CaseKey.instance_id == instance_id)
    if not is_new:
        if value == session.scalar(select(CaseKey.value).where(*mine)):
            return
        session.execute(delete(CaseKey).where(*mine))
    if value is None:
        return
    nth = _insert(session, tenant, process_key, instance_id, value)
    first = _other(session, tenant, process_key, instance_id, value)
    if first is None:
        return
    if not may_repeat:
        raise CaseDuplicate(process_key, first, may_go_on=False)
    session.execute(update(CaseKey).where(*mine, CaseKey.nth == nth).values(is_duplicate=True))


def fill_key(session: Database, tenant: str, process_key: str, instance_id: str, value: str | None) -> None:
    """Let a case that was there before its key was declared have it; nobody is asked why it is that of another too."""
    mine = (CaseKey.tenant == tenant, CaseKey.instance_id == instance_id)
    if value == session.scalar(select(CaseKey.value).where(*mine)):
        return
    release_key(session, tenant, instance_id)
    if value is not None:
        _insert(session, tenant, process_key, instance_id, value)


def settle_duplicate(session: Database, tenant: str, instance_id: str, reason: str, *, by: str, at: datetime) -> None:
    """Keep why a case goes on although another is the same, among the comments, and link the two.

    Raises CaseDuplicate when no reason is given, CommentRefused when it is too long.
    """
    mine = (CaseKey.tenant == tenant, CaseKey.instance_id == instance_id)
    row = session.execute(
        select(CaseKey.process_key, CaseKey.value).where(*mine, CaseKey.is_duplicate, CaseKey.reason.is_(None))
    ).first()
    if row is None:
        return
    first = _other(session, tenant, row.process_key, instance_id, row.value)
    if first is None:
        return  # it has been voided since
    if not reason.strip():
        raise CaseDuplicate(row.process_key, first, may_go_on=True)
    add_comment(session, tenant, instance_id, f"已有相同的一件，仍予登记：{reason.strip()}", by=by, at=at)
    older, newer = sorted((first, instance_id))  # ids grow with time
    write_link(session, tenant, newer, older, DUPLICATE, by=by, at=at)
    session.execute(update(CaseKey).where(*mine).values(reason=reason.strip()))


def release_key(session: Database, tenant: str, instance_id: str) -> None:
    """Let the next case have this one's key."""
    session.execute(delete(CaseKey).where(CaseKey.tenant == tenant, CaseKey.instance_id == instance_id))


def _insert(session: Database, tenant: str, process_key: str, instance_id: str, value: str) -> int:
    dialect = session.get_bind().dialect.name
    insert = (postgresql.insert if dialect == "postgresql" else sqlite.insert)(CaseKey)
    for nth in range(MOST_ALIKE):
        row = insert.values(
            tenant=tenant, instance_id=instance_id, process_key=process_key, value=value, nth=nth, is_duplicate=False,
            reason=None,
        )
        if session.execute(row.on_conflict_do_nothing().returning(CaseKey.nth)).first() is not None:
            return nth
    raise CaseDuplicate(process_key, instance_id, may_go_on=False)


def _other(session: Database, tenant: str, process_key: str, instance_id: str, value: str) -> str | None:
    alike = (CaseKey.tenant == tenant, CaseKey.process_key == process_key, CaseKey.value == value)
    others = select(CaseKey.instance_id).where(*alike, CaseKey.instance_id != instance_id)
    return session.scalar(others.order_by(CaseKey.nth).limit(1))
