"""Event definitions at a file's root, which its events refer to: put into the events when a file is read."""

from __future__ import annotations

from copy import deepcopy

from lxml import etree

from engine.dialect.xml import children, is_bpmn, local, text_of

_EVENTS = ("startEvent", "intermediateCatchEvent", "boundaryEvent", "intermediateThrowEvent", "endEvent")


def put_in_definitions(root: etree._Element) -> None:
    """Replace each `eventDefinitionRef` by a copy of what it refers to; one that refers to nothing stays."""
    shared = {
        item.get("id"): item for item in children(root) if local(item).endswith("EventDefinition") and item.get("id")
    }
    if not shared:
        return
    for reference in [item for item in root.iter() if is_bpmn(item, "eventDefinitionRef")]:
        event, found = reference.getparent(), shared.get(text_of(reference).rpartition(":")[2])
        if event is not None and is_bpmn(event, *_EVENTS) and found is not None:
            definition = deepcopy(found)
            del definition.attrib["id"]  # the definition itself has it
            definition.tail = reference.tail
            event.replace(reference, definition)
