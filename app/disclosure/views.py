"""Asking why a masked value is to be shown, showing it for a while, and the auditors' list of all that was shown."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, current_app, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from app.auth import actor, local_path, requires
from app.case.disclosures import EXPORT, PRINT, REVEAL, RevealRules, find_disclosures, reveal
from app.case.errors import NothingToReveal, RevealRefused
from app.case.models import Case
from app.case.prints import prints_in
from app.case.register import Register
from app.case.sight import Sight, sight_of
from app.db import current_engine, db, now, tenant, transaction
from app.dossier.facts import labels_of
from app.dossier.period import read_period
from app.dossier.reading import find_readable, read_dossier
from app.dossier.viewers import as_reader
from app.i18n import N_
from app.people.models import User
from app.people.queries import names, setting
from engine import Engine

blueprint = Blueprint("disclosure", __name__)
PAGE = 50
# What a township may replace by its setting `reveal_reasons`, a list of texts.
REASONS = (
    N_("To contact the caller about this case"), N_("To make sure who it is, on the spot"),
    N_("To find out whether it is a duplicate"), N_("A superior authority has asked for it"),
)  # fmt: skip
KINDS = {REVEAL: N_("Shown"), EXPORT: N_("Exported"), PRINT: N_("Printed")}


@blueprint.app_context_processor
def _words() -> dict[str, Any]:
    """Give the form that asks for a reason its choices, when a page has one."""
    return {
        "reveal_reasons": lambda: setting(db.session, tenant(), "reveal_reasons") or [_(reason) for reason in REASONS],
        "reveal_rules": _rules,
        "reveal_seconds": lambda until: max(0, int((until - now()).total_seconds())),
    }


@blueprint.get("/cases/<number>/reveal/<name>")
@requires("registers")
def ask(number: str, name: str) -> ResponseReturnValue:
    """Ask why a masked value is to be shown; with a script the page of the case asks the same."""
    case, register, sight = _seen(current_engine(), number)
    if not sight.may_reveal:
        raise RevealRefused(f"{actor().id} may not have masked values of case {number} shown")
    if name not in register.private or case.private.get(name) is None or name in sight.revealed:
        raise NothingToReveal(f"case {number} has no masked value {name[:60]!r}")
    label = labels_of(current_engine().definition(case.definition_id)).get(name, name)
    back = local_path(request.args.get("back")) or url_for("register.case", number=number)
    return render_template("disclosure/ask.html", case=case, name=name, label=label, back=back)


@blueprint.post("/cases/<number>/reveal/<name>")
@requires("registers")
def show(number: str, name: str) -> ResponseReturnValue:
    """Show a masked value for a while; the page is made anew with it, or the page's script is given its facts."""
    reason = "；".join(filter(None, (request.form.get(field, "").strip() for field in ("choice", "words"))))
    with transaction() as engine:
        case, register, sight = _seen(engine, number)
        reveal(db.session(), register, case, sight, name, reason, by=actor().id, at=now(), rules=_rules())
    back = local_path(request.form.get("back")) or url_for("register.case", number=number)
    if "HX-Request" not in request.headers:
        return redirect(f"{back}#pane-facts")
    dossier = read_dossier(engine, db.session(), actor(), engine.instance(case.instance_id))
    g.holds_revealed = True
    return render_template("case/_facts.html", dossier=dossier, back=back, shown_now=name)


@blueprint.get("/audit/disclosures")
@requires("audit")
def listed() -> ResponseReturnValue:
    """List what was shown and taken out: of a person, a case, a period; values are not in it."""
    query = {name: value for name in ("who", "number", "kind") if (value := request.args.get(name, "").strip()[:100])}
    period = read_period(request.args)
    before = request.args.get("before", "")
    if query.get("kind", REVEAL) not in KINDS or (before and not (before.isdecimal() and len(before) < 16)):
        abort(400)
    found = find_disclosures(
        db.session(), tenant(), kind=query.get("kind", ""), number=query.get("number", ""),
        logins=_logins(query["who"]) if "who" in query else None, begins=period.begins_at, ends=period.ends_at,
        before=int(before) if before else None, limit=PAGE + 1,
    )  # fmt: skip
    rows, definitions = found[:PAGE], {record.key: record for record in current_engine().store.definitions()}
    labels = {key: _labels(key) if key in definitions else {} for key in {each.process_key for each, _number in rows}}
    return render_template(
        "disclosure/listed.html", rows=rows, labels=labels, query=query | period.as_query(), kinds=KINDS,
        called={key: record.name for key, record in definitions.items()}, before=before,
        following=rows[-1][0].id if len(found) > PAGE else None,
        people=names(db.session, tenant(), {each.user for each, _number in rows}),
    )  # fmt: skip


def _seen(engine: Engine, number: str) -> tuple[Case, Register, Sight]:
    case, register = find_readable(engine, db.session(), actor(), number)
    return case, register, sight_of(db.session(), register, case, as_reader(actor()), now())


def _rules() -> RevealRules:
    config = current_app.config
    return RevealRules(config["REVEAL_MINUTES"], config["REVEALS_PER_DAY"], config["REVEAL_REASON_LENGTH"])


def _labels(process_key: str) -> dict[str, str]:
    """Return what a process calls its variables and its prints."""
    definition = current_engine().latest(process_key)
    return {"sheet": _("Case sheet"), "register": _("Register"), **prints_in(definition), **labels_of(definition)}


def _logins(who: str) -> list[str]:
    """Return the logins of those who are called so, or whose login it is, also of accounts that have ended."""
    named = User.name.contains(who, autoescape=True) | (User.login == who) | User.pinyin.startswith(who.lower())
    return list(db.session.scalars(select(User.login).where(User.tenant == tenant(), named)))
