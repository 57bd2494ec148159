"""Decision models as chapters 6 to 8 of DMN 1.5 (and older versions of it) have them, and as Camunda 7 writes them."""

from collections.abc import Sequence
from decimal import Decimal
from html import escape
from typing import Any

import pytest

from engine.dmn import DecisionModel, DecisionModelInvalid, parse_dmn
from engine.dmn.xml import NAMESPACES
from tests.engine.dmn.support import NOW, dispatch, literal, model, table

CAMUNDA = 'xmlns:camunda="http://camunda.org/schema/1.0/dmn" xmlns:biodi="http://bpmn.io/schema/dmn/biodi/2.0"'


def read(content: str, attributes: str = "") -> DecisionModel:
    return parse_dmn(model(content, attributes=attributes))


def value(model: DecisionModel, decision: str = "d", **inputs: object) -> object:
    return model.decision(decision).evaluate(inputs, now=NOW).value


def text(expression: str) -> str:
    return f"<literalExpression><text>{escape(expression)}</text></literalExpression>"


def decision(id: str, body: str, *needs: str, type: str = "") -> str:
    declared = f'<variable name="{id}" typeRef="{type}"/>' if type else ""
    return f'<decision id="{id}" name="{id}">{declared}{"".join(needs)}{body}</decision>'


def needs(kind: str, *hrefs: str) -> str:
    requirement = "knowledgeRequirement" if kind == "requiredKnowledge" else "informationRequirement"
    return "".join(f'<{requirement}><{kind} href="#{href}"/></{requirement}>' for href in hrefs)


def knowledge(name: str, parameters: Sequence[str], body: str, *requires: str, type: str = "") -> str:
    declared = "".join(f'<formalParameter name="{parameter}"/>' for parameter in parameters)
    return (
        f'<businessKnowledgeModel id="{name}" name="{name}"><variable name="{name}" {type and f"typeRef={type!r}"}/>'
        f"<encapsulatedLogic>{declared}{text(body)}</encapsulatedLogic>{needs('requiredKnowledge', *requires)}"
        "</businessKnowledgeModel>"
    )


# 6.3.9: business knowledge


def test_business_knowledge_may_call_itself() -> None:
    found = read(
        knowledge("fact", ["n"], "if n < 2 then 1 else n * fact(n - 1)")
        + decision("d", text("fact(10)"), needs("requiredKnowledge", "fact"))
    )
    assert value(found) == 3628800


def test_business_knowledge_may_call_what_calls_it() -> None:
    found = read(
        knowledge("even", ["n"], "if n = 0 then true else odd(n - 1)", "odd")
        + knowledge("odd", ["n"], "if n = 0 then false else even(n - 1)", "even")
        + decision("d", text("[even(10), odd(7), even(3)]"), needs("requiredKnowledge", "even", "odd"))
    )
    assert value(found) == [True, True, False]


def test_business_knowledge_that_never_ends_ends_with_an_error() -> None:
    found = read(
        knowledge("f", ["n"], "f(n + 1)") + decision("d", text("f(1)"), needs("requiredKnowledge", "f"))
    )
    with pytest.raises(Exception, match="functions call one another"):
        value(found)


def test_decisions_may_not_require_themselves() -> None:
    circle = decision("a", text("b"), needs("requiredDecision", "b")) + decision(
        "b", text("a"), needs("requiredDecision", "a")
    )
    with pytest.raises(DecisionModelInvalid, match="the decision requires itself"):
        read(circle)


def test_the_type_of_business_knowledge_may_be_that_of_its_function() -> None:
    types = (
        '<itemDefinition name="tF"><functionItem outputTypeRef="number"><parameters name="n" typeRef="number"/>'
        "</functionItem></itemDefinition>"
    )
    for declared in ("tF", "number"):
        found = read(
            types + knowledge("f", ["n"], "n + 1", type=declared)
            + decision("d", text("f(1)"), needs("requiredKnowledge", "f"))
        )  # fmt: skip
        assert value(found) == 2


# 6.3.10: decision services

SERVICE = (
    '<inputData id="i" name="income"><variable name="income" typeRef="number"/></inputData>'
    + decision("rate", text("if income > 100 then 0.2 else 0.1"), needs("requiredInput", "i"))
    + decision("extra", text("100"))
    + decision("tax", text("income * rate + extra"), needs("requiredInput", "i"),
               needs("requiredDecision", "rate", "extra"))
    + '<decisionService id="s" name="taxes"><outputDecision href="#tax"/>{outputs}<encapsulatedDecision href="#rate"/>'
    '<inputDecision href="#extra"/><inputData href="#i"/></decisionService>'
)


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (text("taxes(200, 5)"), 45),
        (text("taxes(extra: 5, income: 10)"), 6),
        (
            "<invocation><literalExpression><text>taxes</text></literalExpression>"
            f'<binding><parameter name="income"/>{text("200")}</binding>'
            f'<binding><parameter name="extra"/>{text("1")}</binding></invocation>',
            41,
        ),
        (text("taxes(\"much\", 5)"), None),
        (text("taxes(1)"), None),
    ],
)
def test_a_decision_service_takes_inputs_and_decisions_and_hides_the_others(call: str, expected: object) -> None:
    found = read(SERVICE.format(outputs="") + decision("d", call, needs("requiredKnowledge", "s")))
    assert value(found, income=1, extra=1000) == expected


def test_a_decision_service_of_several_outputs_gives_a_context() -> None:
    service = SERVICE.format(outputs='<outputDecision href="#rate"/>')
    found = read(service + decision("d", text("taxes(200, 5)"), needs("requiredKnowledge", "s")))
    assert value(found) == {"tax": 45, "rate": Decimal("0.2")}


# 7.3.3: item definitions

ITEMS = """<itemDefinition name="tLevel"><typeRef>string</typeRef>
<allowedValues><text>"low", "high"</text></allowedValues></itemDefinition>
<itemDefinition name="tShort" isCollection="true"><typeRef>number</typeRef>
<allowedValues><text>&lt; 10</text></allowedValues><typeConstraint><text>count(?) &lt; 3</text></typeConstraint>
</itemDefinition>
<itemDefinition name="tCall"><itemComponent name="level"><typeRef>tLevel</typeRef></itemComponent>
<itemComponent name="days" isCollection="true"><typeRef>number</typeRef></itemComponent></itemDefinition>
<itemDefinition name="tCalls" isCollection="true"><typeRef>tCall</typeRef></itemDefinition>"""


@pytest.mark.parametrize(
    ("type", "given", "expected"),
    [
        ("tLevel", "low", "low"),
        ("tLevel", "middle", None),
        ("tLevel", 5, None),
        ("tShort", [1, 2], [1, 2]),
        ("tShort", 5, [5]),
        ("tShort", [1, 20], None),
        ("tShort", [1, 2, 3], None),
        ("tCall", {"level": "low", "days": [1]}, {"level": "low", "days": [1]}),
        ("tCall", {"level": "low", "days": 1}, {"level": "low", "days": [1]}),
        ("tCall", {"level": "other", "days": [1]}, None),
        ("tCall", {"level": "low"}, None),
        ("tCalls", [{"level": "low", "days": []}], [{"level": "low", "days": []}]),
        ("tCalls", [{"level": "low", "days": ["x"]}], None),
        ("Any", "whatever", "whatever"),
    ],
)
def test_a_value_that_its_type_does_not_allow_is_null(type: str, given: object, expected: object) -> None:
    found = read(ITEMS + decision("d", text("given"), type=type))
    assert value(found, given=given) == expected


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_types_are_named_as_each_version_writes_them(namespace: str) -> None:
    feel = 'xmlns:feel="http://www.omg.org/spec/FEEL/20140401"'
    content = (
        '<itemDefinition name="tDay"><typeRef>feel:date</typeRef></itemDefinition>'
        + literal("d", 'date("2026-10-09")', type="tDay") + literal("e", "5", type="feel:number")
    )  # fmt: skip
    found = parse_dmn(model(content, namespace=namespace, attributes=feel))
    assert (value(found) is not None, value(found, "e")) == (True, 5)


# 7.3: boxed expressions


def boxed(kind: str, **parts: str) -> str:
    inner = "".join(f"<{name.rstrip('_')}>{text(part)}</{name.rstrip('_')}>" for name, part in parts.items())
    attributes = ' iteratorVariable="x"' if kind in ("for", "some", "every") else ""
    return f"<{kind}{attributes}>{inner}</{kind}>"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (boxed("filter", in_="[1, 5, 9]", match="item > 4"), [5, 9]),
        (boxed("filter", in_="[{a: 1}, {a: 2}]", match="a = 2"), [{"a": 2}]),
        (boxed("filter", in_="[1, 5, 9]", match="2"), 5),
        (boxed("for", in_="[1, 2, 3]", return_="x * 2"), [2, 4, 6]),
        (boxed("for", in_="[1..3]", return_="x + sum([0, count(partial)])"), [1, 3, 5]),
        (boxed("for", in_="null", return_="x"), None),
        (boxed("some", in_="[1, 2]", satisfies="x > 1"), True),
        (boxed("every", in_="[1, 2]", satisfies="x > 1"), False),
        (boxed("every", in_="[]", satisfies="x > 1"), True),
        (boxed("conditional", if_="n > 1", then="\"more\"", else_="\"less\""), "more"),
        (boxed("conditional", if_="null", then="1", else_="2"), 2),
        (boxed("conditional", if_="\"text\"", then="1", else_="2"), None),
        (f"<list>{text('1')}{text('n')}<list>{text('2')}</list></list>", [1, 5, [2]]),
        (f"<context><contextEntry><variable name='a'/>{text('n')}</contextEntry><contextEntry>{text('a + 1')}"
         "</contextEntry></context>", 6),
        (f"<relation><column name='a'/><column name='b'/><row>{text('1')}{text('n')}</row></relation>",
         [{"a": 1, "b": 5}]),
    ],
)  # fmt: skip
def test_boxed_expressions_nest_like_their_text(body: str, expected: object) -> None:
    assert value(read(decision("d", body)), n=5) == expected


def test_a_table_within_a_context_sees_the_entries_before_it() -> None:
    rows = "".join(
        f"<rule><inputEntry><text>{cell}</text></inputEntry><outputEntry><text>{out}</text></outputEntry></rule>"
        for cell, out in (("&gt; limit", "a"), ("-", "a + limit"))
    )
    inner = (
        '<decisionTable hitPolicy="FIRST"><input><inputExpression><text>n</text></inputExpression></input>'
        f'<output name="o"/>{rows}</decisionTable>'
    )
    entries = (("a", text("1")), ("limit", text("5")), ("told", inner))
    body = "".join(f'<contextEntry><variable name="{name}"/>{part}</contextEntry>' for name, part in entries)
    found = read(decision("d", f"<context>{body}</context>"))
    assert [value(found, n=n) for n in (9, 2)] == [{"a": 1, "limit": 5, "told": out} for out in (1, 6)]


# 8.2: decision tables

LEVELS = ['level = "high", "middle", "low"', "days = 3, 2, 1"]
RANKED = ['> 0 | "low" | 3', '> 1 | "high" | 1', '> 2 | "high" | 3', '> 3 | "middle" | 2']


@pytest.mark.parametrize(
    ("policy", "n", "expected"),
    [
        ("PRIORITY", 9, {"level": "high", "days": 3}),
        ("PRIORITY", 2, {"level": "high", "days": 1}),
        ("PRIORITY", 0, None),
        ("OUTPUT ORDER", 9, [("high", 3), ("high", 1), ("middle", 2), ("low", 3)]),
        ("RULE ORDER", 3, [("low", 3), ("high", 1), ("high", 3)]),
        ("COLLECT", 2, [("low", 3), ("high", 1)]),
        ("FIRST", 9, {"level": "low", "days": 3}),
    ],
)
def test_priorities_of_several_outputs_count_from_left_to_right(policy: str, n: int, expected: Any) -> None:
    if isinstance(expected, list):
        expected = [{"level": level, "days": days} for level, days in expected]
    found = dispatch(RANKED, inputs=["n"], outputs=LEVELS, policy=f'hitPolicy="{policy}"')
    assert found.evaluate({"n": n}, now=NOW).value == expected


def test_the_values_that_an_output_s_type_allows_are_its_priorities() -> None:
    rules = ['> 0 | "low"', '> 1 | "high"']
    content = table(rules, inputs=["n"], outputs=["level: tLevel"], policy='hitPolicy="PRIORITY"')
    high_first = ITEMS.replace('"low", "high"', '"high", "low"')
    assert value(read(high_first + content), "dispatch", n=5) == "high"
    assert value(read(ITEMS + content), "dispatch", n=5) == "low"


@pytest.mark.parametrize("policy", ["PRIORITY", "OUTPUT ORDER"])
def test_priorities_that_nobody_has_said_are_refused(policy: str) -> None:
    with pytest.raises(DecisionModelInvalid, match=f"{policy} needs output values"):
        dispatch(["1 | 2"], inputs=["n"], outputs=["a"], policy=f'hitPolicy="{policy}"')


@pytest.mark.parametrize(
    ("aggregation", "n", "expected"),
    [("SUM", 5, 6), ("MIN", 5, 1), ("MAX", 5, 3), ("COUNT", 5, 3), ("COUNT", 0, 0), ("SUM", 0, None), ("MAX", 2, 2)],
)
def test_collected_outputs_are_aggregated(aggregation: str, n: int, expected: object) -> None:
    policy = f'hitPolicy="COLLECT" aggregation="{aggregation}"'
    found = dispatch(["> 0 | 1", "> 1 | 2", "> 2 | 3"], inputs=["n"], outputs=["a"], policy=policy)
    assert found.evaluate({"n": n}, now=NOW).value == expected


@pytest.mark.parametrize("aggregation", ["SUM", "MIN", "MAX"])
def test_several_outputs_can_be_counted_and_nothing_else(aggregation: str) -> None:
    policy = 'hitPolicy="COLLECT" aggregation="{}"'
    options: dict[str, Any] = {"inputs": ["n"], "outputs": ["a", "b"]}
    counted = dispatch(["> 0 | 1 | 2", "> 1 | 3 | 4"], policy=policy.format("COUNT"), **options)
    assert counted.evaluate({"n": 2}, now=NOW).value == 2
    with pytest.raises(DecisionModelInvalid, match=f"{aggregation} needs a single output"):
        dispatch(["> 0 | 1 | 2"], policy=policy.format(aggregation), **options)


def test_defaults_stand_in_where_no_rule_matches_and_nowhere_else() -> None:
    outputs = ["a ? 7", "b"]
    found = dispatch(["> 5 | 1 | 2"], inputs=["n"], outputs=outputs)
    assert found.evaluate({"n": 1}, now=NOW).value == {"a": 7, "b": None}
    assert found.evaluate({"n": 9}, now=NOW).value == {"a": 1, "b": 2}
    ordered = dispatch(["> 5 | 1 | 2"], inputs=["n"], outputs=outputs, policy='hitPolicy="RULE ORDER"')
    assert ordered.evaluate({"n": 1}, now=NOW).value == [{"a": 7, "b": None}]


@pytest.mark.parametrize("orientation", ["Rule-as-Row", "Rule-as-Column", "CrossTable"])
def test_a_table_concludes_the_same_however_it_is_drawn(orientation: str) -> None:
    rules = ['"a" | < 5 | 1', '"a" | >= 5 | 2', '"b" | - | 3']
    policy = f'preferredOrientation="{orientation}"'
    found = dispatch(rules, inputs=["kind", "n"], outputs=["out"], policy=policy)
    results = [found.evaluate({"kind": kind, "n": n}, now=NOW).value for kind, n in (("a", 1), ("a", 5), ("b", 9))]
    assert results == [1, 2, 3]


# Camunda 7


def test_attributes_of_camunda_and_of_its_modeler_change_nothing() -> None:
    decoration = (
        'camunda:versionTag="1.0" camunda:historyTimeToLive="30" camunda:diagramRelationId="x" '
        'biodi:annotationsWidth="300"'
    )
    content = literal("d", "n + 1").replace("<decision ", f"<decision {decoration} ")
    assert value(read(content, CAMUNDA), n=1) == 2


@pytest.mark.parametrize(
    ("cell", "variable", "n", "hit"),
    [
        ("${cellInput > 5}", "", 6, True),
        ("${cellInput &gt; limit}", "", 6, False),
        ("${amount &gt; 5 &amp;&amp; amount &lt; limit}", "amount", 6, True),
        ("${empty other}", "", 6, True),
    ],
)
def test_cells_in_juel_are_conditions_on_the_input(cell: str, variable: str, n: int, hit: bool) -> None:
    named = f'camunda:inputVariable="{variable}"' if variable else ""
    content = (
        f'<decision id="d" name="d"><decisionTable><input {named}><inputExpression expressionLanguage="juel">'
        '<text>n</text></inputExpression></input><output name="a"/><rule id="r">'
        f'<inputEntry expressionLanguage="juel"><text>{cell}</text></inputEntry>'
        '<outputEntry expressionLanguage="juel"><text>${n * 2}</text></outputEntry></rule></decisionTable></decision>'
    )
    assert value(read(content, CAMUNDA), n=n, limit=10) == (n * 2 if hit else None)


def test_cells_in_feel_may_name_the_input_as_camunda_does() -> None:
    found = dispatch(["cellInput > 5 and cellInput < 8 | 1", "cellInput > limit | 2"], inputs=["n"], outputs=["a"])
    assert [found.evaluate({"n": n, "limit": 20}, now=NOW).value for n in (6, 9, 21)] == [1, None, 2]
