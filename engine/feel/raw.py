"""Variables as the plain JSON they were given as: of long lists and big contexts, only what is looked at is taken in.

`compile_raw` compiles a node into code that gives plain JSON, or `Taken` around what is a value already; whoever uses
it looks inside and makes a value of what it needs by `take`. Which is which is known when an expression is compiled:
only names from outside, and those that a loop binds to items of such, are plain, where nothing can hide them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from decimal import Decimal
from typing import Any, TypeAlias, TypeVar

from engine.feel import tree
from engine.feel.builtins import BUILTINS
from engine.feel.compiler import Code, Names
from engine.feel.errors import NoValue, meant
from engine.feel.properties import member
from engine.feel.scope import Run, Scope
from engine.feel.values import ATOMS, Value, from_json

RawCompiler: TypeAlias = Callable[[Any, Names], Code | None]
_C = TypeVar("_C", bound=RawCompiler)
_COMPILERS: dict[type[tree.Node], RawCompiler] = {}


class Taken:
    """What stands among plain JSON, but is a value already."""

    __slots__ = ("value",)

    def __init__(self, value: Value) -> None:
        self.value = value


def take(raw: object, run: Run) -> Value:
    """Return plain JSON as a value; the same list or context is made one once in an evaluation.

    Raises UnsupportedValue.
    """
    kind = type(raw)
    if kind in ATOMS:
        return raw
    if kind is int:
        return Decimal(raw)  # type: ignore[arg-type]
    if kind is Taken:
        return raw.value  # type: ignore[attr-defined]
    if kind is float:
        return from_json(raw)
    known = run.taken.get(id(raw))
    if known is None:
        # The plain one is kept too, or another could come to have its identity.
        known = run.taken[id(raw)] = raw, from_json(raw)
    return known[1]


def compiles_raw(kind: type[tree.Node]) -> Callable[[_C], _C]:
    """Register the function that compiles this kind of node into code that gives plain JSON, where that can be."""

    def register(compiler: _C) -> _C:
        _COMPILERS[kind] = compiler
        return compiler

    return register


def compile_raw(node: tree.Node, names: Names) -> Code | None:
    """Return the code that gives the node as plain JSON, or None if it is a value only."""
    compiler = _COMPILERS.get(type(node)) if names.is_lazy else None
    return None if compiler is None else compiler(node, names)


def is_only_entered(name: str, node: tree.Node) -> bool:
    """Whether the node uses a name for nothing but its entries, and nowhere that the name could mean another."""
    match node:
        case tree.Name():
            return node.name != name
        case tree.Path(source=tree.Name(), name=entry) if not entry.startswith("@"):
            return True
        case tree.Filter() | tree.For() | tree.Quantified() | tree.FunctionDefinition():
            return not is_named(name, node)
        case tree.ContextOf() if not is_record(node):
            return not is_named(name, node)
    return all(is_only_entered(name, inner) for inner in _inside(node))


def is_record(node: tree.ContextOf) -> bool:
    """Whether none of a context's entries names another, or itself."""
    values = [value for _, value in node.entries]
    return not any(is_named(name, value) for name, _ in node.entries for value in values)


def is_named(name: str, node: tree.Node) -> bool:
    """Whether a name stands anywhere in the node."""
    if isinstance(node, tree.Name):
        return node.name == name
    return any(is_named(name, inner) for inner in _inside(node))


def _inside(part: object) -> Iterator[tree.Node]:
    """Yield the nodes within a node, however they are kept in it: decision tables have rules, and those have cells."""
    parts = part if isinstance(part, tuple) else [getattr(part, field.name) for field in fields(part)]  # type: ignore[arg-type]
    for each in parts:
        if isinstance(each, tree.Node):
            yield each
        elif isinstance(each, tuple) or is_dataclass(each):
            yield from _inside(each)


@compiles_raw(tree.Name)
def _name(node: tree.Name, names: Names) -> Code | None:
    name, at = node.name, node.at
    if name in names.raw:
        names.note_raw(name)
        return lambda scope: scope[name]
    if name in names.bound or name in BUILTINS:
        return None
    names.note_raw(name)

    def code(scope: Scope) -> object:
        given = scope.run.given
        return given[name] if name in given else scope.run.null(no_variable(name, scope), at)

    return code


def no_variable(name: str, scope: Scope) -> str:
    """Return why a name means nothing, and which one may be meant."""
    # Looking for a likeness takes time, so only the first unknown name of an evaluation is worth it.
    hint = meant(name, {*scope, *scope.run.known}) if not scope.run.reasons else ""
    return f"there is no variable {name}{hint}"


@compiles_raw(tree.Path)
def _path(node: tree.Path, names: Names) -> Code | None:
    source, name, at = compile_raw(node.source, names), node.name, node.at
    # A context with a single entry "@…" may stand for another value.
    if source is None or name.startswith("@"):
        return None

    def code(scope: Scope) -> object:
        raw = source(scope)
        if type(raw) is dict and name in raw:
            return raw[name]
        if type(raw) is list:
            scope.run.spend(len(raw))
            if (entries := _entries(raw, name)) is not None:
                return entries
        return Taken(member_of(scope, take(raw, scope.run), name, at))

    return code


def member_of(scope: Scope, value: Value, name: str, at: int) -> Value:
    """Return the member of a value, or null with the reason."""
    if type(value) is list:
        scope.run.spend(len(value))
    try:
        return member(value, name)
    except NoValue as reason:
        return scope.run.null(str(reason), at)


def compile_entry(node: tree.Path, names: Names) -> Code | None:
    """Return the code of a path to an entry of plain JSON, in few steps where it is a number, a text or the like."""
    source, name, at = compile_raw(node.source, names), node.name, node.at
    if source is None or name.startswith("@"):
        return None
    if isinstance(node.source, tree.Name) and node.source.name in names.raw:
        return _entry_of_item(node.source.name, name, at)

    def code(scope: Scope) -> Value:
        raw = source(scope)
        if type(raw) is dict and name in raw:
            found = raw[name]
            kind = type(found)
            return Decimal(found) if kind is int else found if kind in ATOMS else take(found, scope.run)
        if type(raw) is list and (entries := _entries(raw, name)) is not None:
            run = scope.run
            run.spend(len(raw))
            return [Decimal(entry) if type(entry) is int else take(entry, run) for entry in entries]
        return member_of(scope, take(raw, scope.run), name, at)

    return code


def _entry_of_item(variable: str, name: str, at: int) -> Code:
    """Return the path to an entry of what a loop is at."""

    def code(scope: Scope) -> Value:
        raw = scope[variable]
        if type(raw) is dict and name in raw:
            found = raw[name]
            return Decimal(found) if type(found) is int else take(found, scope.run)
        return member_of(scope, take(raw, scope.run), name, at)

    return code


def _entries(items: list[object], name: str) -> list[object] | None:
    """Return the entry of this name of each item, or None if one has none."""
    found = [item[name] for item in items if type(item) is dict and name in item]
    return found if len(found) == len(items) else None
