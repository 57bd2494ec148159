"""Starting something new: the processes that a person may start, the form of one, and the number it gets at once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import to_user_timezone

from app.auth import actor, requires
from app.case.attachments import Upload
from app.case.errors import AttachmentRefused
from app.case.keys import settle_duplicate
from app.case.models import Case
from app.case.opening import open_case
from app.case.projection import register_of
from app.case.register import has_register, unique_in
from app.db import current_engine, db, now, tenant, transaction
from app.dossier.files import folder, received
from app.dossier.reading import find_readable
from app.dossier.starting import Offer, grown_out_of, may_start, offers_of, origin_field, startable
from app.people.queries import offered
from app.tasklist.views import blueprint, deliberately, submitted
from engine import Engine, ProcessDefinition
from engine.errors import DefinitionNotFound
from engine.form import Form


@blueprint.get("/start")
@requires("start")
def start() -> ResponseReturnValue:
    """Offer the processes that this person may start."""
    return render_template("tasklist/start.html", offers=list(startable(current_engine(), actor())))


@blueprint.get("/start/<key>")
@requires("start")
def start_form(key: str) -> ResponseReturnValue:
    """Show the form with which a process starts; started out of a case, it names that one already.

    Where it begins in several ways, the address names one of them, or they are offered.
    """
    engine = current_engine()
    definition = _definition(engine, key)
    ways = offers_of(definition)
    offer = _offer(definition)
    if offer is None:
        return render_template("tasklist/start.html", offers=ways, definition=definition)
    origin, filled = _origin(engine, offer)
    form = engine.start_form(definition, offer.start)
    return render_template(
        "tasklist/start_form.html", offer=offer, definition=definition, form=_form(offer, form, filled),
        origin=origin, has_ways=len(ways) > 1, takes_files=has_register(definition.properties),
        act=offer.act or _("Start"),
    )  # fmt: skip


@blueprint.post("/start/<key>")
@requires("start")
def begin(key: str) -> ResponseReturnValue:
    """Start a process; one with a register gets its number in the same transaction, and its files."""
    data, person = submitted(), actor()
    uploads = _uploads(key)
    with transaction() as engine:
        definition = _definition(engine, key)
        if (offer := _offer(definition)) is None:
            abort(404)
        if not has_register(definition.properties):
            instance_id = engine.start(key, data, by=person.id, start=offer.start).id
        else:
            instance_id = open_case(engine, db.session(), key, data, by=person.id, start=offer.start).instance_id
            if unique_in(definition.properties):
                settle_duplicate(db.session(), tenant(), instance_id, deliberately(), by=person.id, at=now())
            why_none = register_of(definition).no_files_reason
            for upload in uploads:
                folder().add(db.session(), instance_id, upload, by=person.id, at=now(), why_none=why_none)
    return {"next": url_for("tasklist.started", instance_id=instance_id)}


def _uploads(key: str) -> list[Upload]:
    """Return the files that come with the form, looked at before the case gets its number."""
    if not request.files:
        return []
    definition = _definition(current_engine(), key)  # before anybody else's file is looked at
    uploads = received()
    if uploads and not has_register(definition.properties):
        raise AttachmentRefused(f"process {key} keeps no register and so takes no files")
    return uploads


@blueprint.get("/started/<instance_id>")
@requires("start")
def started(instance_id: str) -> ResponseReturnValue:
    """Name the number of what has just been started, and the way on."""
    engine, person = current_engine(), actor()
    instance = engine.instance(instance_id)
    if instance.record.started_by != person.id:
        abort(404)
    tasks = engine.store.tasks(instance_id=instance_id)
    return render_template(
        "tasklist/started.html", case=db.session.get(Case, (tenant(), instance_id)), definition=instance.definition,
        waiting=[task.name for task in tasks],
        task=next((task for task in tasks if engine.may_work_on(task, person.id)), None),
    )  # fmt: skip


def _definition(engine: Engine, key: str) -> ProcessDefinition:
    try:
        definition = engine.latest(key)
    except DefinitionNotFound:
        abort(404)
    if not may_start(definition, actor()):
        abort(403)
    return definition


def _offer(definition: ProcessDefinition) -> Offer | None:
    """Return the way to begin that the address names, or the only one; None where it must be chosen yet."""
    ways, named = offers_of(definition), request.args.get("start")
    if named is None:
        return ways[0] if len(ways) == 1 else None
    found = next((offer for offer in ways if offer.start == named), None)
    return found or abort(404)


def _origin(engine: Engine, offer: Offer) -> tuple[Case | None, dict[str, str]]:
    """Return the case that the address names as the origin, which the reader may read, and what it fills in."""
    if "origin" not in request.args:
        return None, {}
    if not origin_field(engine, offer):
        abort(404)
    origin, _register = find_readable(engine, db.session(), actor(), request.args["origin"])
    return origin, grown_out_of(engine, offer, origin)


def _form(offer: Offer, form: Form | None, filled: Mapping[str, str]) -> dict[str, Any]:
    """Return what the page's script needs to draw the form and to send it."""
    known = offered(db.session(), tenant(), now(), form.reads) if form else {}
    data = form.input_data(known, now=to_user_timezone(now())) if form else {}
    return {
        "schema": form.schema if form else {"type": "default", "id": "nothing_to_fill_in", "components": []},
        "data": {**_moments(form, now()), **filled, **data},
        "submit": url_for("tasklist.begin", key=offer.definition.key, start=offer.start),
        "draft": None, "isReadOnly": False,
    }  # fmt: skip


def _moments(form: Form | None, at: datetime) -> dict[str, str]:
    """Begin required instants with the present one: what is registered has mostly just happened."""
    local = to_user_timezone(at)
    filled = {}
    for field in form.fields if form else ():
        attributes = field.attributes
        is_instant = field.type == "datetime" and attributes.get("subtype") == "datetime"
        if is_instant and (field.checks or {}).get("required") and len(field.path) == 1:
            interval = int(str(attributes.get("timeInterval") or 1))
            rounded = local.replace(minute=local.minute - local.minute % interval, second=0, microsecond=0)
            zoned = attributes.get("timeSerializingFormat") != "no_timezone"
            filled[field.path[0]] = (rounded if zoned else rounded.replace(tzinfo=None)).isoformat(timespec="minutes")
    return filled
