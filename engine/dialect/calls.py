"""Call activities as they are written, the global tasks they may call, and the check that what they call is there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from typing import TYPE_CHECKING, cast

from lxml import etree

from engine.dialect import data
from engine.dialect.finding import Finding
from engine.dialect.xml import BPMN, CAMUNDA, camunda, children, extensions, local, text_of
from engine.elements.call_activity import CallActivity, Handover
from engine.elements.nesting import BindingKind, Library, Target
from engine.elements.sub_process import Process
from engine.errors import DefinitionNotFound

if TYPE_CHECKING:
    from engine.definition import ProcessModel
    from engine.dialect.bpmn import Builder

GLOBAL_TASKS = {
    "globalTask": "task", "globalManualTask": "manualTask", "globalUserTask": "userTask",
    "globalScriptTask": "scriptTask", "globalBusinessRuleTask": "businessRuleTask",
}
"""The tasks that stand outside all processes to be called, and what they are once they run."""
_VERSIONS: Mapping[str, str] = {"version": "calledElementVersion", "versionTag": "calledElementVersionTag"}


# -- reading


def read_call(builder: Builder, node: CallActivity, element: etree._Element) -> None:
    """Give a call activity what BPMN and Camunda 7 say of it."""
    name = _without_prefix(element, element.get("calledElement", "").strip())
    node.called_element = builder.compiled(element, name)
    node.binding = cast(BindingKind, camunda(element, "calledElementBinding") or "latest")
    if (attribute := _VERSIONS.get(node.binding)) is not None:
        version = camunda(element, attribute) or ""
        if not version:
            builder.finding(element, "attribute_missing", what=f"bpmn:callActivity/camunda:{attribute}")
        node.version = builder.compiled(element, version.strip())
    items = [item for item in extensions(element) if item.tag in (f"{{{CAMUNDA}}}in", f"{{{CAMUNDA}}}out")]
    for item in items:
        if local(item) == "in" and item.get("businessKey"):
            node.business_key = builder.compiled(item, item.get("businessKey", ""))
            items.remove(item)
            break
    node.ins = [handover_of(builder, item) for item in items if local(item) == "in"]
    node.outs = [handover_of(builder, item) for item in items if local(item) == "out"]


def read_data(builder: Builder, node: CallActivity, element: etree._Element) -> None:
    """Let BPMN's data inputs of a call activity pass to the called process by their names, its outputs back."""
    drawn = data.is_drawn
    inputs = [item for item in children(element, "dataInputAssociation") if not drawn(builder, item)]
    outputs = [item for item in children(element, "dataOutputAssociation") if not drawn(builder, item)]
    given = [end for item in inputs for end in children(item, "targetRef")]
    taken = [end for item in outputs for end in children(item, "sourceRef")]
    node.ins = [*node.ins, *_by_name(builder, given)]
    node.outs = [*node.outs, *_by_name(builder, taken)]


def _by_name(builder: Builder, ends: Iterable[etree._Element]) -> list[Handover]:
    names = dict.fromkeys(data.variable_of(builder, end, text_of(end)) for end in ends if text_of(end))
    return [Handover(name, name, is_local=True) for name in names]


def _without_prefix(element: etree._Element, name: str) -> str:
    """BPMN writes a qualified name, Camunda a plain one; a prefix of the file's own namespace may go."""
    prefix, colon, rest = name.partition(":")
    target = element.getroottree().getroot().get("targetNamespace")
    return rest if colon and target is not None and element.nsmap.get(prefix) == target else name


def handover_of(builder: Builder, item: etree._Element) -> Handover:
    """Return what a camunda:in or camunda:out hands over."""
    is_local = item.get("local") == "true"
    if item.get("variables") == "all":
        return Handover(is_local=is_local)
    target, source, expression = (item.get(name, "").strip() for name in ("target", "source", "sourceExpression"))
    for value, name in ((target, "target"), (source or expression, "source")):
        if not value:
            builder.finding(item, "attribute_missing", what=f"camunda:{local(item)}/{name}")
    compiled = builder.compiled(item, expression) if expression and not source else None
    return Handover(target, source or None, compiled, is_local)


def global_tasks(root: etree._Element) -> Iterator[etree._Element]:
    """Yield each global task of a file as a process that consists of this task."""
    for task in children(root, *GLOBAL_TASKS):
        yield _as_process(task)


def _as_process(task: etree._Element) -> etree._Element:
    name = task.get("id", "")
    process = etree.Element(f"{{{BPMN}}}process", nsmap=task.nsmap, id=name, isExecutable="true")
    process.set("name", task.get("name", ""))

    def add(tag: str, element_id: str, **attributes: str) -> etree._Element:
        made = etree.SubElement(process, f"{{{BPMN}}}{tag}", id=f"{name}_{element_id}")
        for key, value in attributes.items():
            made.set(key, value)
        made.sourceline = task.sourceline  # type: ignore[misc]
        return made

    process.sourceline = task.sourceline  # type: ignore[misc]
    add("startEvent", "start")
    inner = add(GLOBAL_TASKS[local(task)], "task")
    for key, value in task.attrib.items():
        if key != "id":
            inner.set("scriptFormat" if key == "scriptLanguage" else key, value)
    inner.extend(deepcopy(item) for item in task)
    add("endEvent", "end")
    add("sequenceFlow", "begins", sourceRef=f"{name}_start", targetRef=f"{name}_task")
    add("sequenceFlow", "ends", sourceRef=f"{name}_task", targetRef=f"{name}_end")
    return process


# -- checking


def missing_targets(models: Sequence[ProcessModel], library: Library) -> Iterator[Finding]:
    """Yield a finding for each call of something that neither is deployed nor is about to be."""
    for model in models:
        for node in model.spec.task_specs.values():
            if isinstance(node, CallActivity) and (target := _literal(node)) is not None:
                rule = _problem(target, models, library)
                if rule is not None:
                    line = model.elements[node.element_id].line
                    yield Finding(model.file, rule, line, node.element_id, params={"what": str(target)})


def _literal(node: CallActivity) -> Target | None:
    """Return what a call activity calls, where that is no expression (or one that cannot be read)."""
    version = node.version
    if node.called_element.compiled is not None or node.called_element.problem or not node.called_element.text:
        return None
    if version is not None and (version.compiled is not None or version.problem or not version.text):
        return None
    return Target(node.called_element.text, node.binding, "" if version is None else version.text)


def _problem(target: Target, models: Iterable[ProcessModel], library: Library) -> str | None:
    here = next((model for model in models if model.key == target.key and _is_meant(model, target, library)), None)
    if here is not None:
        process = here.spec.start
    elif target.binding == "deployment":
        return "call_target_missing"
    else:
        try:
            process = library.called(target, None, 0).spec.start
        except DefinitionNotFound:
            return "call_target_missing"
    return None if cast(Process, process).starts else "call_target_start"


def _is_meant(model: ProcessModel, target: Target, library: Library) -> bool:
    """Whether a process of this very deployment will be what is called."""
    match target.binding:
        case "version":
            try:
                return str(library.called(Target(target.key), None, 0).version + 1) == target.version
            except DefinitionNotFound:
                return target.version == "1"
        case "versionTag":
            return model.version_tag == target.version
    return True
