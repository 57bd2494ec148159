"""Asking for prints: each is made as its reader sees it, bears the reader's name and time, and is recorded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, abort, request
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _
from reportlab.platypus import Flowable
from werkzeug.datastructures import MultiDict

from app.auth import actor, requires
from app.case.disclosures import PRINT, note_taken
from app.case.models import Case
from app.case.prints import AGENDA, MINUTES, SLIP
from app.case.projection import register_of
from app.case.register import Register, has_register
from app.db import current_engine, db, now, tenant, transaction
from app.dossier.circulation import read_circulation
from app.dossier.facts import labels_of, moment
from app.dossier.reading import find_readable, read_dossier
from app.dossier.viewers import as_reader
from app.people.queries import group_names
from app.printing.layout import CELL, SMALL
from app.printing.layout import moment as official
from app.printing.meetings import agenda, meetings_of, minutes, read_sittings, waiting_for
from app.printing.paper import TURNED, UPRIGHT, Sheet, Stamp, make_pdf
from app.printing.rows import register_table
from app.printing.sheets import case_sheet, handling_slip
from engine import Engine, ProcessDefinition
from engine.errors import DefinitionNotFound

blueprint = Blueprint("printing", __name__)
SHEET, REGISTER = "sheet", "register"
# The viewer of a browser is a plug-in to it.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; frame-ancestors 'none'"


@blueprint.app_context_processor
def _offered() -> dict[str, Any]:
    """Let pages of cases and registers tell which prints there are."""
    return {"prints_of_case": prints_of_case, "agendas_of": agendas_of}


def prints_of_case(register: Register) -> list[tuple[str, str]]:
    """Return the prints of a case, as (kind, word): the sheet that every case has, and what the process declares."""
    declared = [(kind, heading) for kind, heading in register.prints.items() if kind != AGENDA]
    return [(SHEET, _("Case sheet")), *declared]


def agendas_of(definition: ProcessDefinition) -> list[str]:
    """Return the meetings of a process for which an agenda can be printed."""
    declares = AGENDA in register_of(definition).prints
    return list(meetings_of(definition)) if declares else []


@blueprint.post("/cases/<number>/print/<kind>")
@requires("registers")
def case(number: str, kind: str) -> ResponseReturnValue:
    """Print a case: its sheet, its handling slip or the minutes of its meetings."""
    with force_locale("zh"), transaction() as engine:
        found, register = find_readable(engine, db.session(), actor(), number)
        words = dict(prints_of_case(register))
        if kind not in words:
            abort(404)
        content = _case_content(engine, found, register, kind, words[kind])
        note_taken(
            db.session(), tenant(), PRINT, kind, by=actor().id, at=now(), process_key=found.process_key,
            instance_id=found.instance_id,
        )  # fmt: skip
    return _answer(content, f"{number} {words[kind]}")


@blueprint.post("/registers/<process_key>/print")
@requires("registers")
def register(process_key: str) -> ResponseReturnValue:
    """Print what a register's page shows: the same cases, columns and order, all pages of it."""
    with force_locale("zh"), transaction():
        definition = _definition(process_key)
        asked: MultiDict[str, str] = MultiDict(request.args)
        story, count = register_table(db.session(), tenant(), definition, actor(), asked, now())
        content = _pdf(story, TURNED, definition.name)
        note_taken(
            db.session(), tenant(), PRINT, REGISTER, by=actor().id, at=now(), process_key=process_key, cases=count
        )
    return _answer(content, definition.name)


@blueprint.post("/registers/<process_key>/agenda")
@requires("registers")
def meeting(process_key: str) -> ResponseReturnValue:
    """Print the agenda of a meeting: the matters that wait for it."""
    name = request.form.get("meeting", "")
    with force_locale("zh"), transaction():
        definition = _definition(process_key)
        if name not in agendas_of(definition):
            abort(404)
        kept, reader = register_of(definition), as_reader(actor())
        waiting = waiting_for(db.session(), tenant(), kept, meetings_of(definition)[name], reader)
        groups, title = group_names(db.session, tenant()), kept.prints[AGENDA]
        story = agenda(waiting, definition, kept, groups, meeting=name, title=title, at=now())
        content = _pdf(story, UPRIGHT, f"{name}{title}")
        note_taken(
            db.session(), tenant(), PRINT, AGENDA, by=actor().id, at=now(), process_key=process_key,
            cases=len(waiting),
        )  # fmt: skip
    return _answer(content, f"{name}{title}")


def _case_content(engine: Engine, found: Case, register: Register, kind: str, title: str) -> bytes:
    instance = engine.instance(found.instance_id)
    dossier = read_dossier(engine, db.session(), actor(), instance)
    if kind == SLIP:
        stations, labels = read_circulation(engine, db.session(), instance), labels_of(instance.definition)
        return _on_one_page(
            lambda size: handling_slip(found, register, dossier, stations, labels, title, size=size), found.number
        )
    if kind == MINUTES:
        sittings = read_sittings(
            engine, db.session(), instance, register, dossier.sight, confidential=found.confidential
        )
        return _pdf(minutes(found, register, sittings, group_names(db.session, tenant()), title), UPRIGHT, found.number)
    return _on_one_page(lambda size: case_sheet(found, register, dossier, size=size), found.number, sizes=(10.5, 9))


def _on_one_page(
    story: Callable[[float], list[Flowable]], title: str, *, sizes: Sequence[float] = (CELL, SMALL, 9)
) -> bytes:
    """Return a print in letters small enough for one page; where none are, in the largest."""
    largest = None
    for size in sizes:
        content, pages = _sized(story(size), title)
        if pages == 1:
            return content
        largest = largest or content
    assert largest is not None
    return largest


def _sized(story: list[Flowable], title: str) -> tuple[bytes, int]:
    return make_pdf(story, UPRIGHT, _stamp(), title=title)


def _pdf(story: list[Flowable], sheet: Sheet, title: str) -> bytes:
    return make_pdf(story, sheet, _stamp(), title=title)[0]


def _stamp() -> Stamp:
    person, at = actor(), now()
    note = _("printed by %(who)s on %(at)s", who=f"{person.name}（{person.id}）", at=official(at))
    return Stamp(f"{person.name} {person.id} {moment(at)}", note)


def _definition(process_key: str) -> ProcessDefinition:
    try:
        definition = current_engine().latest(process_key)
    except DefinitionNotFound:
        abort(404)
    if not has_register(definition.properties):
        abort(404)
    return definition


def _answer(content: bytes, name: str) -> Response:
    headers: Mapping[str, str] = {
        "Content-Disposition": f"inline; filename*=UTF-8''{quote(name, safe='')}.pdf",
        "Content-Security-Policy": _POLICY, "Cache-Control": "no-store",
    }  # fmt: skip
    return Response(content, mimetype="application/pdf", headers=dict(headers))
