"""Decision models for tests, written shortly."""

from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape

from engine.dmn import Decision, parse_dmn

NOW = datetime(2026, 10, 9, 8, 30, tzinfo=UTC)
NAMESPACE = "https://www.omg.org/spec/DMN/20191111/MODEL/"


def model(content: str, *, namespace: str = NAMESPACE, attributes: str = "") -> bytes:
    """Return the XML of a model with this content."""
    head = f'<definitions xmlns="{namespace}" id="m" name="m" namespace="test" {attributes}>'
    return f'<?xml version="1.0" encoding="UTF-8"?>{head}{content}</definitions>'.encode()


def literal(id: str, text: str, *, requires: Sequence[str] = (), type: str = "") -> str:
    """Return a decision that is an expression; `requires` are elements such as `requiredDecision #other`."""
    needed = "".join(
        f'<{kind}Requirement><{name} href="{href}"/></{kind}Requirement>'
        for name, href in (each.split() for each in requires)
        for kind in ("knowledge" if name == "requiredKnowledge" else "information",)
    )
    declared = f'<variable name="{id}" typeRef="{type}"/>' if type else ""
    body = f"<literalExpression><text>{escape(text)}</text></literalExpression>"
    return f'<decision id="{id}" name="{id}">{declared}{needed}{body}</decision>'


def table(
    rules: Sequence[str],
    *,
    inputs: Sequence[str] = ("category", "urgency"),
    outputs: Sequence[str] = ("unit", "days"),
    policy: str = "",
    columns: str = "",
) -> str:
    """Return a decision with a table; a rule is its entries, separated by `|`.

    An input is `expression`, `expression: type` or `expression: type = allowed values`; an output likewise, with its
    name and, after `?`, a default. `columns` replaces the columns.
    """
    heads = columns or "".join(map(_input, inputs)) + "".join(map(_output, outputs))
    rows = "".join(_rule(number, rule, len(inputs)) for number, rule in enumerate(rules, 1))
    body = f"<decisionTable {policy}>{heads}{rows}</decisionTable>"
    return f'<decision id="dispatch" name="dispatch">{body}</decision>'


def dispatch(rules: Sequence[str], **options: object) -> Decision:
    """Return the decision of a model that has one table."""
    return parse_dmn(model(table(rules, **options))).decision("dispatch")  # type: ignore[arg-type]


def _split(column: str) -> tuple[str, str, str]:
    head, _, allowed = column.partition(" = ")
    name, _, kind = head.partition(": ")
    return name, f'typeRef="{kind}"' if kind else "", escape(allowed)


def _input(column: str) -> str:
    name, kind, allowed = _split(column)
    values = f"<inputValues><text>{allowed}</text></inputValues>" if allowed else ""
    text = f"<text>{escape(name)}</text>"
    return f"<input><inputExpression {kind}>{text}</inputExpression>{values}</input>"


def _output(column: str) -> str:
    column, _, default = column.partition(" ? ")
    name, kind, allowed = _split(column)
    values = f"<outputValues><text>{allowed}</text></outputValues>" if allowed else ""
    entry = f"<defaultOutputEntry><text>{escape(default)}</text></defaultOutputEntry>" if default else ""
    return f'<output name="{name}" {kind}>{values}{entry}</output>'


def _rule(number: int, rule: str, inputs: int) -> str:
    entries = [f"<text>{escape(entry.strip())}</text>" for entry in rule.split("|")]
    tests = "".join(f"<inputEntry>{entry}</inputEntry>" for entry in entries[:inputs])
    return (
        f'<rule id="r{number}">{tests}'
        + "".join(f"<outputEntry>{e}</outputEntry>" for e in entries[inputs:])
        + "</rule>"
    )
