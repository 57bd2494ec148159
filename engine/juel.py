"""Translates ${…} and #{…}, as Camunda 7 files have them, into the tree of the expression language.

What may be called is an allow-list; anything else is refused by name when the expression is compiled.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import DecimalException
from functools import lru_cache, partial
from typing import NamedTuple

from engine.feel import coercion, tree
from engine.feel.errors import ExpressionSyntaxError, meant
from engine.feel.expression import Expression
from engine.feel.methods import NAMES as METHOD_NAMES
from engine.feel.methods import call_method
from engine.feel.scope import Run
from engine.feel.tree import Node
from engine.feel.values import DECIMAL, Value

FUNCTIONS = frozenset({"now", "dateTime"})
"""Both return the instant of the evaluation, as an aware date and time."""

OBJECTS = {
    "execution": {"id", "businessKey", "processBusinessKey", "processInstanceId", "processDefinitionId"}
    | {"currentActivityId", "currentActivityName", "tenantId", "eventName"},
    "task": {"id", "name", "description", "assignee", "owner", "priority", "dueDate", "followUpDate", "createTime"}
    | {"taskDefinitionKey", "processInstanceId", "processDefinitionId", "executionId", "tenantId", "eventName"},
}
"""What may be read of Camunda's objects, `task.assignee` or `task.getAssignee()`: entries of the variable `task`."""

@dataclass(frozen=True, slots=True)
class Deed:
    """What `execution.setVariable('x', 1)` gives: nothing is done yet, whoever evaluates it does it once."""

    object: str
    method: str
    arguments: tuple[Value, ...]


_VARIABLES = {"setVariable": 2, "setVariableLocal": 2}
DEEDS: Mapping[str, Mapping[str, int]] = {
    "execution": _VARIABLES,
    "task": _VARIABLES | dict.fromkeys((
        "setAssignee", "setName", "setPriority", "setDueDate", "setFollowUpDate", "addCandidateUser",
        "addCandidateUsers", "addCandidateGroup", "addCandidateGroups", "deleteCandidateUser", "deleteCandidateGroup",
    ), 1),
}
"""What may be done to Camunda's objects where the diagram says that something is to be done: methods, arguments."""

MAX_LENGTH, MAX_NESTING = 65_536, 60

_SPELLINGS = {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "div": "/", "mod": "%"}
_SPELLINGS |= {"and": "&&", "or": "||", "not": "!"}
_TOKEN = re.compile(
    r"""\s*(?:(?P<number>(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?)
    | (?P<string>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
    | (?P<name>[^\W\d]\w*)
    | (?P<sign>&&|\|\||[=!<>]=|[-+*/%<>!?:.,()\[\]])
    | (?P<end>\}|$))""",
    re.VERBOSE | re.DOTALL,
)
_OPENING = re.compile(r"\\?[$#]\{")
_LITERALS: dict[str, Value] = {"true": True, "false": False, "null": None}

_Operator = Callable[..., Value]
_LEVELS: tuple[dict[str, _Operator], ...] = (
    {"==": coercion.equals, "!=": coercion.unequal},
    {sign: coercion.ordering(sign) for sign in ("<", "<=", ">", ">=")},
    {sign: coercion.arithmetic(sign) for sign in ("+", "-")},
    {"*": coercion.arithmetic("*"), "/": coercion.arithmetic("/"), "%": coercion.remainder},
)


class ExpressionNotSupported(ExpressionSyntaxError):
    """The expression calls or reads what ${…} does not offer here."""

    code = "expression_not_supported"


@lru_cache(maxsize=4096)
def compile_expression(
    text: str, functions: frozenset[str] = frozenset(), deeds: frozenset[str] = frozenset()
) -> Expression:
    """Return the expression that a text with ${…} in it is: one alone gives its value, with text around it a string.

    `functions` names those that the evaluation's variables will hold beside the allow-list; `deeds` names what may be
    done, such as `task.setName`. Raises ExpressionSyntaxError, ExpressionNotSupported.
    """
    return Expression(text, parse_template(text, functions, deeds=deeds))


def parse_template(
    text: str, functions: frozenset[str] = frozenset(), reader_of: Callable[..., Reader] | None = None, *,
    deeds: frozenset[str] = frozenset(),
) -> Node:
    """Return the tree of a text with any number of ${…} or #{…} in it; `\\${` is no expression.

    `reader_of` makes the reader of each of them, for whoever wants to watch it read.

    Raises ExpressionSyntaxError, ExpressionNotSupported.
    """
    if len(text) > MAX_LENGTH:
        raise ExpressionSyntaxError(f"longer than {MAX_LENGTH} characters", text=text, position=MAX_LENGTH)
    parts: list[Node] = []
    literal, position = "", 0
    body = text.strip()
    while found := _OPENING.search(body, position):
        literal += body[position : found.start()]
        if found[0].startswith("\\"):
            literal, position = literal + found[0][1:], found.end()
            continue
        reader = (reader_of or partial(Reader, deeds=deeds))(body, found.end(), functions)
        node = reader.whole()
        parts += [tree.Literal(literal), node] if literal else [node]
        literal, position = "", reader.position
    literal += body[position:]
    if len(parts) == 1 and not literal:
        return parts[0]
    if literal or not parts:
        parts.append(tree.Literal(literal))
    return parts[0] if len(parts) == 1 else tree.Apply(coercion.joined, tuple(parts), 0)


class _Token(NamedTuple):
    kind: str
    text: str
    at: int


class Reader:
    """Reads one expression by recursive descent, from after its `${` to its `}`."""

    def __init__(
        self, text: str, position: int, functions: frozenset[str], deeds: frozenset[str] = frozenset()
    ) -> None:
        self.text, self.position, self.depth, self.functions, self.deeds = text, position, 0, functions, deeds
        self.token = self._next()

    def whole(self) -> Node:
        """Return the tree up to the closing brace, and stand behind it."""
        node = self._ternary()
        if self.token.text != "}":
            raise self._unexpected()
        return node

    def _next(self) -> _Token:
        found = _TOKEN.match(self.text, self.position)
        if found is None or found.lastgroup is None:
            raise ExpressionSyntaxError("cannot be read", text=self.text, position=self.position)
        self.position = found.end()
        kind, value = found.lastgroup, found[found.lastgroup]
        if kind == "name" and value in _SPELLINGS:
            kind, value = "sign", _SPELLINGS[value]
        return _Token(kind, value, found.start(found.lastgroup))

    def _take(self) -> _Token:
        token = self.token
        if token.kind != "end":
            self.token = self._next()
        return token

    def _skip(self, sign: str) -> bool:
        if self.token.kind == "sign" and self.token.text == sign:
            self._take()
            return True
        return False

    def _expect(self, sign: str) -> None:
        if not self._skip(sign):
            raise self._unexpected(f"“{sign}”")

    def _unexpected(self, *expected: str) -> ExpressionSyntaxError:
        what = f"unexpected “{self.token.text}”" if self.token.text else "the expression ends too early"
        return ExpressionSyntaxError(what, text=self.text, position=self.token.at, expected=expected)

    def _refused(self, what: str, at: int, known: Iterable[str] = ()) -> ExpressionNotSupported:
        hint = meant(what.rpartition(" ")[2], known)
        return ExpressionNotSupported(f"{what} is not available in ${{…}}{hint}", text=self.text, position=at)

    def _ternary(self) -> Node:
        self.depth += 1
        if self.depth > MAX_NESTING:
            raise ExpressionSyntaxError("too deeply nested", text=self.text, position=self.token.at)
        node, at = self._logical("||"), self.token.at
        if self._skip("?"):
            then = self._ternary()
            self._expect(":")
            node = tree.If(_truth(node, at), then, self._ternary())
        self.depth -= 1
        return node

    def _logical(self, sign: str) -> Node:
        read = partial(self._logical, "&&") if sign == "||" else partial(self._binary, 0)
        operands, at = [read()], self.token.at
        while self._skip(sign):
            operands.append(read())
        if len(operands) == 1:
            return operands[0]
        kind = tree.Or if sign == "||" else tree.And
        return kind(tuple(_truth(operand, at) for operand in operands))

    def _binary(self, level: int) -> Node:
        if level == len(_LEVELS):
            return self._unary()
        node = self._binary(level + 1)
        while self.token.kind == "sign" and self.token.text in _LEVELS[level]:
            sign = self._take()
            node = tree.Apply(_LEVELS[level][sign.text], (node, self._binary(level + 1)), sign.at)
        return node

    def _unary(self) -> Node:
        at, signs = self.token.at, list[_Operator]()
        while (self.token.kind == "sign" and self.token.text in ("!", "-")) or self.token.text == "empty":
            signs.append({"!": coercion.negation, "-": coercion.minus, "empty": coercion.is_empty}[self._take().text])
        node = self._postfix()
        for sign in reversed(signs):
            node = tree.Apply(sign, (node,), at)
        return node

    def _postfix(self) -> Node:
        node = self._primary()
        while True:
            if self._skip("."):
                name = self._take()
                if name.kind != "name":
                    raise self._unexpected("a name")
                node = self._method(node, name) if self._skip("(") else self._property(node, name)
            elif self._skip("["):
                key = self._ternary()
                self._expect("]")
                node = tree.Apply(coercion.element, (node, key), self.token.at)
            else:
                return node

    def _primary(self) -> Node:
        token = self._take()
        match token.kind, token.text:
            case "number", text:
                try:
                    return tree.Literal(DECIMAL.create_decimal(text))
                except DecimalException:
                    message = f"{text} is outside the range of numbers"
                    raise ExpressionSyntaxError(message, text=self.text, position=token.at) from None
            case "string", text:
                return tree.Literal(re.sub(r"\\(.)", r"\1", text[1:-1], flags=re.DOTALL))
            case "name", text if text in _LITERALS:
                return tree.Literal(_LITERALS[text])
            case "name", text:
                return self._function(token) if self._skip("(") else tree.Name(text, token.at)
            case "sign", "(":
                node = self._ternary()
                self._expect(")")
                return node
        self.token = token
        raise self._unexpected("a value")

    def _arguments(self) -> tuple[Node, ...]:
        arguments: list[Node] = []
        while not self._skip(")"):
            if arguments:
                self._expect(",")
            arguments.append(self._ternary())
        return tuple(arguments)

    def _function(self, name: _Token) -> Node:
        if name.text in self.functions:
            return tree.Call(tree.Name(name.text, name.at), self._arguments(), None, name.at)
        if name.text not in FUNCTIONS or self._arguments():
            raise self._refused(f"the function {name.text}", name.at, FUNCTIONS | self.functions)
        return tree.Apply(_instant, (), name.at)

    def _property(self, source: Node, name: _Token) -> Node:
        if _is_execution_of_task(source, name.text):
            return tree.Name("execution", name.at)
        if isinstance(source, tree.Name) and source.name in OBJECTS and name.text not in OBJECTS[source.name]:
            entries = [f"{source.name}.{entry}" for entry in OBJECTS[source.name]]
            raise self._refused(f"{source.name}.{name.text}", name.at, entries)
        return tree.Path(source, name.text, name.at)

    def _method(self, source: Node, name: _Token) -> Node:
        arguments = self._arguments()
        if isinstance(source, tree.Name) and source.name in OBJECTS:
            return self._object_method(source, name, arguments)
        if name.text not in METHOD_NAMES:
            raise self._refused(f"the method {name.text}", name.at, METHOD_NAMES)
        return tree.Apply(call_method(name.text), (source, *arguments), name.at)

    def _object_method(self, source: tree.Name, name: _Token, arguments: tuple[Node, ...]) -> Node:
        """Translate `execution.getVariable('x')` to the variable, `task.getAssignee()` to the entry."""
        match name.text, arguments:
            case "getExecution", [] if source.name == "task":
                return tree.Name("execution", name.at)
            case method, values if f"{source.name}.{method}" in self.deeds:
                if len(values) == DEEDS[source.name][method]:
                    return tree.Apply(partial(_deed, source.name, method), values, name.at)
            case "getVariable" | "getVariableLocal", [tree.Literal(value=str() as variable)]:
                return tree.Name(variable, name.at)
            case "hasVariable" | "hasVariableLocal", [tree.Literal(value=str() as variable)]:
                return tree.Apply(_is_set, (tree.Name(variable, name.at),), name.at)
            case getter, [] if getter.startswith("get") and getter[3:]:
                entry = getter[3].lower() + getter[4:]
                if entry in OBJECTS[source.name]:
                    return tree.Path(source, entry, name.at)
        raise self._refused(f"{source.name}.{name.text}", name.at)


def _is_execution_of_task(source: Node, name: str) -> bool:
    return name == "execution" and isinstance(source, tree.Name) and source.name == "task"


def _deed(owner: str, method: str, run: Run, *arguments: Value) -> Value:
    return Deed(owner, method, arguments)


def _truth(node: Node, at: int) -> Node:
    return tree.Apply(coercion.truth, (node,), at)


def _instant(run: Run) -> Value:
    return run.now


def _is_set(run: Run, value: Value) -> bool:
    return value is not None
