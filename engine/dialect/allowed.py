"""The check of names: each element and attribute is looked up in the vocabulary; what is not there is refused."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from lxml import etree

from engine.dialect.calls import GLOBAL_TASKS
from engine.dialect.finding import Finding
from engine.dialect.platform import PREFIX, Platform, platform_of
from engine.dialect.vocabulary import hints as why
from engine.dialect.vocabulary.line import Hint, Line
from engine.dialect.vocabulary.namespaces import DRAWING, OTHER_ENGINES, PREFIXES, written
from engine.dialect.vocabulary.table import KNOWN, REQUIRED, line_for
from engine.dialect.xml import BPMN, is_bpmn

_ID = re.compile(r"[^\W\d][\w.\-]*")


def check_allowed(root: etree._Element, file: str) -> list[Finding]:
    """Return a finding for each element and attribute that is neither run nor kept for display."""
    names = Names(file, platform_of(root))
    stack = [(root, Place())]
    while stack:
        element, around = stack.pop()
        if not names.judge_element(element, around):
            continue
        place = _place(element, around)
        names.judge_attributes(element, place)
        if _is_looked_into(element):
            inside = replace(around, is_extension=True) if is_bpmn(element, "extensionElements") else place
            stack += [(item, inside) for item in reversed(element) if isinstance(item.tag, str)]
    return names.findings


def nearest_id(element: etree._Element | None) -> str | None:
    """Return the id of the element, or of the nearest one around it that has one."""
    while element is not None:
        if element.get("id"):
            return str(element.get("id"))
        element = element.getparent()
    return None


@dataclass(frozen=True, slots=True)
class Place:
    """What an element is called, and the owners that its parts are looked up with, the most special first."""

    names: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    is_extension: bool = False  # inside its extensionElements


def _place(element: etree._Element, around: Place) -> Place:
    name = written(str(element.tag))[1]
    is_event = name == "bpmn:subProcess" and element.get("triggeredByEvent") == "true"
    kind = GLOBAL_TASKS.get(name.removeprefix("bpmn:"))
    names = ("bpmn:eventSubProcess", name) if is_event else (name,) if kind is None else (name, f"bpmn:{kind}")
    paths = (f"{parent}/{item}" for parent in around.names for item in names)
    return Place(names, (*paths, *names, "*") if is_bpmn(element) else (*paths, *names))


def _is_looked_into(element: etree._Element) -> bool:
    """Texts may hold what they like, and a pool that is not run is only looked at."""
    if is_bpmn(element, "documentation", "text"):
        return False
    return not is_bpmn(element, "process") or element.get("isExecutable") == "true"


@dataclass(slots=True)
class Names:
    """Judges the names of one file."""

    file: str
    platform: Platform
    findings: list[Finding] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)

    def judge_element(self, element: etree._Element, around: Place) -> bool:
        """Add what there is to say; return whether its attributes and parts are to be judged as well."""
        if not around.owners:
            return True
        namespace, name = written(str(element.tag))
        if namespace in DRAWING and (around.is_extension or is_bpmn(element.getparent(), "definitions")):
            return False
        is_in_bpmn = around.names[-1].startswith("bpmn:")
        rule = "element_unsupported" if is_in_bpmn and not around.is_extension else "extension_unsupported"
        line = line_for(around.owners, name)
        is_misplaced = is_in_bpmn and (namespace == BPMN) == around.is_extension
        if line is None or is_misplaced:
            self._add(element, rule, _unknown(namespace, name), what=_shown(element, str(element.tag)))
            return False
        if line.standing == "refused":
            self._add(element, rule, line.hint, what=name)
            return False
        return self._is_of_platform(element, name, line)

    def judge_attributes(self, element: etree._Element, place: Place) -> None:
        """Add what there is to say about an element's attributes."""
        for key, value in element.attrib.items():
            self._judge_attribute(element, place, str(key), str(value))
        for owner in place.names:
            for name in REQUIRED.get(owner, ()):
                if not element.get(name):
                    self._add(element, "attribute_missing", what=f"{owner}/{name}")
        if is_bpmn(element):
            self._judge_id(element)

    def _judge_attribute(self, element: etree._Element, place: Place, key: str, value: str) -> None:
        namespace, name = written(key)
        if namespace in DRAWING:
            return
        line = line_for(place.owners, f"@{name}") if namespace is None or ":" in name else None
        if line is None:
            self._add(element, "attribute_unsupported", _unknown(namespace, f"@{name}"), what=_shown(element, key))
        elif line.standing == "refused":
            self._add(element, "attribute_unsupported", line.hint, what=name)
        elif self._is_of_platform(element, name, line):
            bare = value.rpartition(":")[2] if name == "xsi:type" else value
            if line.values and bare not in line.values:
                self._add(element, "value_unsupported", line.hint or _one_of(line), what=name, value=value)

    def _is_of_platform(self, element: etree._Element, name: str, line: Line) -> bool:
        """Whether it was written for the engine that the file was drawn for, or is only shown."""
        platform = PREFIX.get(name.partition(":")[0], self.platform)
        if line.standing == "display" or platform == self.platform:
            return True
        self._add(element, "dialects_mixed", what=name, other=platform, platform=self.platform)
        return False

    def _judge_id(self, element: etree._Element) -> None:
        element_id = element.get("id")
        if element_id is None:
            return
        if not _ID.fullmatch(element_id):
            self._add(element, "id_invalid", what=element_id)
        elif element_id in self.ids:
            self._add(element, "id_twice", what=element_id)
        self.ids.add(element_id)

    def _add(self, element: etree._Element, rule: str, hint: Hint | None = None, /, **params: str) -> None:
        line, near = element.sourceline or 0, nearest_id(element)
        self.findings.append(Finding(self.file, rule, line, near, params=params, hint=hint))


def _unknown(namespace: str | None, name: str) -> Hint | None:
    if namespace in OTHER_ENGINES:
        return why.OTHER_ENGINE
    if namespace is not None and namespace not in PREFIXES:
        return why.UNKNOWN_NAMESPACE
    return why.NOT_HERE if name in KNOWN else None


def _one_of(line: Line) -> Hint:
    return Hint(f"可用“{'”“'.join(line.values)}”", f"use {' or '.join(line.values)}")


def _shown(element: etree._Element, key: str) -> str:
    """Return a name that is not in the table, with the prefix that the file gives to its namespace."""
    namespace, name = written(key)
    if ":" in name or namespace is None:
        return name
    prefix = next((prefix for prefix, uri in element.nsmap.items() if uri == namespace and prefix), namespace)
    return f"{prefix}:{name}"
