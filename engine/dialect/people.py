"""Whether somebody can be what a diagram says in so many words: users and groups that nobody knows are named."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from difflib import get_close_matches
from typing import Literal

from lxml import etree

from engine.dialect.finding import Finding, Severity
from engine.dialect.vocabulary.line import Hint
from engine.dialect.xml import camunda
from engine.elements.assignment import POST, Assignment
from engine.elements.flow_node import ProcessSpec
from engine.elements.user_task import UserTask
from engine.expression import Expression

Kind = Literal["user", "group"]
KnownPeople = Callable[[Kind], Collection[str]]
"""Gives the ids of all users, or of all groups, that there are."""


def check_people(
    spec: ProcessSpec, process: etree._Element, file: str, elements: Mapping[str, etree._Element], known: KnownPeople
) -> list[Finding]:
    """Return findings on unknown users and groups.

    A task that only unknown users could do is an error. A group that is not there is a warning: an office is founded
    any day, and its diagrams may be deployed before.
    """
    found: list[Finding] = []

    def add(element: etree._Element, element_id: str | None, kind: Kind, name: str, severity: Severity) -> None:
        near = get_close_matches(name, known(kind), 1)
        hint = Hint(f"是否应为“{near[0]}”？", f"did you mean '{near[0]}'?") if near else None
        rule = f"{kind}_unknown"
        found.append(Finding(file, rule, element.sourceline or 0, element_id, severity, {"what": name}, hint=hint))

    for node in spec.task_specs.values():
        if isinstance(node, UserTask):
            severity: Severity = "error" if _only_strangers(node.assignment, known) else "warning"
            for kind, name in _named(node.assignment):
                if name not in known(kind):
                    add(elements[node.element_id], node.element_id, kind, name, severity)
    starters: tuple[tuple[Kind, str], ...] = (("user", "candidateStarterUsers"), ("group", "candidateStarterGroups"))
    for kind, attribute in starters:
        for name in _split(camunda(process, attribute) or ""):
            if name not in known(kind):
                add(process, process.get("id"), kind, name, "warning")
    return found


def check_asked(
    spec: ProcessSpec, file: str, elements: Mapping[str, etree._Element], severity: Severity
) -> list[Finding]:
    """Return a finding for each user task that names neither assignee nor candidates."""
    return [
        Finding(file, "nobody", elements[node.element_id].sourceline or 0, node.element_id, severity)
        for node in spec.task_specs.values() if isinstance(node, UserTask) and node.assignment.names_nobody
    ]


def _named(ask: Assignment) -> Iterator[tuple[Kind, str]]:
    """Yield whom a task names without computing it."""
    for text in _literals(ask.assignee):
        yield "group" if text.strip().startswith(POST) else "user", text.strip()
    for users in _literals(ask.candidate_users):
        yield from (("group" if name.startswith(POST) else "user", name) for name in _split(users))
    for groups in _literals(ask.candidate_groups):
        yield from (("group", name) for name in _split(groups))


def _literals(expression: Expression | None) -> list[str]:
    is_literal = expression is not None and expression.compiled is None and not expression.problem
    return [expression.text] if expression is not None and is_literal else []


def _split(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _only_strangers(ask: Assignment, known: KnownPeople) -> bool:
    parts = [part for part in (ask.assignee, ask.candidate_users, ask.candidate_groups) if part is not None]
    named = list(_named(ask))
    return bool(named) and all(map(_literals, parts)) and not any(
        kind == "group" or name in known(kind) for kind, name in named
    )
