"""The condition that a key is among those that a select finds: they are gathered first, then looked up one by one."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, ColumnElement, CompoundSelect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class Gathered(FunctionElement[bool]):
    """`key IN (select)`, which PostgreSQL would join by a guess at how many there are, through all of a table."""

    inherit_cache = True
    type = Boolean()
    name = "gathered"

    def self_group(self, against: object = None) -> Gathered:
        """Stand as it is: it needs no `= 1` where a database has no truth values."""
        return self


def gathered(key: Any, found: CompoundSelect[Any]) -> ColumnElement[bool]:
    """Ask whether a key is among those that a select finds."""
    return Gathered(key, found.scalar_subquery())


@compiles(Gathered)
def _in(element: Gathered, compiler: SQLCompiler, **options: Any) -> str:
    key, found = (compiler.process(part, **options) for part in element.clauses)
    return f"{key} IN {found}"


@compiles(Gathered, "postgresql")
def _any(element: Gathered, compiler: SQLCompiler, **options: Any) -> str:
    key, found = (compiler.process(part, **options) for part in element.clauses)
    return f"{key} = ANY (ARRAY{found})"
