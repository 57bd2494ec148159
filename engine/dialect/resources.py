"""Which forms and decisions a diagram asks for, and the check that they are there."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Protocol

from engine.dialect.finding import Finding
from engine.elements.business_rule_task import BusinessRuleTask
from engine.elements.events import StartEvent
from engine.elements.resource import Binding, Kind, Resource
from engine.elements.user_task import UserTask
from engine.errors import NotFound
from engine.expression import Expression

if TYPE_CHECKING:
    from engine.definition import ProcessModel


class Deployed(Protocol):
    """Knows what has been deployed so far."""

    def chosen(self, resource: Resource) -> str:
        """Return the deployment of a form or decision. Raises NotFound."""


class Nothing:
    """Where nothing has been deployed yet."""

    def chosen(self, resource: Resource) -> str:
        """Know none."""
        raise NotFound(f"there is no {resource.kind} {resource}")


def missing_resources(
    model: ProcessModel, forms: Collection[str], decisions: Collection[str], deployed: Deployed
) -> Iterator[Finding]:
    """Yield a finding for each form and decision that neither is deployed nor is about to be."""
    for element_id, kind, name, binding in _asked_for(model):
        here = forms if kind == "form" else decisions
        if not _is_there(Resource(kind, name, binding.kind, _version(binding)), name in here, deployed):
            line = model.elements[element_id].line
            yield Finding(model.file, f"{kind}_missing", line, element_id, params={"what": name})


def _asked_for(model: ProcessModel) -> Iterator[tuple[str, Kind, str, Binding]]:
    for node in model.spec.task_specs.values():
        match node:
            case UserTask() if node.assignment.form_key is not None:
                if node.assignment.form_key not in model.forms:
                    yield node.element_id, "form", node.assignment.form_key, node.assignment.form_binding
            case StartEvent() if node.form_key is not None and node.form_key not in model.forms:
                yield node.element_id, "form", node.form_key, node.form_binding
            case BusinessRuleTask() if _is_literal(node.decision_ref):
                yield node.element_id, "decision", node.decision_ref.text, node.binding


def _is_there(resource: Resource, is_here: bool, deployed: Deployed) -> bool:
    """Whether it is there now; a computed version, and one that this deployment may make, is seen when it is needed."""
    if is_here or (resource.binding in ("version", "versionTag") and not resource.version):
        return True
    if resource.binding == "deployment":
        return False
    try:
        deployed.chosen(resource)
    except NotFound:
        return False
    return True


def _version(binding: Binding) -> str:
    return binding.version.text if binding.version is not None and _is_literal(binding.version) else ""


def _is_literal(expression: Expression) -> bool:
    return expression.compiled is None and not expression.problem
