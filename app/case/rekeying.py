"""Gives older cases the keys that a new version of their process declares: an errand a batch, until all have theirs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from app import errands
from app.case.errors import CaseValueInvalid
from app.case.keys import fill_key, key_of
from app.case.models import VOIDED, Case, Database
from app.case.projection import register_of
from app.case.register import Register, has_register
from app.db import current_engine, db, now, tenant
from app.errands import Errand, Topic
from app.i18n import N_

if TYPE_CHECKING:
    from engine import Engine
    from engine.catalog import Deployment

TOPIC = "case_keys"
BATCH = 500


def topics() -> dict[str, Topic]:
    """Return how the errand is done."""
    return {TOPIC: Topic(N_("Comparing older cases by what must be unique"), _fill)}


def ask_for_keys(session: Database, engine: Engine, deployment: Deployment, *, at: datetime) -> None:
    """Have the cases of each process compared anew whose newest version declares another key than the one before."""
    for record in deployment.definitions:
        newest, *before = engine.store.definitions(record.key)
        if newest.deployment_id != deployment.id or not before:
            continue
        unique, earlier = (engine.definition(each.id).properties.get("case.unique") for each in (newest, before[0]))
        if unique and unique != earlier:
            _ask(session, engine.store.tenant, newest.id, "", at)


def _fill(errand: Errand) -> None:
    session, engine, after = db.session(), current_engine(), errand.detail["after"]
    definition = engine.definition(errand.detail["definition"])
    if engine.latest(definition.key).id != definition.id or not has_register(definition.properties):
        return  # a newer version has its own
    mine = (Case.tenant == tenant(), Case.process_key == definition.key, Case.instance_id > after)
    cases = select(Case.instance_id, Case.state).where(*mine).order_by(Case.instance_id).limit(BATCH)
    found = session.execute(cases).all()
    register = register_of(definition)
    for instance_id, state in found:
        variables = {} if state == VOIDED else engine.variables(instance_id)
        give_key(session, tenant(), register, instance_id, variables)
    if found:
        _ask(session, tenant(), definition.id, found[-1].instance_id, now())


def give_key(
    session: Database, tenant: str, register: Register, instance_id: str, variables: Mapping[str, Any]
) -> None:
    """Let a case have the key that its register declares now; without the variables, as a voided one, it has none."""
    try:
        value = key_of(register.unique, variables)
    except CaseValueInvalid:
        value = None  # what was no text once is compared with nothing
    fill_key(session, tenant, register.process_key, instance_id, value)


def _ask(session: Database, tenant: str, definition_id: str, after: str, at: datetime) -> None:
    detail = {"definition": definition_id, "after": after}
    errands.ask(session, tenant, TOPIC, {f"{definition_id} {after}": detail}, due=at)
