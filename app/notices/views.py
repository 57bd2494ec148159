"""The pages behind the bell: what is new, what there was, marking it as read, and how one wants each kind."""

from __future__ import annotations

from itertools import groupby

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.auth import actor, local_path
from app.calendar import LOCAL
from app.case import bell
from app.case.models import Notification
from app.db import db, now, tenant, transaction
from app.notices.mail import is_set_up
from app.notices.words import is_address, target_of, words
from app.people.models import User

blueprint = Blueprint("notices", __name__)
PAGE = 50
LARGEST_ID = 2**31 - 1


@blueprint.get("/notifications")
def index() -> ResponseReturnValue:
    """Show the person's notices by day, the newest first: the unread ones, or all; of one kind, or of all."""
    is_all, kind = request.args.get("show") == "all", request.args.get("kind") or None
    before = request.args.get("before", LARGEST_ID, type=int)
    if kind is not None and kind not in bell.KINDS:
        abort(404)
    found = bell.notifications_of(
        db.session(), tenant(), actor().id, unread=not is_all, limit=PAGE + 1, before=min(before, LARGEST_ID), kind=kind
    )
    shown = found[:PAGE]
    days = [(day, list(rows)) for day, rows in groupby(shown, key=lambda row: row.at.astimezone(LOCAL).date())]
    return render_template(
        "notices/index.html", days=days, words=words, is_all=is_all, kind=kind, kinds=bell.KINDS,
        newest=shown[0].id if shown else 0, older=shown[-1].id if len(found) > PAGE else None,
        may_link=actor().may("registers"),
    )  # fmt: skip


@blueprint.post("/notifications/read")
def read() -> ResponseReturnValue:
    """Mark notices as read: one, or all up to the newest that the page showed."""
    one, newest = request.form.get("id", type=int), min(request.form.get("newest", 0, type=int), LARGEST_ID)
    with transaction():
        if one is not None:
            bell.mark_read(db.session(), tenant(), actor().id, at=now(), ids=[min(one, LARGEST_ID)])
        else:
            bell.mark_read(db.session(), tenant(), actor().id, at=now(), up_to=newest)
    return redirect(local_path(request.form.get("back")) or url_for("notices.index"))


@blueprint.post("/notifications/<int:notice_id>/open")
def open_one(notice_id: int) -> ResponseReturnValue:
    """Mark a notice as read and lead to what it is about."""
    notice = db.session.get(Notification, notice_id) if notice_id <= LARGEST_ID else None
    if notice is None or (notice.tenant, notice.user) != (tenant(), actor().id):
        abort(404)
    with transaction():
        bell.mark_read(db.session(), tenant(), actor().id, at=now(), ids=[notice_id])
    return redirect(local_path(target_of(notice)) or url_for("notices.index"))


@blueprint.get("/notifications/choices")
def choices() -> ResponseReturnValue:
    """Show how the person wants each kind of notices, and the address for mail."""
    return _choices()


def _choices(status: int = 200, error: str = "", mail: str | None = None) -> ResponseReturnValue:
    user = db.session.get_one(User, (tenant(), actor().id))
    page = render_template(
        "notices/choices.html", kinds=bell.KINDS, ways=bell.WAYS, error=error, sends=is_set_up(current_app.config),
        chosen=bell.choices_of(db.session(), tenant(), actor().id), mail=user.mail if mail is None else mail,
        hour=current_app.config["DIGEST_HOUR"],
    )  # fmt: skip
    return page, status


@blueprint.post("/notifications/choices")
def choose() -> ResponseReturnValue:
    """Keep how the person wants each kind, and the address."""
    mail = request.form.get("mail", "").strip()
    chosen = {kind: request.form[kind] for kind in bell.KINDS if kind in request.form}
    if mail and not is_address(mail):
        return _choices(422, _("This is no mail address."), mail)
    if not mail and "mail" in chosen.values():
        return _choices(422, _("Where mail is to come, an address is needed."), mail)
    with transaction():
        try:
            bell.choose(db.session(), tenant(), actor().id, chosen)
        except ValueError:
            abort(400)
        db.session.get_one(User, (tenant(), actor().id)).mail = mail or None
    flash(_("Your choice is kept."), "success")
    return redirect(url_for("notices.choices"))
