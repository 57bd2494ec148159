"""The Flask application: `create_app` is the one place that wires."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask, Response, request
from flask_login import current_user
from flask_wtf.csrf import CSRFProtect
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import auth, cockpit, config, errors, i18n, navigation, settings
from app.db import CLOCK, ENGINE, db, now, tenant
from app.people.models import Setting
from app.people.queries import groups_of, setting
from engine.clock import Clock, SystemClock
from engine.store.sql import SqlStore
from engine.store.tables import configure_sqlite

# form-js and bpmn-js place what they draw by style attributes; scripts and style sheets come from here alone.
_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}


def create_app(overrides: Mapping[str, Any] | None = None, *, clock: Clock | None = None) -> Flask:
    """Make the application from the environment's settings, `overrides` first."""
    app = Flask(__name__)
    app.config.from_mapping(config.complete({**config.from_environment(), **(overrides or {})}))
    app.extensions[CLOCK] = clock or SystemClock()
    app.extensions[ENGINE] = lambda session, tenant: _engine(app, session, tenant)
    _open_database(app)
    CSRFProtect(app)
    auth.init_app(app)
    i18n.init_app(app)
    errors.init_app(app)
    for page in (navigation, settings, cockpit):
        app.register_blueprint(page.blueprint)
    app.add_url_rule("/healthz", view_func=auth.public(healthz))
    app.context_processor(_shell)
    app.after_request(_harden)
    # What is vendored changes with a release; our own files are asked for each time and seldom sent.
    app.get_send_file_max_age = lambda name: 86400 if name and name.startswith("vendor/") else 0  # type: ignore[method-assign]
    return app


def _engine(app: Flask, session: Session, tenant: str) -> Any:
    """Bind an Engine to this session and township."""
    try:
        from engine import Engine  # type: ignore[attr-defined]
    except ImportError:  # the engine's door is still being built: pages without it already work
        return None

    return Engine(
        SqlStore(session, tenant),
        clock=app.extensions[CLOCK],
        groups_of=lambda user: groups_of(session, tenant, user, now()),
    )


def _open_database(app: Flask) -> None:
    db.init_app(app)
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            configure_sqlite(db.engine, app.config["SQLITE_SYNCHRONOUS"])


def healthz() -> dict[str, str]:
    """Tell whether the application and its database work."""
    db.session.execute(select(Setting.name).limit(1)).all()
    return {"status": "ok"}


def _shell() -> dict[str, Any]:
    """Give every page what its frame shows."""
    signed_in = current_user.is_authenticated
    return {
        "entries": navigation.entries_for(current_user) if signed_in else [],
        "theme": current_user.theme if signed_in else "light",
        "large_text": signed_in and current_user.large_text,
        "township": setting(db.session, tenant(), "township"),
    }


def _harden(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "private, no-cache")
    return response
