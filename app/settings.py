"""Pages of what everybody sets for themselves: password, language, looks."""

from __future__ import annotations

from flask import Blueprint, Response, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_user

from app.auth import actor, local_path, public
from app.db import db, now, tenant, transaction
from app.i18n import COOKIE, LANGUAGES
from app.people.models import User
from app.people.passwords import hash_password, is_strong, matches
from app.people.queries import group_names, person

blueprint = Blueprint("settings", __name__)
_YEAR = 365 * 24 * 3600


@blueprint.get("/settings")
def index() -> ResponseReturnValue:
    """Show the person's own settings."""
    return _page()


def _page(status: int = 200, **errors: str) -> Response:
    groups = group_names(db.session, tenant(), actor().groups)
    page = render_template(
        "settings/index.html", groups=groups.values(), errors=errors, length=current_app.config["PASSWORD_LENGTH"],
        kinds=current_app.config["PASSWORD_KINDS"],
    )  # fmt: skip
    return Response(page, status)


@blueprint.post("/settings/password")
def change_password() -> ResponseReturnValue:
    """Change the password; all other sessions of the person end."""
    form, config = request.form, current_app.config
    new = form.get("new_password", "")
    with transaction():
        user = _user()
        if not matches(user.password_hash, form.get("password", "")):
            return _page(422, password=_("This is not your password."))
        if not is_strong(new, length=config["PASSWORD_LENGTH"], kinds=config["PASSWORD_KINDS"]):
            return _page(422, new_password=_("This is too short or too simple."))
        if new != form.get("again"):
            return _page(422, again=_("This differs from the new password."))
        user.password_hash = hash_password(new)
    login_user(person(db.session, tenant(), user.login, now()))
    flash(_("The password has been changed. Everywhere else you have been signed out."), "success")
    return redirect(url_for("settings.index"))


@blueprint.post("/settings/looks")
def change_looks() -> ResponseReturnValue:
    """Change language, large text and dark mode."""
    chosen, theme = request.form.get("language", ""), request.form.get("theme", "light")
    if chosen not in LANGUAGES or theme not in ("light", "dark"):
        abort(400)
    with transaction():
        user = _user()
        user.locale, user.theme, user.large_text = chosen, theme, "large_text" in request.form
    return _with_language(redirect(url_for("settings.index")), chosen)


@blueprint.get("/language/<code>")
@public
def language(code: str) -> ResponseReturnValue:
    """Choose the language of this browser; a link changes nothing else."""
    if code not in LANGUAGES:
        abort(404)
    return _with_language(redirect(local_path(request.args.get("next")) or "/"), code)


def _with_language(response: ResponseReturnValue, code: str) -> Response:
    answer = current_app.make_response(response)
    answer.set_cookie(
        COOKIE, code, max_age=_YEAR, samesite="Lax", httponly=True, secure=current_app.config["SESSION_COOKIE_SECURE"]
    )
    return answer


def _user() -> User:
    return db.session.get_one(User, (tenant(), actor().id))
