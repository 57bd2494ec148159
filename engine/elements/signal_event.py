"""Signal event definitions on the side that throws: a signal reaches all that wait for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.canonical import Json
from engine.elements.call_activity import Handover
from engine.elements.flow_node import Token
from engine.elements.message_event import catch_here, waiting_here
from engine.elements.outcome import Signal, slot
from engine.expression import Expression


@dataclass(frozen=True, slots=True)
class ThrowSignal:
    """A signal that is thrown, by its name, with the variables that it is given."""

    name: Expression
    given: Sequence[Handover] = ()

    def throw(self, token: Token) -> bool | None:
        """Let it take effect in this instance at once; the engine sends it to all others in the same transaction."""
        execution = token.workflow
        name = execution.name_of(self.name, token, "signal")
        variables: dict[str, Json] = {}
        for handover in self.given:
            variables.update(handover.read_local(token) if handover.is_local else handover.read(token))
        execution.journal.note("signal_thrown", token.task_spec.element_id, token.id, name=name)
        reached = [
            (catching, index, catching.internal_data[slot("subscription", index)])
            for catching, index, _ in waiting_here(execution, "signal", name)
        ]
        execution.signals.append(Signal(name, variables, frozenset(subscription for _, _, subscription in reached)))
        for catching, index, subscription in reached:
            still = catching.internal_data.get(slot("subscription", index)) == subscription
            if still and catching.id in execution.tasks:  # what was reached before it may have cancelled it
                catch_here(catching, index, "signal", name, variables)
        return True if token.id in execution.tasks else None


@dataclass(frozen=True, slots=True)
class Terminate:
    """What a terminate end event does."""

    def throw(self, token: Token) -> bool | None:
        """Cancel everything else in the scope, at once."""
        scope = token.parent
        assert scope is not None
        token.workflow.cancel_children(scope, but=token)
        return True
