"""What the calendar has done later: warning of a missing year, and counting again what a changed calendar moves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from app import errands
from app.calendar import ledger
from app.calendar.provisional import affected, first_day, own_days_changed, recount, year_known
from app.calendar.warning import warn
from app.db import current_engine, db, now, tenant
from app.errands import Errand, Topic
from app.i18n import N_

DAY, RECOUNT, RECOUNT_ONE = "day", "recount", "recount_one"


def topics() -> dict[str, Topic]:
    """Return how the calendar's errands are done."""
    return {
        DAY: Topic(N_("Beginning of a day"), _begin_day),
        RECOUNT: Topic(N_("Which limits a changed calendar moves"), _recount),
        RECOUNT_ONE: Topic(N_("Counting a case's limits again"), _recount_one),
    }


def _begin_day(_errand: Errand) -> None:
    warn(db.session(), tenant(), at=now())


def _recount(errand: Errand) -> None:
    """Find the cases that a change of the calendar concerns, each to be counted in a transaction of its own."""
    session, asked = db.session(), errand.detail
    if "days" in asked:
        first, detail = date.fromisoformat(asked["first"]), {"days": asked["days"], "by": asked["by"]}
    else:
        notice = ledger.notice_of(session, tenant(), asked["notice"])
        if notice is None or notice.status != "confirmed":
            return  # a newer one has taken its place meanwhile, and has an errand of its own
        first, detail = first_day(notice), {"year": notice.year, "by": notice.decided_by}
    each = {f"{errand.key} {id}": {**detail, "instance": id} for id in affected(session, tenant(), first)}
    errands.ask(session, tenant(), RECOUNT_ONE, each, due=now())


def _recount_one(errand: Errand) -> None:
    asked = errand.detail
    cause = own_days_changed(asked["days"]) if "days" in asked else year_known(asked["year"])
    recount(db.session(), tenant(), current_engine(), asked["instance"], cause, by=asked["by"], at=now())


def recount_later(days: Sequence[date], *, by: str) -> None:
    """Have limits counted again that own days off may move which were added or taken back just now."""
    said = f"{days[0]}" if len(days) == 1 else f"{days[0]} – {days[-1]}"
    detail = {"first": str(min(days)), "days": said, "by": by}
    errands.ask(db.session(), tenant(), RECOUNT, {f"{said} {now().isoformat()}": detail}, due=now())
