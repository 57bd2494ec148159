"""Questions about people: who is this, which groups hold them at an instant, what are they called."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, cached_property, partial
from hashlib import sha256
from typing import Any, ClassVar

from pypinyin import Style, lazy_pinyin
from sqlalchemy import and_, bindparam, exists, func, literal, or_, select, union_all
from sqlalchemy.orm import Session, aliased, scoped_session

from app.case.covers import Cover
from app.people.models import Group, Membership, Post, PostTerm, Setting, User
from engine.canonical import Json
from engine.store.tables import Instant

AnySession = Session | scoped_session[Any]
"""The session of the transaction that is open."""


@dataclass(frozen=True)
class Person:
    """Who acts: a user with the groups and permissions of this instant."""

    id: str  # the login
    name: str
    locale: str | None
    theme: str
    large_text: bool
    password_hash: str
    groups: frozenset[str]
    permissions: frozenset[str]
    find_covers: Callable[[], tuple[Cover, ...]] = field(default=tuple, compare=False, repr=False)
    # What Flask-Login asks of a user.
    is_authenticated: ClassVar[bool] = True
    is_active: ClassVar[bool] = True
    is_anonymous: ClassVar[bool] = False

    @cached_property
    def covers(self) -> tuple[Cover, ...]:
        """For whom this person stands in now; looked up when somebody asks for the first time."""
        return self.find_covers()

    def may(self, permission: str) -> bool:
        """Tell whether one of the groups gives this permission."""
        return permission in self.permissions

    def get_id(self) -> str:
        """Return what a session remembers: a changed password ends all sessions of the old one."""
        return f"{self.id} {sha256(self.password_hash.encode()).hexdigest()[:16]}"


def _lasts(row: Any, at: Any) -> tuple[Any, ...]:
    return (row.valid_from <= at, or_(row.valid_to.is_(None), row.valid_to > at))


def _holds(at: Any) -> tuple[Any, ...]:
    return _lasts(Membership, at)


def post_group(post_id: str) -> str:
    """Return the name by which a diagram asks for whoever holds a post: it is a group of that one."""
    return f"post:{post_id}"


def _held_posts(login: Any, at: Any) -> Any:
    """Return the scalar select of the posts, apart by blanks, that belong to somebody: as `app.duty.rules.owner_of`."""
    term, resort, own = aliased(PostTerm), aliased(Group), aliased(Group)

    def has(part: str) -> Any:
        return exists().where(term.tenant == Post.tenant, term.post_id == Post.id, term.part == part, *_lasts(term, at))

    def holds(part: str) -> Any:
        return has(part).where(term.login == login)

    office = select(resort.leader).where(
        resort.tenant == Post.tenant, resort.is_last_resort, resort.leader.is_not(None)
    ).order_by(resort.order, resort.id).limit(1).scalar_subquery()
    head = select(own.leader).where(own.tenant == Post.tenant, own.id == Post.group_id).scalar_subquery()
    vacant = and_(~has("A"), ~has("B"), func.coalesce(head, office) == login)
    mine = or_(holds("A"), and_(~has("A"), holds("B")), vacant)
    names = func.aggregate_strings(Post.id, " ")
    return select(names).where(Post.tenant == bindparam("tenant"), mine).scalar_subquery()


# Asked at every request, so it is put together once.
_AT = bindparam("at", type_=Instant)
_PERSON = (
    select(
        User.name, User.locale, User.theme, User.large_text, User.password_hash, Group.id, Group.permissions,
        _held_posts(bindparam("login"), _AT).label("posts"),
    )
    .outerjoin(Membership, and_(Membership.tenant == User.tenant, Membership.login == User.login, *_holds(_AT)))
    .outerjoin(Group, and_(Group.tenant == Membership.tenant, Group.id == Membership.group_id))
    .where(User.tenant == bindparam("tenant"), User.login == bindparam("login"), User.active)
)


def person(session: AnySession, tenant: str, login: str, at: datetime) -> Person | None:
    """Return an active user with groups and permissions at `at`, in one statement."""
    rows = session.execute(_PERSON, {"tenant": tenant, "login": login, "at": at}).all()
    if not rows:
        return None
    name, locale, theme, large_text, password_hash, *_ = rows[0]
    return Person(
        id=login, name=name, locale=locale, theme=theme, large_text=large_text, password_hash=password_hash,
        groups=frozenset([*(row[5] for row in rows if row[5]), *map(post_group, (rows[0].posts or "").split())]),
        permissions=frozenset(permission for row in rows for permission in row[6] or ()),
    )  # fmt: skip


def groups_of(session: AnySession, tenant: str, login: str, at: datetime) -> frozenset[str]:
    """Return the ids of the groups that hold an active user at `at`."""
    found = person(session, tenant, login, at)
    return found.groups if found else frozenset()


def memberships_of(session: AnySession, tenant: str, login: str, at: datetime) -> frozenset[str]:
    """Return the groups that somebody belongs to at `at`, be the account active or ended: others may act for both."""
    posts = select(literal("posts"), _held_posts(literal(login), literal(at, Instant)))
    mine = select(literal("group"), Membership.group_id).where(
        Membership.tenant == tenant, Membership.login == login, *_holds(at)
    )
    found: set[str] = set()
    for kind, names in session.execute(union_all(mine, posts), {"tenant": tenant}):
        found.update(map(post_group, (names or "").split()) if kind == "posts" else [names])
    return frozenset(found)


def names(session: AnySession, tenant: str, logins: Iterable[str]) -> dict[str, str]:
    """Return what people are called; who is unknown keeps the login."""
    wanted = set(logins)
    rows = session.execute(select(User.login, User.name).where(User.tenant == tenant, User.login.in_(wanted)))
    known = dict(rows.all())
    return {login: known.get(login, login) for login in wanted}


def group_names(session: AnySession, tenant: str, ids: Collection[str] | None = None) -> dict[str, str]:
    """Return what groups (all, or these) are called, in the township's order."""
    query = select(Group.id, Group.name).where(Group.tenant == tenant).order_by(Group.order, Group.id)
    if ids is not None:
        query = query.where(Group.id.in_(ids))
    return dict(session.execute(query).all())


def known_people(session: AnySession, tenant: str, kind: str) -> frozenset[str]:
    """Return the logins of all active users (`user`), or the ids of all groups (`group`)."""
    if kind == "user":
        return frozenset(session.execute(select(User.login).where(User.tenant == tenant, User.active)).scalars())
    posts = session.scalars(select(Post.id).where(Post.tenant == tenant, Post.valid_to.is_(None)))
    return frozenset([*group_names(session, tenant), *map(post_group, posts)])


def offices_at(session: AnySession, tenant: str, seen: Mapping[str, datetime]) -> dict[str, list[str]]:
    """Return what the offices and villages are called that each person belonged to at an instant, by login."""
    rows = session.execute(
        select(Membership.login, Group.name, Membership.valid_from, Membership.valid_to)
        .join(Group, and_(Group.tenant == Membership.tenant, Group.id == Membership.group_id))
        .where(Membership.tenant == tenant, Membership.login.in_(seen), Group.kind.in_(("office", "village")))
        .order_by(Group.order, Group.id)
    )
    found: dict[str, list[str]] = {}
    for login, name, begins, ends in rows:
        if begins <= seen[login] and (ends is None or seen[login] < ends):
            found.setdefault(login, []).append(name)
    return found


def members(session: AnySession, tenant: str, group: str, at: datetime) -> list[str]:
    """Return the logins of a group's active members at `at`."""
    rows = session.execute(
        select(User.login)
        .join(Membership, and_(Membership.tenant == User.tenant, Membership.login == User.login))
        .where(User.tenant == tenant, User.active, Membership.group_id == group, *_holds(at))
        .order_by(User.login)
    )
    return list(rows.scalars())


def with_permission(session: AnySession, tenant: str, permission: str, at: datetime) -> list[str]:
    """Return the logins of those whose groups give a permission at `at`."""
    groups = session.execute(select(Group.id, Group.permissions).where(Group.tenant == tenant)).all()
    giving = sorted(group for group, permissions in groups if permission in (permissions or ()))
    return list(dict.fromkeys(login for group in giving for login in members(session, tenant, group, at)))


def all_memberships(session: AnySession, tenant: str, at: datetime) -> dict[str, list[str]]:
    """Return everybody's groups at `at`, by login."""
    rows = session.execute(
        select(Membership.login, Membership.group_id)
        .where(Membership.tenant == tenant, *_holds(at))
        .order_by(Membership.login, Membership.group_id)
    )
    groups: dict[str, list[str]] = {}
    for login, group in rows:
        groups.setdefault(login, []).append(group)
    return groups


def form_data(session: AnySession, tenant: str) -> dict[str, Json]:
    """Return the units that forms name by `valuesKey`: `villages`, `offices`, and `units` (both)."""
    rows = session.execute(
        select(Group.id, Group.name, Group.kind).where(Group.tenant == tenant).order_by(Group.order, Group.id)
    ).all()
    offices, villages = (
        [{"value": group, "label": name} for group, name, of in rows if of == kind] for kind in ("office", "village")
    )
    return {"villages": [*villages], "offices": [*offices], "units": [*offices, *villages]}


def staff(session: AnySession, tenant: str, at: datetime) -> list[Json]:
    """Return those who may have tasks, each with the ids of the groups, in the order of these."""
    rows = session.execute(
        select(User.login, User.name, Group.id, Group.name, Group.permissions)
        .join(Membership, and_(Membership.tenant == User.tenant, Membership.login == User.login))
        .join(Group, and_(Group.tenant == Membership.tenant, Group.id == Membership.group_id))
        .where(User.tenant == tenant, User.active, *_holds(at))
        .order_by(Group.order, Group.id, User.login)
    )
    people: dict[str, tuple[str, list[str], list[str]]] = {}
    for login, name, group, group_name, permissions in rows:
        if "inbox" in (permissions or ()):
            _, ids, called = people.setdefault(login, (name, [], []))
            ids.append(group)
            called.append(group_name)
    return [
        {"value": login, "label": f"{name}（{'、'.join(called)}）", "groups": [*ids]}
        for login, (name, ids, called) in people.items()
    ]


def choices(session: AnySession, tenant: str, at: Callable[[], datetime]) -> dict[str, Callable[[], Json]]:
    """Return what forms may offer: the units, and `people`; each is read only when a form asks for it."""
    read = cache(lambda: form_data(session, tenant))
    units: dict[str, Callable[[], Json]] = {
        name: partial(_choice, read, name) for name in ("villages", "offices", "units")
    }
    return {**units, "people": lambda: staff(session, tenant, at())}


def offered(session: AnySession, tenant: str, at: datetime, wanted: Collection[str]) -> dict[str, Json]:
    """Return the choices among what a form reads."""
    return {name: read() for name, read in choices(session, tenant, lambda: at).items() if name in wanted}


def _choice(read: Callable[[], dict[str, Json]], name: str) -> Json:
    return read()[name]


def setting(session: AnySession, tenant: str, name: str) -> Any:
    """Return the township's setting, or None."""
    found = session.get(Setting, (tenant, name))
    return found.value if found else None


def pinyin_of(name: str) -> str:
    """Return a name's pinyin, full and as initials, in lower case."""
    full = "".join(lazy_pinyin(name)).lower()
    return f"{full} {''.join(lazy_pinyin(name, style=Style.FIRST_LETTER)).lower()}"
