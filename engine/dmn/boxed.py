"""Reads boxed expressions, from the literal to the decision table, into the same tree as FEEL's text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias, TypeVar

from lxml.etree import _Element

from engine.dmn.errors import DecisionModelInvalid
from engine.dmn.hit_policy import AGGREGATIONS, HIT_POLICIES
from engine.dmn.item_definition import Types
from engine.dmn.table import DecisionTable, Input, Output, Rule
from engine.dmn.types import FunctionLogic, Typed
from engine.dmn.xml import child, children, invalid, local_name, text_of
from engine.feel import tree
from engine.feel.errors import ExpressionSyntaxError
from engine.feel.expression import Expression, split_unary_tests
from engine.feel.parser import parse_expression, parse_unary_tests
from engine.feel.tree import Node
from engine.juel import parse_template

_T = TypeVar("_T")
_CAMUNDA = ("http://camunda.org/schema/1.0/dmn", "http://camunda.org/schema/1.0/bpmn")
CELL_INPUT = "cellInput"
"""What Camunda 7 calls the value of a column in its cells, where the column does not name it."""
# What stands beside the expression in a decision, an entry or a binding.
_AROUND = frozenset({"description", "extensionElements", "variable", "parameter", "question", "allowedAnswers"})
_AROUND |= {"informationRequirement", "knowledgeRequirement", "authorityRequirement", "supportedObjective"}
_AROUND |= {"impactedPerformanceIndicator", "decisionMaker", "decisionOwner", "usingProcess", "usingTask"}


class Reader:
    """Reads the expressions of one model.

    `names` are the names that are more than words; `language` is the model's own; `decision` names what is read.
    What is refused is added to `findings`, or raised if there is no such list.
    """

    def __init__(
        self, types: Types, names: frozenset[str], language: str | None, findings: list[DecisionModelInvalid] | None
    ) -> None:
        self.types, self.names, self.language, self.findings = types, names, language, findings
        self.decision = ""

    def refuse(self, finding: DecisionModelInvalid) -> Node:
        """Add the finding to the list, and return the null that stands for what is refused; or raise it."""
        if self.findings is None:
            raise finding
        self.findings.append(finding)
        return tree.Literal(None)

    def attempt(self, read: Callable[[], _T], instead: _T) -> _T:
        """Return what is read, or `instead` if it is refused."""
        try:
            return read()
        except DecisionModelInvalid as finding:
            self.refuse(finding)
            return instead

    def expression(self, element: _Element) -> Node:
        """Return the tree of a boxed expression.

        Raises DecisionModelInvalid for what cannot be run.
        """
        read = _READERS.get(local_name(element))
        if read is None:
            return self.refuse(invalid(element, f"{local_name(element)} cannot be run"))
        try:
            return read(self, element)
        except DecisionModelInvalid as finding:
            return self.refuse(finding)

    def inner(self, element: _Element) -> Node:
        """Return the tree of the one expression inside an element; none is null."""
        for each in children(element):
            if local_name(each) not in _AROUND:
                return self.expression(each)
        return tree.Literal(None)

    def part(self, element: _Element, name: str) -> Node:
        """Return the tree of the expression inside the child of this name."""
        part = child(element, name)
        if part is None:
            raise invalid(element, f"{local_name(element)} has no {name}")
        return self.inner(part)

    def typed(self, declared: _Element | None, node: Node) -> Node:
        """Return the node, made to fit the type that an element declares."""
        kind = self.attempt(lambda: self.types.of(declared), None)
        return node if kind is None or declared is None else Typed(declared.get("name", ""), node, kind)

    def function(self, element: _Element, variable: _Element | None = None) -> Node:
        """Return the tree of a function definition, whose result is of the type that `variable` declares."""
        kind = element.get("kind", "FEEL")
        if kind not in ("FEEL", "Java"):
            raise invalid(element, f"a function of kind {kind} cannot be run")
        parameters = tuple(children(element, "formalParameter"))
        typed = tuple((parameter.get("name", ""), self.types.of(parameter)) for parameter in parameters)
        body = next((self.expression(each) for each in children(element, *_READERS)), tree.Literal(None))
        if kind == "Java":
            names = tuple((parameter.get("name", ""), None) for parameter in parameters)
            return tree.External(names, tree.ContextOf((("java", body),)), 0)
        returned = self.attempt(lambda: self.types.of(variable), None)
        if returned is not None and returned.as_type().name == "function":
            variable = None  # it is the type of the function, not that of its result
        return FunctionLogic(self.decision, typed, self.typed(variable, body))

    def text(self, element: _Element) -> Node:
        """Return the tree of the text of a literal expression or an output entry."""
        text = text_of(element)
        if text is None:
            return tree.Literal(None)
        try:
            if self._is_feel(element):
                return parse_expression(text, self.names)
            return parse_template(text if "{" in text else f"${{{text}}}")
        except ExpressionSyntaxError as error:
            return self.refuse(invalid(element, str(error)))

    def tests(self, element: _Element | None) -> Node | None:
        """Return the tree of an input entry, or None if it passes everything."""
        text = text_of(element)
        if element is None or text is None or text == "-":
            return None
        if not self._is_feel(element):
            return self.text(element)  # a condition on the variable that stands for the input
        try:
            return parse_unary_tests(text, self.names)
        except ExpressionSyntaxError as error:
            return self.refuse(invalid(element, str(error)))

    def _is_feel(self, element: _Element) -> bool:
        language = element.get("expressionLanguage") or self.language or "FEEL"
        if "feel" in language.lower():
            return True
        if language.lower() == "juel":
            return False
        raise invalid(element, f"the expression language {language} cannot be run; FEEL and JUEL can")


def _literal(reader: Reader, element: _Element) -> Node:
    if child(element, "importedValues") is not None:
        raise invalid(element, "importedValues cannot be run")
    return reader.text(element)


def _context(reader: Reader, element: _Element) -> Node:
    entries: list[tuple[str, Node]] = []
    for entry in children(element, "contextEntry"):
        variable = child(entry, "variable")
        if variable is None:
            # The entry without a name is the result, which sees the others.
            return tree.Path(tree.ContextOf((*entries, ("", reader.inner(entry)))), "", 0)
        entries.append((variable.get("name", ""), reader.typed(variable, reader.inner(entry))))
    return tree.ContextOf(tuple(entries))


def _list(reader: Reader, element: _Element) -> Node:
    return tree.ListOf(tuple(reader.expression(item) for item in children(element, *_READERS)))


def _relation(reader: Reader, element: _Element) -> Node:
    columns = [column.get("name", "") for column in children(element, "column")]
    rows = []
    for row in children(element, "row"):
        cells = [reader.expression(cell) for cell in children(row, *_READERS)]
        if len(cells) != len(columns):
            raise invalid(row, f"the row has {len(cells)} cells for {len(columns)} columns")
        rows.append(tree.ContextOf(tuple(zip(columns, cells, strict=True))))
    return tree.ListOf(tuple(rows))


def _invocation(reader: Reader, element: _Element) -> Node:
    called = next(children(element, *_READERS), None)
    if called is None:
        raise invalid(element, "the invocation names no function")
    names, arguments = [], []
    for binding in children(element, "binding"):
        parameter = child(binding, "parameter")
        names.append(parameter.get("name", "") if parameter is not None else "")
        arguments.append(reader.inner(binding))
    return tree.Call(reader.expression(called), tuple(arguments), tuple(names), 0)


def _function(reader: Reader, element: _Element) -> Node:
    return reader.function(element)


def _conditional(reader: Reader, element: _Element) -> Node:
    condition, then, otherwise = (reader.part(element, name) for name in ("if", "then", "else"))
    return tree.If(condition, then, otherwise)


def _for(reader: Reader, element: _Element) -> Node:
    return tree.For((_iterator(reader, element),), reader.part(element, "return"))


def _every(reader: Reader, element: _Element) -> Node:
    is_every = local_name(element) == "every"
    return tree.Quantified(is_every, (_iterator(reader, element),), reader.part(element, "satisfies"), 0)


def _iterator(reader: Reader, element: _Element) -> tree.Iterator:
    return tree.Iterator(element.get("iteratorVariable", ""), reader.part(element, "in"), None, 0)


def _filter(reader: Reader, element: _Element) -> Node:
    return tree.Filter(reader.part(element, "in"), reader.part(element, "match"), 0)


def _table(reader: Reader, element: _Element) -> Node:
    policy, aggregation = element.get("hitPolicy", "UNIQUE"), element.get("aggregation")
    if policy not in HIT_POLICIES:
        raise invalid(element, f"there is no hit policy {policy}")
    if aggregation is not None and (policy != "COLLECT" or aggregation not in AGGREGATIONS):
        raise invalid(element, f"{policy} cannot aggregate by {aggregation}")
    inputs = tuple(_input(reader, column) for column in children(element, "input"))
    outputs = tuple(_output(reader, column) for column in children(element, "output"))
    if not outputs:
        raise invalid(element, "the decision table has no output")
    if len(outputs) > 1 and aggregation not in (None, "COUNT"):
        raise invalid(element, f"{aggregation} needs a single output")
    if len({column.name for column in outputs}) < len(outputs):
        raise invalid(element, "two outputs have the same name, or none")
    if policy in ("PRIORITY", "OUTPUT ORDER") and not any(column.allowed for column in outputs):
        raise invalid(element, f"{policy} needs output values, the most important first")
    rules = []
    for number, row in enumerate(children(element, "rule"), 1):
        rule = _rule(reader, row, number)
        if (len(rule.tests), len(rule.outputs)) == (len(inputs), len(outputs)):
            rules.append(rule)
        else:
            reader.refuse(invalid(row, f"rule {number} has not as many entries as the table has columns"))
    return DecisionTable(reader.decision, policy, aggregation, inputs, outputs, tuple(rules))


def _input(reader: Reader, column: _Element) -> Input:
    expression = child(column, "inputExpression")
    if expression is None:
        raise invalid(column, "the input has no expression")
    name = column.get("label") or text_of(expression) or column.get("id") or "input"
    allowed = reader.attempt(lambda: reader.types.allowed(child(column, "inputValues")), None)
    variable = next((named for uri in _CAMUNDA if (named := column.get(f"{{{uri}}}inputVariable"))), None)
    if variable is None and CELL_INPUT in "".join(_texts_of_rules(column)):
        variable = CELL_INPUT
    kind = reader.attempt(lambda: reader.types.of(expression), None)
    return Input(name, reader.text(expression), kind, allowed, variable)


def _texts_of_rules(column: _Element) -> Iterator[str]:
    """Yield the texts of all rules of a column's table."""
    table = column.getparent()
    for row in children(table, "rule") if table is not None else ():
        yield from row.itertext()


def _output(reader: Reader, column: _Element) -> Output:
    name = column.get("name") or column.get("label") or reader.decision
    values, default = child(column, "outputValues"), child(column, "defaultOutputEntry")
    none: tuple[Expression, ...] = ()
    allowed = reader.attempt(lambda: reader.types.each_allowed(values), none)
    kind = reader.attempt(lambda: reader.types.of(column), None)
    if not allowed and kind is not None and kind.allowed is not None:
        # The order of the values that the type allows is as good.
        allowed = split_unary_tests(kind.allowed.text, reader.names)
    return Output(name, kind, allowed, reader.text(default) if default is not None else None)


def _rule(reader: Reader, row: _Element, number: int) -> Rule:
    tests = tuple(reader.tests(entry) for entry in children(row, "inputEntry"))
    outputs = tuple(reader.text(entry) for entry in children(row, "outputEntry"))
    return Rule(number, row.get("id"), tests, outputs)


_Read: TypeAlias = Callable[[Reader, _Element], Node]
_READERS: dict[str, _Read] = {
    "literalExpression": _literal,
    "decisionTable": _table,
    "context": _context,
    "list": _list,
    "relation": _relation,
    "invocation": _invocation,
    "functionDefinition": _function,
    "conditional": _conditional,
    "for": _for,
    "every": _every,
    "some": _every,
    "filter": _filter,
}
