"""Reads the text of an expression into its tree."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from lark import Lark, ParseTree, UnexpectedInput, UnexpectedToken
from lark.exceptions import VisitError

from engine.feel.builder import Builder, Refused
from engine.feel.errors import ExpressionSyntaxError
from engine.feel.lexer import FeelLexer, Source
from engine.feel.tree import Node

GRAMMAR = Path(__file__).with_name("feel.lark")

_VALUE_STARTS = frozenset({"NAME", "NUMBER", "STRING", "AT_LITERAL", "IF", "FOR", "SOME", "EVERY", "TRUE", "LBRACE"})


def parse_expression(text: str, names: frozenset[str] = frozenset()) -> Node:
    """Return the tree of an expression; `names` are the known names that are more than a word.

    Raises ExpressionSyntaxError.
    """
    return _parse(Source(text, names, unary=False), "expression")


def parse_unary_tests(text: str, names: frozenset[str] = frozenset()) -> Node:
    """Return the tree of a decision table's cell, in which `?` is the value to test.

    Raises ExpressionSyntaxError.
    """
    return _parse(Source(text, names, unary=True), "unary_tests")


def parse_with_spans(text: str, names: frozenset[str], unary: bool) -> tuple[Node, list[Span]]:
    """Return the tree of an expression, or of a cell, and where in the text each node stands.

    Raises ExpressionSyntaxError.
    """
    spans = _SpanBuilder()
    start = "unary_tests" if unary else "expression"
    node = _parse(Source(text, names, unary), start, lambda source: spans.transform(_plain_lark().parse(source, start)))
    return node, spans.found


class Span(NamedTuple):
    """A node, and where its text begins and ends."""

    node: Node
    start: int
    end: int


class _SpanBuilder(Builder):
    """Builds the same tree, and notes where each node stands."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Span] = []

    def _call_userfunc(self, part: ParseTree, new_children: list[Any] | None = None) -> Any:
        node = super()._call_userfunc(part, new_children)  # type: ignore[no-untyped-call]
        if isinstance(node, Node) and not part.meta.empty:
            self.found.append(Span(node, part.meta.start_pos, part.meta.end_pos))
        return node


def _parse(source: Source, start: str, read: Callable[[Source], Any] | None = None) -> Node:
    try:
        return read(source) if read else _lark().parse(source, start=start)  # type: ignore[return-value]
    except UnexpectedInput as error:
        raise _syntax_error(source.text, error) from None
    except VisitError as error:
        if isinstance(error.orig_exc, Refused):
            raise ExpressionSyntaxError(str(error.orig_exc), text=source.text, position=error.orig_exc.at) from None
        if isinstance(error.orig_exc, RecursionError):
            raise ExpressionSyntaxError("too deeply nested", text=source.text, position=0) from None
        raise
    except RecursionError:
        raise ExpressionSyntaxError("too deeply nested", text=source.text, position=0) from None
    except Refused as error:
        raise ExpressionSyntaxError(str(error), text=source.text, position=error.at) from None


@lru_cache(maxsize=1)
def _lark() -> Lark:
    return _grammar(transformer=Builder())


@lru_cache(maxsize=1)
def _plain_lark() -> Lark:
    return _grammar(propagate_positions=True)


def _grammar(**options: Any) -> Lark:
    text, starts = GRAMMAR.read_text(encoding="utf-8"), ["expression", "unary_tests"]
    return Lark(text, parser="lalr", lexer=FeelLexer, start=starts, maybe_placeholders=True, **options)


def _syntax_error(text: str, error: UnexpectedInput) -> ExpressionSyntaxError:
    if not isinstance(error, UnexpectedToken):
        return ExpressionSyntaxError("cannot be read", text=text, position=0)
    spelling = {terminal.name: str(getattr(terminal.pattern, "value", "")) for terminal in _lark().terminals}
    wanted = {name for name in error.accepts or error.expected if name not in ("RANGE_CLOSE", "RANGE_OPEN")}
    names = {f"“{spelling[name]}”" for name in wanted - _VALUE_STARTS if name in spelling}
    if "NUMBER" in wanted:
        names = {"a value"}
    elif "PLUS" in wanted:
        names = {"an operator"}
    elif "NAME" in wanted:
        names.add("a name")
    if error.token.type == "$END":
        return ExpressionSyntaxError(
            "the expression ends too early", text=text, position=len(text), expected=tuple(sorted(names))
        )
    at = error.token.start_pos or 0
    if error.token == "=" and text[at - 1 : at] == "=":
        return ExpressionSyntaxError("unexpected “=”; one = compares", text=text, position=at)
    if error.token == ":" and "RPAR" in wanted:
        message = "the arguments of a function are either all named or none of them is"
        return ExpressionSyntaxError(message, text=text, position=at)
    return ExpressionSyntaxError(
        f"unexpected “{error.token}”", text=text, position=error.token.start_pos or 0, expected=tuple(sorted(names))
    )
