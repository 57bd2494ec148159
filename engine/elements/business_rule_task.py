"""Business rule tasks: a decision is evaluated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from engine.canonical import Json
from engine.elements.flow_node import FlowNode, Token
from engine.elements.resource import Binding
from engine.errors import ExecutionFailed
from engine.expression import Expression

if TYPE_CHECKING:
    from engine.dmn import DecisionModel


class BusinessRuleTask(FlowNode):
    """Evaluates a decision (DMN) and keeps its result."""

    kind = "businessRuleTask"
    decision_ref: Expression = Expression("")
    binding = Binding()
    models: Mapping[str, DecisionModel] = {}  # of the same deployment, by the ids of their decisions
    result_variable: str | None = None
    result_mapping: str = "resultList"

    def execute(self, token: Token) -> bool | None:
        """Evaluate, note which rules matched, write the mapped result."""
        execution = token.workflow
        value = self._mapped(*execution.decide(self, token))
        if self.result_variable is not None:
            self.write_result(token, self.result_variable, value)
        return True

    def _mapped(self, rows: list[dict[str, Json]], value: Json) -> Json:
        """Return the rows as `camunda:mapDecisionResult` asks, or the decision's value, which is Camunda 8's way."""
        match self.result_mapping:
            case "singleEntry":
                row = self._only(rows)
                if len(row) > 1:
                    raise ExecutionFailed(
                        f"{self.element_id} asks for a single entry and its decision gives {len(row)}",
                        element_id=self.element_id,
                    )
                return next(iter(row.values()), None)
            case "singleResult":
                return self._only(rows)
            case "value":
                return value
            case "collectEntries":
                return [next(iter(row.values()), None) for row in rows]
        return rows

    def _only(self, rows: list[dict[str, Json]]) -> dict[str, Json]:
        if len(rows) > 1:
            raise ExecutionFailed(
                f"{self.element_id} asks for a single result and {len(rows)} rules of its decision match",
                element_id=self.element_id,
            )
        return rows[0] if rows else {}
