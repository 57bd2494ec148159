"""Called processes inside the tree of their caller: whose diagram a token stands in, and in which call."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from engine.elements.flow_node import ProcessSpec, Token
from engine.errors import DefinitionNotFound, ExecutionFailed, NotFound

if TYPE_CHECKING:
    from engine.definition import ProcessDefinition
    from engine.dmn import DecisionModel
    from engine.elements.resource import Resource
    from engine.form import Form

BindingKind = Literal["latest", "deployment", "version", "versionTag"]


@dataclass(frozen=True, slots=True)
class Target:
    """Which process a call activity asks for; `version` is the number or the tag, where the binding has one."""

    key: str
    binding: BindingKind = "latest"
    version: str = ""

    def __str__(self) -> str:
        return f"{self.key} ({self.binding}{f' {self.version}' if self.version else ''})"


class Library(Protocol):
    """Knows the definitions that processes call and that called ones are restored with."""

    def definition(self, definition_id: str) -> ProcessDefinition:
        """Return a version. Raises DefinitionNotFound."""

    def called(self, target: Target, caller: ProcessDefinition | None, event: int) -> ProcessDefinition:
        """Return what a call activity calls now; `event` is the number of the event that will note it.

        Raises DefinitionNotFound.
        """

    def chosen(self, resource: Resource, caller: ProcessDefinition, event: int) -> str:
        """Return the deployment whose form or decision an element asks for now; `event` is the one that will note it.

        Raises NotFound.
        """

    def decision(self, deployment_id: str, decision_id: str) -> DecisionModel:
        """Return a deployment's model that has a decision. Raises NotFound."""

    def form(self, definition: ProcessDefinition, key: str) -> Form:
        """Return the form that a task of a definition has by its key. Raises NotFound."""


class NoLibrary:
    """Where no definitions are known, nothing can be called."""

    def definition(self, definition_id: str) -> ProcessDefinition:
        """Know none."""
        raise DefinitionNotFound(f"the definition {definition_id} is not known here")

    def called(self, target: Target, caller: ProcessDefinition | None, event: int) -> ProcessDefinition:
        """Know none."""
        raise DefinitionNotFound(f"the process {target} is not known here")

    def chosen(self, resource: Resource, caller: ProcessDefinition, event: int) -> str:
        """Know those of the same deployment."""
        return caller.record.deployment_id

    def decision(self, deployment_id: str, decision_id: str) -> DecisionModel:
        """Know none."""
        raise NotFound(f"the decision {decision_id} is not known here")

    def form(self, definition: ProcessDefinition, key: str) -> Form:
        """Know those of the same deployment."""
        return definition.form(key)


class Nesting:
    """Tells which call a token runs in. The root token of a called process keeps its definition's id ("called")."""

    definition: ProcessDefinition
    spec: ProcessSpec
    business_key: str | None
    tasks: Mapping[int, Token]
    library: Library

    def __init__(self) -> None:
        self.called: dict[ProcessSpec, ProcessDefinition] = {}

    def definition_of(self, token: Token) -> ProcessDefinition:
        """Return the definition whose diagram a token stands in."""
        spec = token.task_spec.spec
        return self.definition if spec is self.spec else self.called[spec]

    def called_definition(self, definition_id: str) -> ProcessDefinition:
        """Return the definition that a stored called process runs, ready for `definition_of`."""
        definition = self.library.definition(definition_id)
        self.called[definition.spec] = definition
        return definition

    def look_up(self, target: Target, token: Token, event: int) -> ProcessDefinition:
        """Return what a call activity calls, ready for `definition_of`. Raises ExecutionFailed."""
        try:
            definition = self.library.called(target, self.definition_of(token), event)
        except DefinitionNotFound as error:
            element_id = token.task_spec.element_id
            raise ExecutionFailed(f"{element_id} calls {target}, which is not there", element_id=element_id) from error
        self.called[definition.spec] = definition
        return definition

    def roots_around(self, token: Token | None) -> Iterator[Token]:
        """Yield the roots of the called processes that a token runs in, the innermost first."""
        while self.called and token is not None:
            if "called" in token.internal_data:
                yield token
            token = token.parent

    def call_around(self, number: int) -> int | None:
        """Return the number of the call activity's token in whose called process a token stands; None outside."""
        if not self.called:
            return None
        root = next(self.roots_around(self.tasks.get(number)), None)
        return None if root is None else root._parent

    def place_of(self, element_id: str, token: Token) -> str:
        """Return an element's id, told apart from those of other calls by the number of the call around a token."""
        call = self.call_around(token.id)
        return element_id if call is None else f"{call}/{element_id}"

    def places(self, tokens: Iterable[Token]) -> dict[int, dict[str, None]]:
        """Return the elements at which tokens stand by the call (0: none) that runs their diagram, in order.

        What stands in a called process stands at the call activity in its caller's diagram.
        """
        found: dict[int, dict[str, None]] = {}
        for token in tokens:
            at = token
            for root in self.roots_around(token):
                assert root.parent is not None
                found.setdefault(root.parent.id, {})[at.task_spec.element_id] = None
                at = root.parent
            found.setdefault(0, {})[at.task_spec.element_id] = None
        return found

    def business_key_of(self, token: Token) -> str | None:
        """Return the business key of the called process that a token runs in, or of the nearest around with one."""
        for root in self.roots_around(token):
            if "business_key" in root.internal_data:
                key: str | None = root.internal_data["business_key"]
                return key
        return self.business_key
