"""The bell: the kinds of notices, how each person wants each of them, writing them and reading them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update

from app import errands
from app.case.models import Database, NoticeChoice, Notification
from app.i18n import N_

MAIL = "mail"
"""The errands that send a notice by mail; their key is its id."""
WAYS = {"bell": N_("under the bell"), "mail": N_("and by mail"), "digest": N_("in the daily digest"), "off": N_("not")}
"""How a notice reaches somebody."""
FIRM = ("bell", "mail")
MOST_NOTIFICATIONS = 100


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of notices: what it is called, how it comes unless chosen otherwise, and what may be chosen."""

    name: str
    usual: str = "bell"
    ways: Sequence[str] = tuple(WAYS)


KINDS = {
    "task": Kind(N_("A new task for me")),
    "group_task": Kind(N_("A new task for my group"), "digest"),
    "reminder": Kind(N_("A limit comes near or has passed")),
    "escalation": Kind(N_("Something rises to me"), ways=FIRM),
    "urged": Kind(N_("I am urged")),
    "returned": Kind(N_("Something comes back to me")),
    "mentioned": Kind(N_("Somebody names me in a comment")),
    "outcome": Kind(N_("What has become of something that I began")),
    "handover": Kind(N_("Something is handed over to me"), ways=FIRM),
    "absence": Kind(N_("Somebody is away whom I stand in for, or who stands in for me")),
    "calendar": Kind(N_("The calendar and limits counted by it")),
    "incident": Kind(N_("A job of a process or of the system has failed"), ways=FIRM),
    "digest": Kind(N_("The daily digest itself"), ways=("bell", "mail", "off")),
    "notice": Kind(N_("Other notices of processes")),
}
"""The kinds of notices; those that only know FIRM ways cannot be switched off: somebody answers for what they tell."""


def notify(
    session: Database, tenant: str, users: Iterable[str], text: str, *, at: datetime, instance_id: str | None = None,
    params: Mapping[str, Any] | None = None, kind: str = "notice", task_id: str | None = None,
) -> None:
    """Tell each of `users` something, as each wants that kind. `text` is a key that pages translate and fill."""
    people = list(dict.fromkeys(users))
    ways = ways_of(session, tenant, people, kind)
    rows = [
        Notification(
            tenant=tenant, user=user, text=text, params=dict(params or {}), instance_id=instance_id, at=at, kind=kind,
            way=ways[user], task_id=task_id, read_at=at if ways[user] == "digest" else None,
        )
        for user in people if ways[user] != "off"
    ]  # fmt: skip
    session.add_all(rows)
    session.flush()
    errands.ask(session, tenant, MAIL, {str(row.id): {} for row in rows if row.way == "mail"}, due=at)


def ways_of(session: Database, tenant: str, people: Sequence[str], kind: str) -> dict[str, str]:
    """Return how each of these people wants a kind of notices."""
    chosen = select(NoticeChoice.user, NoticeChoice.way).where(
        NoticeChoice.tenant == tenant, NoticeChoice.kind == kind, NoticeChoice.user.in_(people)
    )
    found = dict(session.execute(chosen).all()) if people else {}
    return {user: found.get(user, KINDS[kind].usual) for user in people}


def choices_of(session: Database, tenant: str, user: str) -> dict[str, str]:
    """Return how somebody wants each kind."""
    own = select(NoticeChoice.kind, NoticeChoice.way).where(NoticeChoice.tenant == tenant, NoticeChoice.user == user)
    return {name: kind.usual for name, kind in KINDS.items()} | dict(session.execute(own).all())


def choose(session: Database, tenant: str, user: str, chosen: Mapping[str, str]) -> None:
    """Keep how somebody wants each kind. Raises ValueError for a kind or a way that is not to be chosen."""
    for kind, way in chosen.items():
        if kind not in KINDS or way not in KINDS[kind].ways:
            raise ValueError(f"{kind} cannot come as {way}")
        session.merge(NoticeChoice(tenant=tenant, user=user, kind=kind, way=way))
    session.flush()


def notifications_of(
    session: Database, tenant: str, user: str, *, unread: bool = False, limit: int = MOST_NOTIFICATIONS,
    before: int | None = None, kind: str | None = None,
) -> Sequence[Notification]:
    """Return the newest of somebody's notices, at most a hundred or `limit`; those older than `before`, of a kind."""
    own = select(Notification).where(Notification.tenant == tenant, Notification.user == user)
    if unread:
        own = own.where(Notification.read_at.is_(None))
    if before is not None:
        own = own.where(Notification.id < before)
    if kind is not None:
        own = own.where(Notification.kind == kind)
    return session.scalars(own.order_by(Notification.id.desc()).limit(limit)).all()


def count_unread(session: Database, tenant: str, user: str) -> int:
    """Return how many lines nobody has read yet."""
    own = select(func.count()).select_from(Notification)
    mine = own.where(Notification.tenant == tenant, Notification.user == user, Notification.read_at.is_(None))
    return int(session.scalar(mine) or 0)


def mark_read(
    session: Database, tenant: str, user: str, *, at: datetime, ids: Sequence[int] | None = None,
    up_to: int | None = None,
) -> None:
    """Mark lines of this person as read: those named, those up to the id `up_to`, or all."""
    mine = update(Notification).where(
        Notification.tenant == tenant, Notification.user == user, Notification.read_at.is_(None)
    )
    if ids is not None:
        mine = mine.where(Notification.id.in_(ids))
    if up_to is not None:
        mine = mine.where(Notification.id <= up_to)
    session.execute(mine.values(read_at=at))
