"""What the check at deploy says of decision tables: gaps, overlaps, values outside, each by the number of its rule."""

from __future__ import annotations

from engine.dialect.finding import Finding
from engine.dialect.xml import read
from engine.dmn import DecisionModel
from engine.dmn.coverage import flaws_of


def check_tables(model: DecisionModel, content: bytes, file: str) -> list[Finding]:
    """Return warnings about the tables of a model that can be run."""
    lines = {
        str(element.get("id")): element.sourceline or 0
        for element in read(content).iter("{*}*") if element.get("id")
    }
    found = []
    for decision in model.decisions.values():
        table = decision.table
        if table is None:
            continue
        ids = {str(rule.number): rule.id for rule in table.rules}
        for flaw in flaws_of(table):
            where = ids.get(flaw.params.get("other", flaw.params.get("number", ""))) or decision.id
            params = {"table": decision.name, **flaw.params}
            line = lines.get(where, lines.get(decision.id, 0))
            found.append(Finding(file, flaw.rule, line, where, severity="warning", params=params))
    return found
