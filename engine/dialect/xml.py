"""Reads XML from strangers: no entity is expanded, no network or disk is touched, bombs are refused."""

from __future__ import annotations

from lxml import etree

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
CAMUNDA = "http://camunda.org/schema/1.0/bpmn"
ZEEBE = "http://camunda.org/schema/zeebe/1.0"
BPMNDI = "http://www.omg.org/spec/BPMN/20100524/DI"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
MAX_BYTES = 10_000_000


class XmlRefused(Exception):
    """The text is not XML, or XML that is not read here; `line` and `column` count from 1 (0: unknown)."""

    def __init__(self, rule: str, detail: str, line: int = 0, column: int = 0) -> None:
        super().__init__(detail)
        self.rule = rule
        self.detail = detail
        self.line = line
        self.column = column


def read(content: bytes) -> etree._Element:
    """Return the root element. Raises XmlRefused."""
    if len(content) > MAX_BYTES:
        raise XmlRefused("file_too_large", f"{len(content)} > {MAX_BYTES} bytes")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False,
    )
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        raise XmlRefused("xml_syntax", error.msg or "not well-formed", line or 0, column or 0) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise XmlRefused("doctype_refused", "DOCTYPE", 1, 1)
    return root


def local(element: etree._Element) -> str:
    """Return an element's name without its namespace."""
    return etree.QName(element).localname


def is_bpmn(element: etree._Element | None, *names: str) -> bool:
    """Whether this is a BPMN element (of one of these names)."""
    if element is None or not isinstance(element.tag, str):
        return False
    name = etree.QName(element)
    return name.namespace == BPMN and (not names or name.localname in names)


def children(element: etree._Element, *names: str) -> list[etree._Element]:
    """Return the BPMN children of these names, in order."""
    return [child for child in element if is_bpmn(child, *names)]


def child(element: etree._Element, name: str) -> etree._Element | None:
    """Return the first BPMN child of this name."""
    return next(iter(children(element, name)), None)


def extensions(element: etree._Element) -> list[etree._Element]:
    """Return what stands in an element's extensionElements."""
    found = child(element, "extensionElements")
    return [] if found is None else [item for item in found if isinstance(item.tag, str)]


def camunda(element: etree._Element, name: str) -> str | None:
    """Return a camunda: attribute; an empty one counts as absent."""
    value = element.get(f"{{{CAMUNDA}}}{name}", "")
    return str(value) if value.strip() else None


def text_of(element: etree._Element | None) -> str:
    """Return an element's text, stripped."""
    return "" if element is None else "".join(str(part) for part in element.itertext()).strip()
