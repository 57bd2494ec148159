"""Signing in and out, sessions that end when idle, and who may do what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial, wraps
from typing import Any, ParamSpec, TypeVar, cast

from flask import Blueprint, Flask, Response, abort, current_app, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_time
from flask_babel import gettext as _
from flask_login import LoginManager, current_user, login_user, logout_user
from flask_wtf.csrf import generate_csrf
from sqlalchemy.orm import scoped_session

from app.case.covers import Cover
from app.db import db, now, tenant, transaction
from app.errors import kept_fields, problem, wants_json
from app.people.models import User
from app.people.passwords import check_password, is_locked
from app.people.queries import Person, person, setting

blueprint = Blueprint("auth", __name__)
BACKGROUND = "X-Background"  # sent by what a page does by itself: it does not keep a session alive

P = ParamSpec("P")
R = TypeVar("R")


CoversOf = Callable[[scoped_session[Any], str, str, datetime], tuple[Cover, ...]]
"""Tells for whom a person stands in at an instant, from session, tenant and login."""


def init_app(app: Flask, covers_of: CoversOf) -> None:
    """Ask everybody to sign in for everything that is not marked `public`."""
    manager = LoginManager(app)
    manager.session_protection = None  # a village's phone changes its address all day
    manager.user_loader(partial(_load, covers_of))
    app.register_blueprint(blueprint)
    app.before_request(_admit)


def public(view: Callable[P, R]) -> Callable[P, R]:
    """Let a view be seen by whoever is not signed in."""
    view.is_public = True  # type: ignore[attr-defined]
    return view


def requires(permission: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let only those use a view whose groups give this permission."""

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            if not actor().may(permission):
                abort(403)
            return view(*args, **kwargs)

        return guarded

    return decorate


def actor() -> Person:
    """Return who makes this request."""
    if not current_user.is_authenticated:
        abort(401)
    return cast(Person, current_user._get_current_object())


def local_path(path: str | None) -> str | None:
    """Return `path` when it leads to a page of ours, else None: nobody is sent elsewhere after signing in."""
    # Browsers pass over control characters, so that "/<tab>/elsewhere" would be another site.
    safe = path and path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if safe else None


def _load(covers_of: CoversOf, user_id: str) -> Person | None:
    of, login, at = tenant(), user_id.partition(" ")[0], now()
    found = person(db.session, of, login, at)
    if found is None or found.get_id() != user_id:
        return None
    return replace(found, find_covers=lambda: covers_of(db.session, of, login, at))


def _admit() -> None:
    """End an idle session; turn away who is not signed in."""
    view = current_app.view_functions.get(request.endpoint or "")
    if view is None or request.endpoint == "static" or getattr(view, "is_public", False):
        return
    moment = int(now().timestamp())
    if "_user_id" in session and moment - session.get("seen", 0) > current_app.config["IDLE_MINUTES"] * 60:
        _expire()
    if not current_user.is_authenticated:
        abort(401)
    # Not at every request: each time, the cookie is sent anew.
    if BACKGROUND not in request.headers and moment - session["seen"] > 20:
        session["seen"] = moment


def _expire() -> None:
    """Sign out, but remember who it was: what that person has typed may be sent again after signing in."""
    session["expired"] = session["_user_id"].partition(" ")[0]
    logout_user()


@blueprint.get("/login")
@public
def login() -> ResponseReturnValue:
    """Show the login page."""
    if current_user.is_authenticated:
        return redirect(local_path(request.args.get("next")) or "/")
    return login_page(next_path=local_path(request.args.get("next")))


@blueprint.post("/login")
@public
def sign_in() -> ResponseReturnValue:
    """Check login and password; answer a page, or JSON to a page that signs in again without leaving."""
    name, config = request.form.get("login", "").strip(), current_app.config
    expired = session.get("expired")
    with transaction():
        user = db.session.get(User, (tenant(), name))
        locked_for = timedelta(minutes=config["LOCK_MINUTES"])
        right = check_password(
            db.session, user, request.form.get("password", ""), at=now(), lock_after=config["LOCK_AFTER"],
            lock_for=locked_for,
        )  # fmt: skip
    if not right:
        return _refused(user)
    csrf_token = session.get("csrf_token")
    session.clear()
    # A form that the same person left open stays valid; nobody else's does.
    if csrf_token and expired == name:
        session["csrf_token"] = csrf_token
    session["seen"] = int(now().timestamp())
    login_user(_person(name))
    if wants_json():
        return {"csrf_token": generate_csrf(), "name": current_user.name}
    if expired == name and (path := local_path(request.form.get("kept_path"))):
        return render_template("resume.html", path=path, kept=kept_fields(prefix="kept:"))
    return redirect(local_path(request.form.get("next")) or "/")


def _person(login: str) -> Person:
    found = person(db.session, tenant(), login, now())
    assert found is not None, "checked a moment ago"
    return found


def _refused(user: User | None) -> ResponseReturnValue:
    if user is not None and is_locked(user, now()):
        until = format_time(user.locked_until, "HH:mm")
        status, code = 429, "account_locked"
        message = _("Too many wrong passwords. This account is locked until %(time)s.", time=until)
    else:
        status, code = 401, "wrong_password"
        message = _("The login or the password is wrong.")
    if wants_json():
        return problem(status, code, message)
    return login_page(
        error=message, status=status, next_path=local_path(request.form.get("next")),
        kept_path=local_path(request.form.get("kept_path")), kept=kept_fields(prefix="kept:"),
    )  # fmt: skip


def login_page(*, status: int = 200, **context: Any) -> Response:
    """Answer the login page; the example's names its accounts."""
    page = render_template("login.html", example=setting(db.session, tenant(), "example"), **context)
    return Response(page, status)


@blueprint.post("/logout")
def logout() -> ResponseReturnValue:
    """End the session."""
    logout_user()
    session.clear()
    return redirect(url_for("auth.login"))
