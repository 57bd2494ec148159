"""Checks what refers to other elements beside the flow: pools, lanes, associations, message flows, ways in and out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lxml import etree

from engine.dialect.allowed import nearest_id
from engine.dialect.finding import Finding, Severity
from engine.dialect.xml import children, is_bpmn, local, text_of

_ATTRIBUTES: Mapping[str, tuple[str, ...]] = {
    "association": ("sourceRef", "targetRef"), "messageFlow": ("sourceRef", "targetRef"),
    "participant": ("processRef",), "dataObjectReference": ("dataObjectRef",),
    "sendTask": ("operationRef",), "receiveTask": ("operationRef",),
}  # fmt: skip
_ELEMENTS = frozenset((
    "flowNodeRef", "operationRef", "interfaceRef", "inMessageRef", "outMessageRef", "dataInputRefs", "dataOutputRefs",
))  # fmt: skip
_SENDS = ("participant", "endEvent", "intermediateThrowEvent")
_RECEIVES = ("participant", "startEvent", "intermediateCatchEvent", "boundaryEvent")
_NO_ENDS = (
    "Gateway", "sequenceFlow", "association", "textAnnotation", "group", "lane", "dataObjectReference", "dataObject",
)  # fmt: skip


def check_references(root: etree._Element, file: str) -> list[Finding]:
    """Return findings about references that lead nowhere, or to what they must not lead to."""
    ids = {str(item.get("id")): item for item in root.iter() if isinstance(item.tag, str) and item.get("id")}
    found: list[Finding] = []

    def add(element: etree._Element, rule: str, what: str = "", severity: Severity = "error") -> None:
        params = {"what": what} if what else {}
        found.append(Finding(file, rule, element.sourceline or 0, nearest_id(element), severity, params))

    for element in _looked_into(root):
        for reference in _references(element):
            if _bare(reference) not in ids:
                add(element, "reference_dangling", reference)
        if is_bpmn(element, "messageFlow"):
            if _is_misdrawn(element, ids):
                add(element, "message_flow_invalid")
        elif _is_at_odds(element):
            add(element, "gateway_direction", element.get("gatewayDirection", ""), "warning")
        elif is_bpmn(element, "incoming", "outgoing"):
            flow, end = ids.get(_bare(text_of(element))), "targetRef" if local(element) == "incoming" else "sourceRef"
            if flow is None or _bare(flow.get(end, "")) != nearest_id(element):
                add(element, "way_unmatched", text_of(element), "warning")
    return found


def _looked_into(element: etree._Element) -> Iterator[etree._Element]:
    """Yield BPMN's elements, but not those inside pools that are not run, nor what vendors have put in."""
    for item in children(element):
        yield item
        is_only_shown = is_bpmn(item, "process") and item.get("isExecutable") != "true"
        if not is_only_shown and not is_bpmn(item, "extensionElements"):
            yield from _looked_into(item)


def _references(element: etree._Element) -> Iterator[str]:
    name = local(element)
    if name in _ELEMENTS and text_of(element):
        yield text_of(element)
    for attribute in _ATTRIBUTES.get(name, ()):
        if value := element.get(attribute):
            yield value


def _bare(reference: str) -> str:
    return reference.rpartition(":")[2]


def _is_misdrawn(flow: etree._Element, ids: Mapping[str, etree._Element]) -> bool:
    """Whether a message flow stays in one pool, or has an end that can neither send nor receive (BPMN 2.0.2, 7.6.2)."""
    ends = [ids.get(_bare(flow.get(name, ""))) for name in ("sourceRef", "targetRef")]
    source, target = ends
    if source is None or target is None:
        return False  # said already
    pools = [_pool(source), _pool(target)]
    return pools[0] == pools[1] or not _may_end(source, _SENDS) or not _may_end(target, _RECEIVES)


def _pool(element: etree._Element) -> str:
    """Return what tells an end's pool: its process, or the pool itself where no process is drawn."""
    if is_bpmn(element, "participant"):
        return _bare(element.get("processRef", "")) or f"#{element.get('id')}"
    around: etree._Element | None = element
    while around is not None and not is_bpmn(around, "process"):
        around = around.getparent()
    return f"#{element.get('id')}" if around is None else str(around.get("id"))


def _may_end(element: etree._Element, events: tuple[str, ...]) -> bool:
    name = local(element)
    return name in events if name.endswith("Event") else not name.endswith(_NO_ENDS)


def _is_at_odds(gateway: etree._Element) -> bool:
    """Whether a gateway has more ways in or out than its direction says."""
    direction = gateway.get("gatewayDirection")
    ways = {"Converging": "sourceRef", "Diverging": "targetRef"}.get(direction or "")
    around = gateway.getparent()
    if ways is None or around is None:
        return False
    return sum(_bare(flow.get(ways, "")) == gateway.get("id") for flow in children(around, "sequenceFlow")) > 1
