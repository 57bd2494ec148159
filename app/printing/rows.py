"""A register on paper: exactly the cases, columns and order that its page shows, masked as its reader sees them."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from reportlab.platypus import Flowable
from werkzeug.datastructures import MultiDict

from app.case.errors import PrintTooLong
from app.case.models import Case, Database
from app.case.queries import MOST_ROWS, find_cases
from app.dossier.viewers import as_reader
from app.people.queries import Person
from app.printing.layout import SMALL, dated, heading, line, moment, rows_table
from app.printing.paper import TURNED
from app.register.rows import Asked, in_words, read_asked, said
from engine import ProcessDefinition

MOST = 1000
FEW, SMALLEST = 7, 9  # columns; points, 小五


def register_table(
    session: Database, tenant: str, definition: ProcessDefinition, reader: Person, args: MultiDict[str, str],
    at: datetime,
) -> tuple[list[Flowable], int]:
    """Return what an address of a register shows, all pages of it, and how many cases. Raises PrintTooLong."""
    asked = read_asked(session, tenant, definition, reader, args, at)
    cases = _all(session, tenant, asked, reader)
    rows = in_words(session, asked, as_reader(reader), cases, at)
    headers = [_("Number"), *(column.label for column in asked.columns)]
    texts = [[row.case.number, *(dated(text) for text in row.cells)] for row in rows]
    narrowed = dated(said(asked))
    return [
        heading(definition.name, TURNED),
        line("　".join(filter(None, (moment(at), _("%(count)s cases", count=len(cases)), narrowed))), sheet=TURNED),
        rows_table(headers, texts, TURNED, size=SMALL if len(headers) <= FEW else SMALLEST, empty=_("No cases yet.")),
    ], len(cases)


def _all(session: Database, tenant: str, asked: Asked, reader: Person) -> list[Case]:
    cases: list[Case] = []
    after = None
    while True:
        page = find_cases(
            session, tenant, asked.register, as_reader(reader), asked.criteria, order=asked.order, after=after,
            limit=MOST_ROWS,
        )  # fmt: skip
        if page.total > MOST or page.is_more:
            raise PrintTooLong(f"{page.total} cases or more are more than the {MOST} that are printed at once")
        cases += page.cases
        if (after := page.after) is None:
            return cases
