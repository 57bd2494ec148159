"""The sample matters: what is put on the agenda, what people will write, and what each must have brought about."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from sqlalchemy import select

from app.case.links import links_of
from app.case.models import Case
from app.db import db, tenant
from app.demo import calls, documents
from app.demo.matter_clerks import fill, propose_matter
from app.demo.sample import Form, Names, NothingToFill, Seen, compare
from app.people.queries import group_names

PROCESS, ORDERS = "three_tier_decision", "supervision_order"
FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Matter:
    """One item of the agenda. `facts` is its line, `notes` what is written on the way to its end."""

    line: int
    facts: Mapping[str, Any]
    notes: Mapping[str, Any] = field(default_factory=dict)
    process: ClassVar[str] = PROCESS
    opens: ClassVar[str | None] = ORDERS
    at: ClassVar[datetime | None] = None
    is_duplicate: ClassVar[bool] = False

    @property
    def units(self) -> Sequence[str]:
        """What the units are called that carry it out, the lead unit first."""
        units: Sequence[str] = self.facts["units"]
        return units

    def start_form(self, names: Names, copy: int) -> Form:
        """Return what the office enters. Raises NothingToFill when what it grows out of is not there."""
        return propose_matter(self, names, origin_of(self))

    def fill(self, element_id: str, seen: Seen, names: Names) -> Form:
        """Return what is submitted for a task of the matter or of one of its orders. Raises NothingToFill."""
        return fill(element_id, self, seen, names)

    def differences(self, case: Case) -> list[str]:
        """Return in what the case and the orders that it has opened differ from what its line expects."""
        names, orders = group_names(db.session, case.tenant), orders_of(case)
        origin = origin_of(self)
        return compare({
            "state": (case.state, "已落实"),
            "outcome": (case.results.get("meeting_outcome"), "通过"),
            "lead": (names.get(case.unit), self.units[0]),
            "closed": (case.closed_at is not None, True),
            "origin": (origins_of(case), [origin] if origin else []),
            "orders": (sorted(names.get(order.unit, "") for order in orders), sorted(self.units)),
            "orders' states": ({order.state for order in orders}, {"已归档"}),
            "orders' outcomes": ({order.results.get("outcome") for order in orders}, {"已落实"}),
        })


def read_matters() -> list[Matter]:
    """Return the sample matters in their order."""
    notes: dict[str, dict[str, Any]] = json.loads((FOLDER / "matters.json").read_text(encoding="utf-8"))
    lines = (FOLDER / "matters.jsonl").read_text(encoding="utf-8").splitlines()
    return [Matter(number, json.loads(line), notes[str(number)]) for number, line in enumerate(lines, start=1)]


def find_cases(matters: Sequence[Matter]) -> dict[int, list[Case]]:
    """Return the cases that stand in the register for these matters, by line, oldest first."""
    db.session.expire_all()
    lines = {matter.facts["title"]: matter.line for matter in matters}
    mine = (Case.tenant == tenant(), Case.process_key == PROCESS, Case.title.in_(lines))
    found: dict[int, list[Case]] = {}
    for case in db.session.scalars(select(Case).where(*mine).order_by(Case.number)):
        found.setdefault(lines[case.title], []).append(case)
    return found


def origin_of(matter: Matter) -> str | None:
    """Return the number of the case that a matter grows out of. Raises NothingToFill when it is not there."""
    for kind, line in matter.notes.get("origin", {}).items():
        if kind == "calls":
            found = calls.find_cases([call for call in calls.read_calls() if call.line == line])
        else:
            found = documents.find_cases([each for each in documents.read_documents() if each.line == line])
        if line not in found:
            raise NothingToFill(f"line {line} of the {kind}, which a matter grows out of, has not been played")
        return found[line][-1].number
    return None


def origins_of(case: Case) -> list[str]:
    """Return the numbers of the cases that a case grew out of."""
    return [linked.case.number for linked in links_of(db.session(), case) if linked.is_origin]


def orders_of(case: Case) -> list[Case]:
    """Return the orders that a matter has opened, by their numbers."""
    grown = [linked.case for linked in links_of(db.session(), case) if linked.grew_out]
    return sorted((each for each in grown if each.process_key == ORDERS), key=lambda each: each.number)
