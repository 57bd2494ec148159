"""Sets a township up from data: its groups, its people, its posts; nothing of it is known to the code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import exists, select

from app.people.models import Group, Membership, Post, PostTerm, Setting, User
from app.people.passwords import hash_password
from app.people.queries import AnySession, pinyin_of


def is_set_up(session: AnySession, tenant: str) -> bool:
    """Tell whether the township has people."""
    return bool(session.scalar(select(exists().where(User.tenant == tenant))))


def set_up(session: AnySession, tenant: str, data: Mapping[str, Any], *, password: str, at: datetime) -> None:
    """Add the groups, people and posts of `data`; everybody gets the same first password."""
    session.add(Setting(tenant=tenant, name="township", value=data["township"]))
    for order, group in enumerate(data["groups"]):
        session.add(Group(tenant=tenant, order=order, **group))
    session.flush()  # people belong to them
    hashed = hash_password(password)
    for someone in data["people"]:
        add_person(
            session, tenant, someone["login"], someone["name"], groups=someone["groups"], password_hash=hashed, at=at
        )
    for order, post in enumerate(data.get("posts", ())):
        _add_post(session, tenant, post, order=order, at=at)
    session.flush()


def _add_post(session: AnySession, tenant: str, post: Mapping[str, Any], *, order: int, at: datetime) -> None:
    excluded = " ".join(post.get("excluded", ()))
    row = Post(tenant=tenant, id=post["id"], name=post["name"], group_id=post["group"], excluded=excluded, order=order)
    session.add(row)
    session.flush()  # its terms refer to it
    for part, login in (("A", post["a"]), ("B", post["b"])):
        session.add(PostTerm(tenant=tenant, post_id=post["id"], part=part, login=login, valid_from=at))


def add_person(
    session: AnySession, tenant: str, login: str, name: str, *, groups: Sequence[str], password_hash: str, at: datetime
) -> User:
    """Add a person who belongs to `groups` from `at` on."""
    user = User(tenant=tenant, login=login, name=name, pinyin=pinyin_of(name), password_hash=password_hash)
    session.add(user)
    session.flush()  # the memberships refer to it
    for group in groups:
        session.add(Membership(tenant=tenant, login=login, group_id=group, valid_from=at))
    return user
