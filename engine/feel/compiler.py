"""Compiles a tree into closures: each node once into a function of the scope.

What compiles each kind of node stands in terms.py, logic.py, iteration.py, calls.py and unary.py.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from typing import Any, TypeAlias, TypeVar

from engine.feel import tree
from engine.feel.errors import meant
from engine.feel.scope import Scope
from engine.feel.types import TYPE_NAMES, Type, resolved
from engine.feel.values import Value

Code: TypeAlias = Callable[[Scope], Value]
Watch: TypeAlias = Callable[[tree.Node, Code], Code]


class Unknown(Exception):
    """The expression names what is not defined; `at` tells where."""

    def __init__(self, message: str, at: int) -> None:
        super().__init__(message)
        self.at = at


class Names:
    """The names in sight of a part of an expression, and what else a compiler of nodes needs to know.

    `bound` come from the expression itself, `free` are taken from outside, `called` are those of them that must be
    functions, `mentioned` are all that the part uses;
    `defined` finds the types that a model defines; `watch` may put something around the code of each node.

    Where `is_lazy`, free names may be read as the plain JSON that they were given as, and `raw` are the bound ones that
    hold such; `whole` are the free names that must be there as values. See raw.py.
    """

    __slots__ = ("bound", "called", "defined", "free", "is_lazy", "mentioned", "raw", "watch", "whole")

    def __init__(
        self,
        defined: Callable[[str], Type | None] = lambda name: None,
        watch: Watch | None = None,
        *,
        is_lazy: bool = False,
    ) -> None:
        self.defined, self.watch, self.is_lazy = defined, watch, is_lazy
        self.bound: frozenset[str] = frozenset()
        self.raw: frozenset[str] = frozenset()
        self.free: set[str] = set()
        self.whole: set[str] = set()
        self.called: set[str] = set()
        self.mentioned: set[str] = set()

    def within(self, *names: str) -> Names:
        """Return the names in sight where these are bound too."""
        inner = copy(self)
        inner.bound, inner.raw = self.bound.union(names), self.raw.difference(names)
        return inner

    def within_raw(self, name: str) -> Names:
        """Return the names in sight where this one is bound too, to plain JSON."""
        inner = self.within(name)
        inner.raw |= {name}
        return inner

    def eager(self) -> Names:
        """Return the same names in sight for a part in which they may mean something else than here."""
        inner = copy(self)
        inner.is_lazy = False
        return inner

    def apart(self) -> Names:
        """Return the same names in sight, with nothing mentioned yet."""
        inner = copy(self)
        inner.mentioned = set()
        return inner

    def type(self, wanted: Type, at: int) -> Type:
        """Return the type with all names in it resolved.

        Raises Unknown.
        """
        try:
            return resolved(wanted, self.defined)
        except KeyError as error:
            name = error.args[0]
            raise Unknown(f"there is no type {name}{meant(name, TYPE_NAMES)}", at) from None

    def note(self, name: str) -> None:
        """Note that the value of a name is used."""
        self.note_raw(name)
        if name not in self.bound:
            self.whole.add(name)

    def note_raw(self, name: str) -> None:
        """Note that a name is used, of which plain JSON is enough."""
        self.mentioned.add(name)
        if name not in self.bound:
            self.free.add(name)


Compiler: TypeAlias = Callable[[Any, Names], Code]
_COMPILERS: dict[type[tree.Node], Compiler] = {}
_C = TypeVar("_C", bound=Compiler)


def compiles(kind: type[tree.Node]) -> Callable[[_C], _C]:
    """Register the function that compiles this kind of node."""

    def register(compiler: _C) -> _C:
        _COMPILERS[kind] = compiler
        return compiler

    return register


def compile_node(node: tree.Node, names: Names) -> Code:
    """Return the function that evaluates the node."""
    code = _COMPILERS[type(node)](node, names)
    return code if names.watch is None else names.watch(node, code)


def compile_apart(node: tree.Node, names: Names) -> tuple[Code, frozenset[str]]:
    """Return the function that evaluates the node, and the names that this node alone mentions."""
    apart = names.apart()
    code = compile_node(node, apart)
    names.mentioned |= apart.mentioned
    return code, frozenset(apart.mentioned)
