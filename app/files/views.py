"""Files of a case: attached, saved, and shown where a browser can show them without running anything in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, abort, current_app, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.auth import actor, local_path, requires
from app.case.errors import CaseTakesNoFiles
from app.case.media import DOCX, ENDINGS, PDF, SHOWN, XLSX
from app.case.models import Attachment, Case
from app.case.register import Register
from app.db import current_engine, db, now, transaction
from app.dossier.files import folder, received
from app.dossier.reading import find_readable
from app.dossier.viewers import view_case

blueprint = Blueprint("files", __name__)

# A document may draw itself and nothing else: no script, no form, no address of ours or of anybody's.
_SEALED = (
    "default-src 'none'; script-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; object-src 'none'; "
    "frame-ancestors 'self'"
)
_SANDBOXED = f"{_SEALED}; sandbox"
_ICONS = {PDF: "file-type-pdf", DOCX: "file-text", XLSX: "file-spreadsheet", "text/plain": "file-text"}
_ID = "<int(max=2147483647):attachment_id>"


@dataclass(frozen=True, slots=True)
class Place:
    """A file among those of its case."""

    file: Attachment
    before: Attachment | None
    after: Attachment | None
    number: int
    count: int


@blueprint.post("/cases/<number>/attachments")
@requires("registers")
def attach(number: str) -> ResponseReturnValue:
    """Attach files to a case: all of them, or none."""
    _readable(number)  # before anybody else's file is looked at
    uploads = received()
    if not uploads:
        abort(400)
    with transaction() as engine:
        case, register = find_readable(engine, db.session(), actor(), number)
        for upload in uploads:
            folder().add(
                db.session(), case.instance_id, upload, by=actor().id, at=now(), why_none=register.no_files_reason
            )
    flash(_("Attached: %(files)s", files="、".join(upload.name for upload in uploads)))
    back = local_path(request.form.get("back")) or url_for("register.case", number=number)
    return redirect(f"{back}#pane-attachments")


@blueprint.get(f"/cases/<number>/attachments/{_ID}")
@requires("registers")
def save(number: str, attachment_id: int) -> ResponseReturnValue:
    """Give a file of a case, to be saved; whoever does so has viewed the case."""
    wanted = _file(number, attachment_id)
    _note_view(number)
    return _given(wanted, as_attachment=True)


@blueprint.get(f"/cases/<number>/attachments/{_ID}/content")
@requires("registers")
def content(number: str, attachment_id: int) -> ResponseReturnValue:
    """Give a PDF or a picture to be shown in the page that frames it, sealed: nothing in it runs or leads elsewhere."""
    wanted = _file(number, attachment_id)
    if wanted.media_type not in SHOWN:
        abort(404)
    answer = _given(wanted, as_attachment=False)
    # A browser's own viewer of PDF does not work in a sandbox; it runs no script of the document by itself.
    answer.headers["Content-Security-Policy"] = _SEALED if wanted.media_type == PDF else _SANDBOXED
    answer.headers["X-Frame-Options"] = "SAMEORIGIN"
    answer.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return answer


@blueprint.get(f"/cases/<number>/attachments/{_ID}/view")
@requires("registers")
def view(number: str, attachment_id: int) -> ResponseReturnValue:
    """Show a file, with the way to the one before and the one after."""
    wanted = _file(number, attachment_id)
    case = _note_view(number)
    place = _place(folder().of_case(db.session(), case.instance_id), wanted)
    back = local_path(request.args.get("back")) or url_for("register.case", number=number)
    return render_template("files/view.html", case=case, place=place, is_pdf=wanted.media_type == PDF, back=back)


@blueprint.app_template_test("shown_in_browser")
def is_shown(file: Attachment) -> bool:
    """Tell whether a browser can show a file."""
    return file.media_type in SHOWN


@blueprint.app_template_global()
def file_icon(file: Attachment) -> str:
    """Return the icon of a file's kind."""
    return _ICONS.get(file.media_type, "photo" if file.media_type.startswith("image/") else "file")


@blueprint.app_template_global()
def file_limits() -> dict[str, Any]:
    """Return what a chooser of files says beforehand: the endings taken, and the most bytes of a file and a request."""
    endings = ",".join(f".{ending}" for endings in ENDINGS.values() for ending in endings)
    most = current_app.config["MAX_CONTENT_LENGTH"]
    return {"accept": endings, "data-max-file": folder().max_bytes, "data-max-request": most}


def _given(file: Attachment, *, as_attachment: bool) -> Response:
    answer = send_file(
        folder().whole(file), mimetype=file.media_type, as_attachment=as_attachment, download_name=file.name, etag=False
    )
    answer.headers["Cache-Control"] = "private, no-cache"  # no proxy on the way is to keep it
    return answer


def _readable(number: str) -> tuple[Case, Register]:
    return find_readable(current_engine(), db.session(), actor(), number)


def _note_view(number: str) -> Case:
    with transaction() as engine:
        case, register = find_readable(engine, db.session(), actor(), number)
        view_case(engine, db.session(), register, case, actor())
    return case


def _file(number: str, attachment_id: int) -> Attachment:
    """Return a file that the actor may have. Raises CaseNotFound, AttachmentNotFound, CaseTakesNoFiles."""
    case, register = _readable(number)
    if case.takes_no_files:
        raise CaseTakesNoFiles(case.instance_id, register.no_files_reason)
    return folder().find(db.session(), case.instance_id, attachment_id)


def _place(files: Sequence[Attachment], wanted: Attachment) -> Place:
    at = next(number for number, file in enumerate(files) if file.id == wanted.id)
    before, after = files[at - 1] if at else None, files[at + 1] if at + 1 < len(files) else None
    return Place(wanted, before, after, at + 1, len(files))
