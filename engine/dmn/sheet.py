"""A decision table as it is written: the texts of its columns and cells, for people to read."""

from __future__ import annotations

from dataclasses import dataclass

from lxml.etree import _Element

from engine.dmn.xml import child, children, read, text_of


@dataclass(frozen=True, slots=True)
class Head:
    """A column: its label, the expression or name below it, its type and its allowed values, as they are written."""

    label: str
    text: str
    type: str
    allowed: str


@dataclass(frozen=True, slots=True)
class Row:
    """A rule: the texts of its cells, and its annotation."""

    number: int
    tests: tuple[str, ...]
    outputs: tuple[str, ...]
    annotation: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table; `policy` is its hit policy, with the aggregation after it if it has one."""

    policy: str
    aggregation: str
    inputs: tuple[Head, ...]
    outputs: tuple[Head, ...]
    rows: tuple[Row, ...]

    @property
    def is_annotated(self) -> bool:
        """Whether a rule says something about itself."""
        return any(row.annotation for row in self.rows)


def sheets_of(xml: bytes) -> dict[str, Sheet]:
    """Return the tables that are the whole of a decision, by the decision's id.

    Raises DecisionModelInvalid.
    """
    found = {}
    for decision in children(read(xml), "decision"):
        table = child(decision, "decisionTable")
        if table is not None:
            found[decision.get("id") or decision.get("name") or ""] = _sheet(table)
    return found


def _sheet(table: _Element) -> Sheet:
    return Sheet(
        policy=table.get("hitPolicy", "UNIQUE"), aggregation=table.get("aggregation") or "",
        inputs=tuple(_input(column) for column in children(table, "input")),
        outputs=tuple(_output(column) for column in children(table, "output")),
        rows=tuple(_row(row, number) for number, row in enumerate(children(table, "rule"), 1)),
    )


def _input(column: _Element) -> Head:
    expression = child(column, "inputExpression")
    kind = (expression.get("typeRef") if expression is not None else None) or ""
    return Head(column.get("label") or "", text_of(expression) or "", kind, _allowed(column, "inputValues"))


def _output(column: _Element) -> Head:
    name = column.get("name") or ""
    return Head(column.get("label") or "", name, column.get("typeRef") or "", _allowed(column, "outputValues"))


def _allowed(column: _Element, name: str) -> str:
    return text_of(child(column, name)) or ""


def _row(row: _Element, number: int) -> Row:
    notes = [text_of(entry) or "" for entry in children(row, "annotationEntry")]
    description = child(row, "description")
    notes.insert(0, (description.text or "").strip() if description is not None else "")
    tests = tuple(text_of(entry) or "" for entry in children(row, "inputEntry"))
    outputs = tuple(text_of(entry) or "" for entry in children(row, "outputEntry"))
    return Row(number, tests, outputs, "; ".join(note for note in notes if note))
