"""Ad-hoc sub-processes: activities without an order between them, until a condition says that it is enough."""

from __future__ import annotations

from engine.elements.compensation_event import UNDOING
from engine.elements.flow_node import Token
from engine.elements.sub_process import SubProcess
from engine.errors import ExecutionFailed
from engine.expression import Expression


class AdHocSubProcess(SubProcess):
    """Starts each activity that no flow leads to once, all together or one at a time; people may start them again.

    After each activity the completion condition is looked at; without one it is done when all are. With one that is
    not true yet it waits until somebody starts an activity. Source: BPMN 2.0.2, 10.3.5 and 13.3.5.
    """

    kind = "adHocSubProcess"
    is_sequential = False
    cancels_remaining = True
    completion_condition: Expression | None = None
    active_elements: Expression | None = None  # a list of those that are started by themselves; else all are
    output_collection: str | None = None
    output_element: Expression | None = None

    def execute(self, token: Token) -> bool | None:
        """Start what is to be started; a list that names nothing leaves it to people."""
        names = self._first(token)
        self.open(token)
        if self.output_collection is not None:
            token.internal_data["results"] = []
        if self.is_sequential:
            token.internal_data["pending"] = names
            self._start_next(token)
        else:
            for name in names:
                self._start(token, name)
        return None

    def _first(self, token: Token) -> list[str]:
        if self.active_elements is None:
            return list(self.starts)
        wanted = token.workflow.evaluate(self.active_elements, token)
        if not isinstance(wanted, list) or not all(name in self.starts for name in wanted):
            raise ExecutionFailed(
                f"the active elements of {self.element_id} are no list of activities in it", element_id=self.element_id
            )
        return [str(name) for name in wanted]

    def _start(self, token: Token, name: str) -> None:
        token.workflow.make_ready(Token(token.workflow, self.spec.node(name), token))

    def _start_next(self, token: Token) -> bool:
        pending: list[str] = token.internal_data.get("pending", [])
        if pending:
            self._start(token, pending.pop(0))
        return bool(pending) or token.workflow.has_live_children(token)

    # -- when an activity ends

    def child_leaves(self, token: Token, child: Token) -> None:
        """Keep what an activity gives to the output collection."""
        if self.output_element is not None and child.task_spec.name in self.starts:
            token.internal_data["results"].append(token.workflow.evaluate(self.output_element, child))

    def child_ended(self, token: Token) -> None:
        """Look at the condition, then go on."""
        if token.id in token.workflow.tasks:
            self.go_on_inside(token)

    def go_on_inside(self, token: Token) -> None:
        """Complete, wait for what still runs, start the next activity, or leave it to people."""
        execution = token.workflow
        if not self._is_enough(token):
            if execution.has_live_children(token) or self._start_next(token) or self.completion_condition is not None:
                return
        elif not self.cancels_remaining and execution.has_live_children(token):
            token.internal_data["enough"] = True
            return
        execution.cancel_children(token)
        if self.output_collection is not None:
            outer = token.scope.parent if token.scope.parent is not None else token.scope
            outer.write(self.output_collection, token.internal_data.pop("results"))
        token.complete()

    def _is_enough(self, token: Token) -> bool:
        if "enough" in token.internal_data:
            return True
        return self.completion_condition is not None and token.workflow.holds(self.completion_condition, token)

    def interrupted(self, token: Token) -> None:
        """Begin nothing more."""
        token.internal_data["enough"] = True

    # -- when somebody chooses

    def startable(self, token: Token) -> list[str]:
        """Return the activities that somebody may start now.

        Where only one may run at a time, one that waits for a person who has not claimed it makes room for another.
        """
        if not {"enough", "failed", UNDOING}.isdisjoint(token.internal_data):
            return []
        running = list(token.workflow.live_children(token))
        if not self.is_sequential or not running:
            return list(self.starts)
        tasks = [token.workflow.open_tasks.get(child.id) for child in running]
        if any(task is None or task.claimed_at is not None for task in tasks):
            return []
        return [name for name in self.starts if name != running[0].task_spec.name]

    def making_room(self, token: Token) -> list[str]:
        """Return the names of the activities that wait and are put off when somebody starts another."""
        return [child.task_spec.label for child in token.workflow.live_children(token)] if self.is_sequential else []

    def start_chosen(self, token: Token, name: str) -> None:
        """Start an activity that is startable."""
        execution = token.workflow
        pending: list[str] = token.internal_data.get("pending", [])
        if name in pending:
            pending.remove(name)
        if self.is_sequential:
            for child in list(execution.live_children(token)):
                pending.insert(0, child.task_spec.name)
                execution.cancel(child)
        self._start(token, name)
