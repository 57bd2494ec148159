"""The Flask application: `create_app` is the one place that wires."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from functools import cache, partial
from typing import Any, cast
from zoneinfo import ZoneInfo

from flask import Flask, Response, current_app, g, has_request_context, request
from flask_login import current_user
from flask_wtf.csrf import CSRFProtect
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import (
    audit,
    auth,
    cockpit,
    config,
    disclosure,
    duty,
    errands,
    errors,
    files,
    home,
    i18n,
    navigation,
    notices,
    playground,
    printing,
    register,
    settings,
    statistics,
    tasklist,
    watermark,
)
from app import db as database
from app.calendar import WorkingCalendar
from app.calendar import views as calendar_pages
from app.calendar.errands import topics as calendar_topics
from app.calendar.ledger import calendar_of
from app.case.access import Reader
from app.case.bell import count_unread
from app.case.covers import owners
from app.case.numbers import next_number
from app.case.opening import numbering
from app.case.origin import origin_keeper
from app.case.projection import projector, register_of
from app.case.register import check_properties
from app.case.rekeying import topics as key_topics
from app.db import CLOCK, ENGINE, db, now, tenant
from app.dossier import ending
from app.dossier.outcome import outcome_teller
from app.duty.reading import away_until, covers_of
from app.expressions import functions
from app.files.reading import topics as file_topics
from app.notices.mail import is_set_up
from app.people.models import Setting
from app.people.queries import Person, choices, known_people, memberships_of, names, setting
from app.uploads import Request
from engine import Clock, Engine, ProcessInstance, SystemClock
from engine.store import Change, TaskRecord
from engine.store.sql import SqlStore

# form-js and bpmn-js place what they draw by style attributes; scripts and style sheets come from here alone.
_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
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
    app.request_class = Request
    app.config.from_mapping(config.complete({**config.from_environment(), **(overrides or {})}))
    app.extensions[CLOCK] = clock or SystemClock()
    app.extensions[ENGINE] = lambda session, tenant: _engine(app, session, tenant)
    topics = (calendar_topics(), file_topics(), key_topics(), duty.topics(), notices.topics(), ending.topics())
    app.extensions[errands.ERRANDS] = {name: topic for each in topics for name, topic in each.items()}
    is_set_up(app.config)  # what mail needs and does not fit is refused here
    app.extensions[errands.FAILED] = _errand_failed
    database.init_app(app)
    CSRFProtect(app)
    auth.init_app(app, covers_of)
    i18n.init_app(app)
    errors.init_app(app)
    work = (tasklist, register, files, disclosure, printing, duty, statistics, calendar_pages)
    for page in (home, *work, notices, settings, playground, cockpit, audit, watermark):
        app.register_blueprint(page.blueprint)
    app.add_url_rule("/healthz", view_func=auth.public(healthz))
    app.context_processor(_shell)
    app.after_request(_harden)
    app.get_send_file_max_age = _seconds_kept  # type: ignore[method-assign]
    return app


def _engine(app: Flask, session: Session, tenant: str) -> Engine:
    """Bind an Engine to this session and township."""
    calendar = cache(partial(calendar_of, session, tenant))
    engine = Engine(
        SqlStore(session, tenant),
        clock=app.extensions[CLOCK],
        groups_of=lambda user: _groups_of(session, tenant, user),
        form_data=choices(session, tenant, now),
        zone=ZoneInfo(app.config["TIME_ZONE"]),
        services={"notify": notices.notifier(session, tenant)},
        functions=functions(
            calendar, partial(away_until, session, tenant), partial(next_number, session, tenant),
        ),
        on_change=lambda change, instance: follow(change, instance),
        check_properties=check_properties,
        known_people=cache(partial(known_people, session, tenant)),
        substitution=lambda task, user: _represented(session, tenant, task, user),
        business_key_of=numbering(session, tenant),
    )
    follow = _followers(session, engine, calendar)
    return engine


def _followers(
    session: Session, engine: Engine, calendar: Callable[[], WorkingCalendar]
) -> Callable[[Change, ProcessInstance], None]:
    """Return what follows each change of an instance: its case's row and origin, and who is told of what failed."""
    tenant = engine.store.tenant
    project, tell = projector(session, tenant, calendar), notices.incident_teller(session, tenant)
    read_by = partial(_reader, session, tenant)
    outcome = outcome_teller(session, tenant, lambda instance_id: engine.store.tasks(instance_id=instance_id), read_by)
    link = origin_keeper(
        session, tenant, lambda case: register_of(engine.definition(case.definition_id)), read_by, outcome
    )

    returns = notices.return_teller(session, tenant)
    tell_of_task, ends = notices.task_teller(session, tenant), ending.ending_keeper(session, tenant)

    def follow(change: Change, instance: ProcessInstance) -> None:
        project(change, instance)
        link(change, instance)
        tell(change, instance)
        tell_of_task(change, instance)
        returns(change, instance)
        ends(change, instance)

    return follow


def _errand_failed(errand: errands.Errand, at: datetime) -> None:
    """Tell those who look after jobs that an errand is not tried again by itself."""
    topic = current_app.extensions[errands.ERRANDS][errand.topic]
    notices.tell_of_errand(db.session(), tenant(), topic, at=at)


def _reader(session: Session, tenant: str, user: str) -> Reader:
    """Return somebody as a reader of cases."""
    person = _whoever_asks(user)
    covers = person.covers if person else covers_of(session, tenant, user, now())
    return Reader(user, frozenset(_groups_of(session, tenant, user)), covers)


def _groups_of(session: Session, tenant: str, user: str) -> Collection[str]:
    """Return a user's groups; those of whoever makes this request are known already."""
    person = _whoever_asks(user)
    return person.groups if person else memberships_of(session, tenant, user, now())


def _represented(session: Session, tenant: str, task: TaskRecord, user: str) -> Collection[str]:
    """Return on whose behalf a user may do a task now."""
    person = _whoever_asks(user)
    return owners(person.covers if person else covers_of(session, tenant, user, now()), task, user)


def _whoever_asks(user: str) -> Person | None:
    """Return the user when it is the one who makes this request."""
    if has_request_context() and current_user.is_authenticated and current_user.id == user:
        return cast(Person, current_user._get_current_object())
    return None


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
        "township": "" if g.get("is_failing") else setting(db.session, tenant(), "township"),
        "acting_for": _acting_for() if signed_in and not g.get("is_failing") else [],
        "unread": count_unread(db.session(), tenant(), current_user.id) if signed_in else 0,
    }


def _acting_for() -> list[str]:
    """Return what those are called for whom the person stands in now."""
    person = cast(Person, current_user)
    owners = [cover.owner for cover in person.covers] if person.may("inbox") else []
    return list(names(db.session, tenant(), owners).values()) if owners else []


def _seconds_kept(filename: str | None) -> int | None:
    """What is vendored changes with a release; our own files are asked for each time and seldom sent."""
    return 86400 if filename and filename.startswith("vendor/") else 0


def _harden(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    if current_app.config["HTTPS"]:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if request.endpoint != "static":
        kept = "no-store" if g.get("holds_revealed") else "private, no-cache"
        response.headers.setdefault("Cache-Control", kept)
    return response
