"""Pages for auditors: find an instance, check its whole chain, read its record, take it along as a file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import quote

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from app.auth import actor, requires
from app.case.disclosures import disclosures_of
from app.checks import note_check, read_checks
from app.db import current_engine, db, now, tenant, transaction
from app.dossier.course import called_in
from app.dossier.facts import labels_of
from app.dossier.viewers import disclosed
from app.i18n import N_
from app.people.queries import names
from engine.errors import HistoryBroken
from engine.store.tables import InstanceRow

blueprint = Blueprint("audit", __name__)
PAGE = 50
KINDS: Mapping[str, str] = {
    "instance_started": N_("Instance started"), "instance_completed": N_("Instance completed"),
    "instance_cancelled": N_("Instance cancelled"), "instance_annotated": N_("Note added"),
    "element_entered": N_("Entered"), "element_left": N_("Left"),
    "element_cancelled": N_("Cancelled"), "flow_taken": N_("Flow taken"), "variable_written": N_("Variable written"),
    "variables_edited": N_("Variables edited by hand"), "limits_recounted": N_("Limits counted again"),
    "task_created": N_("Task created"),
    "activity_started": N_("Activity started by choice"), "task_claimed": N_("Task claimed"),
    "task_unclaimed": N_("Task given back"),
    "task_assigned": N_("Task assigned"), "task_altered": N_("Task changed by a listener"),
    "listener_failed": N_("Listener cannot be run"), "task_completed": N_("Task completed"),
    "task_cancelled": N_("Task cancelled"), "message_received": N_("Message received"),
    "signal_received": N_("Signal received"), "signal_thrown": N_("Signal thrown"), "timer_set": N_("Timer set"),
    "timer_fired": N_("Timer fired"), "job_completed": N_("Job completed"), "job_failed": N_("Job failed"),
    "job_retried": N_("Job retried"), "attempt_failed": N_("Attempt failed"),
    "job_error": N_("Job ended with an error"),
    "error_thrown": N_("Error thrown"), "decision_evaluated": N_("Decision evaluated"),
    "escalation_thrown": N_("Escalation thrown"), "escalation_uncaught": N_("Escalation that nobody caught"),
    "signal_caught": N_("Signal caught"), "link_followed": N_("Link followed"), "condition_met": N_("Condition met"),
    "condition_failed": N_("Condition cannot be looked at"), "process_called": N_("Process called"),
    "gateway_reset": N_("Gateway reset"), "incident_raised": N_("Could not be run: incident"),
    "message_thrown": N_("Message sent"), "message_caught": N_("Message caught"),
    "message_not_sent": N_("Message not sent"),
    "functions_called": N_("Functions of the township asked"), "decision_chosen": N_("Version of a decision chosen"),
    "compensation_thrown": N_("Compensation thrown"), "compensation_begun": N_("Compensation begun"),
    "compensation_ended": N_("Compensation ended"), "transaction_cancelled": N_("Transaction cancelled"),
}  # fmt: skip


@blueprint.get("/audit")
@requires("audit")
def instances() -> ResponseReturnValue:
    """List instances, the newest first, or those whose number begins as asked."""
    text, before = request.args.get("q", "").strip()[:100], request.args.get("before", "")
    query = select(
        InstanceRow.id, InstanceRow.business_key, InstanceRow.definition_key, InstanceRow.status,
        InstanceRow.started_at, InstanceRow.ended_at, InstanceRow.last_event, InstanceRow.head,
    ).where(InstanceRow.tenant == tenant())  # fmt: skip
    if text:
        query = query.where(InstanceRow.business_key.startswith(text, autoescape=True))
    if before:
        query = query.where(InstanceRow.id < before)
    rows = db.session.execute(query.order_by(InstanceRow.id.desc()).limit(PAGE + 1)).all()
    called = {record.key: record.name for record in reversed(current_engine().store.definitions())}
    following = rows[PAGE - 1].id if len(rows) > PAGE else None
    return render_template(
        "audit/instances.html", rows=rows[:PAGE], called=called, q=text, following=following, before=before
    )


@blueprint.get("/audit/checks")
@requires("audit")
def checks() -> ResponseReturnValue:
    """List what auditors checked and took along in the last 30 days."""
    kind, before = request.args.get("kind", ""), request.args.get("after", type=int)
    rows = read_checks(db.session(), tenant(), now(), kind=kind, before=before, limit=PAGE + 1)
    return render_template(
        "audit/checks.html", rows=rows[:PAGE], kind=kind, kinds=check_kinds(),
        following=rows[PAGE - 1].id if len(rows) > PAGE else None,
        people=names(db.session, tenant(), {row.user for row in rows}),
    )  # fmt: skip


def check_kinds() -> dict[str, str]:
    """Return what the kinds of checks are called."""
    return {"whole": _("Chain whole"), "broken": _("Chain broken"), "exported": _("Record exported")}


@blueprint.get("/audit/<instance_id>")
@requires("audit")
def instance(instance_id: str) -> ResponseReturnValue:
    """Check an instance's chain now and show its record; values of the case are not in it."""
    engine = current_engine()
    record, events = engine.store.load(instance_id), engine.events(instance_id)
    try:
        checked, broken = engine.verify(instance_id), ""
    except HistoryBroken as error:
        checked, broken = 0, str(error)
    with transaction():
        note_check(db.session(), tenant(), record.id, "broken" if broken else "whole", by=actor().id, at=now())
    definition, called = engine.definition(record.definition_id), called_in(engine, events)
    drawn_in = [called.get(event.data.get("call", 0), definition) for event in events]
    places = [where.elements.get(event.element_id or "") for event, where in zip(events, drawn_in, strict=True)]
    shown = list(disclosed(disclosures_of(db.session(), tenant(), instance_id), labels_of(definition)))
    acting = {each for event in events for each in (event.actor, event.on_behalf_of) if each}
    acting |= {entry.who for entry in shown if entry.who}
    return render_template(
        "audit/instance.html", record=record, definition=definition, events=list(zip(events, places, strict=True)),
        checked=checked, broken=broken, shown=shown,
        kinds={kind: _(text) for kind, text in KINDS.items()},
        people=names(db.session, tenant(), acting),
    )  # fmt: skip


@blueprint.get("/audit/<instance_id>/history.json")
@requires("audit")
def history(instance_id: str) -> ResponseReturnValue:
    """Give the chained record as it is stored, so that it can be checked elsewhere; it holds no values."""
    engine = current_engine()
    record = engine.store.load(instance_id)
    kept = {
        "instance": record.id, "definition": record.definition_id, "head": record.head,
        "first_previous": engine.store.definition(record.definition_id).checksum,
        "steps": [{"record": step.record, "hash": step.hash} for step in engine.store.steps(instance_id)],
    }  # fmt: skip
    with transaction():
        note_check(db.session(), tenant(), record.id, "exported", by=actor().id, at=now())
    name = f"{record.business_key or record.id}.history.json"
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}"}
    return Response(json.dumps(kept, ensure_ascii=False, indent=1), mimetype="application/json", headers=headers)
