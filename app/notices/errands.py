"""What notices have done later: sending mail, and the daily digest."""

from __future__ import annotations

from app.calendar.ledger import calendar_of
from app.case.bell import MAIL
from app.db import db, now, tenant
from app.errands import Errand, Topic
from app.i18n import N_
from app.notices.digest import DIGEST, make
from app.notices.mail import send


def topics() -> dict[str, Topic]:
    """Return how the errands of notices are done."""
    return {
        MAIL: Topic(N_("Sending a notice by mail"), send, is_alone=True),
        DIGEST: Topic(N_("The daily digest"), _digest),
    }


def _digest(_errand: Errand) -> None:
    make(db.session(), tenant(), calendar_of(db.session(), tenant()), at=now())
