"""Looking after accounts and groups: add, list, join and leave, new password, unlock, disable."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import func, select

from app.case.errors import CaseError
from app.db import db, now, tenant, transaction
from app.people.models import Group, Membership, User
from app.people.passwords import hash_password, is_locked, random_password
from app.people.queries import AnySession, all_memberships, groups_of
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


class GroupTaken(CaseError):
    """There is a group of this id already."""

    code = "group_taken"


class PermissionUnknown(CaseError):
    """There is no such permission."""

    code = "permission_unknown"


PERMISSIONS = {"inbox", "start", "registers", "statistics", "calendar", "duty", "deploy", "jobs", "people", "audit"}


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
            _group(group)
        add_person(db.session, tenant(), login, name, groups=groups, password_hash=hash_password(password), at=now())
    return password


def add_group(group: str, name: str, *, kind: str, permissions: Sequence[str]) -> None:
    """Add a group after the others. Raises GroupTaken, PermissionUnknown."""
    if unknown := sorted(set(permissions) - PERMISSIONS):
        raise PermissionUnknown(f"there is no permission {unknown[0]}; there are {', '.join(sorted(PERMISSIONS))}")
    with transaction():
        if db.session.get(Group, (tenant(), group)):
            raise GroupTaken(f"there is a group {group} already")
        order = db.session.scalar(select(func.count()).select_from(Group).where(Group.tenant == tenant())) or 0
        db.session.add(
            Group(tenant=tenant(), id=group, name=name, kind=kind, permissions=list(permissions), order=order)
        )


def listed_groups(session: AnySession, tenant: str) -> Iterator[str]:
    """Yield a line for each group: id, name, kind, permissions."""
    for group in session.scalars(select(Group).where(Group.tenant == tenant).order_by(Group.order, Group.id)):
        yield f"{group.id:<28}{group.name}\t{group.kind}\t{' '.join(group.permissions)}".rstrip()


def join(login: str, group: str) -> None:
    """Let somebody belong to a group from now on. Raises PersonNotFound, GroupNotFound."""
    with transaction():
        _user(login)
        _group(group)
        if group not in groups_of(db.session, tenant(), login, now()):
            db.session.add(Membership(tenant=tenant(), login=login, group_id=group, valid_from=now()))


def leave(login: str, group: str) -> None:
    """End somebody's membership now; that it was stays known. Raises PersonNotFound, GroupNotFound."""
    with transaction():
        _user(login)
        _group(group)
        mine = (Membership.tenant == tenant(), Membership.login == login, Membership.group_id == group)
        for membership in db.session.scalars(select(Membership).where(*mine, Membership.valid_to.is_(None))):
            membership.valid_to = now()


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


def _group(group: str) -> None:
    if db.session.get(Group, (tenant(), group)) is None:
        raise GroupNotFound(f"there is no group {group}")
