"""Signal event definitions on the side that throws: a signal reaches all that wait for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from engine.canonical import Json
from engine.elements.call_activity import Handover
from engine.elements.flow_node import Token
from engine.elements.message_event import catch_here, waiting_here
from engine.elements.outcome import Signal, slot
from engine.expression import Expression

if TYPE_CHECKING:
    from engine.elements.execution import Execution


@dataclass(frozen=True, slots=True)
class ThrowSignal:
    """A signal that is thrown, by its name, with the variables that it is given."""

    name: Expression
    given: Sequence[Handover] = ()

    def throw(self, token: Token) -> bool | None:
        """Let it take effect in this instance at once; the engine sends it to all others in the same transaction.

        What moves beside it may be about to wait for it: the token goes on when that rests, and the signal has met it.
        What follows the event never meets it.
        """
        execution = token.workflow
        name = execution.name_of(self.name, token, "signal")
        variables: dict[str, Json] = {}
        for handover in self.given:
            variables.update(handover.read_local(token) if handover.is_local else handover.read(token))
        execution.journal.note("signal_thrown", token.task_spec.element_id, token.id, name=name)
        signal = Signal(name, variables)
        execution.signals.append(signal)
        met = meet(execution, signal)
        if token.id not in execution.tasks:
            return None
        if not execution.is_moving or token.task_spec.inner:
            return True
        execution.unsent.append((token.id, replace(signal, met=met)))
        return None


def meet(execution: Execution, signal: Signal) -> frozenset[str]:
    """Let a signal take effect on all in its instance that wait for it and have not met it; return whom it has met."""
    found = [
        (catching, index, catching.internal_data[slot("subscription", index)])
        for catching, index, _ in waiting_here(execution, "signal", signal.name)
    ]
    for catching, index, subscription in found:
        still = catching.internal_data.get(slot("subscription", index)) == subscription
        if still and subscription not in signal.met and catching.id in execution.tasks:  # one may have cancelled it
            catch_here(catching, index, "signal", signal.name, signal.variables)
    return frozenset(subscription for _, _, subscription in found)


@dataclass(frozen=True, slots=True)
class Terminate:
    """What a terminate end event does."""

    def throw(self, token: Token) -> bool | None:
        """Cancel everything else in the scope, at once."""
        scope = token.parent
        assert scope is not None
        token.workflow.cancel_children(scope, but=token)
        return True
