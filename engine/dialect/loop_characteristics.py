"""Reads multi-instances and standard loops: how often an activity is done, with what, and what comes of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, get_args

from lxml import etree

from engine.dialect import event_definitions
from engine.dialect.data import source_of, target_of, variable_of
from engine.dialect.xml import child, children, is_bpmn, text_of
from engine.elements.flow_node import FlowNode, ProcessSpec
from engine.elements.multi_instance import Behaviour, Conclusion, MultiInstance
from engine.elements.repetition import Repetition
from engine.elements.standard_loop import StandardLoop
from engine.expression import Expression

if TYPE_CHECKING:
    from engine.dialect.bpmn import Builder

MAX_LOOPS = 1_000_000
_BODIES: dict[str, type[Repetition]] = {
    "multiInstanceLoopCharacteristics": MultiInstance, "standardLoopCharacteristics": StandardLoop,
}


def body_of(
    builder: Builder, spec: ProcessSpec, element: etree._Element, container: str
) -> Repetition | None:
    """Return the body of an activity that is repeated, without what is inside."""
    loops = children(element, *_BODIES)
    if not loops:
        return None
    if len(loops) > 1:
        builder.finding(loops[1], "loop_invalid")
    node_id = element.get("id", "")
    kind = next(kind for name, kind in _BODIES.items() if is_bpmn(loops[0], name))
    return kind(
        spec, node_id, element_id=node_id, label=" ".join(element.get("name", "").split()), container=container,
        lane=builder.lanes.get(node_id),
    )


def read(builder: Builder, body: Repetition, inner: FlowNode, element: etree._Element) -> None:
    """Let a body repeat the activity `inner` as the element says."""
    body.inner = inner.name
    body.is_for_compensation = inner.is_for_compensation
    loop = children(element, *_BODIES)[0]
    # As in Camunda: the activity's asyncBefore and asyncAfter hold for the whole, the loop's for each instance.
    whole, each = inner.extensions, builder.dialect.extensions_of(builder, loop)
    body.extensions = replace(
        body.extensions, async_before=whole.async_before, async_after=whole.async_after,
        retry_cycle=whole.retry_cycle, job_priority=whole.job_priority,
    )
    inner.extensions = replace(
        whole, async_before=each.async_before, async_after=each.async_after,
        retry_cycle=each.retry_cycle or whole.retry_cycle, job_priority=each.job_priority or whole.job_priority,
    )
    match body:
        case MultiInstance():
            _read_multi_instance(builder, body, loop, element)
            ends = children(loop, "loopDataInputRef", "loopDataOutputRef")
            _take_out(inner, {variable_of(builder, end, text_of(end)) for end in ends})
        case StandardLoop():
            _read_standard_loop(builder, body, loop)


def _take_out(inner: FlowNode, references: set[str]) -> None:
    """Take from each instance the mappings of the collections, which are those of the body."""
    kept = inner.extensions
    inner.extensions = replace(
        kept, inputs=[item for item in kept.inputs if item.name not in references],
        outputs=[item for item in kept.outputs if item.value.text not in references],
        declared=tuple(name for name in kept.declared if name not in references),
        input_sets=[[name for name in names if name not in references] for names in kept.input_sets],
    )


def _read_standard_loop(builder: Builder, body: StandardLoop, loop: etree._Element) -> None:
    body.tests_before = loop.get("testBefore") in ("true", "1")
    condition, maximum = child(loop, "loopCondition"), loop.get("loopMaximum")
    if condition is not None:
        body.condition = builder.condition(condition)
    if maximum is not None:
        if maximum.strip().isdecimal() and int(maximum) <= MAX_LOOPS:
            body.maximum = int(maximum)
        else:
            builder.finding(loop, "value_unsupported", what="loopMaximum", value=maximum)
    elif condition is None:
        builder.finding(loop, "loop_endless")


def _read_multi_instance(
    builder: Builder, body: MultiInstance, loop: etree._Element, activity: etree._Element
) -> None:
    body.is_sequential = loop.get("isSequential") in ("true", "1")
    builder.dialect.read_loop(builder, body, loop)
    source, item = child(loop, "loopDataInputRef"), child(loop, "inputDataItem")
    if body.collection is None and source is not None:
        name = source_of(builder, activity, text_of(source)) or variable_of(builder, loop, text_of(source))
        body.collection = builder.compiled(source, name, feel=True)
    if body.element_variable is None and item is not None:
        body.element_variable = item.get("name") or item.get("id")
    cardinality, completion = child(loop, "loopCardinality"), child(loop, "completionCondition")
    if cardinality is not None:
        body.cardinality = _cardinality(builder, cardinality)
    if completion is not None:
        body.completion_condition = builder.condition(completion)
    without_items = body.collection is None and body.element_variable is not None
    if (body.collection is None) == (body.cardinality is None) or without_items:
        builder.finding(loop, "loop_invalid")
    _read_output(builder, body, loop, activity)
    _read_behaviour(builder, body, loop, activity)


def _cardinality(builder: Builder, element: etree._Element) -> Expression:
    text = text_of(element)
    expression = builder.compiled(element, text, feel=True) if text.isdecimal() else builder.written_in(element)
    if expression.compiled is None and not expression.problem:
        builder.finding(element, "cardinality_invalid", value=text)
    return expression


def _read_output(builder: Builder, body: MultiInstance, loop: etree._Element, activity: etree._Element) -> None:
    target, item = child(loop, "loopDataOutputRef"), child(loop, "outputDataItem")
    if target is None and item is None:
        return
    name = None if item is None else item.get("name") or item.get("id")
    if target is None or name is None:
        builder.finding(loop, "loop_output_invalid")
        return
    reference = text_of(target)
    body.output_collection = target_of(builder, activity, reference) or variable_of(builder, loop, reference)
    body.output_variable = name
    body.output_element = builder.compiled(loop, name, feel=True)


def _read_behaviour(builder: Builder, body: MultiInstance, loop: etree._Element, activity: etree._Element) -> None:
    wanted = loop.get("behavior", "All")
    body.behaviour = next((each for each in get_args(Behaviour) if each == wanted), "All")
    references = {"None": "noneBehaviorEventRef", "One": "oneBehaviorEventRef"}
    conclusions = children(loop, "complexBehaviorDefinition")
    if wanted in references:
        reference = loop.get(references[wanted])
        if not reference:
            builder.finding(loop, "attribute_missing", what=references[wanted])
        else:
            body.throws = event_definitions.read_referenced(builder, activity, reference)
    elif wanted == "Complex":
        body.conclusions = [_conclusion(builder, item) for item in conclusions]
        if not conclusions:
            builder.finding(loop, "attribute_missing", what="bpmn:complexBehaviorDefinition")
    for behaviour, attribute in references.items():
        if loop.get(attribute) and behaviour != wanted:
            builder.finding(loop, "attribute_unsupported", what=attribute)
    if conclusions and wanted != "Complex":
        builder.finding(loop, "element_unsupported", what="bpmn:complexBehaviorDefinition")


def _conclusion(builder: Builder, element: etree._Element) -> Conclusion:
    condition, event = child(element, "condition"), child(element, "event")
    if condition is None:
        builder.finding(element, "attribute_missing", what="bpmn:condition")
    return Conclusion(
        Expression("", problem="there is no condition") if condition is None else builder.condition(condition),
        () if event is None else event_definitions.read_thrown(builder, event),
    )
