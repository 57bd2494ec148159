"""Pages for process admins: what is deployed, deploying, running instances, jobs and incidents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from flask import Blueprint, Response, abort, current_app, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import func, select

from app import deploying, errands
from app.auth import actor, requires
from app.db import current_engine, db, now, tenant, transaction
from app.errands import ERRANDS
from app.errors import wants_json
from app.people.queries import names
from app.playground.sources import decisions_of
from engine import DeploymentRefused, Finding
from engine.definition import ProcessDefinition
from engine.dmn import Decision
from engine.elements.business_rule_task import BusinessRuleTask
from engine.errors import DefinitionNotFound
from engine.store import DefinitionRecord, Store
from engine.store.tables import InstanceRow, JobRow, TaskRow

blueprint = Blueprint("cockpit", __name__)
PAGE = 50


@dataclass(frozen=True, slots=True)
class Row:
    """A process on the list: its newest version, how many there are, and how many instances run in all of them."""

    newest: DefinitionRecord
    versions: int
    running: int


@blueprint.get("/processes")
@requires("deploy")
def processes() -> ResponseReturnValue:
    """List the processes, and offer to deploy files."""
    return _processes()


@blueprint.post("/processes")
@requires("deploy")
def deploy() -> ResponseReturnValue:
    """Deploy the files together, or show why they are refused."""
    files: dict[str, bytes] = {}
    for file in request.files.getlist("files"):
        if file.filename in files:
            return _processes(422, notice=_("Two files are called %(name)s.", name=file.filename))
        if file.filename:
            files[file.filename] = file.read()
    if not files:
        return _processes(422, notice=_("Choose at least one file."))
    try:
        with transaction() as engine:
            deployment = deploying.deploy(
                engine, files, by=actor().id, name=request.form.get("name", ""), source="cockpit"
            )
    except DeploymentRefused as refused:
        if wants_json():
            raise
        return _processes(422, findings=refused.findings, refused=True)
    for record in deployment.definitions if deployment.is_new else ():
        flash(_("%(name)s is deployed as version %(version)s.", name=record.name, version=record.version), "success")
    if not deployment.is_new:
        flash(_("Everything is deployed already: nothing has changed."), "info")
    if deployment.findings:
        return _processes(findings=deployment.findings)
    return redirect(url_for("cockpit.processes"))


def _processes(status: int = 200, *, findings: Sequence[Finding] = (), **context: Any) -> Response:
    newest: dict[str, DefinitionRecord] = {}
    versions: Counter[str] = Counter()
    running: Counter[str] = Counter()
    counts = _running()
    for record in current_engine().store.definitions():
        newest.setdefault(record.key, record)  # newest first
        versions[record.key] += 1
        running[record.key] += counts[record.id]
    rows = [Row(record, versions[key], running[key]) for key, record in newest.items()]
    page = render_template("cockpit/processes.html", rows=rows, findings=findings, **context)
    return Response(page, status)


@blueprint.get("/processes/<key>")
@requires("deploy")
def process(key: str) -> ResponseReturnValue:
    """Show one version of a process: the diagram, what it declares, its versions."""
    engine = current_engine()
    records = engine.store.definitions(key)
    record = _version(records, key)
    by = {record.deployment_id: engine.store.deployment(record.deployment_id).by for record in records[:PAGE]}
    definition, person = engine.definition(record.id), actor()
    return render_template(
        "cockpit/process.html", record=record, versions=records[:PAGE], running=_running(key), deployed_by=by,
        names=names(db.session, tenant(), by.values()), definition=definition,
        deployment=engine.store.deployment(record.deployment_id), waiting=_waiting(record.id),
        decisions=_decisions(engine.store, definition),
        may_start=person.may("start") and definition.may_be_started_by(person.id, person.groups),
    )  # fmt: skip


@blueprint.get("/processes/<key>/diagram")
@requires("deploy")
def diagram(key: str) -> ResponseReturnValue:
    """Give the diagram of a version as the file that was deployed."""
    engine = current_engine()
    record = _version(engine.store.definitions(key), key)
    xml = BytesIO(engine.definition(record.id).xml)
    name = f"{record.key}_{record.version}.bpmn"
    return send_file(xml, mimetype="application/xml", download_name=name, as_attachment="download" in request.args)


def _decisions(store: Store, definition: ProcessDefinition) -> list[tuple[Decision, list[str]]]:
    """Return the decisions that were deployed with a version, each with the names of the steps that use it."""
    used: dict[str, list[str]] = {}
    for element in definition.elements.values():
        if element.kind == "businessRuleTask":
            node = definition.spec.task_specs.get(f"{element.id}#each", definition.spec.node(element.id))
            if isinstance(node, BusinessRuleTask) and node.decision_ref.compiled is None:
                used.setdefault(node.decision_ref.text, []).append(element.name or element.id)
    return [(decision, used.get(decision.id, [])) for decision in decisions_of(store, definition.record)]


def _version(records: list[DefinitionRecord], key: str) -> DefinitionRecord:
    """Return the version that the address asks for, else the newest. Raises DefinitionNotFound."""
    version = request.args.get("version", type=int)
    found = next((record for record in records if version in (None, record.version)), None)
    if found is None:
        raise DefinitionNotFound(f"process {key} has no version {version or ''}".rstrip())
    return found


@blueprint.get("/jobs")
@requires("jobs")
def jobs() -> ResponseReturnValue:
    """List incidents, then the work that waits for its time."""
    store = current_engine().store
    incidents, waiting = store.jobs(failed=True, limit=PAGE), store.jobs(failed=False, limit=PAGE)
    failed, all_jobs = db.session.execute(
        select(func.count().filter(JobRow.retries <= 0), func.count()).where(JobRow.tenant == tenant())
    ).one()
    stuck = errands.failed(db.session(), tenant(), limit=PAGE)
    elements = {job.id: _element(job.definition_id, job.element_id) for job in (*incidents, *waiting)}
    return render_template(
        "cockpit/jobs.html", incidents=incidents, waiting=waiting, elements=elements,
        incident_count=failed, waiting_count=all_jobs - failed, errands=stuck,
        topics=current_app.extensions[ERRANDS],
    )  # fmt: skip


@blueprint.post("/jobs/retry")
@requires("jobs")
def retry() -> ResponseReturnValue:
    """Give jobs that failed for good another three attempts."""
    chosen = request.form.getlist("job")
    if not chosen:
        abort(400)
    with transaction() as engine:
        for job in chosen:
            engine.retry_job(job, by=actor().id)
    flash(ngettext("%(num)s job will be tried again.", "%(num)s jobs will be tried again.", len(chosen)), "success")
    return redirect(url_for("cockpit.jobs"))


@blueprint.post("/jobs/errand")
@requires("jobs")
def retry_errand() -> ResponseReturnValue:
    """Give an errand of the application that failed for good new attempts."""
    topic, key = request.form.get("topic", ""), request.form.get("key", "")
    with transaction():
        if not errands.retry(db.session(), tenant(), topic, key, at=now()):
            abort(404)
    flash(_("It will be tried again."), "success")
    return redirect(url_for("cockpit.jobs"))


def _element(definition_id: str, element_id: str) -> tuple[str, str]:
    """Return the names of the process and of the element."""
    definition = current_engine().definition(definition_id)
    element = definition.elements.get(element_id)
    return definition.name or definition.key, (element.name if element else "") or element_id


def _running(key: str | None = None) -> Counter[str]:
    """Count the running instances of each version."""
    query = select(InstanceRow.definition_id, func.count()).where(
        InstanceRow.tenant == tenant(), InstanceRow.status.in_(("active", "suspended"))
    )
    if key is not None:
        query = query.where(InstanceRow.definition_key == key)
    return Counter(dict(db.session.execute(query.group_by(InstanceRow.definition_id)).all()))


def _waiting(definition_id: str) -> dict[str, int]:
    """Count, for each element of a version, the open tasks and jobs that stand at it."""
    counts: Counter[str] = Counter()
    for table, only in ((TaskRow, TaskRow.status == "open"), (JobRow, JobRow.instance_id.is_not(None))):
        query = select(table.element_id, func.count()).where(
            table.tenant == tenant(), table.definition_id == definition_id, only
        )
        counts.update(dict(db.session.execute(query.group_by(table.element_id)).all()))
    return dict(counts)
