"""Reads BPMN's data: which variables objects, properties, inputs and outputs are, and what flows between them.

A property, and a data object that an association moves a value into or out of, is a variable of the scope that declares
it, null at first. Its name is the item's name where that is a word, or else its id. A data object that is only drawn,
and the arrows that drawing tools put between it and a task, say nothing of values and change nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from lxml import etree

from engine.dialect.xml import child, children, is_bpmn, text_of
from engine.elements.flow_node import Extensions
from engine.elements.mapping import Parameter
from engine.expression import Expression

if TYPE_CHECKING:
    from engine.dialect.bpmn import Builder

_WORD = re.compile(r"[^\W\d]\w*")
_ITEMS = (
    "dataObject", "dataObjectReference", "property", "dataInput", "dataOutput", "inputDataItem", "outputDataItem",
)
_DRAWN = "__targetRef_placeholder"  # bpmn-js gives this name to a property that only holds the end of an arrow


def variable_of(builder: Builder, element: etree._Element, reference: str) -> str:
    """Return the variable that a data item is; what is no item is the name of a variable itself."""
    name = _variable(_items(builder), reference)
    if name is None:
        builder.finding(element, "reference_dangling", what=reference)
    return name or "null"


def _variable(items: dict[str, etree._Element], reference: str) -> str | None:
    item = items.get(reference.rpartition(":")[2])
    if item is None:
        return reference if _WORD.fullmatch(reference) else None
    if is_bpmn(item, "dataObjectReference"):
        item = items.get(item.get("dataObjectRef", ""))
        return None if item is None else _object_name(items, item)
    return _object_name(items, item) if is_bpmn(item, "dataObject") else _name(item)


def with_data(builder: Builder, element: etree._Element, extensions: Extensions) -> Extensions:
    """Return an element's extensions with what its data associations, properties and data objects add."""
    inputs, outputs = list(extensions.inputs), list(extensions.outputs)
    declared = dict.fromkeys(_declared(builder, element))
    for association in children(element, "dataInputAssociation"):
        inputs[:0] = _parameters(builder, association)
    for association in children(element, "dataOutputAssociation"):
        found = _parameters(builder, association)
        outputs += [replace(parameter, skips_null=True) for parameter in found]
        declared.update((variable_of(builder, source, text_of(source)), None) for source in _sources(association))
    required = _required(element, {parameter.name for parameter in inputs})
    return replace(extensions, inputs=inputs, outputs=outputs, declared=tuple(declared), input_sets=required)


def source_of(builder: Builder, activity: etree._Element, data_input: str) -> str | None:
    """Return the variable that an activity's data input takes its value from."""
    for association in children(activity, "dataInputAssociation"):
        if text_of(child(association, "targetRef")) == data_input:
            for source in _sources(association):
                return variable_of(builder, source, text_of(source))
    return None


def target_of(builder: Builder, activity: etree._Element, data_output: str) -> str | None:
    """Return the variable that an activity's data output goes to."""
    for association in children(activity, "dataOutputAssociation"):
        target = child(association, "targetRef")
        if target is not None and data_output in map(text_of, _sources(association)):
            return variable_of(builder, target, text_of(target))
    return None


def _items(builder: Builder) -> dict[str, etree._Element]:
    if not builder.data:
        builder.data = {item.get("id", ""): item for item in builder.process.iter() if is_bpmn(item, *_ITEMS)}
        builder.data[""] = builder.process  # so that it is gathered once even where there is none
    return builder.data


def _name(item: etree._Element) -> str:
    name = " ".join(item.get("name", "").split())
    return name if _WORD.fullmatch(name) else item.get("id", "")


def _object_name(items: dict[str, etree._Element], item: etree._Element) -> str:
    """Return a data object's name; tools that draw references alone give the name to these."""
    if _WORD.fullmatch(item.get("name", "")):
        return str(item.get("name"))
    names = {each.get("name", "") for each in items.values() if each.get("dataObjectRef") == item.get("id")}
    name = names.pop() if len(names) == 1 else ""
    return name if _WORD.fullmatch(name) else item.get("id", "")


def _sources(association: etree._Element) -> list[etree._Element]:
    return [source for source in children(association, "sourceRef") if text_of(source)]


def _declared(builder: Builder, element: etree._Element) -> Iterator[str]:
    for item in children(element, "property"):
        if item.get("name") != _DRAWN:
            yield _name(item)
    objects = children(element, "dataObject")
    if objects:
        moved = _moved(builder)
        for item in objects:
            if (name := _object_name(_items(builder), item)) in moved:
                yield name


def _moved(builder: Builder) -> set[str]:
    """Return the variables that associations move values into or out of."""
    kinds = "dataInputAssociation", "dataOutputAssociation"
    associations = [item for item in builder.process.iter() if is_bpmn(item, *kinds) and not is_drawn(builder, item)]
    ends = [end for item in associations for end in (*_sources(item), *children(item, "targetRef"))]
    return {_variable(_items(builder), text_of(end)) or "" for end in ends}


def is_drawn(builder: Builder, association: etree._Element) -> bool:
    """Whether an association is an arrow of the drawing alone, without one of its ends."""
    target = _items(builder).get(text_of(child(association, "targetRef")))
    if target is not None and target.get("name") == _DRAWN:
        return True
    return not _sources(association) and not children(association, "assignment", "transformation")


def _parameters(builder: Builder, association: etree._Element) -> list[Parameter]:
    """Return what an association does, in the order of BPMN 2.0.2, 10.4.2: transform or copy, then assign."""
    if is_drawn(builder, association):
        return []
    sources, target = _sources(association), child(association, "targetRef")
    transformation, assignments = child(association, "transformation"), children(association, "assignment")
    name = "" if target is None else variable_of(builder, target, text_of(target))
    found: list[Parameter] = []
    if transformation is not None:
        found.append(Parameter(name, builder.condition(transformation)))
    elif not assignments:
        if len(sources) > 1:
            builder.finding(association, "transformation_missing")
        source = variable_of(builder, sources[0], text_of(sources[0]))
        found.append(Parameter(name, builder.compiled(sources[0], source, feel=True)))
    return found + [_assignment(builder, item, name) for item in assignments]


def _assignment(builder: Builder, element: etree._Element, target: str) -> Parameter:
    value, to = child(element, "from"), child(element, "to")
    name = text_of(to).strip("=${} ") if to is not None else ""
    if value is None or (to is not None and name and not _WORD.fullmatch(name) and name not in _items(builder)):
        builder.finding(element, "assignment_invalid", value=text_of(to))
    known = variable_of(builder, element, name) if name in _items(builder) else name
    expression = Expression("", problem="there is no value") if value is None else builder.written_in(value)
    return Parameter(known or target, expression)


def _required(element: etree._Element, mapped: set[str]) -> tuple[tuple[str, ...], ...]:
    """Return, for each input set, the variables without which the activity does not begin."""
    specification = child(element, "ioSpecification")
    if specification is None:
        return ()
    names = {item.get("id", ""): _name(item) for item in children(specification, "dataInput")}
    found = []
    for item in children(specification, "inputSet"):
        optional = set(map(text_of, children(item, "optionalInputRefs", "whileExecutingInputRefs")))
        wanted = [text_of(each) for each in children(item, "dataInputRefs")]
        required = (names[each] for each in wanted if each in names and each not in optional)
        found.append(tuple(name for name in required if name in mapped))
    return tuple(found)
