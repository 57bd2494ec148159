"""Where the decisions come from that are tried: deployments, and files that nobody has deployed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from engine.dmn import Decision, DecisionModel, DecisionNotFound, ModelFile, parse_dmn, parse_files
from engine.dmn.coverage import Flaw, flaws_of
from engine.dmn.sheet import Sheet, sheets_of
from engine.store import DefinitionRecord, ResourceRecord, Store

MOST_OWN = 400_000
"""Bytes of a file that is tried without being deployed: it comes along with each request."""
MOST_CHECKED = 200
"""Rules of a table that is checked whenever its page is opened: each is held against each other one."""


@dataclass(frozen=True, slots=True)
class Source:
    """A decision of a file, with the tables of the file as they are written."""

    file: str
    decision: Decision
    sheets: dict[str, Sheet]

    @property
    def flaws(self) -> tuple[Flaw, ...] | None:
        """What is wrong with the decision's own table; None where it has too many rules to be checked on a page."""
        return _flaws(self.decision)


@dataclass(frozen=True, slots=True)
class Deployed:
    """Processes that were deployed together, each in its newest version, and the decisions of that deployment."""

    records: tuple[DefinitionRecord, ...]
    decisions: tuple[Decision, ...]


def deployed(store: Store) -> list[Deployed]:
    """Return the deployments with decisions from which the newest versions of processes come."""
    newest: dict[str, DefinitionRecord] = {}
    for record in store.definitions():  # newest first
        newest.setdefault(record.key, record)
    together: dict[str, list[DefinitionRecord]] = {}
    for record in newest.values():
        together.setdefault(record.deployment_id, []).append(record)
    found = [Deployed(tuple(records), decisions_of(store, records[0])) for records in together.values()]
    return [each for each in found if each.decisions]


def decisions_of(store: Store, record: DefinitionRecord) -> tuple[Decision, ...]:
    """Return the decisions that were deployed with a version of a process."""
    resources = store.deployment(record.deployment_id).resources
    return tuple(decision for _, model in _models(resources) for decision in model.decisions.values())


def deployed_source(store: Store, record: DefinitionRecord, decision_id: str) -> Source:
    """Return one decision that was deployed with a version of a process.

    Raises DecisionNotFound.
    """
    for resource, model in _models(store.deployment(record.deployment_id).resources):
        if decision_id in model.decisions:
            return Source(resource.name, model.decision(decision_id), sheets_of(resource.content))
    raise DecisionNotFound(f"no decision {decision_id} was deployed with {record.id}")


def own_sources(xml: bytes) -> list[Source]:
    """Return the decisions of a file that is not deployed.

    Raises DecisionModelInvalid.
    """
    model, sheets = _model(xml), sheets_of(xml)
    return [Source("", decision, sheets) for decision in model.decisions.values()]


def _models(resources: Sequence[ResourceRecord]) -> Iterator[tuple[ResourceRecord, DecisionModel]]:
    models = _read(tuple((each.name, each.content) for each in resources if each.name.endswith(".dmn")))
    for resource in resources:
        found = models.get(resource.name)
        # An earlier release may have deployed what this one refuses.
        if found is not None and found.model is not None and not found.findings:
            yield resource, found.model


@lru_cache(maxsize=16)
def _read(files: tuple[tuple[str, bytes], ...]) -> dict[str, ModelFile]:
    return parse_files(dict(files))


@lru_cache(maxsize=16)
def _model(xml: bytes) -> DecisionModel:
    return parse_dmn(xml)


@lru_cache(maxsize=64)
def _flaws(decision: Decision) -> tuple[Flaw, ...] | None:
    if decision.table is None:
        return ()
    return tuple(flaws_of(decision.table)) if len(decision.table.rules) <= MOST_CHECKED else None
