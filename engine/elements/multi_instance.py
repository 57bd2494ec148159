"""Multi-instance activities: the same activity several times, at once or one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from engine.elements.flow_node import Token
from engine.elements.repetition import Repetition
from engine.errors import ExecutionFailed
from engine.expression import Expression

if TYPE_CHECKING:
    from engine.elements.events import Throw

MAX_INSTANCES = 10_000
"""How many instances a multi-instance may have: a number comes from a variable, and each takes memory."""

Behaviour = Literal["None", "One", "All", "Complex"]
"""When an instance that completes throws an event: each one, the first one, none, or as conditions say."""


@dataclass(frozen=True, slots=True)
class Conclusion:
    """A complex behaviour: when the condition holds, the events are thrown and the other instances cancelled."""

    condition: Expression
    throws: Sequence[Throw]


class Counts(NamedTuple):
    """What the variables are called that count the instances."""

    total: str
    active: str
    completed: str


class MultiInstance(Repetition):
    """Runs an activity several times, at once or one after the other."""

    word = "multiInstanceBody"
    is_sequential = False
    collection: Expression | None = None
    element_variable: str | None = None
    cardinality: Expression | None = None
    completion_condition: Expression | None = None
    words = Counts("nrOfInstances", "nrOfActiveInstances", "nrOfCompletedInstances")
    counter_from = 0  # the first instance's loopCounter
    sees_last = False  # whether the completion condition sees the variables of the instance that has just ended
    output_collection: str | None = None  # a variable around the activity, written when all is done
    output_element: Expression | None = None  # what each instance gives to it
    output_variable: str | None = None  # a variable of each instance, for it to write
    behaviour: Behaviour = "All"
    throws: Sequence[Throw] = ()  # behaviour None and One
    conclusions: Sequence[Conclusion] = ()  # behaviour Complex

    def execute(self, token: Token) -> bool | None:
        """Start all instances, or the first one."""
        items = self._items(token)
        scope = self.own_scope(token)
        scope.write_here(self.words.total, len(items))
        scope.write_here(self.words.completed, 0)
        scope.write_here(self.words.active, 0)
        if self.output_element is not None:
            token.internal_data["results"] = [None] * len(items)
        if not items:
            self._deliver(token)
            return True
        if self.is_sequential:
            token.internal_data["items"] = items
            self._begin(token, 0, items[0])
        else:
            scope.write_here(self.words.active, len(items))
            for index, item in enumerate(items):
                self._begin(token, index, item)
        return None

    def _items(self, token: Token) -> list[Any]:
        execution = token.workflow
        if self.cardinality is not None:
            count = execution.evaluate(self.cardinality, token)
            if isinstance(count, bool) or not isinstance(count, int) or count < 0:
                raise ExecutionFailed(
                    f"the loop cardinality of {self.element_id} is no whole number from 0 on",
                    element_id=self.element_id,
                )
            self._check_size(count)
            return [None] * count
        assert self.collection is not None
        items = execution.evaluate(self.collection, token)
        if not isinstance(items, list):
            raise ExecutionFailed(f"the collection of {self.element_id} is no list", element_id=self.element_id)
        self._check_size(len(items))
        return items

    def _check_size(self, count: int) -> None:
        if count > MAX_INSTANCES:
            raise ExecutionFailed(
                f"{self.element_id} would have {count} instances, more than {MAX_INSTANCES}", element_id=self.element_id
            )

    def _begin(self, token: Token, index: int, item: Any) -> None:
        execution = token.workflow
        child = Token(execution, self.spec.node(self.inner), token)
        scope = child.open_scope()
        scope.write_here("loopCounter", self.counter_from + index)
        if self.element_variable is not None:
            scope.write_here(self.element_variable, item)
        if self.output_variable is not None:
            scope.write_here(self.output_variable, None)
        if self.output_element is not None:
            child.internal_data["index"] = index
        if self.is_sequential:
            token.scope.write_here(self.words.active, 1)
        execution.make_ready(child)

    # -- when an instance ends

    def child_leaves(self, token: Token, child: Token) -> None:
        """Keep what the instance gives to the output collection."""
        if self.sees_last and self.completion_condition is not None:
            own = child.scope.values_here.items()
            token.internal_data["last"] = {
                name: value for name, value in own if name in self.completion_condition.names
            }
        if self.output_element is not None:
            value = token.workflow.evaluate(self.output_element, child)
            token.internal_data["results"][child.internal_data["index"]] = value

    def child_ended(self, token: Token) -> None:
        """Count the instance, then go on."""
        execution, scope = token.workflow, token.scope
        if token.id not in execution.tasks:
            return
        done = scope.values_here[self.words.completed] + 1
        total = scope.values_here[self.words.total]
        scope.write_here(self.words.completed, done)
        if self.is_sequential:
            scope.write_here(self.words.active, 0)
        else:
            scope.write_here(self.words.active, total - done)
        self.go_on_inside(token)

    def go_on_inside(self, token: Token) -> None:
        """Throw what is to be thrown; stop by a condition, complete after the last instance, or begin the next."""
        execution = token.workflow
        if self._is_concluded(token):
            if token.id in execution.tasks:
                self._finish(token)
            return
        if token.id not in execution.tasks:
            return  # a boundary event has caught what was thrown
        done = token.scope.values_here[self.words.completed]
        if self._is_complete(token) or done == token.scope.values_here[self.words.total]:
            self._finish(token)
        elif self.is_sequential:
            self._begin(token, done, token.internal_data["items"][done])

    def _is_complete(self, token: Token) -> bool:
        condition = self.completion_condition
        if condition is None:
            return False
        if self.output_collection in condition.names:
            token.scope.write_here(str(self.output_collection), token.internal_data["results"])
        return token.workflow.holds(condition, token, token.internal_data.get("last"))

    def _finish(self, token: Token) -> None:
        token.workflow.cancel_children(token)
        self._deliver(token)
        token.complete()

    def _deliver(self, token: Token) -> None:
        """Write the output collection, in the order of the instances; what none has given is null."""
        if self.output_collection is not None:
            outer = token.scope.parent if token.owns_scope and token.scope.parent is not None else token.scope
            outer.write(self.output_collection, token.internal_data.pop("results"))

    def _is_concluded(self, token: Token) -> bool:
        """Throw the events that instances throw on completing; whether one of them ends the activity."""
        done = token.scope.values_here[self.words.completed]
        told = token.internal_data.get("told", 0)
        if self.behaviour == "All" or told == done:
            return "concluded" in token.internal_data
        held = [each for each in self.conclusions if token.workflow.holds(each.condition, token)]
        throws = [throw for each in held for throw in each.throws]
        if self.behaviour == "None" or (self.behaviour == "One" and told == 0):
            throws = list(self.throws)
        token.internal_data["told"] = done  # a retry throws nothing twice
        if held:
            token.internal_data["concluded"] = True
        for throw in throws:
            if token.id in token.workflow.tasks:
                throw.throw(token)
        return bool(held)
