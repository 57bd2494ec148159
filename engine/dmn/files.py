"""Reads the decision models of several files, which may import one another in whatever order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from lxml.etree import _Element

from engine.dmn.errors import DecisionModelInvalid
from engine.dmn.model import DecisionModel
from engine.dmn.parser import parse_dmn
from engine.dmn.xml import children, invalid, read


@dataclass(slots=True)
class ModelFile:
    """What came of one file: its model, with null for what is wrong in it, and all that is wrong."""

    model: DecisionModel | None = None
    findings: list[DecisionModelInvalid] = field(default_factory=list)


def parse_files(files: Mapping[str, bytes]) -> dict[str, ModelFile]:
    """Return what came of each file, by its name; a file may import any other by its namespace."""
    reading = _Reading(files)
    return {name: reading.file(name, ()) for name in files}


class _Reading:
    """Reads each file once, those that it imports before it."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files
        self._done: dict[str, ModelFile] = {}
        self._imports: dict[str, list[_Element]] = {}
        self._named: dict[str, list[str]] = {}
        for name, content in files.items():
            try:
                root = read(content)
            except DecisionModelInvalid as finding:
                self._done[name] = ModelFile(None, [finding])
                continue
            self._named.setdefault(root.get("namespace", ""), []).append(name)
            self._imports[name] = list(children(root, "import"))

    def file(self, name: str, waiting: tuple[str, ...]) -> ModelFile:
        """Return what came of a file; those that are `waiting` for it, each imported by the one before, come after."""
        if name not in self._done:
            found = ModelFile()
            imports = dict(self._imported(name, (*waiting, name), found))
            try:
                found.model = parse_dmn(self._files[name], imports=imports, findings=found.findings)
            except DecisionModelInvalid as finding:
                found.findings.append(finding)
            self._done[name] = found
        return self._done[name]

    def _imported(
        self, name: str, waiting: tuple[str, ...], found: ModelFile
    ) -> Iterator[tuple[str, DecisionModel | None]]:
        for element in self._imports[name]:
            namespace = element.get("namespace", "")
            others = [other for other in self._named.get(namespace, ()) if other != name]
            problem, model = "", None
            if len(others) > 1:
                problem = f"several files have the namespace {namespace}: {', '.join(others)}"
            elif others and others[0] in waiting:
                circle = waiting[waiting.index(others[0]) :]
                problem = f"files import one another: {' → '.join((*circle, others[0]))}"
            elif others:
                model = self.file(others[0], waiting).model
                problem = f"{others[0]}, which is imported, cannot be used" if model is None else ""
            elif name in self._named.get(namespace, ()):
                problem = "the file imports itself"
            if problem:
                found.findings.append(invalid(element, problem))
            if problem or model is not None:
                yield namespace, model
