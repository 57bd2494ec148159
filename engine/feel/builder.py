"""Builds the tree of an expression while it is parsed."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal, DecimalException
from typing import Any

from lark import Token, Transformer, v_args

from engine.feel import tree
from engine.feel.temporal import parse_any
from engine.feel.tree import Node
from engine.feel.types import Type, type_named
from engine.feel.values import DECIMAL

_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{6})|([\"'\\nrt]))")
_PLAIN_ESCAPES = {'"': '"', "'": "'", "\\": "\\", "n": "\n", "r": "\r", "t": "\t"}


class Refused(Exception):
    """The tree cannot be built; `at` tells where."""

    def __init__(self, message: str, token: Token) -> None:
        super().__init__(message)
        self.at = token.start_pos or 0


def unescape(quoted: str) -> str:
    """Return the string that a literal in double quotes stands for."""
    body = quoted[1:-1]
    if "\\" not in body:
        return body

    def replaced(found: re.Match[str]) -> str:
        code = found[1] or found[2]
        if code is None:
            return _PLAIN_ESCAPES[found[3]]
        return chr(int(code, 16)) if int(code, 16) <= 0x10FFFF else found[0]

    text = _ESCAPE.sub(replaced, body)
    # Two \\u escapes may be the halves of one character.
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _key(token: Token) -> str:
    return unescape(token) if token.type == "STRING" else str(token)


def _present(children: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(child for child in children if child is not None)


@v_args(inline=True)
class Builder(Transformer[Token, Node]):
    """Makes the nodes of the tree, one method a rule of the grammar."""

    def any_value(self) -> Node:
        return tree.UnaryTests((), negated=False)

    def tests(self, *tests: Node) -> Node:
        return tree.UnaryTests(tests, negated=False)

    def negated_tests(self, _not: Token, *tests: Node) -> Node:
        return tree.UnaryTests(tests, negated=True)

    def unary_test(self, operator: Token, operand: Node) -> Node:
        return tree.UnaryTest(str(operator), operand, operator.start_pos or 0)

    def disjunction(self, *operands: Node) -> Node:
        return tree.Or(operands)

    def conjunction(self, *operands: Node) -> Node:
        return tree.And(operands)

    def compare(self, left: Node, operator: Token, right: Node) -> Node:
        return tree.Compare(str(operator), left, right, operator.start_pos or 0)

    def between(self, value: Node, word: Token, low: Node, high: Node) -> Node:
        return tree.Between(value, low, high, word.start_pos or 0)

    def is_in(self, value: Node, word: Token, *tests: Node) -> Node:
        return tree.In(value, tests, word.start_pos or 0)

    def arithmetic(self, first: Node, *rest: Any) -> Node:
        signs, operands = rest[::2], rest[1::2]
        steps = zip(signs, operands, strict=True)
        return tree.Arithmetic(first, tuple((str(sign), operand, sign.start_pos) for sign, operand in steps))

    additive = multiplicative = power = arithmetic

    def negative(self, sign: Token, operand: Node) -> Node:
        if isinstance(operand, tree.Literal) and isinstance(operand.value, Decimal):
            return tree.Literal(DECIMAL.minus(operand.value))
        return tree.Negative(operand, sign.start_pos or 0)

    def instance_of(self, value: Node, word: Token, kind: Type) -> Node:
        return tree.InstanceOf(value, kind, word.start_pos or 0)

    def path(self, source: Node, dot: Token, name: Token) -> Node:
        return tree.Path(source, str(name), name.start_pos or 0)

    def filter(self, source: Node, bracket: Token, predicate: Node) -> Node:
        return tree.Filter(source, predicate, bracket.start_pos or 0)

    def call(self, function: Node, bracket: Token, arguments: tuple[Any, Any]) -> Node:
        at = function.at if isinstance(function, tree.Name) else bracket.start_pos or 0
        return tree.Call(function, *arguments, at)

    def call_not(self, name: Token, bracket: Token, arguments: tuple[Any, Any]) -> Node:
        at = name.start_pos or 0
        return tree.Call(tree.Name("not", at), *arguments, at)

    def positional(self, *arguments: Node | None) -> tuple[tuple[Node, ...], None]:
        return _present(arguments), None

    def named(self, *arguments: tuple[str, Node]) -> tuple[tuple[Node, ...], tuple[str, ...]]:
        return tuple(node for _, node in arguments), tuple(name for name, _ in arguments)

    def named_argument(self, name: Token, value: Node) -> tuple[str, Node]:
        return _key(name), value

    def name(self, token: Token) -> Node:
        return tree.Name(str(token), token.start_pos or 0)

    def number(self, token: Token) -> Node:
        try:
            return tree.Literal(DECIMAL.create_decimal(str(token)))
        except DecimalException:
            raise Refused(f"{token} is outside the range of numbers", token) from None

    def string(self, token: Token) -> Node:
        return tree.Literal(unescape(token))

    def at_literal(self, token: Token) -> Node:
        value = parse_any(unescape(token[1:]))
        if value is None:
            raise Refused(f"{token} is no date, time or duration", token)
        return tree.Literal(value)

    def true(self) -> Node:
        return tree.Literal(True)

    def false(self) -> Node:
        return tree.Literal(False)

    def null(self) -> Node:
        return tree.Literal(None)

    def if_then_else(self, word: Token, condition: Node, then: Node, otherwise: Node) -> Node:
        return tree.If(condition, then, otherwise, word.start_pos or 0)

    def for_return(self, *parts: Any) -> Node:
        return tree.For(parts[:-1], parts[-1])

    def quantified(self, word: Token, *parts: Any) -> Node:
        return tree.Quantified(str(word) == "every", parts[:-1], parts[-1], word.start_pos or 0)

    def iterator(self, name: Token, _in: Token, source: Node, end: Node | None) -> tree.Iterator:
        return tree.Iterator(str(name), source, end, name.start_pos or 0)

    def function(self, word: Token, *parts: Any) -> Node:
        return tree.FunctionDefinition(_present(parts[:-1]), parts[-1], word.start_pos or 0)

    def external(self, word: Token, *parts: Any) -> Node:
        return tree.External(_present(parts[:-2]), parts[-1], word.start_pos or 0)

    def parameter(self, name: Token, kind: Type | None) -> tuple[str, Type | None]:
        return str(name), kind

    def interval(self, opening: Token, start: Node, _dots: Token, end: Node, closing: Token) -> Node:
        return tree.RangeOf(start, end, str(opening) == "[", str(closing) == "]", opening.start_pos or 0)

    def list(self, *items: Node | None) -> Node:
        return tree.ListOf(_present(items))

    def context(self, *entries: tuple[Token, Node] | None) -> Node:
        nodes: dict[str, Node] = {}
        for key, value in _present(entries):
            if _key(key) in nodes:
                raise Refused(f"the entry {_key(key)} is there twice", key)
            is_function = isinstance(value, tree.FunctionDefinition)
            nodes[_key(key)] = replace(value, name=_key(key)) if is_function else value
        return tree.ContextOf(tuple(nodes.items()))

    def entry(self, key: Token, value: Node) -> tuple[Token, Node]:
        return key, value

    def named_type(self, *parts: Token) -> Type:
        name = "".join(parts)
        return type_named(name) or Type(name)

    def collection_type(self, name: Token, _bracket: Token, of: Type) -> Type:
        if str(name) not in ("list", "range"):
            raise Refused(f"the type {name} takes no type in brackets", name)
        return Type(str(name), (of,))

    def context_type(self, name: Token, _bracket: Token, *members: tuple[str, Type]) -> Type:
        return Type(str(name), members=members)

    def member(self, name: Token, kind: Type) -> tuple[str, Type]:
        return str(name), kind

    def function_type(self, *types: Type | None) -> Type:
        return Type("function", _present(types))
