"""Linking a case with others by hand: adding, removing, and putting back what was removed."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.auth import actor, requires
from app.case.errors import CaseNotFound, LinkNotFound, LinkRefused
from app.case.links import BY_HAND, RELATED, link_cases, remove_link, restore_link
from app.case.models import Case
from app.db import db, now, transaction
from app.dossier.links import Link, read_links
from app.dossier.reading import find_readable
from app.register.views import blueprint
from engine import Engine


@blueprint.post("/cases/<number>/links")
@requires("registers")
def link(number: str) -> ResponseReturnValue:
    """Link a case with another that the reader may read too."""
    wanted, kind = request.form.get("number", "").strip(), request.form.get("kind", RELATED)
    with transaction() as engine:
        case = _case(engine, number)
        try:
            other = _case(engine, wanted)
        except CaseNotFound:
            raise LinkRefused(f"there is no case {wanted[:60]} to link with {number}") from None
        is_new = link_cases(db.session(), case, other, kind, by=actor().id, at=now())
    flash(_("Linked with %(number)s.", number=wanted) if is_new else _("The two are linked so already."))
    return redirect(_back(number))


@blueprint.post("/cases/<number>/links/<int(max=2147483647):link_id>/remove")
@requires("registers")
def unlink(number: str, link_id: int) -> ResponseReturnValue:
    """Remove a link; the page then offers to put it back."""
    with transaction() as engine:
        case = _case(engine, number)
        _link(engine, case, link_id)
        remove_link(db.session(), case, link_id, by=actor().id, at=now())
    return redirect(_back(number, removed=link_id))


@blueprint.post("/cases/<number>/links/<int(max=2147483647):link_id>/restore")
@requires("registers")
def relink(number: str, link_id: int) -> ResponseReturnValue:
    """Put a link back that was removed."""
    with transaction() as engine:
        case = _case(engine, number)
        other = _link(engine, case, link_id).case.number
        restore_link(db.session(), case, link_id)
    flash(_("Linked with %(number)s.", number=other))
    return redirect(_back(number))


def _case(engine: Engine, number: str) -> Case:
    return find_readable(engine, db.session(), actor(), number)[0]


def _link(engine: Engine, case: Case, link_id: int) -> Link:
    """Return a link whose other case the actor may read as well. Raises LinkNotFound."""
    found = read_links(engine, db.session(), actor(), case, now()).find(link_id)
    if found is None or found.linked.link.kind not in BY_HAND:
        raise LinkNotFound(f"case {case.number} has no link {link_id} to change")
    return found


def _back(number: str, removed: int | None = None) -> str:
    return url_for("register.case", number=number, _anchor="pane-links", removed=removed)
