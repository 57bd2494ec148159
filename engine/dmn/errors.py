"""What decision models refuse."""

from __future__ import annotations

from engine.errors import EngineError, NotFound


class DecisionModelInvalid(EngineError):
    """The file is no decision model, or has something in it that cannot be run.

    `element_id` and `line` tell where; `reason` is the message without them.
    """

    code = "decision_model_invalid"

    def __init__(
        self, message: str, *, element_id: str | None = None, line: int | None = None, reason: str | None = None
    ) -> None:
        super().__init__(message)
        self.reason = message if reason is None else reason
        self.element_id = element_id
        self.line = line


class DecisionNotFound(NotFound):
    """The model has no decision with this id."""

    code = "decision_not_found"


class HitPolicyViolated(EngineError):
    """More rules match than the table's hit policy allows, or they do not agree. `rules` are their numbers."""

    code = "hit_policy_violated"

    def __init__(self, message: str, *, rules: tuple[int, ...] = ()) -> None:
        super().__init__(message)
        self.rules = rules


class ValueNotAllowed(EngineError):
    """A table's input or output is none of the allowed values. `name` is the input's or output's."""

    code = "value_not_allowed"

    def __init__(self, message: str, *, name: str) -> None:
        super().__init__(message)
        self.name = name
