"""Decision models: what requires what, boxed expressions, types, and files that are refused."""

from decimal import Decimal

import pytest

from engine.dmn import DecisionModelInvalid, DecisionNotFound, parse_dmn
from engine.dmn.xml import NAMESPACES
from tests.engine.dmn.support import NAMESPACE, NOW, literal, model, table

SUM = """<businessKnowledgeModel id="k" name="with fees"><encapsulatedLogic>
<formalParameter name="amount" typeRef="number"/><formalParameter name="rate" typeRef="number"/>
<literalExpression><text>amount * (1 + rate)</text></literalExpression></encapsulatedLogic></businessKnowledgeModel>"""


def value(content: str, id: str = "d", **inputs: object) -> object:
    return parse_dmn(model(content)).decision(id).evaluate(inputs, now=NOW).value


def boxed(content: str) -> str:
    return f'<decision id="d" name="d">{content}</decision>'


def text(expression: str) -> str:
    return f"<literalExpression><text>{expression}</text></literalExpression>"


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_models_of_every_version_are_read(namespace: str) -> None:
    xml = model(literal("d", "a + 1"), namespace=namespace)
    result = parse_dmn(xml).decision("d").evaluate({"a": 1}, now=NOW)
    assert (result.value, result.outputs, result.matched_rules) == (2, ({"d": Decimal(2)},), ())


def test_a_decision_sees_the_decisions_that_it_requires() -> None:
    content = literal("a", "n + 1") + literal("b", "a * 2", requires=["requiredDecision #a"])
    assert value(content, "b", n=4) == 10
    unseen = literal("a", "n + 1") + literal("b", "a * 2")
    assert value(unseen, "b", n=4) is None


def test_each_required_decision_is_evaluated_once_and_told() -> None:
    rules = ['"water" | "station"', '"road" | "roads office"']
    content = (
        table(rules, inputs=["category"], outputs=["unit"])
        + literal("x", "dispatch", requires=["requiredDecision #dispatch"])
        + literal("d", "dispatch + x", requires=["requiredDecision #dispatch", "requiredDecision #x"])
    )
    result = parse_dmn(model(content)).decision("d").evaluate({"category": "road"}, now=NOW)
    assert result.value == "roads officeroads office"
    assert [(trace.table, [rule.number for rule in trace.matched]) for trace in result.tables] == [("dispatch", [2])]


def test_business_knowledge_is_called_by_position_and_by_name() -> None:
    content = SUM + literal("d", "with fees(rate: 0.5, amount: n) + with fees(1, 0)", requires=["requiredKnowledge #k"])
    assert value(content, n=10) == 16


def test_an_invocation_binds_parameters() -> None:
    bindings = "".join(
        f'<binding><parameter name="{name}"/>{text(given)}</binding>'
        for name, given in (("amount", "n"), ("rate", "1"))
    )
    needed = '<knowledgeRequirement><requiredKnowledge href="#k"/></knowledgeRequirement>'
    content = SUM + boxed(f"{needed}<invocation>{text('with fees')}{bindings}</invocation>")
    assert value(content, n=3) == 6


def test_a_decision_service_is_a_function_of_its_inputs() -> None:
    service = (
        """<decisionService id="s" name="s"><outputDecision href="#o"/><inputDecision href="#i"/></decisionService>"""
    )
    content = (
        service
        + literal("i", "1")
        + literal("o", "i + 1", requires=["requiredDecision #i"])
        + literal("d", "s(10)", requires=["requiredKnowledge #s"])
    )
    assert value(content) == 11


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (f"<list>{text('1')}{text('n')}</list>", [1, 4]),
        (
            '<context><contextEntry><variable name="two words"/>' + text("n") + "</contextEntry>"
            '<contextEntry><variable name="b"/>' + text("two words + 1") + "</contextEntry></context>",
            {"two words": 4, "b": 5},
        ),
        (
            '<context><contextEntry><variable name="a"/>' + text("n") + "</contextEntry>"
            "<contextEntry>" + text("a * 2") + "</contextEntry></context>",
            8,
        ),
        (
            '<relation><column name="a"/><column name="b"/><row>' + text("1") + text("2") + "</row></relation>",
            [{"a": 1, "b": 2}],
        ),
        (f"<conditional><if>{text('n = 4')}</if><then>{text('1')}</then><else>{text('2')}</else></conditional>", 1),
        (f'<for iteratorVariable="i"><in>{text("[1..n]")}</in><return>{text("i * i")}</return></for>', [1, 4, 9, 16]),
        (f'<every iteratorVariable="i"><in>{text("[1..n]")}</in><satisfies>{text("i = n")}</satisfies></every>', False),
        (f'<some iteratorVariable="i"><in>{text("[1..n]")}</in><satisfies>{text("i = n")}</satisfies></some>', True),
        (f"<filter><in>{text('[1, 5, 9]')}</in><match>{text('item &gt; n')}</match></filter>", [5, 9]),
        (text(""), None),
    ],
)
def test_boxed_expressions_mean_what_their_text_would(content: str, expected: object) -> None:
    assert value(boxed(content), n=4) == expected


TYPES = """<itemDefinition name="tUrgency"><typeRef>string</typeRef>
<allowedValues><text>"urgent", "ordinary"</text></allowedValues></itemDefinition>
<itemDefinition name="tCall"><itemComponent name="number"><typeRef>number</typeRef></itemComponent>
<itemComponent name="urgency"><typeRef>tUrgency</typeRef></itemComponent></itemDefinition>
<itemDefinition name="tCalls" isCollection="true"><typeRef>tCall</typeRef></itemDefinition>
<inputData id="i" name="calls"><variable name="calls" typeRef="tCalls"/></inputData>"""


def test_input_data_must_be_of_its_type() -> None:
    decision = parse_dmn(model(TYPES + literal("d", "count(calls)", requires=["requiredInput #i"]))).decision("d")
    assert decision.evaluate({"calls": [{"number": 1, "urgency": "urgent"}]}, now=NOW).value == 1
    for wrong in ({"number": 1, "urgency": "later"}, {"number": "1", "urgency": "urgent"}, {"number": 1}, "x"):
        result = decision.evaluate({"calls": [wrong]}, now=NOW)
        assert result.value is None
        assert result.reasons[0].message.startswith("input calls: ")


def test_an_expression_may_ask_for_a_type_of_the_model() -> None:
    assert value(TYPES + literal("d", '{number: 1, urgency: "x"} instance of tCall')) is True
    with pytest.raises(DecisionModelInvalid, match="there is no type tOther"):
        parse_dmn(model(literal("d", "1 instance of tOther")))


def test_a_decision_s_result_is_of_its_type() -> None:
    assert value(literal("d", '"2026-10-09"', type="date")).isoformat() == "2026-10-09"  # type: ignore[attr-defined]
    assert value(literal("d", "1", type="string")) is None


def test_a_model_may_import_another() -> None:
    other = parse_dmn(model(literal("a", "n + 1")))
    content = (
        '<import namespace="test" name="Other" importType="DMN"/>'
        '<decision id="d" name="d"><informationRequirement><requiredDecision href="test#a"/></informationRequirement>'
        f"{text('Other.a * 2')}</decision>"
    )
    importing = model(content).replace(b'namespace="test" >', b'namespace="mine" >')
    assert parse_dmn(importing, imports={"test": other}).decision("d").evaluate({"n": 1}, now=NOW).value == 4
    with pytest.raises(DecisionModelInvalid, match="the model test, which is imported, is not there"):
        parse_dmn(importing)


def test_an_unknown_decision_is_not_found() -> None:
    with pytest.raises(DecisionNotFound, match="has no decision other"):
        parse_dmn(model(literal("d", "1"))).decision("other")


CIRCLE = literal("a", "b", requires=["requiredDecision #b"]) + literal("b", "a", requires=["requiredDecision #a"])
MADE_OF_ITSELF = '<itemDefinition name="t"><typeRef>t</typeRef></itemDefinition>'


@pytest.mark.parametrize(
    ("xml", "message"),
    [
        (b"<definitions", "the file is no XML"),
        (b"", "the file is no XML"),
        (b"<a/>", "the file is no decision model"),
        (b'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"/>', "the file is no decision model"),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "the file has a document type"),
        (
            b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><definitions xmlns='" + NAMESPACE.encode() + b"'/>",
            "the file has a document type",
        ),
        (model("<strange id='s'/>"), "strange s .line 1.: strange cannot be run"),
        (model(boxed("<strange/>")), "strange cannot be run"),
        (model(boxed('<functionDefinition kind="PMML"/>')), "a function of kind PMML cannot be run"),
        (model(literal("d", "1 +")), "literalExpression d .line 1.: .*ends too early"),
        (model(literal("a", "1") + literal("a", "2")), "another element has the same id"),
        (model(literal("d", "1", requires=["requiredDecision #x"])), "there is no x, which is required"),
        (model(literal("d", "1", requires=["requiredDecision #d"])), "the decision requires itself"),
        (
            model(
                literal("a", "b", requires=["requiredDecision #b"])
                + literal("b", "a", requires=["requiredDecision #a"])
            ),
            "the decision requires itself",
        ),
        (model(literal("d", "1"), attributes='expressionLanguage="groovy"'), "the expression language groovy"),
        (
            model('<itemDefinition name="t"><typeRef>t</typeRef></itemDefinition>' + literal("d", "1", type="t")),
            "itself",
        ),
    ],
)
def test_a_file_that_cannot_be_run_is_refused(xml: bytes, message: str) -> None:
    with pytest.raises(DecisionModelInvalid, match=message):
        parse_dmn(xml)


def test_all_findings_of_a_file_can_be_had_at_once() -> None:
    findings: list[DecisionModelInvalid] = []
    content = literal("a", "1 +") + literal("b", "x instance of tNo") + literal("c", "2")
    found = parse_dmn(model(content), findings=findings)
    assert [finding.element_id for finding in findings] == ["a", "b"]
    assert found.decision("c").evaluate({}, now=NOW).value == 2
