"""Writes what registers show, filter, search and compare of all cases anew: the command `changtong reindex`.

For cases that were there before their process declared a column, or before what they say could be searched.
"""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Mapping
from typing import Any

from flask import Flask
from rich.progress import Progress
from sqlalchemy import delete, false, func, select, update

from app import installation
from app.case.fulltext import Said, follow_more, write_text
from app.case.models import Case, CaseValue
from app.case.projection import register_of
from app.case.register import Register
from app.case.rekeying import give_key
from app.case.values import shown, write_values
from app.db import db, tenant, transaction

BATCH = 200  # cases a commit: a running server waits no longer than one of them takes


def run(app: Flask, _options: Namespace) -> int:
    """Write all cases anew, each by the register that its process declares now."""
    with app.app_context(), Progress() as progress:
        installation.open_township()
        total = db.session.scalar(select(func.count()).select_from(Case).where(Case.tenant == tenant()))
        bar = progress.add_task("cases", total=total)
        reindex(lambda count: progress.advance(bar, count))
    return 0


def reindex(told: Callable[[int], None]) -> None:
    """Write all cases anew, a batch a commit; tell how many each time."""
    last = ""
    while True:
        with transaction() as engine:
            # What is read must not change before it is written: SQLite's lock is taken by the first write.
            db.session.execute(update(Case).where(false()).values(revision=Case.revision))
            following = select(Case).where(Case.tenant == tenant(), Case.instance_id > last)
            batch = db.session.scalars(following.order_by(Case.instance_id).limit(BATCH).with_for_update()).all()
            for case in batch:
                write_anew(case, engine.variables(case.instance_id), register_of(engine.latest(case.process_key)))
            last = batch[-1].instance_id if batch else ""
        told(len(batch))
        db.session.remove()  # and with it all that its engine remembers
        if not batch:
            return


def write_anew(case: Case, variables: Mapping[str, Any], register: Register) -> None:
    """Write what one case shows, is filtered and found by."""
    session, row_id = db.session(), {"tenant": case.tenant, "instance_id": case.instance_id}
    case.shown = shown(variables, register.stored_columns)
    session.execute(delete(CaseValue).where(CaseValue.tenant == case.tenant, CaseValue.instance_id == case.instance_id))
    write_values(session, row_id, register, variables)
    write_text(session, row_id, Said(case.number, register, variables, lambda: case.takes_no_files))
    follow_more(session, row_id)
    if register.unique:
        give_key(session, case.tenant, register, case.instance_id, {} if case.is_voided else variables)
