"""People, groups, memberships, posts and the township's own settings, as rows of one tenant each."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from engine.store.tables import Base


class User(Base):
    """A person with a login; the login is the user id that the engine and the history know."""

    __tablename__ = "person"

    tenant: Mapped[str] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    pinyin: Mapped[str]  # full and initials, to be found by either: "zhibanyuanjia zbyj"
    password_hash: Mapped[str]
    locale: Mapped[str | None]  # None: as the browser asks
    theme: Mapped[str] = mapped_column(default="light")  # "light" | "dark"
    large_text: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)
    failed_logins: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    mail: Mapped[str | None]  # an address for notices, if the person gave one


class Group(Base):
    """An office, a village or a role; what its members may do is data here, never a constant in code."""

    __tablename__ = "person_group"

    tenant: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    kind: Mapped[str]  # "office" | "village" | "role"
    leader: Mapped[str | None]  # a login
    permissions: Mapped[list[str]] = mapped_column(JSON, default=list)
    order: Mapped[int] = mapped_column("sort_order", default=0)
    # Posts fall to this office when nobody else is there (党政办).
    is_last_resort: Mapped[bool] = mapped_column(default=False)


class Membership(Base):
    """A person belongs to a group from an instant on, until another or for good."""

    __tablename__ = "membership"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "login"], ["person.tenant", "person.login"]),
        ForeignKeyConstraint(["tenant", "group_id"], ["person_group.tenant", "person_group.id"]),
    )

    tenant: Mapped[str] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(primary_key=True)
    group_id: Mapped[str] = mapped_column(primary_key=True)
    valid_from: Mapped[datetime] = mapped_column(primary_key=True)
    valid_to: Mapped[datetime | None]


class Post(Base):
    """A post of a group; `excluded` are tasks (`process/element`, apart by blanks) that its B may not do."""

    __tablename__ = "post"
    __table_args__ = (ForeignKeyConstraint(["tenant", "group_id"], ["person_group.tenant", "person_group.id"]),)

    tenant: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    group_id: Mapped[str]
    excluded: Mapped[str] = mapped_column(default="")
    order: Mapped[int] = mapped_column("sort_order", default=0)
    valid_to: Mapped[datetime | None]  # when it ended; its terms have ended then, too


class PostTerm(Base):
    """A person is A or B of a post from an instant on, until another or for good."""

    __tablename__ = "post_term"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "post_id"], ["post.tenant", "post.id"]),
        ForeignKeyConstraint(["tenant", "login"], ["person.tenant", "person.login"]),
    )

    tenant: Mapped[str] = mapped_column(primary_key=True)
    post_id: Mapped[str] = mapped_column(primary_key=True)
    part: Mapped[str] = mapped_column(primary_key=True)  # "A" | "B"
    valid_from: Mapped[datetime] = mapped_column(primary_key=True)
    login: Mapped[str]
    valid_to: Mapped[datetime | None]


class Setting(Base):
    """What a township sets for itself: one JSON value a name, such as its own name."""

    __tablename__ = "setting"

    tenant: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[Any] = mapped_column(JSON)
