"""Gateways: exclusive, parallel, inclusive and event-based."""

from __future__ import annotations

from collections.abc import Sequence, Set
from functools import cached_property
from typing import TYPE_CHECKING

from SpiffWorkflow.util.task import TaskState

from engine.elements.compensation_event import BESIDE
from engine.elements.flow_node import FlowNode, SequenceFlow, Token

if TYPE_CHECKING:
    from engine.elements.execution import Execution


class ExclusiveGateway(FlowNode):
    """Takes the first flow whose condition is true, in the order of the file, or the default flow."""

    kind = "exclusiveGateway"

    def choose(self, token: Token) -> list[SequenceFlow]:
        """Return one flow. Raises ExecutionFailed when none can be taken."""
        for flow in self.outgoing:
            if flow.id != self.default and (flow.condition is None or token.workflow.holds(flow.condition, token)):
                return [flow]
        return [self.default_flow()]


class JoiningGateway(FlowNode):
    """A gateway at which tokens wait for each other; each waits with the id of the flow that it came by."""

    gathers = True

    def accept(self, execution: Execution, scope: Token, flow: SequenceFlow) -> None:
        """Keep the token waiting, and go on with one when all that must come has come."""
        self.arrive(execution, scope, flow.id)

    def arrive(self, execution: Execution, scope: Token, flow_id: str) -> None:
        """Keep a token waiting that has come by a flow."""
        token = Token(execution, self, scope, state=TaskState.WAITING)
        token.internal_data["flow"] = flow_id
        execution.waiting_at(self, scope).append(token)
        self.check(execution, scope)

    def check(self, execution: Execution, scope: Token) -> None:
        """Join if it is time."""
        raise NotImplementedError

    def decide(self, execution: Execution, scope: Token) -> bool | None:
        """Do what depends on who can still come: True if it was done, None when there is nothing to decide any more."""
        return None

    def join(self, execution: Execution, scope: Token, among: Sequence[Token] | None = None) -> Token:
        """Consume one token of each flow and go on with a single one; surplus tokens stay for the next round."""
        waiting = execution.waiting_at(self, scope)
        taken: dict[str, Token] = {}
        for token in waiting if among is None else among:
            taken.setdefault(token.internal_data["flow"], token)
        for token in taken.values():
            waiting.remove(token)
            execution.drop(token)
        joined = Token(execution, self, scope)
        execution.make_ready(joined)
        return joined

    def may_come(self, execution: Execution, scope: Token, arrived: Set[str]) -> bool:
        """Whether a token elsewhere in the scope can still reach a flow that has brought none.

        One that can reach a flow that has brought a token as well is not waited for (BPMN 2.0.2, 13.4.3).
        """
        if len(arrived) == len(self.incoming):
            return False
        here = {
            child.task_spec.name for child in execution.live_children(scope)
            if child.task_spec is not self and BESIDE not in child.internal_data
        }
        ahead = {name for flow_id in arrived for name in self.upstream_by_flows[flow_id]}
        missing = (flow_id for flow_id in self.incoming if flow_id not in arrived)
        return any(not ahead.issuperset(self.upstream[flow_id] & here) for flow_id in missing)

    @cached_property
    def upstream(self) -> dict[str, frozenset[str]]:
        """For each incoming flow, the nodes from which it can be reached without passing this gateway.

        What stands at an activity may leave it by a boundary event as well.
        """
        return self._upstream(with_borders=True)

    @cached_property
    def upstream_by_flows(self) -> dict[str, frozenset[str]]:
        """The same along sequence flows alone: what may come by a border, but as a rule goes on, is waited for."""
        return self._upstream(with_borders=False)

    def _upstream(self, *, with_borders: bool) -> dict[str, frozenset[str]]:
        flows_into: dict[str, list[SequenceFlow]] = {}
        hosts: dict[str, list[str]] = {}
        for node in self.spec.task_specs.values():
            for flow in node.outgoing:
                flows_into.setdefault(flow.target, []).append(flow)
            for boundary in node.boundaries if with_borders else ():
                hosts.setdefault(boundary, []).append(node.name)
        reached: dict[str, frozenset[str]] = {}
        for flow in flows_into.get(self.name, []):
            seen: set[str] = set()
            stack = [flow.source]
            while stack:
                name = stack.pop()
                if name in seen or name == self.name:
                    continue
                seen.add(name)
                stack.extend(hosts.get(name, []))
                stack.extend(before.source for before in flows_into.get(name, []))
            reached[flow.id] = frozenset(seen)
        return reached


class ParallelGateway(JoiningGateway):
    """Waits for a token on every incoming flow, then takes every outgoing one."""

    kind = "parallelGateway"

    def check(self, execution: Execution, scope: Token) -> None:
        """Join when every incoming flow has brought a token."""
        waiting = execution.waiting_at(self, scope)
        if len(waiting) < len(self.incoming):
            return
        if len({token.internal_data["flow"] for token in waiting}) == len(self.incoming):
            self.join(execution, scope)

    def choose(self, token: Token) -> list[SequenceFlow]:
        """Return all outgoing flows."""
        return self.outgoing


class InclusiveGateway(JoiningGateway):
    """Takes every flow whose condition is true; joins when no other token can still arrive (BPMN 2.0.2, 13.4.3)."""

    kind = "inclusiveGateway"

    def decides(self, flow: SequenceFlow) -> bool:
        """A way out without a condition is one that always holds."""
        return True

    def check(self, execution: Execution, scope: Token) -> None:
        """Put the decision off until nothing else in the instance moves: only then is it known who can still come."""
        if len(self.incoming) == 1:
            self.join(execution, scope)
        else:
            execution.undecided.add((scope.id, self.name))

    def decide(self, execution: Execution, scope: Token) -> bool | None:
        """Join unless a token elsewhere in the scope can still reach a flow that has brought none."""
        arrived = {token.internal_data["flow"] for token in execution.waiting_at(self, scope)}
        if not arrived:
            return None
        if self.may_come(execution, scope, arrived):
            return False
        self.join(execution, scope)
        return True


class EventBasedGateway(FlowNode):
    """Arms all events behind it; the first that happens decides, the others are disarmed.

    Where it begins the process, the first event starts the instance; a parallel one then waits for all others.
    """

    kind = "eventBasedGateway"
    instantiates = False
    is_parallel = False

    def execute(self, token: Token) -> bool | None:
        """Arm the events as children of the gateway's token, which waits for the first."""
        execution = token.workflow
        if (begun := token.internal_data.pop("begun", None)) is not None:
            self._begin(token, begun)
            return None
        for flow in self.outgoing:
            child = Token(execution, self.spec.node(flow.target), token)
            child.internal_data["flow"] = flow.id
            execution.make_ready(child)
        return None

    def _begin(self, token: Token, begun: str) -> None:
        """Go on from the event that started the instance, and wait for the others where all must come."""
        execution, scope = token.workflow, token.parent
        assert scope is not None
        execution.journal.note("element_left", self.element_id, token.id)
        execution.drop(token)
        for flow in self.outgoing:
            if self.is_parallel or flow.target == begun:
                execution.journal.note("flow_taken", flow.id, inside=scope.id)
                child = Token(execution, self.spec.node(flow.target), scope)
                if flow.target == begun:
                    child.internal_data["begun"] = begun
                execution.make_ready(child)

    def chosen(self, token: Token, event: Token) -> None:
        """Cancel all events but `event`, which goes on in the gateway's own scope."""
        execution, scope = token.workflow, token.parent
        assert scope is not None
        execution.move(event, scope)
        execution.cancel_children(token)
        execution.journal.note("element_left", self.element_id, token.id)
        execution.journal.note("flow_taken", event.internal_data["flow"], inside=scope.id)
        execution.drop(token)


def disarm_others(event: Token) -> None:
    """Let an event or receive task that has come to pass behind an event-based gateway be the chosen one."""
    gateway = event.parent
    if gateway is not None and isinstance(gateway.task_spec, EventBasedGateway):
        gateway.task_spec.chosen(gateway, event)
