"""Notices under the bell: what a diagram's `notify` service writes, and the page that shows them."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.auth import actor
from app.case import talk
from app.case.models import Database
from app.db import db, now, tenant, transaction
from app.people.models import Group, User
from app.people.queries import AnySession, members, with_permission
from engine import ProcessInstance, Service, ServiceCall
from engine.errors import ExecutionFailed
from engine.store import Change

blueprint = Blueprint("notices", __name__)
PAGE = 50
LARGEST_ID = 2**31 - 1


def notifier(session: Database, tenant: str) -> Service:
    """Return the service of the topic `notify`: it takes `recipients` (groups or logins) and `text`."""

    def notify(call: ServiceCall) -> None:
        text = call.variables.get("text")
        if not isinstance(text, str) or not text.strip():
            raise ExecutionFailed(f"{call.element_id}: notify needs a text", element_id=call.element_id)
        talk.notify(
            session, tenant, _people(session, tenant, call), text.strip(), at=call.at, instance_id=call.instance_id,
            params={"number": call.business_key},
        )

    return notify


def incident_teller(session: Database, tenant: str) -> Callable[[Change, ProcessInstance], None]:
    """Return the hook that tells those who look after jobs when an element could not be run."""

    def tell(change: Change, instance: ProcessInstance) -> None:
        failed = [job for job in change.jobs_added if job.retries == 0]
        if not failed:
            return
        at = max(job.created_at or job.due_at for job in failed)
        people = with_permission(session, tenant, "jobs", at)
        for job in failed:
            element = instance.definition_of(job).elements.get(job.element_id)
            name = element.name if element is not None and element.name else job.element_id
            talk.notify(
                session, tenant, people, f"“{name}”出错，流程停在此处等待处理", at=at, instance_id=instance.id,
                params={"number": instance.business_key},
            )

    return tell


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


@blueprint.get("/notifications")
def index() -> ResponseReturnValue:
    """Show the person's latest notices."""
    latest = talk.notifications_of(db.session(), tenant(), actor().id, limit=PAGE)
    return render_template("notices.html", notices=latest)


@blueprint.post("/notifications/read")
def read() -> ResponseReturnValue:
    """Mark notices as read: all up to the newest that the page showed."""
    newest = min(request.form.get("newest", 0, type=int), LARGEST_ID)
    with transaction():
        talk.mark_read(db.session(), tenant(), actor().id, at=now(), up_to=newest)
    return redirect(url_for("notices.index"))
