"""Work that people choose: starting an activity of an ad-hoc sub-process from the page of its case."""

from __future__ import annotations

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.auth import actor, requires
from app.case.access import may_choose_work
from app.case.errors import ChoosingRefused
from app.db import db, transaction
from app.dossier.viewers import as_reader
from app.register.views import blueprint, found_case


@blueprint.post("/cases/<number>/activities")
@requires("registers")
def start_activity(number: str) -> ResponseReturnValue:
    """Start an activity that the case offers now, once more if it was done."""
    element_id, scope = request.form.get("element"), request.form.get("scope", type=int)
    person = actor()
    with transaction() as engine:
        found = found_case(engine, number)
        if not element_id:
            abort(400)
        if not may_choose_work(db.session(), found.register, found.case, as_reader(person)):
            raise ChoosingRefused(f"work of case {number} is not for {person.id} to choose")
        instance = engine.start_activity(found.case.instance_id, element_id, by=person.id, scope=scope)
    element = instance.definition.elements.get(element_id)
    flash(_("“%(step)s” has been started.", step=(element.name if element else "") or element_id))
    return redirect(url_for("register.case", number=number))
