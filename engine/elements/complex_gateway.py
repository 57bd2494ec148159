"""Complex gateways: an expression says when the tokens that have come are enough (BPMN 2.0.2, 13.4.5)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

from engine.canonical import Json
from engine.elements.failure import CANNOT_GO_ON
from engine.elements.flow_node import SequenceFlow, Token
from engine.elements.gateways import JoiningGateway
from engine.expression import Expression

if TYPE_CHECKING:
    from engine.elements.execution import Execution

RESETTING = "resetting"
"""Where a scope keeps, by gateway, the flows whose tokens have activated it, until all others have come too."""


class ComplexGateway(JoiningGateway):
    """Is activated when its condition holds, and once more when all else has come that can come: then it is reset.

    Its expressions see `activationCount`, the number of tokens that have come, `<flow>.activationCount`, those that
    came by one flow, and `waitingForStart`, false when it is reset. The reset takes only flows whose condition says so.
    """

    kind = "complexGateway"
    activation: Expression | None = None

    def check(self, execution: Execution, scope: Token) -> None:
        """Be activated if it is time; what comes later waits for the reset."""
        if self.name in scope.internal_data.get(RESETTING, ()):
            return
        waiting = execution.waiting_at(self, scope)
        if not waiting or not self._is_enough(execution, waiting):
            return
        counts = self._counts(waiting)
        scope.internal_data.setdefault(RESETTING, {})[self.name] = [flow for flow in self.incoming if counts[flow]]
        execution.undecided.add((scope.id, self.name))
        self.join(execution, scope).internal_data["counts"] = counts

    def _is_enough(self, execution: Execution, waiting: list[Token]) -> bool:
        """Whether the condition holds; if it cannot be evaluated, the token that came last stands with an incident."""
        newest = waiting[-1]
        try:
            return self.activation is None or execution.holds(self.activation, newest)
        except CANNOT_GO_ON as error:
            waiting.remove(newest)
            execution.fail(newest, error, "execute")
            return False

    def _run(self, token: Token) -> bool | None:
        if "flow" not in token.internal_data:
            return super()._run(token)
        execution, scope, flow = token.workflow, token.parent, token.internal_data["flow"]
        assert scope is not None
        execution.drop(token)  # it was judged when it came, in vain: let it come again
        self.arrive(execution, scope, flow)
        return None

    def decide(self, execution: Execution, scope: Token) -> bool | None:
        """Reset unless a token elsewhere in the scope can still reach a flow that has brought none."""
        used: list[str] | None = scope.internal_data.get(RESETTING, {}).get(self.name)
        if used is None:
            return None
        waiting = execution.waiting_at(self, scope)
        if self.may_come(execution, scope, {*used, *(token.internal_data["flow"] for token in waiting)}):
            return False
        del scope.internal_data[RESETTING][self.name]
        if not scope.internal_data[RESETTING]:
            del scope.internal_data[RESETTING]
        self._reset(execution, scope, used)
        self.check(execution, scope)
        if not execution.has_live_children(scope):
            execution.ended_inside(scope)
        return True

    def _reset(self, execution: Execution, scope: Token, used: list[str]) -> None:
        execution.journal.note("gateway_reset", self.element_id, scope.id)
        waiting = execution.waiting_at(self, scope)
        late = [token for token in waiting if token.internal_data["flow"] not in used]
        counts = self._counts(late)
        if not late:
            return
        token = self.join(execution, scope, late)
        token.internal_data["counts"] = counts
        token.internal_data["reset"] = True

    def decides(self, flow: SequenceFlow) -> bool:
        """A way out without a condition is one that always holds."""
        return True

    def choose(self, token: Token) -> list[SequenceFlow]:
        """Return the flows that hold, or the default; on a reset those alone whose condition holds."""
        if "reset" not in token.internal_data:
            return super().choose(token)
        return [
            flow for flow in self.outgoing
            if flow.id != self.default and flow.condition is not None and token.workflow.holds(flow.condition, token)
        ]

    def names_beside(self, token: Token) -> Mapping[str, Json]:
        """Return what the gateway's expressions see beside the variables."""
        scope = token.parent
        assert scope is not None
        counts = token.internal_data.get("counts")
        if counts is None:
            counts = self._counts(token.workflow.waiting_at(self, scope))
        flows = {flow: {"activationCount": count} for flow, count in counts.items()}
        return {**flows, "activationCount": sum(counts.values()), "waitingForStart": "reset" not in token.internal_data}

    def _counts(self, tokens: list[Token]) -> dict[str, int]:
        counts = Counter(token.internal_data["flow"] for token in tokens)
        return {flow: counts[flow] for flow in self.incoming}
