"""The vendors' own schemas, walked: which attributes and child elements each element may have, as XML writes them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "vendor"
FILES = ("bpmn-moddle/bpmn.json", "camunda-bpmn-moddle/camunda.json", "zeebe-bpmn-moddle/zeebe.json")
SIMPLE = ("String", "Boolean", "Integer", "Element")
EVERYWHERE = "*"
Pair = tuple[str, str]


@dataclass(frozen=True, eq=False)
class Type:
    """One type of a schema; its own properties are still as the file has them."""

    prefix: str
    name: str
    own: list[dict[str, Any]]
    parents: list[str]
    extends: list[str]
    allowed_in: list[str]
    is_abstract: bool

    @property
    def element(self) -> str:
        """Its name in XML."""
        return f"{self.prefix}:{self.name[0].lower()}{self.name[1:]}"

    @property
    def is_concrete(self) -> bool:
        """Whether an element can be of this type; what extends others only adds to them."""
        return not self.is_abstract and not self.extends


@dataclass
class Schemas:
    """BPMN and what extends it."""

    types: dict[str, Type] = field(default_factory=dict)
    lineages: dict[str, list[Type]] = field(default_factory=dict)

    def read(self, path: Path) -> None:
        """Add one file's types."""
        data = json.loads(path.read_text(encoding="utf-8"))
        prefix = data["prefix"]

        def full(name: str) -> str:
            return name if ":" in name or name in (*SIMPLE, EVERYWHERE) else f"{prefix}:{name}"

        for one in data["types"]:
            own = [{**item, "type": full(item["type"])} for item in one.get("properties", ())]
            allowed = one.get("meta", one).get("allowedIn", one.get("allowedIn", ()))
            self.types[full(one["name"])] = Type(
                prefix, one["name"], own, [full(name) for name in one.get("superClass", ())],
                [full(name) for name in one.get("extends", ())], [full(name) for name in allowed],
                bool(one.get("isAbstract")),
            )

    def lineage(self, name: str) -> list[Type]:
        """Return a type, what it descends from and what extends any of them."""
        if name in self.lineages or name not in self.types:
            return self.lineages.get(name, [])
        one = self.types[name]
        added = [other for other, type_ in self.types.items() if name in type_.extends]
        found = [one]
        for other in (*one.parents, *added):
            found += [type_ for type_ in self.lineage(other) if type_ not in found]
        self.lineages[name] = found
        return found

    def concrete(self, name: str, prefix: str) -> list[str]:
        """Return the types of one schema that an element of this type can have."""
        return [
            other for other, type_ in self.types.items()
            if type_.is_concrete and type_.prefix == prefix and self.types[name] in self.lineage(other)
        ]

    @cached_property
    def pairs(self) -> set[Pair]:
        """All (element, attribute or child) that a file can have; an element anywhere has the owner `*`."""
        written = {child for _, child in self.known} | self.unplaced | {"bpmn:definitions", EVERYWHERE}
        return {(owner, name) for owner, name in self.known if owner in written}

    @cached_property
    def known(self) -> set[Pair]:
        """The same, with types that no element is of."""
        found: set[Pair] = set()
        for name, type_ in self.types.items():
            if type_.is_concrete:
                found |= set(self._parts(type_.element, [name]))
            if self._is_extension(name):
                found |= {(owner, type_.element) for owner in self._hosts(name)}
        return found

    @cached_property
    def unplaced(self) -> set[str]:
        """The extension elements of which the schemas do not say where they stand."""
        inside = {item["type"] for type_ in self.types.values() for item in type_.own}
        return {
            type_.element for name, type_ in self.types.items()
            if self._is_extension(name) and not type_.allowed_in and name not in inside
        }

    def _is_extension(self, name: str) -> bool:
        type_ = self.types[name]
        return type_.is_concrete and any("Element" in parent.parents for parent in self.lineage(name))

    def _hosts(self, name: str) -> Iterator[str]:
        """Yield the elements whose extensionElements may hold an element of this type."""
        for host in self.types[name].allowed_in:
            if host == EVERYWHERE:
                yield EVERYWHERE
                continue
            for other, type_ in self.types.items():
                if type_.is_concrete and self.types[host] in self.lineage(other):
                    yield type_.element

    def _parts(self, element: str, names: list[str]) -> Iterator[Pair]:
        for name in names:
            for type_ in self.lineage(name):
                for item in type_.own:
                    yield from self._part(element, type_.prefix, item)

    def _part(self, element: str, prefix: str, item: dict[str, Any]) -> Iterator[Pair]:
        word, type_name = str(item["name"]), str(item["type"])
        if item.get("isVirtual") or item.get("isBody") or type_name.startswith("bpmndi:"):
            return  # not written, or an element's own text
        if item.get("isAttr"):
            is_own = prefix == "bpmn" or element.startswith(f"{prefix}:") or ":" in word
            yield element, f"@{word}" if is_own else f"@{prefix}:{word}"
        elif type_name == "Element" and not item.get("isReference"):
            return  # what extends BPMN
        elif item.get("isReference") or type_name in SIMPLE:
            yield element, f"{prefix}:{word}"
        elif self._is_named_by_property(prefix, item):
            child = f"{prefix}:{word}"
            yield element, child
            if self.types[type_name].is_concrete:
                yield from self._parts(child, self.concrete(type_name, prefix))
            if item.get("xml", {}).get("serialize") == "xsi:type":
                yield child, "@xsi:type"
        else:
            for name in self.concrete(type_name, type_name.partition(":")[0]):
                yield element, self.types[name].element

    def _is_named_by_property(self, prefix: str, item: dict[str, Any]) -> bool:
        if item.get("xml", {}).get("serialize"):
            return True
        word, type_ = str(item["name"]), self.types[item["type"]]
        by_type = type_.element.partition(":")[2]
        is_singular = not item.get("isMany") and word not in (by_type, f"{by_type}s")
        return prefix == "bpmn" and is_singular and (type_.is_concrete or word == "partitionElement")


def schemas() -> Schemas:
    """Return all three."""
    found = Schemas()
    for name in FILES:
        found.read(FOLDER / name)
    return found
