"""Whoever tests a table sees for each rule and cell whether it passed, and what the graph came to on the way."""

from datetime import UTC, datetime
from itertools import product
from pathlib import Path

import pytest

from engine.dmn import HitPolicyViolated, ValueNotAllowed, parse_dmn
from engine.dmn.explain import DecisionExplanation, ExplainedTable, explain
from engine.dmn.question import Question, questions_of
from engine.dmn.sheet import sheets_of
from engine.feel import EvaluationLimit
from tests.engine.dmn.support import NOW, dispatch, literal, model, table

TABLES = sorted(Path(__file__).parents[3].glob("bpmn/tables/*.dmn"))


def explained(rules: list[str], values: dict[str, object], **options: object) -> DecisionExplanation:
    return explain(dispatch(rules, **options), values, now=NOW)


def own_table(found: DecisionExplanation) -> ExplainedTable:
    own = found.steps[-1].table
    assert own is not None
    return own


def verdicts(found: DecisionExplanation) -> list[list[bool | None]]:
    return [[cell.passes for cell in rule.cells] for rule in own_table(found).rules]


def test_every_cell_of_every_rule_says_whether_it_passed() -> None:
    rules = ['"road" | - | "build" | 3', '"water" | > 1 | "water" | 1', '"road" | > 1 | "both" | 9']
    found = explained(rules, {"category": "road", "urgency": 1})
    assert verdicts(found) == [[True, True], [False, False], [True, False]]
    assert own_table(found).hits == (1,)
    assert own_table(found).rules[0].outputs == {"unit": "build", "days": 3}
    assert (found.value, found.error) == ({"unit": "build", "days": 3}, None)


def test_a_cell_that_is_neither_says_why() -> None:
    found = explained(['- | > 1 | "a" | 1'], {"category": "road", "urgency": "high"})
    (rule,) = own_table(found).rules
    assert (rule.cells[1].passes, rule.is_hit) == (None, False)
    assert [reason.message for reason in rule.cells[1].reasons] == ["a string cannot be compared with a number"]


def test_a_variable_that_is_missing_is_the_reason_of_its_column() -> None:
    found = explained(['- | > 1 | "a" | 1'], {"urgency": 2})
    assert [[reason.message for reason in each.reasons] for each in own_table(found).inputs] == [
        ["there is no variable category"], []
    ]


def test_a_violated_hit_policy_shows_the_rules_that_disagree() -> None:
    found = explained(['"road" | - | "a" | 1', '- | 1 | "b" | 2'], {"category": "road", "urgency": 1})
    assert isinstance(found.error, HitPolicyViolated)
    assert found.error.rules == own_table(found).hits == (1, 2)
    assert found.steps[-1].error is found.error


def test_a_value_that_is_not_allowed_is_told_at_its_column() -> None:
    decision = dispatch(['- | - | "a" | 1'], inputs=('category = "a","b"', "urgency"))
    found = explain(decision, {"category": "x", "urgency": 1}, now=NOW)
    assert isinstance(found.error, ValueNotAllowed)
    first, second = own_table(found).inputs
    assert (first.refused is not None, second.refused, own_table(found).rules) == (True, None, ())


def test_under_first_the_rules_behind_the_hit_are_looked_at_too() -> None:
    rules = ['- | - | "a" | 1', '- | 1 | "b" | 2']
    found = explained(rules, {"category": "x", "urgency": 1}, policy='hitPolicy="FIRST"')
    assert own_table(found).hits == (1, 2)
    assert [rule.outputs is not None for rule in own_table(found).rules] == [True, False]


def test_decisions_on_the_way_come_before_the_one_that_needs_them() -> None:
    score = literal("score", "points * 2")
    verdict = literal("verdict", 'if score > 5 then "yes" else "no"', requires=["requiredDecision #score"])
    decision = parse_dmn(model(score + verdict)).decision("verdict")
    found = explain(decision, {"points": 3}, now=NOW)
    assert [(step.id, step.value, step.table) for step in found.steps] == [("score", 6, None), ("verdict", "yes", None)]
    assert questions_of(decision) == [Question("points")]


def test_a_table_without_an_end_ends() -> None:
    cell = "count(for i in 1..100000 return i) > 1"
    found = explained([f'{cell} | {cell} | "a" | 1'] * 4, {"category": "x", "urgency": 1})
    assert isinstance(found.error, EvaluationLimit)
    assert len(own_table(found).rules) < 4


@pytest.mark.parametrize("file", TABLES, ids=lambda path: path.stem)
def test_what_is_explained_is_what_is_evaluated_in_our_tables(file: Path) -> None:
    at = datetime(2026, 11, 20, 1, tzinfo=UTC)
    for decision in parse_dmn(file.read_bytes()).decisions.values():
        assert decision.table is not None
        questions = questions_of(decision)
        seen: set[int] = set()
        for values in product(*[question.options or question.suggestions or (True, False) for question in questions]):
            inputs = dict(zip((question.name for question in questions), values, strict=True))
            result = decision.evaluate(inputs, now=at)
            found = explain(decision, inputs, now=at)
            kept = {rule.number: rule.outputs for rule in own_table(found).rules if rule.outputs is not None}
            assert (found.value, found.reasons) == (result.value, result.reasons)
            assert kept == {rule.number: row for rule, row in zip(result.matched_rules, result.outputs, strict=True)}
            assert set(kept) <= set(own_table(found).hits)
            seen |= set(kept)
        assert len(seen) >= min(4, len(decision.table.rules))


def test_questions_know_type_label_and_values() -> None:
    decision = dispatch(['"a" | > 1 | "x" | 1'], inputs=('category: string = "a","b"', "urgency: number = [1..5]"))
    assert questions_of(decision) == [
        Question("category", type="string", options=("a", "b"), suggestions=("a",), allowed='"a","b"'),
        Question("urgency", type="number", suggestions=(1,), allowed="[1..5]"),
    ]


def test_a_sheet_has_the_texts_of_a_table() -> None:
    xml = model(table(['"a" | - | "x" | 1 + 2'], policy='hitPolicy="COLLECT" aggregation="SUM"'))
    sheet = sheets_of(xml)["dispatch"]
    assert (sheet.policy, sheet.aggregation) == ("COLLECT", "SUM")
    assert [head.text for head in (*sheet.inputs, *sheet.outputs)] == ["category", "urgency", "unit", "days"]
    assert (sheet.rows[0].tests, sheet.rows[0].outputs) == (('"a"', "-"), ('"x"', "1 + 2"))
