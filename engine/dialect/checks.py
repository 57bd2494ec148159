"""What is looked at when files are checked or deployed, and not again when they are read to be run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from lxml import etree

from engine.dialect.finding import Finding
from engine.dialect.people import KnownPeople, check_asked, check_people
from engine.dialect.resources import Deployed, Nothing
from engine.dialect.soundness import check_soundness
from engine.elements.flow_node import ProcessSpec

PropertyCheck = Callable[[Mapping[str, str], Mapping[str, Mapping[str, str]]], Sequence[tuple[str | None, str]]]
"""Checks a process's own properties and its elements'; returns (element id or None, problem) pairs."""


@dataclass(frozen=True, slots=True)
class Checks:
    """What the application adds to the check."""

    properties: PropertyCheck | None = None
    people: KnownPeople | None = None
    deployed: Deployed = field(default_factory=Nothing)

    def of_process(
        self, spec: ProcessSpec, process: etree._Element, file: str, elements: Mapping[str, etree._Element],
        known: Iterable[Finding],
    ) -> list[Finding]:
        """Return findings about a process whose nodes and flows have been read; `known` are those of the reading."""
        found = check_soundness(spec, file, elements, known)
        found += check_asked(spec, file, elements, "error" if self.looks_after_people else "warning")
        return found if self.people is None else found + check_people(spec, process, file, elements, self.people)

    @property
    def looks_after_people(self) -> bool:
        """Whether an application shows tasks to those whom they name: one that names nobody would be seen by nobody."""
        return self.people is not None or self.properties is not None
