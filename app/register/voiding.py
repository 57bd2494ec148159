"""The page on which a case is voided: what it means, the reason, and no way back."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.auth import actor, requires
from app.case.errors import VoidingRefused
from app.case.voiding import LONGEST, may_void, void_case
from app.db import current_engine, db, transaction
from app.register.views import blueprint, found_case


@blueprint.get("/cases/<number>/void")
@requires("registers")
def ask_to_void(number: str) -> ResponseReturnValue:
    """Ask for the reason, and say that there is no way back."""
    found = found_case(current_engine(), number)
    if not may_void(found.register, found.case, actor().groups):
        raise VoidingRefused(f"case {number} is not for {actor().id} to void")
    return render_template("register/void.html", case=found.case, register=found.register, longest=LONGEST)


@blueprint.post("/cases/<number>/void")
@requires("registers")
def void(number: str) -> ResponseReturnValue:
    """Void a case."""
    person = actor()
    with transaction() as engine:
        found = found_case(engine, number)
        reason = request.form.get("reason", "")
        void_case(engine, db.session(), found.case, found.register, reason, by=person.id, groups=person.groups)
    flash(_("%(number)s is voided.", number=number))
    return redirect(url_for("register.case", number=number))
