"""What the tests of expressions share."""

from collections.abc import Mapping
from datetime import UTC, datetime

from engine import feel

NOW = datetime(2026, 10, 9, 8, 30, tzinfo=UTC)


def value(text: str, **variables: object) -> feel.Value:
    """Return what the expression gives."""
    return feel.compile_expression(text).evaluate(variables, now=NOW)


def reasons(text: str, variables: Mapping[str, object] | None = None) -> list[str]:
    """Return why the expression gives null."""
    evaluation = feel.compile_expression(text).evaluate_with_reasons(variables or {}, now=NOW)
    assert evaluation.value is None
    return [reason.message for reason in evaluation.reasons]


def passes(cell: str, tested: object, **variables: object) -> feel.Value:
    """Return whether a value passes the cell of a decision table."""
    return feel.compile_unary_tests(cell).evaluate({"?": tested, **variables}, now=NOW)
