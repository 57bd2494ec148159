"""Posts that end; and townships from before calendar and duty are given who may look after them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from alembic import op

from engine.store.tables import Instant

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

OFFICE = "party_government_office"
"""党政办, as the example and most townships call it; posts rise to it where nothing else is said."""


def upgrade() -> None:
    op.add_column("post", sa.Column("valid_to", Instant))
    group = _group()
    rows = op.get_bind().execute(sa.select(group)).mappings().all()
    for tenant in sorted({row["tenant"] for row in rows}):
        _complete(group, [row for row in rows if row["tenant"] == tenant])


def downgrade() -> None:
    op.drop_column("post", "valid_to")


def _group() -> sa.TableClause:
    return sa.table(
        "person_group", sa.column("tenant", sa.Text), sa.column("id", sa.Text), sa.column("permissions", sa.JSON),
        sa.column("is_last_resort", sa.Boolean),
    )


def _complete(group: sa.TableClause, rows: Iterable[Any]) -> None:
    """Where no group of a township may do a thing, let its office and its system administrators."""
    found = {row["id"]: row for row in rows}
    held = {name for row in found.values() for name in row["permissions"] or ()}
    if not any(row["is_last_resort"] for row in found.values()) and OFFICE in found:
        _set(group, found[OFFICE], is_last_resort=True)
    missing = [name for name in ("calendar", "duty") if name not in held]
    looks_after = [row for row in found.values() if row["is_last_resort"] or row["id"] == OFFICE]
    looks_after += [row for row in found.values() if "people" in (row["permissions"] or ()) and row not in looks_after]
    for row in looks_after if missing else ():
        _set(group, row, permissions=[*(row["permissions"] or ()), *missing])


def _set(group: sa.TableClause, row: Any, **values: Any) -> None:
    mine = (group.c.tenant == row["tenant"], group.c.id == row["id"])
    op.execute(sa.update(group).where(*mine).values(values))
