"""What of a diagram is drawn, and where."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from lxml import etree

from engine.dialect.xml import BPMNDI, is_bpmn

MAX_COMPARED = 1_000_000
"""How many pairs of shapes are compared before the rest goes unseen: a file may put thousands in one place."""
_DC = "http://www.omg.org/spec/DD/20100524/DC"


class Box(NamedTuple):
    """A shape's bounds."""

    left: float
    top: float
    right: float
    bottom: float


class Picture:
    """The shapes and edges of a file by the id of what they show."""

    def __init__(self, root: etree._Element) -> None:
        self._shown: dict[str, Box | None] = {}
        for item in root.iter(f"{{{BPMNDI}}}BPMNShape", f"{{{BPMNDI}}}BPMNEdge"):
            self._shown[item.get("bpmnElement", "").rpartition(":")[2]] = _box(item)

    @property
    def is_drawn(self) -> bool:
        """Whether there is any picture."""
        return bool(self._shown)

    def missing(self, elements: Iterable[etree._Element]) -> Iterator[etree._Element]:
        """Yield the elements that are not drawn."""
        return (element for element in elements if element.get("id") not in self._shown)

    def overlapping(self, elements: Iterable[etree._Element]) -> list[etree._Element]:
        """Return the elements of one scope that lie on each other; a boundary event lies on its host."""
        boxes = [(box, item) for item in elements if (box := self._shown.get(item.get("id", ""))) is not None]
        boxes.sort(key=lambda pair: pair[0].left)
        found: dict[etree._Element, None] = {}
        open_boxes: list[tuple[Box, etree._Element]] = []
        compared = 0
        for box, element in boxes:
            compared += len(open_boxes)
            if compared > MAX_COMPARED:
                break
            open_boxes = [pair for pair in open_boxes if pair[0].right > box.left]
            for other_box, other in open_boxes:
                if other_box.top < box.bottom and box.top < other_box.bottom and not _belong(element, other):
                    found[other] = found[element] = None
            open_boxes.append((box, element))
        return list(found)


def _box(shape: etree._Element) -> Box | None:
    bounds = shape.find(f"{{{_DC}}}Bounds")
    try:
        left, top, width, height = (float(bounds.get(name, "")) for name in ("x", "y", "width", "height"))  # type: ignore[union-attr]
    except (AttributeError, ValueError):
        return None
    return Box(left, top, left + width, top + height)


def _belong(one: etree._Element, other: etree._Element) -> bool:
    return any(
        is_bpmn(event, "boundaryEvent") and event.get("attachedToRef") == host.get("id")
        for event, host in ((one, other), (other, one))
    )
