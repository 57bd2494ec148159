"""Reads the types that a model defines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lxml.etree import _Element

from engine.dmn.errors import DecisionModelInvalid
from engine.dmn.types import DataType, simple_type
from engine.dmn.xml import child, children, invalid, local_name, text_of
from engine.feel.errors import ExpressionSyntaxError
from engine.feel.expression import Expression, compile_unary_tests, split_unary_tests
from engine.feel.types import ANY, Type


@dataclass(frozen=True, slots=True)
class ImportedTypes:
    """The types of a model that is imported; their names stand for themselves if the import has none."""

    name: str
    namespace: str
    types: Types


class Types:
    """The types of one model by name, read when they are first asked for, and those of the models it imports."""

    def __init__(
        self, definitions: Iterable[_Element], names: frozenset[str], imported: Sequence[ImportedTypes], namespace: str
    ) -> None:
        self._imported, self._namespace = imported, namespace
        self._elements = {element.get("name", ""): element for element in definitions}
        self._known: dict[str, DataType] = {}
        self._reading: set[str] = set()
        self._names = names

    def of(self, element: _Element | None) -> DataType | None:
        """Return the type that the element's typeRef names, or None if it has none.

        Raises DecisionModelInvalid when there is no such type.
        """
        if element is None:
            return None
        name = element.get("typeRef")
        if name is None:
            inner = child(element, "typeRef")
            name = inner.text.strip() if inner is not None and inner.text else None
        return self._named(name, element) if name else None

    def allowed(self, element: _Element | None) -> Expression | None:
        """Return the tests of an element with allowed values, or None if there is none."""
        text = text_of(element)
        if element is None or text is None:
            return None
        try:
            return compile_unary_tests(text, self._names)
        except ExpressionSyntaxError as error:
            raise invalid(element, str(error)) from error

    def each_allowed(self, element: _Element | None) -> tuple[Expression, ...]:
        """Return the allowed values of an element one by one, in their order; none if there are none."""
        text = text_of(element)
        if element is None or text is None:
            return ()
        try:
            return split_unary_tests(text, self._names)
        except ExpressionSyntaxError as error:
            raise invalid(element, str(error)) from error

    def _named(self, name: str, where: _Element) -> DataType:
        if name in self._elements:
            if name not in self._known:
                self._known[name] = self._read_once(name, where)
            return self._known[name]
        found = self._imported_type(name) or self._in_namespace(name, where) or simple_type(name)
        if found is None:
            raise invalid(where, f"there is no type {name}")
        return found

    def findings(self) -> list[DecisionModelInvalid]:
        """Return what is wrong in the types themselves, whether anything uses them or not."""
        found = []
        for name, element in self._elements.items():
            try:
                self._named(name, element)
            except DecisionModelInvalid as finding:
                found.append(finding)
        return found

    def _imported_type(self, name: str) -> DataType | None:
        """Return the type of an imported model: by the name of the import and a dot, or of one without a name."""
        for each in self._imported:
            prefix = f"{each.name}." if each.name else ""
            if name.startswith(prefix) and (found := each.types._find(name.removeprefix(prefix))) is not None:
                return found
        return None

    def _in_namespace(self, name: str, where: _Element) -> DataType | None:
        """Return the type that a qualified name means, as DMN 1.1 writes them."""
        prefix, _, local = name.partition(":")
        namespace = where.nsmap.get(prefix) if local else None
        if namespace is None:
            return None
        if namespace == self._namespace:
            return self._find(local)
        found = (each.types._find(local) for each in self._imported if each.namespace == namespace)
        return next(found, None)

    def type_named(self, name: str) -> Type | None:
        """Return the type as the expression language has it, or None if the model does not define it."""
        found = self._find(name) or self._imported_type(name)
        return found.as_type() if found is not None else None

    def _find(self, name: str) -> DataType | None:
        return self._named(name, self._elements[name]) if name in self._elements else None

    def _read_once(self, name: str, where: _Element) -> DataType:
        if name in self._reading:
            raise invalid(where, f"the type {name} is made of itself")
        self._reading.add(name)
        try:
            return self._read(self._elements[name])
        finally:
            self._reading.discard(name)

    def _read(self, element: _Element) -> DataType:
        for each in children(element):
            if local_name(each) in ("typeConstraint", "allowedValues") and each.get("expressionLanguage"):
                raise invalid(each, "allowed values must be written in FEEL")
        components = {
            part.get("name", ""): self._read(part) for part in children(element, "itemComponent") if part.get("name")
        }
        function = child(element, "functionItem")
        return DataType(
            element.get("name", ""),
            simple=self._simple(function, components),
            components=components,
            is_collection=element.get("isCollection") == "true",
            allowed=self.allowed(child(element, "allowedValues")),
            constraint=self.allowed(child(element, "typeConstraint")),
            element=self.of(element) if not components else None,
        )

    def _simple(self, function: _Element | None, components: dict[str, DataType]) -> Type | None:
        if function is None:
            return None if components else ANY
        parameters = (self.of(parameter) for parameter in children(function, "parameters"))
        result = function.get("outputTypeRef")
        returned = self._named(result, function).as_type() if result else ANY
        return Type("function", (*(kind.as_type() if kind else ANY for kind in parameters), returned))
