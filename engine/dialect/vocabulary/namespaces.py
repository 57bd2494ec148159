"""Namespaces: those of the table, those of drawing tools, and those of other engines."""

from __future__ import annotations

from functools import lru_cache

from lxml import etree

from engine.dialect.xml import BPMN, BPMNDI, CAMUNDA, XSI, ZEEBE

PREFIXES = {BPMN: "bpmn", CAMUNDA: "camunda", ZEEBE: "zeebe", XSI: "xsi"}
DRAWING = {
    BPMNDI: "bpmndi", "http://www.omg.org/spec/DD/20100524/DI": "di", "http://www.omg.org/spec/DD/20100524/DC": "dc",
    "http://camunda.org/schema/modeler/1.0": "modeler", "http://bpmn.io/schema/bpmn/biocolor/1.0": "bioc",
    "http://www.omg.org/spec/BPMN/non-normative/color/1.0": "color", "http://www.w3.org/XML/1998/namespace": "xml",
    "http://www.signavio.com": "signavio", "http://www.trisotech.com/2015/triso/modeling": "triso",
}
"""What tools note about the drawing: kept for display wherever it stands."""
OTHER_ENGINES = frozenset((
    "http://activiti.org/bpmn", "http://flowable.org/bpmn", "http://spiffworkflow.org/bpmn/schema/1.0/core",
    "http://www.jboss.org/drools", "http://www.omg.org/bpmn20/drools", "http://operaton.org/schema/1.0/bpmn",
))
"""Namespaces that say how another engine runs an element: to pass over them would be to run something else."""


@lru_cache(maxsize=4096)
def written(name: str) -> tuple[str | None, str]:
    """Return an element's or attribute's namespace and its name as the table writes it: `bpmn:task`, `name`."""
    qualified = etree.QName(name)
    prefix = PREFIXES.get(qualified.namespace or "")
    return qualified.namespace, f"{prefix}:{qualified.localname}" if prefix else qualified.localname
