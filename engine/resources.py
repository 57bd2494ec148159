"""The forms and decisions of all deployments, and which of their versions a diagram asks for."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from threading import Lock

from engine.dialect.forms import BY_FILE
from engine.dialect.xml import ZEEBE, is_bpmn, local, read
from engine.dmn import DecisionModel, parse_files
from engine.elements.resource import Kind, Resource, deployment_of
from engine.errors import EngineError, NotFound
from engine.form import Form, parse_form
from engine.store import DeploymentRecord, Store

_DMN_OF_CAMUNDA = "http://camunda.org/schema/1.0/dmn"


@dataclass(slots=True)
class Shelf:
    """The forms and decisions of one deployment; of each the checksum of its file, and its tag if it has one."""

    forms: dict[str, Form] = field(default_factory=dict)
    decisions: dict[str, DecisionModel] = field(default_factory=dict)
    checksums: dict[tuple[Kind, str], str] = field(default_factory=dict)
    tags: dict[tuple[Kind, str], str] = field(default_factory=dict)


class Resources:
    """One tenant's forms and decisions."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def chosen(self, resource: Resource) -> str:
        """Return the deployment of the form or decision that is meant. Raises NotFound."""
        key = (resource.kind, resource.id)
        found = [(name, shelf) for name, shelf in self._newest_first() if key in shelf.checksums]
        match resource.binding:
            case "version":
                found = found[found_from(found, key, resource.version):]
            case "versionTag":
                found = [(name, shelf) for name, shelf in found if shelf.tags.get(key) == resource.version]
        if not found:
            raise NotFound(f"there is no {resource.kind} {resource}")
        return found[0][0]

    def decision(self, deployment_id: str, decision_id: str) -> DecisionModel:
        """Return a deployment's model that has a decision. Raises NotFound."""
        found = self.shelf(deployment_id).decisions.get(decision_id)
        if found is None:
            raise NotFound(f"the deployment {deployment_id} has no decision {decision_id}")
        return found

    def form(self, key: str) -> Form:
        """Return a form by a key that names its deployment. Raises NotFound."""
        deployment_id, form_id = deployment_of(key), key.rpartition("@")[0]
        found = None if deployment_id is None else self.shelf(deployment_id).forms.get(form_id)
        if found is None:
            raise NotFound(f"there is no form {key}")
        return found

    def _newest_first(self) -> Iterator[tuple[str, Shelf]]:
        at = {record.deployment_id: record.at for record in self._store.definitions()}
        for deployment_id in sorted(at, key=lambda each: (at[each], each), reverse=True):
            yield deployment_id, self.shelf(deployment_id)

    def shelf(self, deployment_id: str) -> Shelf:
        """Return what one deployment holds. Raises NotFound."""
        key = (self._store.tenant, deployment_id)
        return SHELVES.get(key) or SHELVES.put(key, read_shelf(self._store.deployment(deployment_id)))


def found_from(found: list[tuple[str, Shelf]], key: tuple[Kind, str], version: str) -> int:
    """Return where in the list, newest first, the version of this number is; a file that is the same counts once."""
    number, before = 0, ""
    for index in range(len(found) - 1, -1, -1):
        checksum = found[index][1].checksums[key]
        number += checksum != before
        before = checksum
        if str(number) == version.strip():
            return index
    return len(found)


def read_shelf(deployment: DeploymentRecord) -> Shelf:
    """Read the forms and decisions of a deployment; what this release cannot read is not there."""
    shelf = Shelf()
    models = parse_files({file.name: file.content for file in deployment.resources if file.name.endswith(".dmn")})
    for file in deployment.resources:
        try:
            if file.name.endswith(".form"):
                form = parse_form(file.content)
                ids: Mapping[str, str | None] = dict.fromkeys(
                    (form.id, f"{BY_FILE}{file.name}"), str(form.schema.get("versionTag") or "")
                )
                shelf.forms.update(dict.fromkeys(ids, form))
                kind: Kind = "form"
            elif file.name.endswith(".dmn"):
                found = models[file.name]
                if found.model is None or found.findings:
                    continue
                model = found.model
                tags = _tags(file.content)
                ids = {name: tags.get(name) for name in model.decisions}
                shelf.decisions.update(dict.fromkeys(model.decisions, model))
                kind = "decision"
            else:
                continue
        except EngineError:
            continue
        shelf.checksums.update({(kind, name): file.checksum for name in ids})
        shelf.tags.update({(kind, name): tag for name, tag in ids.items() if tag})
    return shelf


def _tags(content: bytes) -> dict[str, str]:
    """Return the version tags of a file's decisions, as Camunda 7 and Camunda 8 write them."""
    found: dict[str, str] = {}
    for element in read(content).iter():
        if isinstance(element.tag, str) and local(element) == "decision" and not is_bpmn(element):
            tag = element.get(f"{{{_DMN_OF_CAMUNDA}}}versionTag", "")
            for item in element.iter(f"{{{ZEEBE}}}versionTag"):
                tag = item.get("value", "")
            found[element.get("id", "")] = tag
    return found


class ShelfCache:
    """Deployments that have been read, the least recently used dropped first; shared by all threads."""

    def __init__(self, size: int = 500) -> None:
        self._size = size
        self._lock = Lock()
        self._shelves: OrderedDict[tuple[str, str], Shelf] = OrderedDict()

    def get(self, key: tuple[str, str]) -> Shelf | None:
        """Return what has been read."""
        with self._lock:
            if key in self._shelves:
                self._shelves.move_to_end(key)
            return self._shelves.get(key)

    def put(self, key: tuple[str, str], shelf: Shelf) -> Shelf:
        """Keep what has been read, and return it."""
        with self._lock:
            self._shelves[key] = shelf
            while len(self._shelves) > self._size:
                self._shelves.popitem(last=False)
        return shelf


SHELVES = ShelfCache()
