"""Pages on which process admins try expressions and decision tables; nothing of what is tried is kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.auth import requires
from app.db import current_engine, now
from app.playground import decision as decisions
from app.playground import expression as expressions
from app.playground.answers import read_answers
from app.playground.examples import EXAMPLES
from app.playground.expression import LANGUAGES, Trial, Typed
from app.playground.functions import groups
from app.playground.sources import MOST_OWN, Source, deployed, deployed_source, own_sources
from engine.dialect.finding import Finding
from engine.dmn.question import questions_of
from engine.errors import DefinitionNotFound, EngineError

blueprint = Blueprint("playground", __name__, url_prefix="/processes/playground")
MOST_TYPED = {"expression": 10_000, "context": 100_000, "tested": 1_000}


@blueprint.get("")
@requires("deploy")
def expression() -> ResponseReturnValue:
    """Offer to try an expression; an example comes filled in."""
    example = EXAMPLES.get(request.args.get("example", ""))
    typed = example[1] if example else Typed()
    return _expression_page(typed, expressions.attempt(typed, _here()), is_fixed=example is not None)


@blueprint.post("")
@requires("deploy")
def try_expression() -> ResponseReturnValue:
    """Show what the expression gives: within the page while it is typed, or as a page."""
    fields = {name: request.form.get(name, "").replace("\r\n", "\n") for name in MOST_TYPED}
    language = request.form.get("language", "auto")
    typed = Typed(**fields, language=language if language in LANGUAGES else "auto")
    too_long = [name for name, most in MOST_TYPED.items() if len(fields[name]) > most]
    trial = None if too_long else expressions.attempt(typed, _here())
    if "HX-Request" in request.headers:
        return render_template("playground/trial.html", trial=trial, typed=typed, too_long=too_long, most=MOST_TYPED)
    return _expression_page(typed, trial, is_fixed=True, too_long=too_long)


def _expression_page(
    typed: Typed, trial: Trial | None, *, is_fixed: bool, too_long: Sequence[str] = ()
) -> str:
    return render_template(
        "playground/expression.html", typed=typed, trial=trial, too_long=too_long, most=MOST_TYPED,
        is_fixed=is_fixed, notations=LANGUAGES, examples=EXAMPLES, groups=list(groups()),
    )  # fmt: skip


@blueprint.get("/tables")
@requires("deploy")
def tables() -> ResponseReturnValue:
    """List the decisions that are deployed, and offer to try a file of one's own."""
    return render_template("playground/tables.html", deployed=deployed(current_engine().store))


@blueprint.post("/tables")
@requires("deploy")
def try_own() -> ResponseReturnValue:
    """Try a decision of a file that is not deployed; the file comes along each time and is never kept."""
    upload = request.files.get("file")
    xml = upload.read(MOST_OWN + 1) if upload and upload.filename else request.form.get("xml", "").encode()
    problem, own = "", list[Source]()
    try:
        if len(xml) > MOST_OWN:
            problem = _("The file is too large: at most %(kilobytes)s kB.", kilobytes=MOST_OWN // 1000)
        elif not xml.strip():
            problem = _("Choose a file, or paste its text.")
        else:
            own = own_sources(xml)
            problem = "" if own else _("There is no decision in the file.")
    except EngineError as error:
        problem = str(error)
    if not own:
        page = render_template(
            "playground/tables.html", deployed=deployed(current_engine().store), problem=problem,
            xml=xml.decode("utf-8", "replace") if len(xml) <= MOST_OWN else "",
        )  # fmt: skip
        return page, 422
    wanted = request.form.get("decision")
    source = next((each for each in own if each.decision.id == wanted), own[-1])
    return _decision_page(source, own=own, xml=xml.decode("utf-8", "replace"))


@blueprint.get("/tables/<key>/<decision_id>")
@requires("deploy")
def table(key: str, decision_id: str) -> ResponseReturnValue:
    """Show a decision that is deployed, with a form of what it asks for."""
    return _decision_page(_deployed(key, decision_id), key=key)


@blueprint.post("/tables/<key>/<decision_id>")
@requires("deploy")
def try_table(key: str, decision_id: str) -> ResponseReturnValue:
    """Show what the decision comes to with these values, and which rules hit and why."""
    return _decision_page(_deployed(key, decision_id), key=key)


def _deployed(key: str, decision_id: str) -> Source:
    store, version = current_engine().store, request.args.get("version", type=int)
    record = next((record for record in store.definitions(key) if version in (None, record.version)), None)
    if record is None:
        raise DefinitionNotFound(f"process {key} has no version {version or ''}".rstrip())
    return deployed_source(store, record, decision_id)


def _decision_page(source: Source, *, key: str = "", own: list[Source] | None = None, xml: str = "") -> str:
    fields, values = read_answers(questions_of(source.decision), request.form, _here())
    is_tried = "tried" in request.form and not any(field.problem for field in fields)
    outcome = decisions.attempt(source, values, _here()) if is_tried else None
    is_part = "HX-Request" in request.headers
    flaws = () if is_part else source.flaws
    findings = None if flaws is None else [
        Finding(source.file, flaw.rule, severity="warning", params={"table": source.decision.name, **flaw.params})
        for flaw in flaws
    ]
    return render_template(
        "playground/outcome.html" if is_part else "playground/table.html", source=source, fields=fields,
        outcome=outcome, grid=None if outcome else decisions.untried(source), key=key, own=own or [], xml=xml,
        findings=findings, policies=decisions.POLICIES, aggregations=decisions.AGGREGATIONS,
        is_fixed=request.method == "POST",
    )  # fmt: skip


def _here() -> datetime:
    return now().astimezone(ZoneInfo(current_app.config["TIME_ZONE"]))
