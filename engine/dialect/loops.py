"""Loops that nothing leads out of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from engine.dialect.net import Net, Step
from engine.elements import events, gateways
from engine.elements.business_rule_task import BusinessRuleTask
from engine.elements.compensation_event import ThrowCompensation
from engine.elements.flow_node import FlowNode
from engine.elements.script_task import ScriptTask
from engine.elements.service_task import ServiceTask
from engine.elements.task import AbstractTask, ManualTask


def endless(net: Net) -> tuple[Step, bool] | None:
    """Return the first node of a loop that no way leads out of, and whether nothing in the loop waits.

    None where an end event elsewhere ends the whole scope, which may be how the loop is meant to end.
    """
    if any(outcome.ends_scope for step in net.steps.values() for outcome in step.outcomes):
        return None
    after = {
        name: {net.targets[place] for outcome in (*step.outcomes, *step.extra) for place in outcome.places}
        for name, step in net.steps.items()
    }
    before: dict[str, list[str]] = {}
    for name, targets in after.items():
        for target in targets:
            before.setdefault(target, []).append(name)
    ends = [
        name for name, step in net.steps.items()
        if any(not outcome.places for outcome in step.outcomes)
    ]
    caught = net.steps.keys() - _reached(ends, before)
    ranked = [name for name in dict.fromkeys(net.targets) if name in caught]
    if not ranked:
        return None
    at = ranked[-1]
    while True:  # go on until all that can be reached leads back
        loop = _reached([at], after)
        elsewhere = loop - _reached([at], before)
        if not elsewhere:
            break
        at = elsewhere.pop()
    first = next(name for name in ranked if name in loop)
    return net.steps[first], not any(_may_wait(net.steps[name]) for name in loop)


def _reached(names: Iterable[str], arrows: Mapping[str, Iterable[str]]) -> set[str]:
    found: set[str] = set()
    stack = list(names)
    while stack:
        name = stack.pop()
        if name not in found:
            found.add(name)
            stack += arrows.get(name, ())
    return found


def _may_wait(step: Step) -> bool:
    node: FlowNode = step.node
    waits = node.extensions.async_before or node.extensions.async_after or node.extensions.job_listeners
    if waits or (step.takes != "any" and len(step.incoming) > 1):
        return True
    if isinstance(node, ServiceTask):
        return node.topic is not None
    if isinstance(node, events.ThrowEvent) and any(isinstance(throw, ThrowCompensation) for throw in node.throws):
        return True
    return type(node) not in _NEVER_WAITING


_NEVER_WAITING = {
    AbstractTask, ManualTask, ScriptTask, BusinessRuleTask,
    gateways.ExclusiveGateway, gateways.ParallelGateway, gateways.InclusiveGateway, events.ThrowEvent,
}
