"""What follows when a case is ended by hand, voided or not: whoever waits for it, and what grew out of it, is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from app import errands
from app.calendar import LOCAL
from app.case.bell import notify
from app.case.errors import RegisterInvalid
from app.case.links import ORIGIN
from app.case.models import Case, CaseLink, Database
from app.case.projection import register_of
from app.case.register import has_register
from app.case.voiding import ending_of
from app.db import current_engine, db, now, tenant
from app.dossier.outcome import who_do
from app.errands import Errand, Topic
from app.i18n import N_
from engine import Engine, ProcessInstance
from engine.errors import NoMatchingSubscription
from engine.feel import compile_expression
from engine.store import Change

ENDED = "ended"
"""The errand that follows a case ended by hand; its key is the instance's id."""
ORIGIN_ENDED = N_("“%(process)s” %(origin)s, which this case grew out of, was ended (%(state)s): %(reason)s")


def ending_keeper(session: Database, tenant: str) -> Callable[[Change, ProcessInstance], None]:
    """Return the hook that asks for what follows when a step ends a case by hand."""

    def keep(change: Change, instance: ProcessInstance) -> None:
        ending = ending_of(change)
        if ending is None or not has_register(instance.definition.properties):
            return
        at = change.instance.ended_at or now()
        errands.ask(session, tenant, ENDED, {instance.id: {"by": ending.by, "reason": ending.reason}}, due=at)

    return keep


def topics() -> dict[str, Topic]:
    """Return how the errand is done."""
    return {ENDED: Topic(N_("Telling linked cases that a case was ended"), _follow)}


def _follow(errand: Errand) -> None:
    session, engine, at = db.session(), current_engine(), now()
    case = session.get(Case, (tenant(), errand.key))
    if case is None:
        return
    by, reason = errand.detail["by"], errand.detail["reason"]
    _say_farewell(engine, case, reason, by=by, at=at)
    for grown in _grown_out_of(session, case):
        _tell(engine, session, grown, case, reason, by=by, at=at)


def _grown_out_of(session: Database, case: Case) -> list[Case]:
    """Return the open cases that grew out of a case."""
    grew = select(CaseLink.from_instance).where(
        CaseLink.tenant == case.tenant, CaseLink.to_instance == case.instance_id, CaseLink.kind == ORIGIN,
        CaseLink.removed_at.is_(None),
    )
    open_ones = select(Case).where(Case.tenant == case.tenant, Case.instance_id.in_(grew), Case.closed_at.is_(None))
    return list(session.scalars(open_ones.order_by(Case.number)))


def _say_farewell(engine: Engine, case: Case, reason: str, *, by: str, at: datetime) -> None:
    """Send the message that the case's process declares for its end, to whoever waits for it."""
    register = register_of(engine.definition(case.definition_id))
    said = _message(engine, case, register.ended, _told_of(case, reason), at)
    with suppress(NoMatchingSubscription):  # who has gone on meanwhile needs no farewell
        if said is not None:
            engine.correlate(said.name, correlation_key=said.key, variables=said.variables, by=by)


def _tell(
    engine: Engine, session: Database, grown: Case, origin: Case, reason: str, *, by: str, at: datetime
) -> None:
    """Give a case the message that its process declares for its origin's end, or else tell its people."""
    register = register_of(engine.definition(grown.definition_id))
    said = _message(engine, grown, register.origin_ended, _told_of(origin, reason), at)
    if said is not None:
        engine.correlate(
            said.name, instance_id=grown.instance_id, correlation_key=said.key, variables=said.variables, by=by
        )
        return
    tasks = engine.store.tasks(instance_id=grown.instance_id)
    people = dict.fromkeys(login for task in tasks for login in who_do(session, grown.tenant, task, at))
    params = {
        "number": grown.number, "process": register_of(engine.definition(origin.definition_id)).name,
        "origin": origin.number, "state": origin.state, "reason": reason,
    }  # fmt: skip
    notify(
        session, grown.tenant, people, ORIGIN_ENDED, at=at, instance_id=grown.instance_id, params=params,
        kind="outcome",
    )


@dataclass(frozen=True, slots=True)
class _Message:
    name: str
    key: Any
    variables: Mapping[str, Any]


def _told_of(ended: Case, reason: str) -> Mapping[str, str]:
    return {"number": ended.number, "state": ended.state, "reason": reason}


def _message(
    engine: Engine, case: Case, expression: str, ended: Mapping[str, str], at: datetime
) -> _Message | None:
    """Return the message that a declaration gives for a case. Raises RegisterInvalid for what is none."""
    if not expression:
        return None
    seen = {**engine.instance(case.instance_id).variables, **ended}
    said = compile_expression(expression).evaluate(seen, now=at.astimezone(LOCAL))
    if said is None:
        return None
    if not isinstance(said, Mapping) or not isinstance(said.get("message"), str):
        raise RegisterInvalid(f"process {case.process_key}: what follows an ending is {{message: …}} or null")
    return _Message(said["message"], said.get("key"), said.get("variables") or {})
