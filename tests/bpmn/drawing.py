"""What a diagram's XML says of its nodes, and where its drawing puts them."""

import re
from collections.abc import Iterator
from pathlib import Path

from lxml import etree

FOLDER = Path(__file__).resolve().parents[2] / "bpmn"
DIAGRAMS = sorted(FOLDER.glob("*.bpmn"))
FORMS = sorted(FOLDER.glob("forms/*.form"))
TABLES = sorted(FOLDER.glob("tables/*.dmn"))
BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
DI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
DC = "{http://www.omg.org/spec/DD/20100524/DC}"
DD = "{http://www.omg.org/spec/DD/20100524/DI}"
CAMUNDA = "{http://camunda.org/schema/1.0/bpmn}"
MODELER = "{http://camunda.org/schema/modeler/1.0}"
DMNDI = "{https://www.omg.org/spec/DMN/20191111/DMNDI/}"
DMN = "{https://www.omg.org/spec/DMN/20191111/MODEL/}"
CHINESE = re.compile(r"[一-鿿]")

Box = tuple[float, float, float, float]
Point = tuple[float, float]


def root_of(path: Path) -> etree._Element:
    return etree.parse(path, etree.XMLParser(resolve_entities=False, no_network=True)).getroot()


def local(element: etree._Element) -> str:
    return etree.QName(element).localname


def flow_nodes(root: etree._Element) -> list[etree._Element]:
    """Return all nodes that a token can stand at."""
    return [
        element for element in root.iter()
        if isinstance(element.tag, str) and element.tag.startswith(BPMN)
        and local(element).endswith(("Task", "task", "Event", "Gateway", "subProcess"))
    ]


def boxes(root: etree._Element) -> dict[str, Box]:
    """Return the box of each drawn shape: left, top, right, bottom."""
    found = {}
    for shape in root.iter(f"{DI}BPMNShape"):
        bounds = shape.find(f"{DC}Bounds")
        assert bounds is not None
        x, y, w, h = (float(bounds.get(name, "nan")) for name in ("x", "y", "width", "height"))
        found[shape.get("bpmnElement", "")] = (x, y, x + w, y + h)
    return found


def label_boxes(root: etree._Element) -> dict[str, Box]:
    """Return the box of each label that stands beside its shape or arrow."""
    found = {}
    for label in root.iter(f"{DI}BPMNLabel"):
        bounds, owner = label.find(f"{DC}Bounds"), label.getparent()
        assert bounds is not None and owner is not None
        x, y, w, h = (float(bounds.get(name, "nan")) for name in ("x", "y", "width", "height"))
        found[owner.get("bpmnElement", "")] = (x, y, x + w, y + h)
    return found


def edges(root: etree._Element) -> dict[str, list[Point]]:
    """Return the way points of each drawn arrow."""
    return {
        edge.get("bpmnElement", ""): [
            (float(point.get("x", "nan")), float(point.get("y", "nan"))) for point in edge.iter(f"{DD}waypoint")
        ]
        for edge in root.iter(f"{DI}BPMNEdge")
    }


def touches(box: Box, point: Point) -> bool:
    left, top, right, bottom = box
    x, y = point
    inside = left <= x <= right and top <= y <= bottom
    return inside and (x in (left, right) or y in (top, bottom))


def overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def stretch(start: Point, end: Point) -> Box:
    return (min(start[0], end[0]), min(start[1], end[1]), max(start[0], end[0]), max(start[1], end[1]))


def meet(one: Box, other: Box) -> bool:
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]


def components(raw: object) -> Iterator[dict[str, object]]:
    """Yield every component of a form, those within groups too."""
    assert isinstance(raw, dict)
    for component in raw.get("components", []):
        yield component
        yield from components(component)
