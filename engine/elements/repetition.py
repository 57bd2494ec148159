"""What multi-instances and standard loops have in common: a body around the activity that is done again and again."""

from __future__ import annotations

from engine.elements.flow_node import FlowNode, Token
from engine.variables import Scope


class Repetition(FlowNode):
    """The body: it stands in the diagram for the activity, has its borders and flows, and runs it as its child."""

    is_scope = True
    inner: str = ""
    word = ""

    @property
    def kind(self) -> str:  # type: ignore[override]
        """The kind of the activity that is repeated."""
        return self.spec.node(self.inner).kind

    @property
    def history_id(self) -> str:
        """The id of the body, as Camunda names that of a multi-instance."""
        return f"{self.element_id}#{self.word}"

    @staticmethod
    def own_scope(token: Token) -> Scope:
        """Return the body's own variables."""
        return token.scope if token.owns_scope else token.open_scope()
