"""Keeping filters: saved under a name, shared, renamed, deleted and put back, one of them to open with."""

from __future__ import annotations

from typing import Any, cast

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.auth import actor, requires
from app.db import current_engine, db, now, tenant, transaction
from app.register.rows import read_asked
from app.register.saved import change_filter, open_with, own_filter, save_filter
from app.register.views import blueprint, definition_of

ADDRESS = "/registers/<process_key>/filters"
ONE = f"{ADDRESS}/<int(max=2147483647):filter_id>"


@blueprint.post(ADDRESS)
@requires("registers")
def keep_filter(process_key: str) -> ResponseReturnValue:
    """Keep what the address asks for under a name."""
    with transaction() as engine:
        person, definition = actor(), definition_of(engine, process_key)
        asked = read_asked(db.session(), tenant(), definition, person, request.args, now())
        name, shared_with = request.form.get("name", ""), request.form.get("shared_with", "")
        saved = save_filter(
            db.session(), tenant(), process_key, person, name, asked.query, shared_with, at=now()
        )
        if request.form.get("opening"):
            open_with(db.session(), tenant(), process_key, saved.id, person)
    flash(_("The filter “%(name)s” is kept.", name=saved.name))
    return redirect(_address(process_key, saved.query))


@blueprint.post(ONE)
@requires("registers")
def edit_filter(process_key: str, filter_id: int) -> ResponseReturnValue:
    """Rename a filter of one's own, share it otherwise, delete it or put it back; or open with any that one sees."""
    act, person = request.form.get("act", ""), actor()
    definition_of(current_engine(), process_key)
    with transaction():
        if act in ("open", "open_plain"):
            open_with(db.session(), tenant(), process_key, filter_id if act == "open" else None, person)
            return redirect(url_for("register.rows", process_key=process_key))
        saved = own_filter(db.session(), tenant(), process_key, filter_id, person)
        match act:
            case "change":
                change_filter(
                    db.session(), saved, person, request.form.get("name", ""), request.form.get("shared_with", "")
                )
            case "delete":
                saved.deleted_at = now()
            case "put_back":
                saved.deleted_at = None
                change_filter(db.session(), saved, person, saved.name, saved.shared_with)
            case _:
                abort(400)
    if act == "delete":
        return redirect(url_for("register.rows", process_key=process_key, deleted=filter_id))
    return redirect(_address(process_key, saved.query))


def _address(process_key: str, query: dict[str, str]) -> str:
    return url_for("register.rows", process_key=process_key, all="yes", **cast("dict[str, Any]", query))
