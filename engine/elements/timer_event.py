"""Timer event definitions: an instant, a duration, a cycle."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo

from engine.cron import as_quartz
from engine.elements.flow_node import Token
from engine.elements.outcome import slot
from engine.expression import Expression
from engine.feel.values import Value
from engine.timer import Cycle, first_due, following_round


@dataclass(frozen=True, slots=True)
class Timer:
    """What a timer event waits for: `form` is timeDate, timeDuration or timeCycle.

    Where the week `begins_on_monday`, as Camunda 8 has it, cron is read so.
    """

    form: str
    value: Expression
    begins_on_monday: bool = False

    def first(self, value: Value, at: datetime, element_id: str, zone: tzinfo) -> tuple[datetime, Cycle | None]:
        """Return when it first falls due if its expression gives `value`, and its cycle. Raises ExecutionFailed."""
        if self.begins_on_monday and isinstance(value, str):
            value = as_quartz(value)
        return first_due(self.form, value, at, element_id, zone)

    def arm(self, token: Token, index: int = 0) -> None:
        """Set the timer: a job at its first due instant."""
        execution = token.workflow
        value = execution.value_of(self.value, token)
        due, cycle = self.first(value, execution.act.at, token.task_spec.element_id, execution.zone)
        if cycle is not None:
            token.internal_data[slot("cycle", index)] = cycle.to_json()
        self._set(token, due, index)

    def again(self, token: Token, index: int = 0) -> bool:
        """Set a cycle's timer for its next round; False when it has none left."""
        execution = token.workflow
        execution.release(token, index)
        state = token.internal_data.pop(slot("cycle", index), None)
        following = None if state is None else following_round(Cycle.from_json(state), execution.act.at, execution.zone)
        if following is None:
            return False
        token.internal_data[slot("cycle", index)] = following.to_json()
        self._set(token, following.due, index)
        return True

    def _set(self, token: Token, due: datetime, index: int) -> None:
        job_id = token.workflow.add_job(
            token, "timer", due, index=index, priority=token.workflow.job_priority(token)
        )
        token.workflow.journal.note("timer_set", token.task_spec.element_id, token.id, due=due.isoformat(), job=job_id)
