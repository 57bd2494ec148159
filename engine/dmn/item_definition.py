"""Reads the types that a model defines."""

from __future__ import annotations

from collections.abc import Iterable

from lxml.etree import _Element

from engine.dmn.types import DataType, simple_type
from engine.dmn.xml import child, children, invalid, local_name, text_of
from engine.feel.errors import ExpressionSyntaxError
from engine.feel.expression import Expression, compile_unary_tests, split_unary_tests
from engine.feel.types import ANY, Type


class Types:
    """The types of one model by name, read when they are first asked for."""

    def __init__(self, definitions: Iterable[_Element], names: frozenset[str]) -> None:
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
        found = simple_type(name)
        if found is None:
            raise invalid(where, f"there is no type {name}")
        return found

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
        is_function = child(element, "functionItem") is not None
        return DataType(
            element.get("name", ""),
            simple=Type("function") if is_function else None if components else ANY,
            components=components,
            is_collection=element.get("isCollection") == "true",
            allowed=self.allowed(child(element, "allowedValues")),
            constraint=self.allowed(child(element, "typeConstraint")),
            element=self.of(element) if not components else None,
        )
