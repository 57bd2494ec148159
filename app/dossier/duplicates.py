"""What a reader is told of a case that is the same as another: which it is, if the reader may know of it."""

from __future__ import annotations

from flask import url_for
from flask_babel import gettext as _
from flask_login import current_user

from app.case.errors import CaseDuplicate
from app.case.models import Case
from app.case.projection import register_of
from app.db import current_engine, db, tenant
from app.dossier.reading import may_read_case


def readable(instance_id: str) -> Case | None:
    """Return a case, if whoever asks may read it."""
    case = db.session.get(Case, (tenant(), instance_id))
    if case is None or not current_user.may("registers"):
        return None
    register = register_of(current_engine().definition(case.definition_id))
    return case if may_read_case(db.session(), register, case, current_user) else None


def members_of(error: CaseDuplicate) -> dict[str, object]:
    """Return what the problem's answer says besides: whether one may go on, and the other case."""
    known: dict[str, object] = {"may_go_on": error.may_go_on}
    if (case := readable(error.instance_id)) is not None:
        known |= {"case": case.number, "href": url_for("register.case", number=case.number)}
    return known


def detail_of(error: CaseDuplicate) -> str:
    """Return in the reader's language which case is there already."""
    case = readable(error.instance_id)
    if case is None:
        return _("There is a case with the same particulars, which you may not read. Ask those who keep the register.")
    return _("Case %(number)s (%(title)s) has the same particulars.", number=case.number, title=case.title)
