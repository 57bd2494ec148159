"""Registers and their rows, a case on its page, what hangs on it, and the search over all of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from flask import Blueprint, abort, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.auth import actor, local_path, requires
from app.case.access import may_choose_work
from app.case.errors import CaseNotFound, CaseTakesNoComments
from app.case.models import Case
from app.case.projection import register_of
from app.case.register import Register, has_register
from app.case.talk import add_comment, note_views
from app.case.voiding import may_void
from app.db import current_engine, db, now, tenant, transaction
from app.dossier.circulation import read_whole_circulation
from app.dossier.diagram import read_diagram
from app.dossier.facts import moment, options_of
from app.dossier.light import light, light_of_case
from app.dossier.links import read_family
from app.dossier.reading import find_readable, may_read_case, read_dossier
from app.dossier.starting import startable_out_of_a_case
from app.dossier.viewers import as_reader, read_viewers, view_case
from app.notices.mentions import tell_mentioned
from app.register.rows import count_found, read_rows
from app.register.saved import opening_filter, read_kept
from engine import Engine, ProcessDefinition, ProcessInstance, Startable
from engine.errors import DefinitionNotFound

blueprint = Blueprint("register", __name__)
blueprint.add_app_template_filter(moment, "moment")


@dataclass(frozen=True, slots=True)
class Found:
    """A case that the reader may read, with its register."""

    case: Case
    register: Register


@blueprint.get("/registers")
@requires("registers")
def registers() -> ResponseReturnValue:
    """List the registers; a single one opens at once."""
    found = list(_registers(current_engine()))
    if len(found) == 1:
        return redirect(url_for("register.rows", process_key=found[0].key))
    return render_template("register/registers.html", registers=found)


@blueprint.get("/registers/<process_key>")
@requires("registers")
def rows(process_key: str) -> ResponseReturnValue:
    """Show one page of a register."""
    definition = definition_of(current_engine(), process_key)
    session, person = db.session(), actor()
    if not request.args and (opening := opening_filter(session, tenant(), process_key, person)):
        return redirect(url_for("register.rows", **{"process_key": process_key, "all": "yes", **opening.query}))
    page = read_rows(session, tenant(), definition, person, request.args, now())
    kept = read_kept(session, tenant(), process_key, person, request.args.get("deleted", ""))
    return render_template("register/rows.html", page=page, definition=definition, kept=kept)


@blueprint.get("/search")
@requires("registers")
def search() -> ResponseReturnValue:
    """Lead from the field on top to the case with this number, else to the register that holds a text.

    Where several do, they are offered, with how many cases each holds.
    """
    wanted = request.args.get("q", "").strip()
    engine = current_engine()
    try:
        return redirect(url_for("register.case", number=found_case(engine, wanted).case.number))
    except CaseNotFound:
        known = list(_registers(engine))
    if not known or not wanted:
        return redirect(url_for("register.registers"))
    counts = {each.key: count_found(db.session(), tenant(), each, actor(), wanted) for each in known}
    holding = sorted((each for each in known if counts[each.key][0]), key=lambda each: -counts[each.key][0])
    if len(holding) > 1:
        return render_template("register/found.html", wanted=wanted, registers=holding, counts=counts)
    first = holding[0] if holding else known[0]
    return redirect(url_for("register.rows", process_key=first.key, q=wanted))


@blueprint.get("/cases/<number>")
@requires("registers")
def case(number: str) -> ResponseReturnValue:
    """Show a case, and note that this person has opened it; `course=linked` with the courses of its linked cases."""
    with transaction() as engine:
        found, session = found_case(engine, number), db.session()
        shows_linked = request.args.get("course") == "linked"
        linked, left_out = read_family(engine, session, actor(), found.case) if shows_linked else ([], 0)
        view_case(engine, session, found.register, found.case, actor())
        note_views(session, linked, by=actor().id, at=now())
    instance = engine.instance(found.case.instance_id)
    dossier = read_dossier(engine, session, actor(), instance, linked)
    g.holds_revealed = dossier.holds_revealed
    viewers = read_viewers(
        session, found.register, found.case, actor(), request.args.get("viewers", 1, type=int)
    )  # fmt: skip
    return render_template(
        "register/case.html", dossier=dossier, register=found.register, light=light_of_case(found.case, now()),
        viewers=viewers, back=request.path,
        urgency=options_of(instance.definition).get(found.register.urgency, {}).get(found.case.urgency, ""),
        startable=_startable(instance, found),
        may_void=may_void(found.register, found.case, actor().groups),
        circulation=read_whole_circulation(engine, session, found.register, instance),
        light_at=partial(light, now=now()),
        course="linked" if linked else "own", left_out=left_out,
        removed=dossier.links.find(request.args.get("removed", type=int)),
        offers=startable_out_of_a_case(engine, actor()) if actor().may("start") else [],
    )  # fmt: skip


@blueprint.post("/cases/<number>/comments")
@requires("registers")
def comment(number: str) -> ResponseReturnValue:
    """Say something about a case."""
    with transaction() as engine:
        found = found_case(engine, number)
        if found.case.takes_no_files:
            raise CaseTakesNoComments(found.case.instance_id, found.register.no_files_reason)
        words, by = request.form.get("text", ""), actor().id
        add_comment(db.session(), tenant(), found.case.instance_id, words, by=by, at=now())
        tell_mentioned(db.session(), tenant(), found.register, found.case, words, by=by, at=now())
    return redirect(_back(number, "comments"))


@blueprint.get("/instances/<instance_id>/diagram")
@requires("inbox")
def diagram(instance_id: str) -> ResponseReturnValue:
    """Tell the page's script where an instance stands; whoever sees its case or has a task of it may see it."""
    engine, person = current_engine(), actor()
    row = db.session.get(Case, (tenant(), instance_id))
    if row is not None:
        register = register_of(engine.definition(row.definition_id))
        may_see = may_read_case(db.session(), register, row, person)
    else:
        tasks = engine.store.tasks(instance_id=instance_id, status=None)
        may_see = any(task.ended_by == person.id or engine.may_work_on(task, person.id) for task in tasks)
    if not may_see:
        abort(404)
    return read_diagram(engine, instance_id)


def found_case(engine: Engine, number: str) -> Found:
    """Return a case that the actor may read. Raises CaseNotFound, which does not tell whether there is one."""
    return Found(*find_readable(engine, db.session(), actor(), number))


def definition_of(engine: Engine, process_key: str) -> ProcessDefinition:
    """Return the process whose register an address names; another one is not found."""
    try:
        definition = engine.latest(process_key)
    except DefinitionNotFound:
        abort(404)
    if not has_register(definition.properties):
        abort(404)
    return definition


def _registers(engine: Engine) -> Iterator[ProcessDefinition]:
    for key in dict.fromkeys(record.key for record in engine.store.definitions()):
        definition = engine.latest(key)
        if has_register(definition.properties):
            yield definition


def _startable(instance: ProcessInstance, found: Found) -> list[Startable]:
    offered = instance.startable  # of most cases nothing, and then nobody need be asked about
    return offered if offered and may_choose_work(db.session(), found.register, found.case, as_reader(actor())) else []


def _back(number: str, tab: str) -> str:
    back = local_path(request.form.get("back")) or url_for("register.case", number=number)
    return f"{back}#pane-{tab}"
