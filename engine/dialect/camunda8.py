"""Reads what Camunda 8 adds to BPMN: extension elements in its namespace, `= …` for expressions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from engine.dialect.xml import ZEEBE, extensions
from engine.elements.flow_node import Extensions, FlowNode
from engine.expression import Expression, feel_expression

if TYPE_CHECKING:
    from engine.dialect.bpmn import Builder

PREFIX = "zeebe"


def parse_text(text: str, functions: frozenset[str]) -> Expression:
    """Read an attribute or text: `= …` is FEEL, all else stands for itself. Raises ExpressionSyntaxError."""
    stripped = text.strip()
    return feel_expression(stripped[1:]) if stripped.startswith("=") else Expression(text)


def part(element: etree._Element, name: str) -> etree._Element | None:
    """Return an element's first zeebe: extension of a name."""
    return next((item for item in extensions(element) if item.tag == f"{{{ZEEBE}}}{name}"), None)


def attribute(element: etree._Element | None, name: str) -> str | None:
    """Return an attribute of a zeebe: element; an empty one counts as absent."""
    value = "" if element is None else str(element.get(name, ""))
    return value if value.strip() else None


def properties_of(element: etree._Element) -> dict[str, str]:
    """Return the zeebe:properties of an element; an empty field of an element template counts as absent."""
    block = part(element, "properties")
    items = () if block is None else block.iterchildren(f"{{{ZEEBE}}}property")
    return {item.get("name", ""): item.get("value", "") for item in items if item.get("value", "").strip()}


def version_tag(process: etree._Element) -> str | None:
    """Return the tag of a process's version."""
    return attribute(part(process, "versionTag"), "value")


def class_of(element: etree._Element) -> type[FlowNode] | None:
    """Return the class of a flow node where the dialect makes it another than BPMN says."""
    return None


def extensions_of(builder: Builder, element: etree._Element) -> Extensions:
    """Return an element's properties."""
    return Extensions(properties_of(element))


def read_attributes(builder: Builder, node: FlowNode, element: etree._Element) -> None:
    """Give a node what its kind alone may have."""


def is_async(element: etree._Element) -> bool:
    """Camunda 8 has no asynchronous continuations."""
    return False


def loop_collection(builder: Builder, loop: etree._Element) -> tuple[Expression | None, str | None]:
    """Return a multi-instance's collection and element variable."""
    return None, None
