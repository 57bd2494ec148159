"""Expressions in a token's scope: values, names, conditions, decisions."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, cast

from engine.canonical import Json, json_safe
from engine.elements.business_rule_task import BusinessRuleTask
from engine.elements.flow_node import Token
from engine.elements.listener import Moment
from engine.elements.nesting import Nesting
from engine.elements.resource import choose
from engine.errors import ConcurrentChange, EngineError, ExecutionFailed, NotFound, StoreUnavailable
from engine.expression import Expression
from engine.feel.values import Function, Value, from_json, to_json
from engine.history import Journal
from engine.recording import CALLED, recording

if TYPE_CHECKING:
    from engine.dmn import DecisionModel
    from engine.elements.execution import Execution

CAMUNDA_OBJECTS = frozenset(("execution", "task"))


class Evaluator(Nesting):
    """Evaluates what the diagram says with what a token sees. The instant is the step's, so a replay sees it again."""

    id: str
    journal: Journal
    functions: Mapping[str, Function]
    recorded: frozenset[str]  # the names of those whose results the history keeps
    tasks: dict[int, Token]
    _now: datetime

    def value_of(
        self, expression: Expression, token: Token, nearer: Mapping[str, Json] | None = None,
        moment: Moment | None = None,
    ) -> Value:
        """Evaluate in the token's scope, with what is `nearer` than that, at the `moment` of a listener.

        Raises ExecutionFailed naming the element.
        """
        if expression.is_plain:
            return expression.text
        at = token if moment is None or moment.scope is None else moment.scope
        scope: Mapping[str, Json] = self._vantage(at).scope
        if nearer:
            scope = {**scope, **nearer}
        if beside := token.task_spec.names_beside(token):
            scope = {**scope, **beside}
        if not expression.names.isdisjoint(CAMUNDA_OBJECTS):
            scope = ChainMap(dict(scope), self._objects(token, moment))
        functions, told = self.functions, list[Json]()
        if not expression.names.isdisjoint(self.recorded):
            functions = recording(functions, told)
        try:
            return expression.evaluate(scope, self._now, functions)
        except (ConcurrentChange, StoreUnavailable):
            raise  # a function of the application could not read: that is no fault of the diagram
        except EngineError as error:
            raise ExecutionFailed(
                f"{token.task_spec.element_id}: {error}", element_id=token.task_spec.element_id
            ) from error
        finally:
            if told:
                self.journal.note_value(CALLED, token.task_spec.element_id, token.id, "results", told)

    def _vantage(self, token: Token) -> Token:
        """Return the token whose variables are seen: an armed boundary event sees its activity's own."""
        return self.tasks.get(token.internal_data.get("host", token.id), token)

    def _objects(self, token: Token, moment: Moment | None) -> dict[str, Json]:
        """Return what ${execution…} and ${task…} read of Camunda's objects; what we have no word for is null."""
        node, business_key = token.task_spec, self.business_key_of(token)
        definition_id = self.definition_of(token).id
        execution: dict[str, Json] = {
            "id": self.id, "processInstanceId": self.id, "processDefinitionId": definition_id,
            "businessKey": business_key, "processBusinessKey": business_key,
            "currentActivityId": node.element_id, "currentActivityName": node.label,
        }
        task: dict[str, Json] = {
            "id": f"{self.id}:{token.id}", "name": node.label, "taskDefinitionKey": node.element_id,
            "executionId": self.id, "processInstanceId": self.id, "processDefinitionId": definition_id,
        }
        if moment is not None:
            execution["eventName"] = moment.event
            task |= {**moment.task, "eventName": moment.event}
        return {"execution": execution, "task": task}

    def name_of(self, expression: Expression, token: Token, what: str) -> str:
        """Evaluate to the name of a message, signal or topic. Raises ExecutionFailed for what is no name."""
        value = self.evaluate(expression, token)
        if not isinstance(value, str) or not value.strip():
            element_id = token.task_spec.element_id
            raise ExecutionFailed(f"the {what} of {element_id} has no name", element_id=element_id)
        return value

    def evaluate(self, expression: Expression, token: Token) -> Json:
        """Evaluate in the token's scope to a JSON-safe value. Raises ExecutionFailed."""
        value = self.value_of(expression, token)
        return value if value is None or isinstance(value, str | bool) else json_safe(to_json(value))

    def holds(self, condition: Expression, token: Token, nearer: Mapping[str, Json] | None = None) -> bool:
        """Whether a condition is true; null is not. Raises ExecutionFailed for what is no boolean."""
        value = self.value_of(condition, token, nearer)
        if value is None or isinstance(value, bool):
            return value is True
        raise ExecutionFailed(
            f"the condition {condition.text!r} at {token.task_spec.element_id} gives no boolean",
            element_id=token.task_spec.element_id,
        )

    def _model(self, node: BusinessRuleTask, token: Token, decision_id: str) -> tuple[DecisionModel, str]:
        """Return the model that has the decision and its deployment, noted where that is not the diagram's own."""
        own = self.definition_of(token).record.deployment_id
        deployment_id = choose(cast("Execution", self), token, "decision", decision_id, node.binding)
        if deployment_id != own:
            self.journal.note(
                "decision_chosen", node.element_id, token.id, decision=decision_id, deployment=deployment_id
            )
            return self.library.decision(deployment_id, decision_id), deployment_id
        if decision_id not in node.models:
            raise NotFound(f"the decision {decision_id} was not deployed with the diagram")
        return node.models[decision_id], own

    def decide(self, node: BusinessRuleTask, token: Token) -> tuple[list[dict[str, Json]], Json]:
        """Evaluate a business rule task's decision, note which rules matched; return a row for each, and the value."""
        decision_id = self.name_of(node.decision_ref, token, "decision")
        try:
            variables = {name: from_json(value) for name, value in token.scope.items()}
            model, deployment = self._model(node, token, decision_id)
            result = model.decision(decision_id).evaluate(variables, now=self._now)
        except EngineError as error:
            raise ExecutionFailed(f"{node.element_id}: {error}", element_id=node.element_id) from error
        for table in result.tables:
            seen = {"inputs": to_json(table.inputs), "outputs": [to_json(outputs) for outputs in table.outputs]}
            self.journal.note_value(
                "decision_evaluated", node.element_id, token.id, "evaluation", seen, decision=decision_id,
                table=table.table, rules=[rule.number for rule in table.matched], deployment=deployment,
            )
        rows = [json_safe({name: to_json(value) for name, value in row.items()}) for row in result.outputs]
        return rows, json_safe(to_json(result.value))
