"""Decision tables: matching, hit policies, types and allowed values."""

from datetime import date
from decimal import Decimal

import pytest

from engine.dmn import DecisionModelInvalid, HitPolicyViolated, MatchedRule, ValueNotAllowed, parse_dmn
from tests.engine.dmn.support import NOW, dispatch, model, table

MATRIX = [
    '"water" | "urgent"            | "water station" | 1',
    '"water" | not("urgent")       | "water station" | 5',
    '"road", "bridge" | -          | "roads office"  | days(3)',
    '-       | "urgent"            | "duty officer"  | 1',
]


def test_the_rule_that_matches_gives_its_outputs_and_is_told() -> None:
    rules = [MATRIX[0], MATRIX[1], '"road", "bridge" | - | "roads office" | 3']
    result = dispatch(rules).evaluate({"category": "bridge", "urgency": "ordinary"}, now=NOW)
    assert result.value == {"unit": "roads office", "days": Decimal(3)}
    assert result.outputs == ({"unit": "roads office", "days": Decimal(3)},)
    assert result.matched_rules == (MatchedRule(3, "r3"),)
    assert result.inputs == {"category": "bridge", "urgency": "ordinary"}
    assert result.reasons == ()


def test_a_table_of_one_output_gives_the_value_itself() -> None:
    decision = dispatch(["> 5 | 1", "<= 5 | 2"], inputs=["n"], outputs=["level"])
    assert decision.evaluate({"n": 5}, now=NOW).value == 2
    assert decision.evaluate({"n": 5}, now=NOW).outputs == ({"level": Decimal(2)},)


def test_no_rule_that_matches_gives_null_or_the_default() -> None:
    rules = ["1 | 1"]
    assert dispatch(rules, inputs=["n"], outputs=["level"]).evaluate({"n": 5}, now=NOW).value is None
    result = dispatch(rules, inputs=["n"], outputs=["level ? 9"]).evaluate({"n": 5}, now=NOW)
    assert (result.value, result.outputs, result.matched_rules) == (9, ({"level": Decimal(9)},), ())


def test_unique_refuses_a_second_rule_that_matches() -> None:
    decision = dispatch(["> 1 | 1", "> 2 | 2"], inputs=["n"], outputs=["level"])
    assert decision.evaluate({"n": 2}, now=NOW).value == 1
    with pytest.raises(HitPolicyViolated, match="only one rule may match, but rules 1, 2 match") as caught:
        decision.evaluate({"n": 3}, now=NOW)
    assert caught.value.rules == (1, 2)


def test_any_refuses_rules_that_conclude_differently() -> None:
    decision = dispatch(["> 1 | 1", "> 2 | 1", "> 3 | 2"], inputs=["n"], outputs=["level"], policy='hitPolicy="ANY"')
    assert decision.evaluate({"n": 3}, now=NOW).value == 1
    with pytest.raises(HitPolicyViolated, match="must conclude the same"):
        decision.evaluate({"n": 4}, now=NOW)


OVERLAPPING = ["> 1 | 10", "> 2 | 30", "> 3 | 20"]


@pytest.mark.parametrize(
    ("policy", "n", "expected"),
    [
        ('hitPolicy="FIRST"', 4, 10),
        ('hitPolicy="PRIORITY"', 4, 30),
        ('hitPolicy="RULE ORDER"', 4, [10, 30, 20]),
        ('hitPolicy="OUTPUT ORDER"', 4, [30, 20, 10]),
        ('hitPolicy="COLLECT"', 4, [10, 30, 20]),
        ('hitPolicy="COLLECT" aggregation="SUM"', 4, 60),
        ('hitPolicy="COLLECT" aggregation="MIN"', 4, 10),
        ('hitPolicy="COLLECT" aggregation="MAX"', 4, 30),
        ('hitPolicy="COLLECT" aggregation="COUNT"', 4, 3),
        ('hitPolicy="COLLECT" aggregation="COUNT"', 0, 0),
        ('hitPolicy="COLLECT" aggregation="SUM"', 0, None),
        ('hitPolicy="RULE ORDER"', 0, None),
    ],
)
def test_each_hit_policy_keeps_and_orders_rules_its_own_way(policy: str, n: int, expected: object) -> None:
    decision = dispatch(OVERLAPPING, inputs=["n"], outputs=["level = 30, 20, 10"], policy=policy)
    assert decision.evaluate({"n": n}, now=NOW).value == expected


def test_the_rules_kept_are_told_in_the_order_of_the_result() -> None:
    options = {"inputs": ["n"], "outputs": ["level = 30, 20, 10"]}
    ordered = dispatch(OVERLAPPING, **options, policy='hitPolicy="OUTPUT ORDER"').evaluate({"n": 4}, now=NOW)
    assert [rule.number for rule in ordered.matched_rules] == [2, 3, 1]
    first = dispatch(OVERLAPPING, **options, policy='hitPolicy="PRIORITY"').evaluate({"n": 4}, now=NOW)
    assert [rule.number for rule in first.matched_rules] == [2]


def test_cells_may_use_the_value_and_other_variables() -> None:
    rules = ['starts with(?, "村") | ? + " group"', '"office" | head']
    decision = dispatch(rules, inputs=["place"], outputs=["who"])
    assert decision.evaluate({"place": "村03"}, now=NOW).reasons[0].message == "there is no variable ?"
    assert decision.evaluate({"place": "office", "head": "ann"}, now=NOW).value == "ann"


def test_camunda_s_input_variable_names_the_value() -> None:
    columns = (
        '<input xmlns:camunda="http://camunda.org/schema/1.0/dmn" camunda:inputVariable="n">'
        '<inputExpression expressionLanguage="juel"><text>${call.days + 1}</text></inputExpression></input>'
        '<output name="ok"/>'
    )
    decision = dispatch(["n > 5 | true", "n <= 5 | false"], inputs=["n"], columns=columns)
    assert decision.evaluate({"call": {"days": 5}}, now=NOW).value is True


@pytest.mark.parametrize(
    ("kind", "given", "cell", "matches"),
    [
        ("number", 5, "5", True),
        ("integer", 5, "> 4", True),
        ("long", [5], "5", True),
        ("double", 2.5, "2.5", True),
        ("string", "5", "5", False),
        ("boolean", True, "true", True),
        ("date", "2026-10-09", '@"2026-10-09"', True),
        ("date", {"@date": "2026-10-09"}, '< @"2026-10-10"', True),
        ("feel:number", 5, "5", True),
    ],
)
def test_an_input_s_type_is_checked_and_dates_are_read_from_text(
    kind: str, given: object, cell: str, matches: bool
) -> None:
    decision = dispatch([f"{cell} | true"], inputs=[f"n: {kind}"], outputs=["ok"])
    assert (decision.evaluate({"n": given}, now=NOW).value is True) is matches


def test_an_input_of_the_wrong_type_is_null_and_says_why() -> None:
    result = dispatch(["null | true"], inputs=["n: number"], outputs=["ok"]).evaluate({"n": "x"}, now=NOW)
    assert result.value is True
    assert result.reasons[0].message == "decision table dispatch, input n: a number is wanted, not a string"


def test_an_output_is_of_its_type() -> None:
    decision = dispatch(['"2026-10-09"', '"soon"'], inputs=[], outputs=["due: date"], policy='hitPolicy="RULE ORDER"')
    result = decision.evaluate({}, now=NOW)
    assert result.value == [date(2026, 10, 9), None]
    assert "rule 2, output due: a date is wanted" in result.reasons[0].message


def test_values_that_are_not_allowed_are_refused() -> None:
    decision = dispatch(["- | level"], inputs=['urgency = "urgent", "ordinary"'], outputs=["level = 1, 2"])
    assert decision.evaluate({"urgency": "urgent", "level": 2}, now=NOW).value == 2
    with pytest.raises(ValueNotAllowed, match='input urgency must be "urgent", "ordinary"'):
        decision.evaluate({"urgency": "later", "level": 2}, now=NOW)
    with pytest.raises(ValueNotAllowed, match="rule 1: output level"):
        decision.evaluate({"urgency": "urgent", "level": 3}, now=NOW)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (table(["1 | 2"], inputs=["n"], outputs=["a"], policy='hitPolicy="BEST"'), "there is no hit policy BEST"),
        (table(["1 | 2"], inputs=["n"], outputs=["a"], policy='aggregation="SUM"'), "UNIQUE cannot aggregate by SUM"),
        (
            table(["1|2|3"], inputs=["n"], outputs=["a", "b"], policy='hitPolicy="COLLECT" aggregation="SUM"'),
            "SUM needs a single output",
        ),
        (table(["1"], inputs=["n"], outputs=["a"]), "rule 1 has not as many entries as the table has columns"),
        (table([], inputs=["n"], outputs=[]), "the decision table has no output"),
        (table(["1 | 2"], inputs=["n"], outputs=["a", "a"]), "two outputs have the same name"),
        (table(["> | 2"], inputs=["n"], outputs=["a"]), "the expression ends too early"),
        (table(["1 | 2"], inputs=["n: tNothing"], outputs=["a"]), "there is no type tNothing"),
    ],
)
def test_a_table_that_cannot_be_run_is_refused_when_it_is_read(content: str, message: str) -> None:
    with pytest.raises(DecisionModelInvalid, match=message) as caught:
        parse_dmn(model(content))
    assert caught.value.element_id
    assert caught.value.line == 1
