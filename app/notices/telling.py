"""What writes notices: a diagram's `notify` service, incidents, errands that have failed for good."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from app.case import bell
from app.case.bell import KINDS
from app.case.models import Database
from app.duty.reading import read_roster
from app.duty.rules import PostVacant, on_duty
from app.errands import Topic
from app.i18n import N_
from app.people.models import Group, User
from app.people.queries import AnySession, members, with_permission
from engine import ProcessInstance, Service, ServiceCall
from engine.errors import ExecutionFailed
from engine.store import Change

FAILED = N_("“%(step)s” could not be run; the process waits there for somebody to look after it")
ERRAND_FAILED = N_("“%(errand)s” has failed and is not tried again by itself")


def notifier(session: Database, tenant: str) -> Service:
    """Return the service of the topic `notify`: it takes `recipients` (groups or logins), `text` and perhaps a `kind`.

    The kind is one of KINDS: a person may want some kinds otherwise than others.
    """

    def notify(call: ServiceCall) -> None:
        text = call.variables.get("text")
        if not isinstance(text, str) or not text.strip():
            raise ExecutionFailed(f"{call.element_id}: notify needs a text", element_id=call.element_id)
        if (kind := call.variables.get("kind") or "notice") not in KINDS:
            raise ExecutionFailed(f"{call.element_id}: notify knows no kind {kind}", element_id=call.element_id)
        bell.notify(
            session, tenant, _people(session, tenant, call), text.strip(), at=call.at, instance_id=call.instance_id,
            params={"number": call.business_key}, kind=str(kind),
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
            bell.notify(
                session, tenant, people, FAILED, at=at, instance_id=instance.id, kind="incident",
                params={"number": instance.business_key, "step": name},
            )

    return tell


def _holders(session: AnySession, tenant: str, post_id: str, call: ServiceCall) -> tuple[str, ...]:
    """Return who holds a post now: its A, or whoever stands in."""
    roster = read_roster(session, tenant, call.at)
    try:
        return next(on_duty(post, call.at, roster).people for post in roster.posts if post.id == post_id)
    except (PostVacant, StopIteration):
        text = f"{call.element_id}: nobody holds post:{post_id} to notify"
        raise ExecutionFailed(text, element_id=call.element_id) from None


def tell_of_errand(session: Database, tenant: str, topic: Topic, *, at: datetime) -> None:
    """Tell those who look after jobs that an errand has no attempt left."""
    people = with_permission(session, tenant, "jobs", at)
    bell.notify(session, tenant, people, ERRAND_FAILED, at=at, kind="incident", params={"errand": topic.name})


def _people(session: AnySession, tenant: str, call: ServiceCall) -> list[str]:
    """Return each recipient once. Raises ExecutionFailed for one who does not exist, and when nobody is left."""
    named = call.variables.get("recipients")
    recipients = named if isinstance(named, list) else str(named or "").split(",")
    logins: dict[str, None] = {}
    for recipient in (str(item).strip() for item in recipients if str(item).strip()):
        if recipient.startswith("post:"):
            logins.update(dict.fromkeys(_holders(session, tenant, recipient.removeprefix("post:"), call)))
        elif session.get(Group, (tenant, recipient)) is not None:
            logins.update(dict.fromkeys(members(session, tenant, recipient, call.at)))
        elif session.get(User, (tenant, recipient)) is not None:
            logins[recipient] = None
        else:
            raise ExecutionFailed(f"{call.element_id}: there is no {recipient} to notify", element_id=call.element_id)
    if not logins:
        raise ExecutionFailed(f"{call.element_id}: there is nobody to notify", element_id=call.element_id)
    return list(logins)
