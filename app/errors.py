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
from app.i18n import N_, language_of_reader
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
    case.AttachmentNotFound: 404,
    case.CaseDuplicate: 409,
    case.CaseNotVoidable: 409,
    case.VoidingRefused: 403,
    case.ScannerUnavailable: 503,
    case.AttachmentTooLarge: 413,
    case.LinkNotFound: 404,
    case.CursorInvalid: 400,
    case.RevealRefused: 403,
    case.NothingToReveal: 404,
    case.TooManyReveals: 429,
}

# What happened and what to do: by the error's code, else by the status.
TEXTS: dict[str | int, tuple[str, str]] = {
    400: (N_("This request cannot be understood"), N_("Go back, check what you entered, and try again.")),
    401: (N_("Please sign in"), N_("Your session has ended. What you typed is kept until you have signed in again.")),
    403: (
        N_("You may not do this"),
        N_("Your groups do not include it. If you need it, ask the system administrator."),
    ),
    404: (
        N_("There is no such page"),
        N_("It may have been finished or moved. Search for it, or go back to the start."),
    ),
    405: (N_("This cannot be done here"), N_("Go back and use the buttons of the page.")),
    409: (
        N_("Somebody was faster"),
        N_("The matter has changed since you opened the page. Open it again to see how it stands."),
    ),
    413: (N_("This is too large"), N_("Send at most %(megabytes)s MB at once: fewer or smaller files.")),
    415: (N_("This kind of content is not accepted"), N_("Go back and use the buttons of the page.")),
    422: (N_("Something is missing or wrong"), N_("Go back, correct what is marked, and send it again.")),
    429: (N_("Too many attempts"), N_("Wait a while, then try again.")),
    500: (
        N_("Something went wrong on our side"),
        N_("Nothing was changed. Try again; if it happens again, tell the administrator the time."),
    ),
    503: (
        N_("The system is not available for the moment"),
        N_("Nothing was changed. Wait a minute, then try again."),
    ),
    "csrf": (
        N_("This page is no longer valid"),
        N_(
            "It was opened before you last signed in, or the request came from elsewhere. Nothing was "
            "changed. Open the page again; what you typed stands below to be copied."
        ),
    ),
    "task_not_open": (
        N_("This task is done already"),
        N_("Nothing was changed. Open the case to see how it went on."),
    ),
    "activity_not_startable": (
        N_("This cannot be begun now"),
        N_("Nothing was changed. Open the case to see how it went on."),
    ),
    "already_claimed": (
        N_("Somebody else has taken this task"),
        N_("Nothing was changed. Choose another task, or speak with that person."),
    ),
    "not_your_task": (N_("This task is not yours"), N_("It belongs to other people or groups.")),
    "separation_of_duties": (
        N_("This step needs somebody else"),
        N_("Who did an earlier step of this case may not do this one."),
    ),
    "concurrent_change": (
        N_("Somebody changed this at the same moment"),
        N_("Nothing of yours was changed. Try again."),
    ),
    "number_value_invalid": (
        N_("The case cannot be numbered"),
        N_("What its number is made of was not entered, or cannot stand in a number. Nothing was saved."),
    ),
    "attachment_refused": (
        N_("The file cannot be attached"),
        N_("It is empty, its name has no ending, or the case has this very file already. Nothing was saved."),
    ),
    "attachment_type_refused": (
        N_("This kind of file is not accepted"),
        N_(
            "Accepted are PDF, OFD, Word, Excel, pictures and plain text, if the name ends as the content is. "
            "Nothing was saved."
        ),
    ),
    "attachment_too_large": (
        N_("The file is too large"), N_("A file may have at most %(file_megabytes)s MB. Nothing was saved."),
    ),
    "too_many_attachments": (
        N_("The case has as many files as it may"), N_("A case may have at most %(files)s files. Nothing was saved."),
    ),
    "attachment_infected": (
        N_("The file may do harm"),
        N_("The virus scanner found something in it. Nothing was saved; tell whoever sent the file."),
    ),
    "scanner_unavailable": (
        N_("No file can be attached now"),
        N_("The virus scanner gives no answer. Nothing was saved; try again later, or tell the administrator."),
    ),
    "case_takes_no_files": (
        N_("No file may be attached to this case"),
        N_("The process does not allow it for this matter. Nothing was saved."),
    ),
    "case_duplicate": (N_("This is registered already"), N_("Nothing was saved.")),
    "case_not_voidable": (
        N_("This case cannot be voided"), N_("It has ended already, and what has ended no longer changes."),
    ),
    "voiding_refused": (N_("You may not void this case"), N_("Ask those who keep the register. Nothing was changed.")),
    "void_reason_missing": (N_("A reason is needed"), N_("It has 1 to 500 characters. Nothing was changed.")),
    "deployment_refused": (
        N_("These files cannot be deployed"),
        N_("Nothing was deployed. Correct what is found and deploy all of them again."),
    ),
    "case_origin_invalid": (
        N_("The case cannot grow out of that one"),
        N_("Check the number of the origin: you can name any other case that you may read. Nothing was saved."),
    ),
    "case_link_refused": (
        N_("The cases cannot be linked"),
        N_("Check the number: there is no other case with it that you may read. Nothing was changed."),
    ),
    "export_too_large": (
        N_("Too many cases for an Excel file"),
        N_("A sheet has 1,048,576 rows. Narrow the register, or take it out as CSV. Nothing was taken out."),
    ),
    "comment_refused": (N_("The comment cannot be kept"), N_("A comment has 1 to 4000 characters.")),
    "print_too_long": (
        N_("These are too many cases to print"),
        N_("At most 1000 are printed at once. Narrow the register down by its filters, or export it."),
    ),
    "reveal_refused": (
        N_("You may not have this shown"),
        N_("It is shown to groups that the process names, and to those who work on the case. Nothing was recorded."),
    ),
    "nothing_to_reveal": (
        N_("There is nothing masked here"),
        N_("The case has no such value, or you see it already. Open the case again."),
    ),
    "reveal_reason_refused": (
        N_("Please give a reason"), N_("It has at least %(reason)s and at most 200 characters. Nothing was shown."),
    ),
    "too_many_reveals": (
        N_("You have had too much shown today"),
        N_(
            "One person may have %(reveals)s masked values shown a day. Tomorrow you may again; if your work needs "
            "more, ask the system administrator to raise the limit."
        ),
    ),
    "absence_invalid": (
        N_("This absence cannot be entered"),
        N_(
            "Choose a person and a kind; it ends after its beginning, and not in the past. A note has at most 500 "
            "characters."
        ),
    ),
    "absence_overlaps": (
        N_("This person is away at that time already"), N_("Change or end the other absence first. Nothing was saved."),
    ),
    "both_away": (
        N_("A and B of a post would be away together"),
        N_("Choose another time, or ask the office, which can let both go. Nothing was saved."),
    ),
    "absence_over": (N_("This absence is over"), N_("It can no longer be changed. Nothing was saved.")),
    "post_not_held": (
        N_("There is nothing to hand over"), N_("At that time this person is the A of no post that has a B."),
    ),
    "handover_closed": (
        N_("This is settled already"), N_("An accepted hand-over and a given report no longer change."),
    ),
    "handover_text_refused": (N_("The text cannot be kept"), N_("It has 1 to 4000 characters.")),
    "appointment_refused": (
        N_("This person cannot hold the post"), N_("Choose somebody who works here. Nothing was changed."),
    ),
    "a_is_b": (
        N_("A and B are different people"), N_("Whoever is A cannot be B of the same post. Nothing was changed."),
    ),
    "cursor_invalid": (N_("There is no such place in the list"), N_("Open the list again from its beginning.")),
    "job_not_found": (
        N_("This job is no longer waiting"),
        N_("It has run, or what it belonged to has ended. Open the list again."),
    ),
    "form_invalid": (N_("Something is missing or wrong"), N_("Correct what is marked and send it again.")),
    "store_unavailable": (
        N_("The database cannot be used now"),
        N_(
            "It is busy, full or not reachable; nothing was changed. Wait a minute and try again, else tell "
            "the administrator."
        ),
    ),
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
    if isinstance(error, case.CaseTakesNoFiles):
        return error.reason
    if isinstance(error, case.AttachmentRefused):
        return _("File: %(name)s", name=error.file) if error.file else ""
    return _who_was_first(error)


def _who_was_first(error: Exception) -> str:
    first = getattr(error, "completed_by", None) or getattr(error, "claimed_by", None)
    if first is None or not current_user.is_authenticated:
        return ""
    name = names(db.session, tenant(), [first])[first]
    return _("%(name)s has done it.", name=name) if hasattr(error, "completed_by") else _("%(name)s has it.", name=name)


def _megabytes() -> int:
    return (request.max_content_length or 0) // (1024 * 1024)
