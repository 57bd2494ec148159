"""Taking a register out as a file: recorded first, then sent row after row."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import quote

from flask import Response, abort, request, stream_with_context
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.auth import actor, requires
from app.case.access import Reader
from app.case.disclosures import EXPORT, note_taken
from app.case.errors import ExportTooLarge
from app.case.queries import count_cases
from app.db import current_engine, db, now, tenant, transaction
from app.dossier.facts import moment
from app.register.export import MOST_EXCEL_ROWS, Sheet, as_csv, as_excel, heading, lines_of
from app.register.rows import read_asked, said
from app.register.views import blueprint, definition_of

FORMATS: dict[str, tuple[Callable[[Sheet], Iterator[bytes]], str]] = {
    "csv": (as_csv, "text/csv; charset=utf-8"),
    "xlsx": (as_excel, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}


@blueprint.post("/registers/<process_key>/export")
@requires("registers")
def export(process_key: str) -> ResponseReturnValue:
    """Send all rows of a register as the address narrows it and as the reader sees them; note who took how many."""
    definition, person, at = definition_of(current_engine(), process_key), actor(), now()
    ending = request.form.get("format", "")
    if ending not in FORMATS:
        abort(400)
    asked = read_asked(db.session(), tenant(), definition, person, request.args, at)
    reader = Reader(person.id, person.groups, person.covers)
    with transaction():
        count = count_cases(db.session(), tenant(), asked.register, reader, asked.criteria)
        if ending == "xlsx" and count > MOST_EXCEL_ROWS:
            raise ExportTooLarge(f"a sheet has {MOST_EXCEL_ROWS} rows; narrow the register, or take CSV")
        note_taken(
            db.session(), tenant(), EXPORT, ending, by=person.id, at=at, process_key=process_key, cases=count,
            reason=said(asked, is_for_record=True),
        )  # fmt: skip
    labels, kinds = heading(asked)
    taken = _("taken out by %(who)s at %(when)s", who=f"{person.name} {person.id}", when=moment(at))
    about = [
        (_("Cases"), _("%(count)s cases", count=count)),
        (_("Narrowed by"), said(asked) or _("nothing: all that may be seen")),
        (_("Masked values"), _("as whoever took it out sees them in the register")),
    ]  # fmt: skip
    lines = lines_of(db.session(), tenant(), asked, reader, at)
    written, media_type = FORMATS[ending]
    answer = Response(stream_with_context(written(Sheet(definition.name, taken, about, labels, kinds, lines))), 200)
    answer.headers["Content-Type"] = media_type
    name = f"{definition.name} {moment(at).replace(':', '')}.{ending}"
    plain, full = f"{process_key}.{ending}", quote(name)  # headers hold ASCII alone
    answer.headers["Content-Disposition"] = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{full}"
    return answer
