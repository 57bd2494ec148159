"""The function range(), whose text is an expression itself."""

from __future__ import annotations

from datetime import UTC, datetime

from engine.feel.compiler import Names, compile_node
from engine.feel.errors import ExpressionSyntaxError, NoValue
from engine.feel.functions import builtin
from engine.feel.parser import parse_expression
from engine.feel.scope import Run, Scope
from engine.feel.tree import Call, Literal, Name, Node, RangeOf
from engine.feel.values import Range, Value


@builtin("range")
def _range(from_: str) -> Value:
    """Return the range that a text is, if its ends are literals."""
    try:
        node = parse_expression(from_)
    except ExpressionSyntaxError as error:
        raise NoValue(f"range: {from_!r} is none") from error
    ends = (node.start, node.end) if isinstance(node, RangeOf) else ()
    if not ends or not all(map(_is_written_out, ends)):
        raise NoValue(f"range: {from_!r} is none")
    # Nothing that may stand in it depends on the instant.
    value = compile_node(node, Names())(Scope({}, Run(datetime.min.replace(tzinfo=UTC))))
    if not isinstance(value, Range) or value.start is None or value.end is None:
        raise NoValue(f"range: {from_!r} is none")
    return value


def _is_written_out(node: Node) -> bool:
    """Return whether the node is a literal, or date("…") and the like."""
    if isinstance(node, Literal):
        return True
    if not isinstance(node, Call) or not isinstance(node.function, Name):
        return False
    is_literal = node.function.name in ("date", "time", "date and time", "duration")
    return is_literal and all(isinstance(argument, Literal) for argument in node.arguments)
