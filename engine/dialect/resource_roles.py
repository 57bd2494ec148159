"""Who is asked to do a user task in BPMN's own words: a human performer, potential owners."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from lxml import etree

from engine.dialect.xml import child, children, text_of
from engine.elements.assignment import Assignment
from engine.expression import Expression, composite

if TYPE_CHECKING:
    from engine.dialect.bpmn import Builder

_NAMED = re.compile(r"(user|group)\s*\((.*)\)", re.DOTALL)
_COMMA = re.compile(r",(?![^({]*[)}])")


def read_roles(builder: Builder, element: etree._Element, ask: Assignment) -> Assignment:
    """Return whom a user task asks, with what BPMN's resource roles add to what the vendor's attributes say.

    The human performer is the assignee. A potential owner lists `user(…)`, `group(…)` and groups without such a mark.
    Source: BPMN 2.0.2, 10.3.1; the marks are Camunda 7's.
    """
    users: list[Expression] = []
    groups: list[Expression] = []
    for role in children(element, "potentialOwner"):
        for item in _COMMA.split(_said(builder, role)):
            marked = _NAMED.fullmatch(item.strip())
            kind, name = marked.groups() if marked else ("group", item.strip())
            (users if kind == "user" else groups).append(builder.compiled(role, name))
    for role in children(element, "humanPerformer"):
        if ask.assignee is not None:
            builder.finding(role, "assignee_twice")
        ask = replace(ask, assignee=builder.compiled(role, _said(builder, role)))
    return replace(
        ask, candidate_users=_all(ask.candidate_users, users), candidate_groups=_all(ask.candidate_groups, groups)
    )


def _said(builder: Builder, role: etree._Element) -> str:
    assigned = child(role, "resourceAssignmentExpression")
    expressions = [] if assigned is None else children(assigned, "formalExpression", "expression")
    text = text_of(expressions[0]) if expressions else ""
    if not text:
        what = f"bpmn:{etree.QName(role).localname}/resourceAssignmentExpression"
        builder.finding(role, "attribute_missing", what=what)
    return text


def _all(given: Expression | None, more: list[Expression]) -> Expression | None:
    """Return one expression for all that are asked; names alone stay readable for who checks them."""
    if not more:
        return given
    parts = more if given is None else [given, *more]
    if all(map(_is_name, parts)):
        return Expression(",".join(part.text for part in parts))
    return parts[0] if len(parts) == 1 else composite(parts)


def _is_name(part: Expression) -> bool:
    return part.compiled is None and not part.problem


__all__ = ["read_roles"]
