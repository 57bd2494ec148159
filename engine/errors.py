"""The engine's errors: one root, one class a meaning, a stable code for each."""

from __future__ import annotations


class EngineError(Exception):
    """Something the engine refuses. The docstring of the class is its default meaning.

    `code` is stable and may be matched by programs; the message names the thing and its id, never personal data.
    """

    code = "engine_error"

    def __init__(self, message: str = "") -> None:
        super().__init__(message or (type(self).__doc__ or "").split("\n")[0])


class NotFound(EngineError):
    """There is no such thing here."""

    code = "not_found"


class DefinitionNotFound(NotFound):
    """No process definition has this key or id."""

    code = "definition_not_found"


class InstanceNotFound(NotFound):
    """No process instance has this id."""

    code = "instance_not_found"


class TaskNotFound(NotFound):
    """No task has this id."""

    code = "task_not_found"


class JobNotFound(NotFound):
    """No job has this id."""

    code = "job_not_found"


class TaskNotOpen(EngineError):
    """The task is no longer open.

    `completed_by` is the user who completed it, or None when it was cancelled.
    """

    code = "task_not_open"

    def __init__(self, message: str = "", *, completed_by: str | None = None) -> None:
        super().__init__(message)
        self.completed_by = completed_by


class InstanceNotActive(EngineError):
    """The process instance has ended or is suspended."""

    code = "instance_not_active"


class ActivityNotStartable(EngineError):
    """No ad-hoc sub-process of the instance offers this activity now."""

    code = "activity_not_startable"


class NotPermitted(EngineError):
    """The actor may not do this."""

    code = "not_permitted"


class NotYourTask(NotPermitted):
    """The task is neither the actor's nor one of the actor's groups'."""

    code = "not_your_task"


class AlreadyClaimed(NotPermitted):
    """Somebody else has claimed the task. `claimed_by` tells who."""

    code = "already_claimed"

    def __init__(self, message: str = "", *, claimed_by: str | None = None) -> None:
        super().__init__(message)
        self.claimed_by = claimed_by


class SeparationOfDuties(NotPermitted):
    """Who did an earlier step of this instance may not do this one."""

    code = "separation_of_duties"


class FormInvalid(EngineError):
    """The submitted data do not fit the form. `errors` maps a field's key to its problems."""

    code = "form_invalid"

    def __init__(self, message: str = "", *, errors: dict[str, list[dict[str, object]]] | None = None) -> None:
        super().__init__(message)
        self.errors = errors or {}


class ConcurrentChange(EngineError):
    """Another transaction changed the instance first."""

    code = "concurrent_change"


class NoMatchingSubscription(EngineError):
    """Nothing waits for this message."""

    code = "no_matching_subscription"


class AmbiguousCorrelation(EngineError):
    """More than one instance waits for this message with these keys: `count` places do."""

    code = "ambiguous_correlation"

    def __init__(self, message: str = "", *, count: int = 2) -> None:
        super().__init__(message)
        self.count = count


class JobLocked(EngineError):
    """The job is locked by another worker, or by nobody."""

    code = "job_locked"


class NotJsonSafe(EngineError):
    """A variable's value has no JSON form."""

    code = "not_json_safe"


class ExecutionFailed(EngineError):
    """A step of the instance cannot be run. `element_id` names the step."""

    code = "execution_failed"

    def __init__(self, message: str = "", *, element_id: str | None = None) -> None:
        super().__init__(message)
        self.element_id = element_id


class StateUnreadable(EngineError):
    """A stored instance state has a format that this release cannot read."""

    code = "state_unreadable"


class HistoryBroken(EngineError):
    """The chain of an instance's history does not hold."""

    code = "history_broken"


class StoreUnavailable(EngineError):
    """The database is locked, full or gone."""

    code = "store_unavailable"
