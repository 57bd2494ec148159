"""The inbox, a task, and starting something new."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.auth import actor, local_path, requires
from app.case.keys import settle_duplicate
from app.case.models import Case
from app.case.ordering import read_instant
from app.case.projection import register_of
from app.case.register import unique_in
from app.db import current_engine, db, now, tenant, transaction
from app.dossier.facts import in_words
from app.dossier.reading import Dossier, may_read_case, read_dossier
from app.dossier.viewers import view_case
from app.people.queries import group_names, names
from app.tasklist import inbox as lists
from app.tasklist.inbox import Reader, View
from app.tasklist.models import Draft, forget_drafts
from app.tasklist.task import read_task
from engine import Engine
from engine.canonical import json_safe
from engine.store import TaskRecord

blueprint = Blueprint("tasklist", __name__)


@dataclass(frozen=True, slots=True)
class Gone:
    """A task that cannot be worked on any more: why, and where its case is."""

    title: str
    text: str
    case_number: str | None
    dossier: Dossier | None  # for those who may read the case
    typed: Sequence[tuple[str, str]]  # what the reader had typed when somebody else was faster


@blueprint.get("/inbox")
@requires("inbox")
def inbox() -> ResponseReturnValue:
    """Show the list, and beside it the chosen task; a script of the page asks for the task alone."""
    view, engine = _view(), current_engine()
    chosen = request.args.get("task")
    context = _chosen(engine, chosen, missing_ok="done" in request.args) if chosen else {}
    if context and request.headers.get("HX-Target") == "task":
        partial = "tasklist/_gone.html" if "gone" in context else "tasklist/_task.html"
        return _varying(render_template(partial, view=view, back=_here(), **context))
    reader = _reader()
    page = lists.read_page(db.session(), reader, view)
    if not context and "done" in request.args and page.rows and view.filter != "done":
        context = _chosen(engine, page.rows[0].id, missing_ok=True)
    counts, late = lists.count_filters(db.session(), reader, view.filter, page.counted)
    return _varying(render_template(
        "tasklist/inbox.html", view=view, page=page, filters=_filters(reader, counts), since=reader.now.isoformat(),
        late=late, done=_what_was_done(engine, request.args.get("done")),
        people=_people(page, reader), dues=_dues(),
        sorts=_sorts(), in_short=lists.in_short, me=actor().id, back=_here(), may_start=actor().may("start"), **context,
    ))  # fmt: skip


@blueprint.get("/inbox/news")
@requires("inbox")
def news() -> ResponseReturnValue:
    """Tell how many tasks have come since the page was made; the list itself is left alone."""
    try:
        since = read_instant(request.args["since"])
    except (KeyError, ValueError):
        abort(400)
    count = lists.count_news(db.session, _reader(), since)
    return render_template("tasklist/_news.html", count=count, view=_view())


@blueprint.get("/tasks/<task_id>")
@requires("inbox")
def task(task_id: str) -> ResponseReturnValue:
    """Show one task on a page of its own."""
    context = _chosen(current_engine(), task_id)
    page = "tasklist/gone.html" if "gone" in context else "tasklist/task.html"
    return render_template(page, view=None, back=_here(), **context)


@blueprint.post("/tasks/<task_id>/claim")
@requires("inbox")
def claim(task_id: str) -> ResponseReturnValue:
    """Take a task of one's group."""
    with transaction() as engine:
        owner = _owner(engine, task_id)
        engine.claim(task_id, by=actor().id, on_behalf_of=owner)
    flash(_("The task is in hand now; you act for somebody else.") if owner else _("The task is yours now."))
    return redirect(_back(task_id))


@blueprint.post("/tasks/<task_id>/unclaim")
@requires("inbox")
def unclaim(task_id: str) -> ResponseReturnValue:
    """Give a task back to the group."""
    with transaction() as engine:
        engine.unclaim(task_id, by=actor().id, on_behalf_of=_owner(engine, task_id))
    flash(_("The task is back with its group."))
    return redirect(_back(task_id))


@blueprint.post("/tasks/<task_id>/complete")
@requires("inbox")
def complete(task_id: str) -> ResponseReturnValue:
    """Complete a task with what the form holds."""
    data = submitted()
    with transaction() as engine:
        instance = engine.complete_task(task_id, data, by=actor().id, on_behalf_of=_owner(engine, task_id))
        if not data.keys().isdisjoint(unique_in(instance.definition.properties)):
            settle_duplicate(db.session(), tenant(), instance.id, deliberately(), by=actor().id, at=now())
        forget_drafts(db.session.connection(), tenant(), task_id, actor().id)
    return {"task": task_id, "next": url_for("tasklist.inbox", done=task_id)}


@blueprint.put("/tasks/<task_id>/draft")
@requires("inbox")
def save_draft(task_id: str) -> ResponseReturnValue:
    """Keep what has been typed so far, right or wrong."""
    data, person = json_safe(submitted()), actor()
    with transaction() as engine:
        record = engine.store.task(task_id)
        if record.status != "open":
            abort(409)
        if not engine.may_work_on(record, person.id):
            abort(403)
        db.session.merge(Draft(tenant=tenant(), user=person.id, task_id=task_id, data=data, saved_at=now()))
    return {"saved": True}


def _owner(engine: Engine, task_id: str) -> str | None:
    """Return on whose behalf the reader does a task; None when it is the reader's own, or nobody's to do any more."""
    return engine.acts_for(engine.store.task(task_id), actor().id)


def _varying(page: str) -> Response:
    """Answer a page of which the script asks for a part under the same address: caches must not mix them up."""
    return Response(page, headers={"Vary": "HX-Target, Cookie"})


def _view() -> View:
    return View.of(request.args)


def _reader() -> Reader:
    person = actor()
    return Reader(tenant(), person.id, person.groups, now(), group_names(db.session, tenant()), person.covers)


def _chosen(engine: Engine, task_id: str, *, missing_ok: bool = False) -> dict[str, Any]:
    """Return what the templates need for a task, open or gone; refuse who may neither do it nor read its case."""
    record, person = engine.store.task(task_id), actor()
    may_read = _may_read_case(engine, record)
    if not may_read and not engine.may_work_on(record, person.id) and record.ended_by != person.id:
        abort(403)
    if record.status == "open":
        page = read_task(engine, db.session(), person, record, now())
        g.holds_revealed = page.dossier.holds_revealed
        _note_view(page.dossier)
        return {"task": page}
    if missing_ok:
        return {}
    dossier = read_dossier(engine, db.session(), person, engine.instance(record.instance_id)) if may_read else None
    g.holds_revealed = dossier is not None and dossier.holds_revealed
    _note_view(dossier)
    return {"gone": _gone(engine, record, dossier)}


def _note_view(dossier: Dossier | None) -> None:
    """Whoever sees a case beside a task has viewed it, as on its own page."""
    if dossier is not None and dossier.case is not None:
        with transaction() as engine:
            register = register_of(engine.definition(dossier.case.definition_id))
            view_case(engine, db.session(), register, dossier.case, actor())


def _may_read_case(engine: Engine, record: TaskRecord) -> bool:
    case = _case(record)
    return case is not None and may_read_case(
        db.session(), register_of(engine.definition(case.definition_id)), case, actor()
    )


def _case(record: TaskRecord) -> Case | None:
    return db.session.get(Case, (tenant(), record.instance_id))


def _gone(engine: Engine, record: TaskRecord, dossier: Dossier | None) -> Gone:
    case, typed = _case(record), _typed(engine, record)
    number = case.number if case else None
    if record.status == "cancelled" or record.ended_by is None:
        return Gone(_("This task is no longer needed"), _("The case has moved on without it."), number, dossier, typed)
    people = names(db.session, tenant(), {record.ended_by, record.on_behalf_of or record.ended_by})
    who = _("You") if record.ended_by == actor().id else people[record.ended_by]
    if record.on_behalf_of:
        who = _("%(who)s for %(other)s", who=who, other=people[record.on_behalf_of])
    what = _("%(who)s completed “%(step)s”.", who=who, step=record.name)
    return Gone(_("This task is done"), what, number, dossier, typed)


def _typed(engine: Engine, record: TaskRecord) -> list[tuple[str, str]]:
    """Return what the reader had typed into a task, by the form's labels."""
    draft = db.session.get(Draft, (tenant(), actor().id, record.id))
    form = engine.form(record)
    if draft is None or form is None:
        return []
    labels = form.labels()
    groups = group_names(db.session, tenant())
    return [(labels[key] or key, in_words(value, groups)) for key, value in draft.data.items() if key in labels]


def _what_was_done(engine: Engine, task_id: str | None) -> dict[str, str]:
    """Return what the reader has just done, and where the case went."""
    record = engine.store.task(task_id) if task_id else None
    if record is None or record.ended_by != actor().id:
        return {}
    what = f"{record.name} · {record.business_key}" if record.business_key else record.name
    groups = group_names(db.session, tenant())
    waiting = engine.store.tasks(instance_id=record.instance_id)
    steps = dict.fromkeys(
        f"{task.name} ({'、'.join(groups.get(each, each) for each in task.candidate_groups)})"
        if task.candidate_groups else task.name
        for task in waiting
    )
    case = _case(record)
    next_step = _("Next: %(steps)s", steps="、".join(steps)) if steps else ""
    if not steps and engine.instance(record.instance_id).status == "completed":
        next_step = _("The case is finished")
    return {"what": _("Done: %(what)s", what=what), "next": next_step, "number": case.number if case else ""}


def submitted() -> dict[str, Any]:
    """Return a form's data, sent as JSON or as the field `data` of a form with files."""
    try:
        sent = json.loads(request.get_data() if request.is_json else request.form.get("data", ""))
    except (ValueError, RecursionError):
        abort(400)
    data = sent.get("data") if request.is_json and isinstance(sent, dict) else sent
    if not isinstance(data, dict):
        abort(400)
    return data


def deliberately() -> str:
    """Return why the clerk goes on although there is a case that is the same; "" when nobody has asked yet."""
    sent = request.get_json(silent=True) if request.is_json else request.form
    reason = sent.get("duplicate_reason", "") if isinstance(sent, Mapping) else ""
    return reason if isinstance(reason, str) else ""


def _here() -> str:
    return request.full_path.rstrip("?")


def _back(task_id: str) -> str:
    return local_path(request.form.get("back")) or url_for("tasklist.task", task_id=task_id)


def _people(page: lists.Page, reader: Reader) -> dict[str, str]:
    """Return what those are called who stand in the list, and those for whom the reader stands in."""
    listed = {login for row in page.rows for login in (row.assignee, row.owner) if login}
    return names(db.session, tenant(), listed | {cover.owner for cover in reader.covers})


def _filters(reader: Reader, counts: Mapping[lists.Filter, int]) -> list[dict[str, Any]]:
    covered = {"key": "covered", "name": _("Acting for others"), "icon": "replace", "count": counts.get("covered")}
    return [
        {"key": "mine", "name": _("Mine"), "icon": "user", "count": counts["mine"]},
        {"key": "groups", "name": _("My groups"), "icon": "users", "count": counts["groups"]},
        *([covered] if reader.covers else []),
        {"key": "done", "name": _("Done by me"), "icon": "history", "count": None},
    ]


def _dues() -> list[tuple[str, str]]:
    return [
        ("all", _("Any due date")), ("late", _("Overdue")), ("near", _("Within a day")), ("today", _("Today")),
        ("week", _("This week")), ("later", _("Later")), ("none", _("No time limit")),
    ]  # fmt: skip


def _sorts() -> list[tuple[str, str]]:
    return [
        ("due", _("By due date")), ("urgency", _("By urgency")), ("newest", _("Newest first")),
        ("oldest", _("Oldest first")),
    ]  # fmt: skip
