"""Reads a decision model from its XML (DMN 1.1 to 1.5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from lxml.etree import _Element

from engine.dmn.boxed import Reader
from engine.dmn.item_definition import Types
from engine.dmn.model import Decision, DecisionModel, DecisionService, InputData, Knowledge, Part
from engine.dmn.types import FunctionLogic
from engine.dmn.xml import child, children, invalid, local_name, read, reference
from engine.feel.tree import Literal

_OTHERS = frozenset({"itemDefinition", "knowledgeSource", "description", "extensionElements"})
_OTHERS |= {"performanceIndicator", "organizationUnit", "textAnnotation", "association", "group", "elementCollection"}


def parse_dmn(xml: bytes) -> DecisionModel:
    """Return the decision model that the XML describes.

    Raises DecisionModelInvalid, which names the element, when something in it is wrong or cannot be run.
    """
    root = read(xml)
    for element in children(root):
        if local_name(element) not in _PARTS and local_name(element) not in _OTHERS:
            raise invalid(element, f"{local_name(element)} cannot be run")
    names = _names(root)
    reader = Reader(Types(children(root, "itemDefinition"), names), names, root.get("expressionLanguage"))
    parts: dict[str, Part] = {}
    for element in children(root, *_PARTS):
        id = element.get("id")
        if not id or id in parts:
            raise invalid(element, "the id is missing, or another element has it")
        parts[id] = _PARTS[local_name(element)](reader, element, id)
    _check_requirements(root, parts)
    return DecisionModel(root.get("id", ""), root.get("name", ""), parts)


def _names(root: _Element) -> frozenset[str]:
    """Return all names in the model: expressions may use those that are more than words."""
    return frozenset(element.get("name", "") for element in root.iter("{*}*") if element.get("name"))


def _name(element: _Element) -> str:
    """Return the name by which expressions know an element: its variable's, else its own."""
    variable = child(element, "variable")
    name = variable.get("name") if variable is not None else None
    return name or element.get("name") or element.get("id") or ""


def _input_data(reader: Reader, element: _Element, id: str) -> Part:
    return InputData(id, _name(element), reader.types.of(child(element, "variable")))


def _decision(reader: Reader, element: _Element, id: str) -> Part:
    reader.decision = _name(element)
    node = reader.typed(child(element, "variable"), reader.inner(element))
    decision = Decision(id, reader.decision, node, _requires(element))
    decision.is_table = child(element, "decisionTable") is not None
    return decision


def _knowledge(reader: Reader, element: _Element, id: str) -> Part:
    reader.decision = _name(element)
    logic = child(element, "encapsulatedLogic")
    node = (
        reader.function(logic, reader.decision)
        if logic is not None
        else FunctionLogic(reader.decision, (), Literal(None))
    )
    return Knowledge(id, reader.decision, node, _requires(element))


def _service(reader: Reader, element: _Element, id: str) -> Part:
    parameters = (*children(element, "inputDecision"), *children(element, "inputData"))
    outputs = tuple(reference(output) for output in children(element, "outputDecision"))
    if not outputs:
        raise invalid(element, "the decision service has no output decision")
    return DecisionService(id, _name(element), tuple(reference(each) for each in parameters), outputs)


_Read: TypeAlias = Callable[[Reader, _Element, str], Part]
_PARTS: Mapping[str, _Read] = {
    "inputData": _input_data,
    "decision": _decision,
    "businessKnowledgeModel": _knowledge,
    "decisionService": _service,
}
_REQUIREMENTS = ("informationRequirement", "knowledgeRequirement")


def _requires(element: _Element) -> tuple[str, ...]:
    requirements = children(element, *_REQUIREMENTS)
    return tuple(reference(required) for requirement in requirements for required in children(requirement))


def _check_requirements(root: _Element, parts: Mapping[str, Part]) -> None:
    """Refuse what requires something that is not there, or itself."""
    for element in children(root, *_PARTS):
        part = parts[element.get("id", "")]
        for id in part.requires:
            if id not in parts:
                raise invalid(element, f"there is no {id}, which is required")
        if _requires_itself(part.id, part, parts, set()):
            raise invalid(element, "the decision requires itself")


def _requires_itself(id: str, part: Part, parts: Mapping[str, Part], seen: set[str]) -> bool:
    for required in part.requires:
        if required == id:
            return True
        if required not in seen:
            seen.add(required)
            if required in parts and _requires_itself(id, parts[required], parts, seen):
                return True
    return False
