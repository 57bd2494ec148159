"""Whom a comment names: `@` and a name or a login; only who may read the case is told."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from app.case import bell
from app.case.access import Reader, may_read
from app.case.models import Case, Database
from app.case.register import Register
from app.i18n import N_
from app.people.models import User
from app.people.queries import groups_of, names

MENTIONED = N_("%(person)s names you in a comment")
MOST = 20


def tell_mentioned(
    session: Database, tenant: str, register: Register, case: Case, words: str, *, by: str, at: datetime
) -> list[str]:
    """Tell those whom a comment names, and return who they are; `@` in it costs one statement, none without."""
    if "@" not in words:
        return []
    people = session.execute(select(User.login, User.name).where(User.tenant == tenant, User.active)).all()
    # The longest names first, so that 张三 is not told where 张三丰 is meant.
    named: list[str] = []
    for login, name in sorted(people, key=lambda person: -len(person.name)):
        for sign in (f"@{name}", f"@{login}"):
            if sign in words and login != by and login not in named:
                named.append(login)
            words = words.replace(sign, "")
    told = [
        login for login in named[:MOST]
        if may_read(session, register, case, Reader(login, groups_of(session, tenant, login, at)))
    ]
    params = {"number": case.number, "person": names(session, tenant, [by])[by], "path": f"/cases/{case.number}"}
    bell.notify(session, tenant, told, MENTIONED, at=at, instance_id=case.instance_id, params=params, kind="mentioned")
    return told
