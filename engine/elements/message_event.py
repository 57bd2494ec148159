"""Message and signal event definitions on the side that waits: a subscription by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.canonical import Json, canonical
from engine.elements.flow_node import Token
from engine.elements.outcome import AWAITED, slot
from engine.errors import ExecutionFailed
from engine.expression import Expression

if TYPE_CHECKING:
    from engine.elements.execution import Execution
    from engine.store import SubscriptionKind


@dataclass(frozen=True, slots=True)
class Subscription:
    """A message or signal that is waited for, by its name and, for a message, its correlation key."""

    kind: SubscriptionKind
    name: Expression
    key: Expression | None = None

    def arm(self, token: Token, index: int = 0) -> None:
        """Subscribe."""
        name, key = self._evaluated(token)
        if self.name.compiled is not None or self.key is not None:
            token.internal_data[slot(AWAITED, index)] = [name, key]
        token.workflow.subscribe(token, self.kind, name, index, key)

    def again(self, token: Token, index: int = 0) -> bool:
        """A subscription stays after it was met; that of a parallel multiple event is made anew."""
        if slot("subscription", index) not in token.internal_data:
            self.arm(token, index)
        return True

    def awaited(self, token: Token, index: int) -> tuple[str, str | None]:
        """Return the name and the key (canonical JSON) that a token waits with: those that held when it was armed."""
        kept = token.internal_data.get(slot(AWAITED, index))
        return self._evaluated(token) if kept is None else (kept[0], kept[1])

    def _evaluated(self, token: Token) -> tuple[str, str | None]:
        name = token.workflow.name_of(self.name, token, self.kind)
        return name, None if self.key is None else key_of(self.key, token)


def waiting_here(execution: Execution, kind: SubscriptionKind, name: str) -> Iterator[tuple[Token, int, str | None]]:
    """Yield which tokens of the instance wait for a message or signal: each with its definition's number and key."""
    for token in execution.tasks.values():
        for index, trigger in enumerate(token.task_spec.triggers):
            if (
                isinstance(trigger, Subscription) and trigger.kind == kind
                and slot("subscription", index) in token.internal_data
            ):
                awaited, key = trigger.awaited(token, index)
                if awaited == name:
                    yield token, index, key


def catch_here(token: Token, index: int, kind: SubscriptionKind, name: str, variables: Mapping[str, Json]) -> None:
    """Let a token catch what its own instance has thrown."""
    journal = token.workflow.journal
    journal.note(f"{kind}_caught", token.task_spec.element_id, token.id, name=name)
    with journal.computed():
        token.task_spec.fire(token, variables, index)


def key_of(expression: Expression, token: Token) -> str:
    """Evaluate a correlation key. Raises ExecutionFailed for null: it would match nothing, or anything."""
    value = token.workflow.evaluate(expression, token)
    if value is None:
        element_id = token.task_spec.element_id
        raise ExecutionFailed(f"the correlation key of {element_id} is null", element_id=element_id)
    return canonical(value)
