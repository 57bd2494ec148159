"""Reads the XML of a decision model, safely, and finds its way in it."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from engine.dmn.errors import DecisionModelInvalid

NAMESPACES = {
    "http://www.omg.org/spec/DMN/20151101/dmn.xsd": "1.1",
    "http://www.omg.org/spec/DMN/20151101/dmn11.xsd": "1.1",
    "http://www.omg.org/spec/DMN/20180521/MODEL/": "1.2",
    "https://www.omg.org/spec/DMN/20191111/MODEL/": "1.3",
    "https://www.omg.org/spec/DMN/20211108/MODEL/": "1.4",
    "https://www.omg.org/spec/DMN/20230324/MODEL/": "1.5",
}
"""The namespaces of the standard's versions."""


def read(xml: bytes) -> etree._Element:
    """Return the root of a model.

    Raises DecisionModelInvalid when the XML is broken, has a document type, or is no decision model.
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(xml, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise DecisionModelInvalid(f"the file is no XML: {error}", line=getattr(error, "lineno", None)) from None
    if root.getroottree().docinfo.doctype:
        raise DecisionModelInvalid("the file has a document type, which could fetch or multiply text", line=1)
    if local_name(root) != "definitions" or etree.QName(root).namespace not in NAMESPACES:
        raise DecisionModelInvalid(f"the file is no decision model of DMN 1.1 to 1.5, but {root.tag!r}", line=1)
    return root


def local_name(element: etree._Element) -> str:
    """Return the element's name without its namespace."""
    return etree.QName(element).localname


def children(element: etree._Element, *names: str) -> Iterator[etree._Element]:
    """Return the children of the standard's own namespace, of these names if any are given."""
    own = etree.QName(element).namespace
    for child in element:
        name = etree.QName(child)
        if name.namespace == own and (not names or name.localname in names):
            yield child


def child(element: etree._Element, name: str) -> etree._Element | None:
    """Return the first child of this name, or None."""
    return next(children(element, name), None)


def text_of(element: etree._Element | None) -> str | None:
    """Return the `text` inside an expression, without the white space around it, or None if it has none."""
    inner = child(element, "text") if element is not None else None
    text = "".join(inner.itertext()).strip() if inner is not None else ""
    return text or None


def reference(element: etree._Element) -> str:
    """Return the id that an element's href points to, with a namespace before it if that is another model's."""
    namespace, _, id = element.get("href", "").rpartition("#")
    own = element.getroottree().getroot().get("namespace", "")
    return id if namespace in ("", own) else f"{namespace}#{id}"


def invalid(element: etree._Element, message: str) -> DecisionModelInvalid:
    """Return the error that names the element, or the nearest one around it that has an id, and the line."""
    named: etree._Element | None = element
    while named is not None and named.get("id") is None:
        named = named.getparent()
    element_id = named.get("id") if named is not None else None
    line = element.sourceline
    where = f"{local_name(element)} {element_id or ''}".strip()
    told = f"{where} (line {line}): {message}"
    return DecisionModelInvalid(told, element_id=element_id, line=line, reason=message)
