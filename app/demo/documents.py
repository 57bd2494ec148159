"""The sample documents: what comes in, what the clerks write, and what each finished case must show."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

from sqlalchemy import select

from app.calendar import LOCAL
from app.case.models import Case, CaseUnit
from app.db import current_engine, db, tenant
from app.demo.document_clerks import fill, receive_document
from app.demo.sample import Form, Names, Seen, compare
from app.people.queries import group_names

PROCESS = "document_routing"
FOLDER = Path(__file__).parent
STATES = {"办件": "已归档", "阅件": "已归档", "classified": "密件已登记", "returned": "已退回"}
"""In which state a document ends, by what its line expects."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What becomes of a document; for action also who handles it and until when (a date)."""

    handling: str
    lead: str | None
    co_handlers: Sequence[str]
    due: str | None


@dataclass(frozen=True, slots=True)
class Document:
    """One document. `facts` is what its first page says; `notes` what the clerks and leaders will write."""

    line: int
    facts: Mapping[str, Any]
    expected: Expected
    notes: Mapping[str, Any] = field(default_factory=dict)
    process: ClassVar[str] = PROCESS
    opens: ClassVar[str | None] = None

    @property
    def at(self) -> datetime:
        """When it arrives."""
        return datetime.fromisoformat(self.facts["received_at"])

    @property
    def is_duplicate(self) -> bool:
        """Whether it has come before."""
        return self.expected.handling == "duplicate"

    def start_form(self, names: Names, copy: int) -> Form:
        """Return what the clerk enters."""
        return receive_document(self, copy)

    def fill(self, element_id: str, seen: Seen, names: Names) -> Form:
        """Return what is submitted for a task. Raises NothingToFill."""
        return fill(element_id, self, seen, names)

    def differences(self, case: Case) -> list[str]:
        """Return in what the case differs from what its line expects."""
        expected = self.expected
        is_passed_on = expected.handling in ("办件", "阅件")
        return compare({
            "state": (case.state, STATES.get(expected.handling)),
            "handling": (case.category or None, expected.handling if is_passed_on else None),
            "lead": (shown_units(case)[:1], [expected.lead] if expected.lead else []),
            "co_handlers": (sorted(shown_units(case)[1:]), sorted(expected.co_handlers)),
            "due": (shown_due(case), expected.due),
            "closed": (case.closed_at is not None, True),
            "in time": (case.due_at is None or (case.closed_at or case.due_at) <= case.due_at, True),
            "takes no files": (case.takes_no_files, expected.handling == "classified"),
        })


def shown_due(case: Case) -> str | None:
    """Return the date on which the case's limit runs out."""
    return case.due_at.astimezone(LOCAL).date().isoformat() if case.due_at else None


def shown_units(case: Case) -> list[str]:
    """Return what the units are called that handle a document, the lead unit first; none of one for reading."""
    if not case.unit:
        return []
    mine = (CaseUnit.tenant == case.tenant, CaseUnit.instance_id == case.instance_id)
    units = set(db.session.scalars(select(CaseUnit.unit).where(*mine))) - {case.unit}
    names = group_names(db.session, case.tenant)
    return [names[case.unit], *sorted(names[unit] for unit in units)]


def read_documents() -> list[Document]:
    """Return the sample documents in their order."""
    notes: dict[str, dict[str, Any]] = json.loads((FOLDER / "documents.json").read_text(encoding="utf-8"))
    documents = []
    for number, line in enumerate((FOLDER / "documents.jsonl").read_text(encoding="utf-8").splitlines(), start=1):
        facts: dict[str, Any] = json.loads(line)
        documents.append(Document(number, facts, Expected(**facts.pop("expected")), notes.get(str(number), {})))
    return documents


def find_cases(documents: Sequence[Document]) -> dict[int, list[Case]]:
    """Return the cases that stand in the register for these documents, by line, oldest first.

    Somebody may have registered a document of the same title: the instant when it came in decides.
    """
    db.session.expire_all()
    engine = current_engine()
    titles = {document.facts["title"] for document in documents}
    mine = (Case.tenant == tenant(), Case.process_key == PROCESS, Case.title.in_(titles))
    found: dict[int, list[Case]] = {}
    for case in db.session.scalars(select(Case).where(*mine).order_by(Case.opened_at, Case.number)).all():
        received = datetime.fromisoformat(str(engine.variables(case.instance_id)["received_at"]))
        for document in documents:
            if abs(document.at - received) < timedelta(minutes=1) and document.facts["sender"] == case.source:
                found.setdefault(document.line, []).append(case)
    return found
