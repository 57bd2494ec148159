"""Notices under the bell: what a diagram's `notify` service writes, and the page that shows them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select, update

from app.auth import actor
from app.case.models import Notification
from app.db import db, now, tenant, transaction
from app.people.models import Group, User
from app.people.queries import AnySession, members
from engine import Service, ServiceCall
from engine.errors import ExecutionFailed

blueprint = Blueprint("notices", __name__)
PAGE = 50
LARGEST_ID = 2**31 - 1


def notifier(session: AnySession, tenant: str) -> Service:
    """Return the service of the topic `notify`: it takes `recipients` (groups or logins) and `text`."""

    def notify(call: ServiceCall) -> None:
        text = call.variables.get("text")
        if not isinstance(text, str) or not text.strip():
            raise ExecutionFailed(f"{call.element_id}: notify needs a text", element_id=call.element_id)
        for login in _people(session, tenant, call):
            session.add(
                Notification(
                    tenant=tenant, user=login, text=text.strip(), params={"number": call.business_key},
                    instance_id=call.instance_id, at=call.at,
                )
            )

    return notify


def _people(session: AnySession, tenant: str, call: ServiceCall) -> list[str]:
    """Return each recipient once. Raises ExecutionFailed for one who does not exist, and when nobody is left."""
    named = call.variables.get("recipients")
    recipients = named if isinstance(named, list) else str(named or "").split(",")
    logins: dict[str, None] = {}
    for recipient in (str(item).strip() for item in recipients if str(item).strip()):
        if session.get(Group, (tenant, recipient)) is not None:
            logins.update(dict.fromkeys(members(session, tenant, recipient, call.at)))
        elif session.get(User, (tenant, recipient)) is not None:
            logins[recipient] = None
        else:
            raise ExecutionFailed(f"{call.element_id}: there is no {recipient} to notify", element_id=call.element_id)
    if not logins:
        raise ExecutionFailed(f"{call.element_id}: there is nobody to notify", element_id=call.element_id)
    return list(logins)


def unread(session: AnySession, tenant: str, login: str) -> int:
    """Count what this person has not read."""
    mine = (Notification.tenant == tenant, Notification.user == login, Notification.read_at.is_(None))
    return session.scalar(select(func.count()).select_from(Notification).where(*mine)) or 0


@blueprint.get("/notifications")
def index() -> ResponseReturnValue:
    """Show the person's latest notices."""
    return render_template("notices.html", notices=_latest(actor().id))


@blueprint.post("/notifications/read")
def read() -> ResponseReturnValue:
    """Mark notices as read: all up to the newest that the page showed."""
    newest = min(request.form.get("newest", 0, type=int), LARGEST_ID)
    with transaction():
        db.session.execute(
            update(Notification)
            .where(
                Notification.tenant == tenant(), Notification.user == actor().id, Notification.read_at.is_(None),
                Notification.id <= newest,
            )
            .values(read_at=now())
        )
    return redirect(url_for("notices.index"))


def _latest(login: str) -> list[Any]:
    mine = (Notification.tenant == tenant(), Notification.user == login)
    query = select(Notification).where(*mine).order_by(Notification.id.desc()).limit(PAGE)
    return list(db.session.scalars(query))
