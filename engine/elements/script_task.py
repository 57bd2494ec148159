"""Script tasks: FEEL."""

from __future__ import annotations

from engine.elements.flow_node import FlowNode, Token
from engine.errors import ExecutionFailed
from engine.expression import Expression
from engine.feel.values import to_json


class ScriptTask(FlowNode):
    """Gives a variable the value of a FEEL expression."""

    kind = "scriptTask"
    script: Expression | None = None
    result_variable: str | None = None

    def execute(self, token: Token) -> bool | None:
        """Evaluate; without a result variable a context's entries become variables."""
        assert self.script is not None  # the deploy check has seen to it
        if self.result_variable is not None:
            self.write_result(token, self.result_variable, token.workflow.evaluate(self.script, token))
            return True
        value = token.workflow.value_of(self.script, token)
        if not isinstance(value, dict):
            raise ExecutionFailed(
                f"the script {self.element_id} gives no context and has no result variable", element_id=self.element_id
            )
        for name, item in value.items():
            self.write_result(token, name, to_json(item))
        return True
