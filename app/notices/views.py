"""The page behind the bell: what is new, what there was, marking it as read."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.auth import actor
from app.case import bell
from app.db import db, now, tenant, transaction
from app.notices.words import words

blueprint = Blueprint("notices", __name__)
PAGE = 50
LARGEST_ID = 2**31 - 1


@blueprint.get("/notifications")
def index() -> ResponseReturnValue:
    """Show the person's latest notices."""
    latest = bell.notifications_of(db.session(), tenant(), actor().id, limit=PAGE)
    return render_template("notices.html", notices=latest, words=words)


@blueprint.post("/notifications/read")
def read() -> ResponseReturnValue:
    """Mark notices as read: all up to the newest that the page showed."""
    newest = min(request.form.get("newest", 0, type=int), LARGEST_ID)
    with transaction():
        bell.mark_read(db.session(), tenant(), actor().id, at=now(), up_to=newest)
    return redirect(url_for("notices.index"))
