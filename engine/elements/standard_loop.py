"""Standard loops: an activity is done again as long as a condition holds, or so many times."""

from __future__ import annotations

from engine.elements.flow_node import Token
from engine.elements.repetition import Repetition
from engine.expression import Expression


class StandardLoop(Repetition):
    """Does its activity while the condition is true, at most `maximum` times; `loopCounter` is how often it was done.

    Source: BPMN 2.0.2, 10.3.8 and 13.3.6. Unless it tests before, the activity is done once in any case.
    """

    word = "loopBody"
    tests_before = False
    condition: Expression | None = None
    maximum: int | None = None

    def execute(self, token: Token) -> bool | None:
        """Do the activity for the first time, if at all."""
        self.own_scope(token).write_here("loopCounter", 0)
        if self.tests_before and not self._goes_on(token):
            return True
        self._begin(token)
        return None

    def child_ended(self, token: Token) -> None:
        """Count, then go on."""
        if token.id in token.workflow.tasks:
            token.scope.write_here("loopCounter", token.scope.values_here["loopCounter"] + 1)
            self.go_on_inside(token)

    def go_on_inside(self, token: Token) -> None:
        """Do the activity again, or complete."""
        if self._goes_on(token):
            self._begin(token)
        else:
            token.complete()

    def _goes_on(self, token: Token) -> bool:
        if self.maximum is not None and token.scope.values_here["loopCounter"] >= self.maximum:
            return False
        return self.condition is None or token.workflow.holds(self.condition, token)

    def _begin(self, token: Token) -> None:
        token.workflow.make_ready(Token(token.workflow, self.spec.node(self.inner), token))
