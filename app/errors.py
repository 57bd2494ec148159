"""Every failure becomes a status and plain words: a page in the reader's language, or RFC 9457 problem details."""

from __future__ import annotations

import json
import logging

from flask import Flask, Response, current_app, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import AnonymousUserMixin, current_user
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import BadRequest, HTTPException, MethodNotAllowed, NotFound, RequestEntityTooLarge

from app.case import errors as case
from app.db import db, in_our_words, tenant
from app.dossier import duplicates
from app.error_texts import TEXTS
from app.i18n import language_of_reader
from app.people.queries import names
from engine import DeploymentRefused, Finding
from engine import errors as engine

log = logging.getLogger(__name__)

# The class nearest to the error's own decides.
STATUS: dict[type[Exception], int] = {
    engine.EngineError: 400,
    engine.NotFound: 404,
    engine.NotPermitted: 403,
    engine.AlreadyClaimed: 409,
    engine.TaskNotOpen: 409,
    engine.InstanceNotActive: 409,
    engine.ActivityNotStartable: 409,
    engine.ConcurrentChange: 409,
    engine.NoMatchingSubscription: 409,
    engine.AmbiguousCorrelation: 409,
    engine.JobLocked: 409,
    engine.FormInvalid: 422,
    DeploymentRefused: 422,
    engine.NotJsonSafe: 422,
    engine.ExecutionFailed: 500,
    engine.StateUnreadable: 500,
    engine.HistoryBroken: 500,
    engine.StoreUnavailable: 503,
    case.CaseError: 422,
    case.CaseNotFound: 404,
    case.FilterNotFound: 404,
    case.AttachmentNotFound: 404,
    case.CaseDuplicate: 409,
    case.VoidingRefused: 403,
    case.ChoosingRefused: 403,
    case.ScannerUnavailable: 503,
    case.AttachmentTooLarge: 413,
    case.LinkNotFound: 404,
    case.CursorInvalid: 400,
    case.RevealRefused: 403,
    case.NothingToReveal: 404,
    case.TooManyReveals: 429,
}

_AGAIN = {"concurrent_change", "store_unavailable"}
_NEVER_KEPT = ("csrf_token", "password")


def init_app(app: Flask) -> None:
    """Answer every error; only here are they caught."""
    app.before_request(_refuse_unstorable)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(engine.EngineError, _known)
    app.register_error_handler(case.CaseError, _known)
    app.register_error_handler(DBAPIError, _database)
    app.register_error_handler(Exception, _unknown)


def wants_json() -> bool:
    """Tell a program (or a script of a page) from a person with a browser."""
    accept = request.accept_mimetypes
    prefers_json = max(accept["application/json"], accept["application/problem+json"]) > accept["text/html"]
    return request.path.startswith("/api/") or "HX-Request" in request.headers or prefers_json


def status_of(error: Exception) -> int:
    """Return the status that the table gives the error's class or its nearest ancestor."""
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)


def problem(status: int, code: str, title: str, detail: str = "", **members: object) -> Response:
    """Answer problem details (RFC 9457)."""
    body = {"type": "about:blank", "title": title, "status": status, "code": code, "detail": detail or title}
    body |= members
    return Response(json.dumps(body, ensure_ascii=False), status, content_type="application/problem+json")


def kept_fields(prefix: str = "") -> list[tuple[str, str]]:
    """Return what the person typed, to be sent again: everything but secrets and files."""
    try:
        fields = [(name, value) for name, value in request.form.items(multi=True) if name.startswith(prefix)]
    except RequestEntityTooLarge:
        return []
    fields = [(name[len(prefix):], value) for name, value in fields]
    return [(name, value) for name, value in fields if not any(word in name for word in _NEVER_KEPT)]


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None or error.code is None or error.code < 400:
        return error
    if error.code == 401:
        return _sign_in_first()
    code = "csrf" if isinstance(error, CSRFError) else f"http_{error.code}"
    # What werkzeug says of a status in general adds nothing to our own words.
    own_words = error.description != type(error).description
    answer = _answer(error.code, code, message=error.description or "" if own_words else "")
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        answer.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return answer


def _known(error: engine.EngineError | case.CaseError) -> ResponseReturnValue:
    status = status_of(error)
    if status >= 500:
        log.error("request failed", exc_info=error, extra={"code": error.code})
    return _answer(status, error.code, detail=_detail(error), message=str(error), **_members(error))


def _database(error: DBAPIError) -> ResponseReturnValue:
    db.session.rollback()
    ours = in_our_words(error)
    return _known(ours) if ours else _unknown(error)


def _unknown(error: Exception) -> ResponseReturnValue:
    log.error("request failed", exc_info=error)
    return _answer(500, "internal_error")


def _answer(status: int, code: str, *, detail: str = "", message: str = "", **members: object) -> Response:
    """`detail` is for the reader, in the reader's language; `message` is for who looks after the system, in English."""
    if status >= 500:
        _ask_nothing_more()
    title, advice = TEXTS.get(code) or TEXTS.get(status) or TEXTS[400 if status < 500 else 500]
    title = _(title)
    advice = _(
        advice, megabytes=_megabytes(), file_megabytes=current_app.config["FILE_MEGABYTES"],
        files=current_app.config["FILES_PER_CASE"],
        reason=current_app.config["REVEAL_REASON_LENGTH"], reveals=current_app.config["REVEALS_PER_DAY"],
    )  # fmt: skip
    if wants_json():
        if message:
            members["message"] = message
        return problem(status, code, title, " ".join(filter(None, (detail, advice))), advice=advice, **members)
    from app.auth import local_path  # auth needs this module

    kept = kept_fields() if request.method == "POST" else []
    back = local_path(dict(kept).get("back"))
    page = render_template(
        "error.html", title=title, advice=advice, detail=detail, message=message, status=status, code=code,
        kept=kept, back=back, path=request.full_path.rstrip("?"), again=code in _AGAIN,
    )  # fmt: skip
    return Response(page, status)


def _refuse_unstorable() -> None:
    """Refuse the one character that databases do not keep; nothing of ours has it in its name."""
    if "\0" in request.path:
        raise NotFound
    sent = (value for fields in (request.args, request.form) for pair in fields.items(multi=True) for value in pair)
    if any("\0" in value for value in sent):
        raise BadRequest


def _ask_nothing_more() -> None:
    """Let the page that tells of a failure of ours do without person and township: asking might fail again."""
    g._login_user, g.is_failing = AnonymousUserMixin(), True


def _sign_in_first() -> ResponseReturnValue:
    """Ask to sign in; a form that was sent too late is kept in the login page, for the same person only."""
    title, advice = (_(text) for text in TEXTS[401])
    if wants_json():
        return problem(401, "login_required", title, advice)
    if request.method in ("GET", "HEAD"):
        return redirect(url_for("auth.login", next=request.full_path.rstrip("?")))
    from app.auth import login_page  # auth needs this module

    kept = kept_fields() if session.get("expired") else []
    return login_page(status=401, kept_path=request.full_path.rstrip("?"), kept=kept, error=advice if kept else title)


def _members(error: Exception) -> dict[str, object]:
    names_of = ("errors", "completed_by", "claimed_by", "element_id")
    members: dict[str, object] = {name: value for name in names_of if (value := getattr(error, name, None))}
    if isinstance(error, case.CaseDuplicate):
        members |= duplicates.members_of(error)
    if isinstance(error, DeploymentRefused):
        members["findings"] = [_as_member(finding) for finding in error.findings]
    return members


def _as_member(finding: Finding) -> dict[str, object]:
    names_of = ("file", "line", "element_id", "rule", "severity")
    message = finding.message(language_of_reader())
    return {**{name: getattr(finding, name) for name in names_of}, "message": message}


def _detail(error: Exception) -> str:
    """Return what can be said to the reader of this very failure."""
    if isinstance(error, case.CaseDuplicate):
        return duplicates.detail_of(error)
    if isinstance(error, case.CaseTakesNoFiles | case.CaseTakesNoComments):
        return error.reason
    if isinstance(error, case.AttachmentRefused):
        return _("File: %(name)s.", name=error.file) if error.file else ""
    return _who_was_first(error)


def _who_was_first(error: Exception) -> str:
    first = getattr(error, "completed_by", None) or getattr(error, "claimed_by", None)
    if first is None or not current_user.is_authenticated:
        return ""
    name = names(db.session, tenant(), [first])[first]
    return _("%(name)s has done it.", name=name) if hasattr(error, "completed_by") else _("%(name)s has it.", name=name)


def _megabytes() -> int:
    return (request.max_content_length or 0) // (1024 * 1024)
