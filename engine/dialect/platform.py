"""Which of Camunda's two platforms a file was drawn for."""

from __future__ import annotations

from typing import Literal

from lxml import etree

from engine.dialect.xml import CAMUNDA, ZEEBE

Platform = Literal["Camunda 7", "Camunda 8"]
PREFIX: dict[str, Platform] = {"camunda": "Camunda 7", "zeebe": "Camunda 8"}
_STATED: dict[str | None, Platform] = {"Camunda Platform": "Camunda 7", "Camunda Cloud": "Camunda 8"}


def platform_of(root: etree._Element) -> Platform:
    """Return what the file says of itself, else what its namespaces tell; plain BPMN counts as Camunda 7."""
    stated = _STATED.get(root.get("{http://camunda.org/schema/modeler/1.0}executionPlatform"))
    if stated is not None:
        return stated
    namespaces = set(root.nsmap.values())
    is_declared = ZEEBE in namespaces and CAMUNDA not in namespaces
    is_used = next(root.iter(f"{{{ZEEBE}}}*"), None) is not None
    return "Camunda 8" if is_declared or is_used else "Camunda 7"
