"""The tree of an expression: what both FEEL and ${…} are read into and the compiler reads.

`at` is the position in the text, counted in characters from 0, to which a reason for a null points.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine.feel.types import Type
from engine.feel.values import Value


class Node:
    """A part of an expression."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Literal(Node):
    value: Value


@dataclass(frozen=True, slots=True)
class Name(Node):
    name: str
    at: int


@dataclass(frozen=True, slots=True)
class Path(Node):
    source: Node
    name: str
    at: int


@dataclass(frozen=True, slots=True)
class Filter(Node):
    source: Node
    predicate: Node
    at: int


@dataclass(frozen=True, slots=True)
class Call(Node):
    """An invocation; `names` are the names of named arguments, or None if they are positional."""

    function: Node
    arguments: tuple[Node, ...]
    names: tuple[str, ...] | None
    at: int


@dataclass(frozen=True, slots=True)
class Apply(Node):
    """A Python function of our own that takes the run and values: the operators of other languages."""

    function: Callable[..., Value]
    arguments: tuple[Node, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Arithmetic(Node):
    """first, then (operator, operand, at) from left to right."""

    first: Node
    rest: tuple[tuple[str, Node, int], ...]


@dataclass(frozen=True, slots=True)
class Negative(Node):
    operand: Node
    at: int


@dataclass(frozen=True, slots=True)
class And(Node):
    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or(Node):
    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Compare(Node):
    operator: str
    left: Node
    right: Node
    at: int


@dataclass(frozen=True, slots=True)
class Between(Node):
    value: Node
    low: Node
    high: Node
    at: int = 0


@dataclass(frozen=True, slots=True)
class UnaryTest(Node):
    """`> 5`: a test against a value that stands elsewhere."""

    operator: str
    operand: Node
    at: int


@dataclass(frozen=True, slots=True)
class In(Node):
    value: Node
    tests: tuple[Node, ...]
    at: int = 0


@dataclass(frozen=True, slots=True)
class UnaryTests(Node):
    """The cell of a decision table: `?` passes one of the tests, or none of them if negated; no tests pass all."""

    tests: tuple[Node, ...]
    negated: bool


@dataclass(frozen=True, slots=True)
class If(Node):
    condition: Node
    then: Node
    otherwise: Node
    at: int = 0


@dataclass(frozen=True, slots=True)
class Iterator(Node):
    """`name in source`, or `name in source..end`."""

    name: str
    source: Node
    end: Node | None
    at: int


@dataclass(frozen=True, slots=True)
class For(Node):
    iterators: tuple[Iterator, ...]
    body: Node


@dataclass(frozen=True, slots=True)
class Quantified(Node):
    every: bool
    iterators: tuple[Iterator, ...]
    condition: Node
    at: int


@dataclass(frozen=True, slots=True)
class FunctionDefinition(Node):
    """A function; `name` is the entry of a context that it is the value of, by which it may call itself."""

    parameters: tuple[tuple[str, Type | None], ...]
    body: Node
    at: int
    name: str = ""


@dataclass(frozen=True, slots=True)
class External(Node):
    """A function that stands elsewhere, as `mapping` says."""

    parameters: tuple[tuple[str, Type | None], ...]
    mapping: Node
    at: int


@dataclass(frozen=True, slots=True)
class ListOf(Node):
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class ContextOf(Node):
    entries: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class RangeOf(Node):
    start: Node
    end: Node
    start_included: bool
    end_included: bool
    at: int


@dataclass(frozen=True, slots=True)
class InstanceOf(Node):
    value: Node
    type: Type
    at: int
