"""What the home page says to those who look after the system: processes and jobs, accounts, the record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from app.case.models import Database
from app.people.models import Group, User
from app.people.passwords import is_locked
from app.people.queries import all_memberships
from engine.store.tables import DeploymentRow, JobRow

RECENT = 5


@dataclass(frozen=True, slots=True)
class Work:
    """Jobs that failed for good, and those that wait for their time."""

    failed: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Accounts:
    """People of whom somebody has to think, and groups with nobody in them."""

    active: int
    without_group: Sequence[User]
    locked: Sequence[User]
    ended: Sequence[User]
    empty_groups: Sequence[Group]


def count_jobs(session: Database, tenant: str) -> Work:
    """Return how many jobs there are."""
    counted = select(func.count().filter(JobRow.retries <= 0), func.count()).where(JobRow.tenant == tenant)
    failed, every = session.execute(counted).one()
    return Work(int(failed), int(every - failed))


def read_deployments(session: Database, tenant: str) -> Sequence[DeploymentRow]:
    """Return the latest deployments, the newest first."""
    newest = select(DeploymentRow).where(DeploymentRow.tenant == tenant).order_by(DeploymentRow.at.desc())
    return session.scalars(newest.limit(RECENT)).all()


def read_accounts(session: Database, tenant: str, now: datetime) -> Accounts:
    """Return the accounts that need a look."""
    users = session.scalars(select(User).where(User.tenant == tenant).order_by(User.login)).all()
    groups = session.scalars(select(Group).where(Group.tenant == tenant).order_by(Group.order, Group.id)).all()
    belonging = all_memberships(session, tenant, now)
    active = [user for user in users if user.active]
    held = {group for user in active for group in belonging.get(user.login, ())}
    return Accounts(
        active=len(active), without_group=[user for user in active if not belonging.get(user.login)],
        locked=[user for user in active if is_locked(user, now)], ended=[user for user in users if not user.active],
        empty_groups=[group for group in groups if group.id not in held],
    )  # fmt: skip
