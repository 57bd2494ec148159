"""Call activities: another definition's process, run inside the caller's tree with variables of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

from SpiffWorkflow.util.task import TaskState

from engine.canonical import Json
from engine.elements.events import StartEvent
from engine.elements.flow_node import FlowNode, Token
from engine.elements.nesting import BindingKind, Target
from engine.elements.sub_process import Process
from engine.errors import ExecutionFailed
from engine.expression import Expression
from engine.variables import Scope

if TYPE_CHECKING:
    from engine.elements.error_event import Thrown

MAX_DEPTH = 50
"""How many calls may stand inside each other: a process may call itself, but not without end."""

LOOP_VARIABLES = frozenset((
    "loopCounter", "nrOfInstances", "nrOfActiveInstances", "nrOfCompletedInstances",
    "numberOfInstances", "numberOfActiveInstances", "numberOfCompletedInstances",
))
"""What a multi-instance counts: what comes back with all variables is older than what the caller has by then."""


@dataclass(frozen=True, slots=True)
class Handover:
    """What is handed to or from a called process: one value under the name `target`, or all variables.

    The value is that of the variable `source` (null where there is none), or of an expression. `is_local` means the
    call activity's own variables alone: for what goes in those that are read, for what comes out where it is written.
    """

    target: str = ""
    source: str | None = None
    expression: Expression | None = None
    is_local: bool = False

    def read(self, token: Token) -> dict[str, Json]:
        """Return names and values as a token sees them. Raises ExecutionFailed."""
        if self.expression is not None:
            return {self.target: token.workflow.evaluate(self.expression, token)}
        return {self.target: token.scope.get(self.source or "")} if self.target else dict(token.scope)

    def read_local(self, token: Token) -> dict[str, Json]:
        """Return names and values of the token's own variables. Raises ExecutionFailed."""
        own = token.scope.values_here if token.owns_scope else {}
        if self.expression is not None:
            return self.read(token)
        return {self.target: own.get(self.source or "")} if self.target else dict(own)


class CallActivity(FlowNode):
    """Calls a process or a global task and waits until it has ended."""

    kind = "callActivity"
    is_scope = True
    called_element: Expression = Expression("")
    binding: BindingKind = "latest"
    version: Expression | None = None
    ins: Sequence[Handover] = ()
    outs: Sequence[Handover] = ()
    business_key: Expression | None = None
    gives_back: Literal["always", "when completed"] = "always"
    """Camunda 7 hands variables back as well when an error or escalation leaves the called process."""

    def execute(self, token: Token) -> bool | None:
        """Choose the definition, note it, hand variables over and start inside."""
        execution = token.workflow
        if sum(1 for _ in execution.roots_around(token)) >= MAX_DEPTH:
            raise self._failed(f"{self.element_id} calls deeper than {MAX_DEPTH} processes")
        target = self._target(token)
        given: dict[str, Json] = {}
        for handover in self.ins:
            given.update(handover.read_local(token) if handover.is_local else handover.read(token))
        kept: dict[str, Json] = {}
        if self.business_key is not None:
            kept["business_key"] = self._text(token, self.business_key, "business key")
        definition = execution.look_up(target, token, execution.journal.number + 1)
        process = cast(Process, definition.spec.start)
        execution.journal.note("process_called", self.element_id, token.id, definition=definition.id)
        if not process.starts:
            raise self._failed(f"{self.element_id} calls {target}, which has no plain start event")
        if sum(isinstance(process.spec.node(name), StartEvent) for name in process.starts) > 1:
            raise self._failed(f"{self.element_id} calls {target}, which has several plain start events")
        if any(handover.is_local for handover in self.outs) and not token.owns_scope:
            token.open_scope()
        number = execution.next_number()
        root = Token(execution, process, token, Scope(number, None, execution.journal), TaskState.STARTED, number)
        root.internal_data.update(kept, called=definition.id)
        for name, value in given.items():
            root.scope.write_here(name, value)
        event = definition.start_event
        if event is not None and event.initiator and execution.act.by is not None:
            root.scope.write_here(event.initiator, execution.act.by)
        process.enter(root)
        process.execute(root)
        return None

    def _target(self, token: Token) -> Target:
        key = self._text(token, self.called_element, "called element")
        version = "" if self.version is None else self._text(token, self.version, "called version")
        if key is None or version is None:
            raise self._failed(f"{self.element_id} does not say what it calls")
        return Target(key, self.binding, version)

    def _text(self, token: Token, expression: Expression, what: str) -> str | None:
        value = token.workflow.evaluate(expression, token)
        if isinstance(value, bool) or not isinstance(value, str | int | None):
            raise self._failed(f"the {what} of {self.element_id} is no text")
        return str(value).strip() or None if value is not None else None

    def _failed(self, message: str) -> ExecutionFailed:
        return ExecutionFailed(message, element_id=self.element_id)

    def take_back(self, token: Token, called: Token) -> None:
        """Take over what the called process hands back, read in its own variables. Raises ExecutionFailed."""
        try:
            values = [(handover, handover.read(called)) for handover in self.outs]
        except ExecutionFailed as error:
            raise self._failed(f"{self.element_id} takes nothing back: {error}") from error
        for handover, read in values:
            write = token.scope.write_here if handover.is_local else token.scope.write
            for name, value in read.items():
                if handover.target or name not in LOOP_VARIABLES:
                    write(name, value)

    def passed_by(self, token: Token, called: Token, thrown: Thrown) -> None:
        """Take over what is handed back when something caught further out leaves the called process."""
        if self.gives_back == "always" and thrown.kind in ("error", "escalation"):
            self.take_back(token, called)

    def child_ended(self, token: Token) -> None:
        """Complete when the called process has ended."""
        if token.id in token.workflow.tasks and not token._children:
            token.complete()
