"""Looking after accounts: add, list, new password, unlock, disable."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import select

from app.case.errors import CaseError
from app.db import db, now, tenant, transaction
from app.people.models import Group, User
from app.people.passwords import hash_password, is_locked, random_password
from app.people.queries import AnySession, all_memberships
from app.people.township import add_person


class PersonNotFound(CaseError):
    """Nobody has this login."""

    code = "person_not_found"


class GroupNotFound(CaseError):
    """There is no such group."""

    code = "group_not_found"


class LoginTaken(CaseError):
    """Somebody has this login already."""

    code = "login_taken"


def listed(session: AnySession, tenant: str, at: datetime) -> Iterator[str]:
    """Yield a line for each account: login, name, groups, and whether it is locked or disabled."""
    groups = all_memberships(session, tenant, at)
    for user in session.scalars(select(User).where(User.tenant == tenant).order_by(User.login)):
        state = "disabled" if not user.active else "locked" if is_locked(user, at) else ""
        yield f"{user.login:<16}{user.name}\t{' '.join(groups.get(user.login, ()))}\t{state}".rstrip()


def add(login: str, name: str, groups: Sequence[str]) -> str:
    """Add an account and return its password. Raises LoginTaken or GroupNotFound."""
    password = random_password()
    with transaction():
        if db.session.get(User, (tenant(), login)):
            raise LoginTaken(f"login {login} is taken")
        for group in groups:
            if db.session.get(Group, (tenant(), group)) is None:
                raise GroupNotFound(f"there is no group {group}")
        add_person(db.session, tenant(), login, name, groups=groups, password_hash=hash_password(password), at=now())
    return password


def new_password(login: str) -> str:
    """Give an account a new password and return it; sessions of the old one end. Raises PersonNotFound."""
    password = random_password()
    with transaction():
        user = _user(login)
        user.password_hash, user.failed_logins, user.locked_until = hash_password(password), 0, None
    return password


def unlock(login: str) -> None:
    """Unlock an account before its time. Raises PersonNotFound."""
    with transaction():
        user = _user(login)
        user.failed_logins, user.locked_until = 0, None


def disable(login: str) -> None:
    """End an account; what it did stays in the record. Raises PersonNotFound."""
    with transaction():
        _user(login).active = False


def _user(login: str) -> User:
    user = db.session.get(User, (tenant(), login))
    if user is None:
        raise PersonNotFound(f"nobody has the login {login}")
    return user
