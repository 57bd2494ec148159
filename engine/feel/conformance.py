"""Which types conform to which (DMN 1.5, 10.3.2.9.2), and the type that a part of an expression has in any case."""

from __future__ import annotations

from decimal import Decimal

from engine.feel import tree
from engine.feel.types import ANY, Type, name_of


def conforms(given: Type, wanted: Type) -> bool:
    """Return whether a value of the given type can stand wherever the wanted type is expected."""
    if wanted.name == "Any" or given.name == "Null":
        return True
    if given.name != wanted.name:
        return False
    if given.name == "function":
        return functions_conform(given.of, wanted.of)
    if given.name == "context":
        members = dict(given.members)
        return all(name in members and conforms(members[name], kind) for name, kind in wanted.members)
    return not wanted.of or (bool(given.of) and conforms(given.of[0], wanted.of[0]))


def functions_conform(given: tuple[Type, ...], wanted: tuple[Type, ...]) -> bool:
    """Return whether a function conforms: it takes whatever the wanted one takes, and returns nothing else.

    Both are the types of the parameters and last of the result.
    """
    if not wanted:
        return True
    takes_all = all(conforms(other, own) for own, other in zip(given[:-1], wanted[:-1], strict=False))
    return len(given) == len(wanted) and takes_all and conforms(given[-1], wanted[-1])


def static_type(node: tree.Node) -> Type | None:
    """Return the type of what is written out, or None where the type depends on what is evaluated."""
    match node:
        case tree.Literal(value=str() | bool() | Decimal() | None):
            return Type("Null" if node.value is None else name_of(node.value))
        case tree.ContextOf():
            members = tuple((name, static_type(value)) for name, value in node.entries)
            return Type("context", members=tuple((name, kind) for name, kind in members if kind is not None))
        case tree.ListOf():
            kinds = {static_type(item) for item in node.items}
            return Type("list", ((kinds.pop() or ANY) if len(kinds) == 1 else ANY,))
    return None
