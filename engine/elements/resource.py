"""Forms and decisions as elements refer to them: by id, and by which of the versions deployed so far is meant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from engine.errors import ExecutionFailed, NotFound
from engine.expression import Expression

if TYPE_CHECKING:
    from engine.elements.execution import Execution
    from engine.elements.flow_node import Token
    from engine.elements.nesting import BindingKind

Kind = Literal["form", "decision"]


@dataclass(frozen=True, slots=True)
class Binding:
    """Which version is meant: the newest, that of the same deployment, or the one with this number or tag."""

    kind: BindingKind = "latest"
    version: Expression | None = None


@dataclass(frozen=True, slots=True)
class Resource:
    """A form or decision that is asked for; `version` is the number or the tag, where the binding has one."""

    kind: Kind
    id: str
    binding: BindingKind = "latest"
    version: str = ""

    def __str__(self) -> str:
        return f"{self.id} ({self.binding}{f' {self.version}' if self.version else ''})"


def key_elsewhere(form_id: str, deployment_id: str) -> str:
    """Return the key of a form that was deployed with other files than its diagram."""
    return f"{form_id}@{deployment_id}"


def deployment_of(key: str | None) -> str | None:
    """Return the deployment that a form's key names; None for a form of the diagram's own deployment."""
    return key.rpartition("@")[2] if key is not None and "@" in key else None


def choose(execution: Execution, token: Token, kind: Kind, resource_id: str, binding: Binding) -> str:
    """Return the deployment whose form or decision a token is to have. Raises ExecutionFailed when there is none.

    It is to be told in the very next event, so that a replay chooses it again.
    """
    caller, version = execution.definition_of(token), ""
    if binding.kind == "deployment":
        return caller.record.deployment_id
    if binding.version is not None:
        version = str(execution.evaluate(binding.version, token))
    resource = Resource(kind, resource_id, binding.kind, version)
    try:
        return execution.library.chosen(resource, caller, execution.journal.number + 1)
    except NotFound as error:
        element_id = token.task_spec.element_id
        raise ExecutionFailed(
            f"{element_id} asks for the {kind} {resource}, which is not there", element_id=element_id
        ) from error
