"""Deployed definitions: checking, deploying, and the cache of read specs, the only thing that is kept in memory."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Lock

from engine.canonical import Json, digest
from engine.definition import Deployables, ProcessDefinition, ProcessModel, read_files
from engine.dialect.calls import missing_targets
from engine.dialect.checks import Checks
from engine.dialect.finding import DeploymentRefused, Finding
from engine.dmn import DecisionModel
from engine.elements.events import StartEvent
from engine.elements.nesting import Target
from engine.elements.resource import Resource
from engine.errors import DefinitionNotFound
from engine.form import Form
from engine.resources import Resources
from engine.starts import next_round, start_triggers, starts_met
from engine.store import DefinitionRecord, DeploymentRecord, JobRecord, ResourceRecord, Store
from engine.surroundings import Surroundings


@dataclass(frozen=True, slots=True)
class Deployment:
    """What a deployment gave: `definitions` holds each process's version, the old one where nothing changed."""

    id: str
    definitions: tuple[DefinitionRecord, ...]
    findings: tuple[Finding, ...]
    is_new: bool


Key = tuple[str, frozenset[str], str]


class SpecCache:
    """Read definitions, the least recently used dropped first; shared by all threads.

    The key holds the tenant, so that no id reaches another one's, and the functions that expressions were read with.
    """

    def __init__(self, size: int = 200) -> None:
        self._size = size
        self._lock = Lock()
        self._definitions: OrderedDict[Key, ProcessDefinition] = OrderedDict()

    def get(self, key: Key) -> ProcessDefinition | None:
        """Return a definition that has been read."""
        with self._lock:
            found = self._definitions.get(key)
            if found is not None:
                self._definitions.move_to_end(key)
            return found

    def put(self, key: Key, definition: ProcessDefinition) -> None:
        """Keep a definition."""
        with self._lock:
            self._definitions[key] = definition
            while len(self._definitions) > self._size:
                self._definitions.popitem(last=False)


CACHE = SpecCache()


class Catalog:
    """One tenant's definitions."""

    def __init__(self, store: Store, around: Surroundings, checks: Checks) -> None:
        self._store = store
        self._around = around
        self._functions = frozenset(around.functions)
        self._resources = Resources(store)
        self._checks = checks

    def check(self, files: Mapping[str, bytes]) -> list[Finding]:
        """Return all that is to be said about files, without deploying them."""
        return list(self._read(files).findings)

    def _read(self, files: Mapping[str, bytes]) -> Deployables:
        checks = replace(self._checks, deployed=self._resources)
        found = read_files(files, functions=self._functions, checks=checks)
        missing = missing_targets(found.processes, self)
        return replace(found, findings=sorted([*found.findings, *missing], key=lambda item: (item.file, item.line)))

    def deploy(
        self, files: Mapping[str, bytes], *, by: str, at: datetime, name: str = "", source: str = ""
    ) -> Deployment:
        """Check and keep files; processes whose file, forms and tables are all unchanged keep their version.

        Raises DeploymentRefused with the findings.
        """
        found = self._read(files)
        if found.is_refused:
            raise DeploymentRefused(found.findings)
        if not found.processes:  # forms and tables are bound to the diagrams that are deployed with them
            raise DeploymentRefused([Finding(min(files, default=""), "no_process")])
        resources = tuple(ResourceRecord(file, content, digest(content)) for file, content in sorted(files.items()))
        known = self._unchanged(found.processes, resources)
        if known is not None:
            return Deployment(known[0].deployment_id, known, tuple(found.findings), is_new=False)
        deployment = DeploymentRecord(secrets.token_hex(8), name, source, self._after_all(at), by, resources)
        definitions = tuple(self._next_version(model, deployment, files) for model in found.processes)
        starts = [
            start_triggers(record, model, at, self._around)
            for record, model in zip(definitions, found.processes, strict=True)
        ]
        self._store.add_deployment(deployment, definitions)
        for record, (jobs, subscriptions) in zip(definitions, starts, strict=True):
            self._store.replace_start_triggers(record.key, jobs, subscriptions)
        return Deployment(deployment.id, definitions, tuple(found.findings), is_new=True)

    def _after_all(self, at: datetime) -> datetime:
        """Return an instant after all deployments, so that which is the latest is never in doubt."""
        newest = max((record.at for record in self._store.definitions()), default=None)
        return at if newest is None or newest < at else newest + timedelta(microseconds=1)

    def _unchanged(
        self, models: Sequence[ProcessModel], resources: tuple[ResourceRecord, ...]
    ) -> tuple[DefinitionRecord, ...] | None:
        """Return the newest versions if they come from one deployment of exactly these files."""
        newest = []
        for model in models:
            versions = self._store.definitions(model.key)
            if not versions:
                return None
            newest.append(versions[0])
        if not newest or len({record.deployment_id for record in newest}) != 1:
            return None
        before = {item.name: item.checksum for item in self._store.deployment(newest[0].deployment_id).resources}
        return tuple(newest) if before == {item.name: item.checksum for item in resources} else None

    def _next_version(
        self, model: ProcessModel, deployment: DeploymentRecord, files: Mapping[str, bytes]
    ) -> DefinitionRecord:
        versions = self._store.definitions(model.key)
        version = versions[0].version + 1 if versions else 1
        return DefinitionRecord(
            id=f"{model.key}:{version}:{secrets.token_hex(6)}", key=model.key, name=model.name, version=version,
            version_tag=model.version_tag, deployment_id=deployment.id, resource_name=model.file,
            checksum=digest(files[model.file]), at=deployment.at,
        )

    def after_start(self, job: JobRecord, at: datetime) -> None:
        """Set a start timer that has fired to its next round, or forget it when it has none left."""
        following = next_round(job, self.definition(job.definition_id), at, self._around)
        if following is None:
            self._store.remove_job(job.id)
        else:
            self._store.change_job(following)

    def starts_met(self, variables: Mapping[str, Json], at: datetime) -> list[tuple[ProcessDefinition, str]]:
        """Return the conditional start events of all newest versions whose condition is true with these variables."""
        newest = map(self.latest, sorted({record.key for record in self._store.definitions()}))
        return [
            (definition, name) for definition in newest
            for name in starts_met(definition, variables, at, self._around)
        ]

    def definition(self, definition_id: str) -> ProcessDefinition:
        """Return a version, read and cached. Raises DefinitionNotFound."""
        found = CACHE.get((self._store.tenant, self._functions, definition_id))
        return found or self._load(self._store.definition(definition_id))

    def latest(self, key: str) -> ProcessDefinition:
        """Return the newest version of a process. Raises DefinitionNotFound."""
        record = self._store.latest_definition(key)
        return CACHE.get((self._store.tenant, self._functions, record.id)) or self._load(record)

    def called(self, target: Target, caller: ProcessDefinition | None, event: int) -> ProcessDefinition:
        """Return what a call activity of `caller` calls at this moment. Raises DefinitionNotFound."""
        if target.binding == "latest":
            return self.latest(target.key)
        for record in self._store.definitions(target.key):
            match target.binding:
                case "deployment":
                    is_meant = caller is not None and record.deployment_id == caller.record.deployment_id
                case "version":
                    is_meant = str(record.version) == target.version
                case _:
                    is_meant = record.version_tag == target.version
            if is_meant:
                return self.definition(record.id)
        raise DefinitionNotFound(f"there is no {target}")

    def chosen(self, resource: Resource, caller: ProcessDefinition, event: int) -> str:
        """Return the deployment whose form or decision is meant at this moment. Raises NotFound."""
        return self._resources.chosen(resource)

    def decision(self, deployment_id: str, decision_id: str) -> DecisionModel:
        """Return a deployment's model that has a decision. Raises NotFound."""
        return self._resources.decision(deployment_id, decision_id)

    def form(self, definition: ProcessDefinition, key: str) -> Form:
        """Return the form that a task of a definition has by its key. Raises NotFound."""
        return definition.form(key) if key in definition.forms else self._resources.form(key)

    def start_form(self, definition: ProcessDefinition, start: StartEvent | None) -> Form | None:
        """Return the form of a start event, of the version that it asks for. Raises NotFound."""
        if start is None or start.form_key is None:
            return None
        binding, key = start.form_binding, start.form_key
        if key in definition.model.forms or binding.kind == "deployment":
            return definition.form(key)
        version = "" if binding.version is None else binding.version.text
        return self._resources.shelf(self._resources.chosen(Resource("form", key, binding.kind, version))).forms[key]

    def _load(self, record: DefinitionRecord) -> ProcessDefinition:
        files = {item.name: item.content for item in self._store.deployment(record.deployment_id).resources}
        found = read_files(files, functions=self._functions)
        wanted = (record.key, record.resource_name)
        model = next((model for model in found.processes if (model.key, model.file) == wanted), None)
        if model is None:
            raise DefinitionNotFound(f"this release cannot read {record.id}")
        sources = {name: content for name, content in files.items() if name.endswith(".form")}
        forms = {**found.forms, **model.forms}
        definition = ProcessDefinition(record, model, forms, files[record.resource_name], sources)
        CACHE.put((self._store.tenant, self._functions, record.id), definition)
        return definition
