"""Reads a decision model from its XML (DMN 1.1 to 1.5)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeAlias

from lxml.etree import _Element

from engine.dmn.boxed import Reader
from engine.dmn.errors import DecisionModelInvalid
from engine.dmn.item_definition import ImportedTypes, Types
from engine.dmn.model import Decision, DecisionModel, DecisionService, Import, InputData, Knowledge, Part
from engine.dmn.table import DecisionTable
from engine.dmn.types import FunctionLogic, Typed
from engine.dmn.xml import child, children, invalid, local_name, read, reference
from engine.feel.compiler import Unknown
from engine.feel.tree import Literal

_OTHERS = frozenset({"import", "itemDefinition", "knowledgeSource", "description", "extensionElements"})
_OTHERS |= {"performanceIndicator", "organizationUnit", "textAnnotation", "association", "group", "elementCollection"}


def parse_dmn(
    xml: bytes,
    *,
    imports: Mapping[str, DecisionModel | None] | None = None,
    findings: list[DecisionModelInvalid] | None = None,
) -> DecisionModel:
    """Return the decision model that the XML describes; `imports` are the models that it may import, by namespace.

    Raises DecisionModelInvalid, which names the element, when something in it is wrong or cannot be run. With a list
    for `findings`, everything that is wrong is added to it instead, and stands for null in the model. (An import that
    is None cannot be used, as whoever gives it has told already.)
    """
    root = read(xml)
    imported = tuple(_imported(root, imports or {}, findings))
    names = _names(root, imported)
    others = [ImportedTypes(each.name, each.model.namespace, each.model.types) for each in imported]
    types = Types(children(root, "itemDefinition"), names, others, root.get("namespace", ""))
    reader = Reader(types, names, root.get("expressionLanguage"), findings)
    if findings is not None:
        findings += types.findings()
    parts: dict[str, Part] = {}
    for element in children(root):
        kind = local_name(element)
        if kind in _PARTS:
            part = _part(reader, element)
            if part.id in parts:
                reader.refuse(invalid(element, "another element has the same id"))
            parts[part.id if part.id not in parts else f"{part.id}#{len(parts)}"] = part
        elif kind not in _OTHERS:
            reader.refuse(invalid(element, f"{kind} cannot be run"))
    model = DecisionModel(root.get("id", ""), root.get("name", ""), root.get("namespace", ""), parts, imported, types)
    _check_requirements(root, model, reader)
    return model


def _imported(
    root: _Element, known: Mapping[str, DecisionModel | None], findings: list[DecisionModelInvalid] | None
) -> Iterator[Import]:
    """Yield the models that are imported, with the names that this one gives them."""
    names = set[str]()
    for element in children(root, "import"):
        name, namespace = element.get("name", ""), element.get("namespace", "")
        model, wrong = known.get(namespace), ""
        if name and name in names:
            wrong = f"two imports have the name {name}"
        elif model is None and namespace not in known:
            wrong = _not_there(element, namespace)
        names.add(name)
        if wrong and findings is None:
            raise invalid(element, wrong)
        if wrong and findings is not None:
            findings.append(invalid(element, wrong))
        elif model is not None:
            yield Import(name, model)


def _not_there(element: _Element, namespace: str) -> str:
    kind = element.get("importType", "")
    if any(other in kind for other in ("PMML", "XMLSchema", "WSDL")):
        return f"an import of {kind} cannot be run; decision models alone are imported"
    return f"the model {namespace}, which is imported, is not there"


def _names(root: _Element, imported: Iterable[Import]) -> frozenset[str]:
    """Return all names in the model: expressions may use those that are more than words."""
    own = frozenset(element.get("name", "") for element in root.iter("{*}*") if element.get("name"))
    return own.union(*(each.model.names for each in imported))


def _name(element: _Element) -> str:
    """Return the name by which expressions know an element: its variable's, else its own."""
    variable = child(element, "variable")
    name = variable.get("name") if variable is not None else None
    return name or element.get("name") or element.get("id") or ""


def _part(reader: Reader, element: _Element) -> Part:
    reader.decision = _name(element)
    id = element.get("id") or reader.decision
    if not element.get("id"):
        reader.refuse(invalid(element, f"the {local_name(element)} {reader.decision} has no id"))
    try:
        return _PARTS[local_name(element)](reader, element, id)
    except (Unknown, DecisionModelInvalid) as error:
        reader.refuse(error if isinstance(error, DecisionModelInvalid) else invalid(element, str(error)))
        return Decision(id, reader.decision, Literal(None), ())


def _input_data(reader: Reader, element: _Element, id: str) -> Part:
    return InputData(id, reader.decision, reader.types.of(child(element, "variable")))


def _decision(reader: Reader, element: _Element, id: str) -> Part:
    node = reader.typed(child(element, "variable"), reader.inner(element))
    decision = Decision(id, reader.decision, node, _requires(element), reader.types.type_named)
    decision.type = reader.types.of(child(element, "variable"))
    table = node.value if isinstance(node, Typed) else node
    decision.table = table if isinstance(table, DecisionTable) else None
    return decision


def _knowledge(reader: Reader, element: _Element, id: str) -> Part:
    logic = child(element, "encapsulatedLogic")
    empty = FunctionLogic(reader.decision, (), Literal(None))
    node = reader.function(logic, child(element, "variable")) if logic is not None else empty
    knowledge = Knowledge(id, reader.decision, node, _requires(element), reader.types.type_named)
    parameters = children(logic, "formalParameter") if logic is not None else ()
    knowledge.parameters = tuple(parameter.get("name", "") for parameter in parameters)
    return knowledge


def _service(reader: Reader, element: _Element, id: str) -> Part:
    parameters = (*children(element, "inputData"), *children(element, "inputDecision"))
    outputs = tuple(reference(output) for output in children(element, "outputDecision"))
    if not outputs:
        raise invalid(element, "the decision service has no output decision")
    return DecisionService(id, reader.decision, tuple(reference(each) for each in parameters), outputs)


_Read: TypeAlias = Callable[[Reader, _Element, str], Part]
_PARTS: Mapping[str, _Read] = {
    "inputData": _input_data,
    "decision": _decision,
    "businessKnowledgeModel": _knowledge,
    "decisionService": _service,
}


def _requires(element: _Element) -> tuple[str, ...]:
    requirements = children(element, "informationRequirement", "knowledgeRequirement")
    return tuple(reference(required) for requirement in requirements for required in children(requirement))


def _check_requirements(root: _Element, model: DecisionModel, reader: Reader) -> None:
    """Refuse what requires something that is not there, or itself."""
    elements = {element.get("id", ""): element for element in children(root, *_PARTS)}
    for id, part in model.parts.items():
        element = elements.get(id, root)
        for required in part.requires:
            if model.find(required) is None:
                reader.refuse(invalid(element, f"there is no {required}, which is required"))
        # Business knowledge is a function, and may be recursive.
        if not isinstance(part, Knowledge) and _reaches(id, part, model, set()):
            reader.refuse(invalid(element, "the decision requires itself"))


def _reaches(id: str, part: Part, model: DecisionModel, seen: set[str]) -> bool:
    for required in part.requires:
        if required == id:
            return True
        if required not in seen and required in model.parts:
            seen.add(required)
            if _reaches(id, model.parts[required], model, seen):
                return True
    return False
