"""What the calendar has done later: warning of a missing year, and counting again what a confirmed year changes."""

from __future__ import annotations

from functools import partial

from app import errands
from app.calendar import ledger
from app.calendar.provisional import affected, recount
from app.calendar.warning import warn
from app.db import current_engine, db, now, tenant
from app.errands import Errand, Topic
from app.i18n import N_

DAY, RECOUNT, RECOUNT_ONE = "day", "recount", "recount_one"


def topics() -> dict[str, Topic]:
    """Return how the calendar's errands are done."""
    return {
        DAY: Topic(N_("Beginning of a day"), _begin_day),
        RECOUNT: Topic(N_("Which limits a confirmed year changes"), _recount),
        RECOUNT_ONE: Topic(N_("Counting a case's limits again"), _recount_one),
    }


def _begin_day(_errand: Errand) -> None:
    warn(db.session(), tenant(), at=now())


def _recount(errand: Errand) -> None:
    """Find the cases that a confirmed notice changes, each to be counted in a transaction of its own."""
    session = db.session()
    notice = ledger.notice_of(session, tenant(), errand.detail["notice"])
    if notice is None or notice.status != "confirmed":
        return  # a newer one has taken its place meanwhile, and has an errand of its own
    detail = {"year": notice.year, "by": notice.decided_by}
    found = affected(session, tenant(), notice)
    each = {f"{notice.id} {instance}": {**detail, "instance": instance} for instance in found}
    errands.ask(session, tenant(), RECOUNT_ONE, each, due=now())


def _recount_one(errand: Errand) -> None:
    count = partial(recount, db.session(), tenant(), current_engine())
    count(errand.detail["instance"], errand.detail["year"], by=errand.detail["by"], at=now())
