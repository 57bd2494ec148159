"""What the check says of decision tables: gaps, overlaps, hidden and dead rules, values outside."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.dmn.coverage import flaws_of
from engine.dmn.errors import HitPolicyViolated
from engine.engine import Engine
from engine.store.memory import MemoryStore
from tests.engine.dmn.support import NOW, dispatch, model, table


def told(rules: Sequence[str], **options: Any) -> list[tuple[str, str]]:
    decision = dispatch(rules, **options)
    assert decision.table is not None
    return [
        (flaw.rule, "; ".join(value for name, value in flaw.params.items() if name in ("number", "other", "where")))
        for flaw in flaws_of(decision.table)
    ]


NUMBER = {"inputs": ["n: number"], "outputs": ["unit: string"]}


def test_a_table_that_answers_everything_once_has_nothing_to_tell() -> None:
    assert told(['< 5 | "a"', '[5..8) | "b"', '>= 8 | "c"'], **NUMBER) == []


def test_a_gap_is_told_by_a_value_in_it() -> None:
    assert told(['< 5 | "a"', '> 5 | "b"'], **NUMBER) == [("table_gap", "n: 5")]
    assert told(['<= 5 | "a"', '>= 6 | "b"'], **NUMBER) == [("table_gap", "n: 5.5")]


def test_whole_numbers_and_days_have_nothing_between_them() -> None:
    assert told(['<= 5 | "a"', '>= 6 | "b"'], inputs=["n: integer"], outputs=["unit: string"]) == []
    days = ['<= date("2026-01-31") | "a"', '>= date("2026-02-01") | "b"']
    assert told(days, inputs=["d: date"], outputs=["unit: string"]) == []


def test_an_overlap_names_both_rules_and_where() -> None:
    assert told(['<= 5 | "a"', '>= 5 | "b"'], **NUMBER) == [("table_overlap", "1; 2; n: 5")]


def test_agreeing_rules_may_overlap_under_any() -> None:
    options = {**NUMBER, "policy": 'hitPolicy="ANY"'}
    assert told(['<= 5 | "a"', '>= 5 | "a"'], **options) == []
    assert told(['<= 5 | "a"', '>= 5 | "b"'], **options) == [("table_overlap", "1; 2; n: 5")]


def test_a_rule_behind_one_that_matches_all_of_its_cases_is_hidden_under_first() -> None:
    options = {**NUMBER, "policy": 'hitPolicy="FIRST"'}
    assert told(['- | "a"', '< 3 | "b"'], **options) == [("table_rule_hidden", "1; 2; n: 2")]


def test_allowed_values_leave_no_others() -> None:
    columns = {"inputs": ['kind: string = "a","b"'], "outputs": ["unit: string"]}
    assert told(['"a" | "x"', '"b" | "y"'], **columns) == []
    assert told(['"a" | "x"'], **columns) == [("table_gap", 'kind: "b"')]
    assert told(['"a" | "x"', '"b" | "y"', '"c" | "z"'], **columns) == [
        ("table_value_outside", "3"), ("table_rule_dead", "3"),
    ]


def test_texts_that_no_rule_names_are_a_gap() -> None:
    assert told(['"a" | "x"', '"b" | "y"'], inputs=["kind: string"], outputs=["unit"]) == [
        ("table_gap", "kind: 其他/other")
    ]
    assert told(['"a" | "x"', 'not("a") | "y"'], inputs=["kind: string"], outputs=["unit"]) == []


def test_a_default_or_a_policy_of_many_hits_leaves_no_gap() -> None:
    assert told(['"a" | "x"'], inputs=["kind: string"], outputs=['unit ? "none"']) == []
    assert told(['"a" | "x"'], inputs=["kind: string"], outputs=["unit"], policy='hitPolicy="COLLECT"') == []


def test_what_a_cell_computes_is_not_judged() -> None:
    assert told(['< limit | "a"', '>= 5 | "b"'], **NUMBER) == []


def test_outputs_outside_their_values_or_of_another_type_are_told() -> None:
    assert told(['- | "x"'], inputs=["n"], outputs=['unit: string = "y","z"']) == [("table_value_outside", "1")]
    assert told(['- | "x"'], inputs=["n"], outputs=["days: number"]) == [("table_type", "1")]


def test_the_check_names_the_rule_s_place_in_the_file() -> None:
    content = model(table(['<= 5 | "a"', '>= 5 | "b"'], **NUMBER))  # type: ignore[arg-type]
    (finding,) = [one for one in Engine(MemoryStore("t")).check({"a.dmn": content}) if one.rule == "table_overlap"]
    assert (finding.element_id, finding.severity, finding.line) == ("r2", "warning", 1)
    assert finding.message("zh") == "决策表“dispatch”的规则 1 与规则 2 重叠：n: 5"


def test_a_large_table_is_judged_at_once() -> None:
    rules = [f'[{n}..{n + 1}) | "{n % 7}" | {"true" if n % 2 else "false"} | "x"' for n in range(100)]
    options = {"inputs": ["n: number", "kind: string", "flag: boolean"], "outputs": ["unit"]}
    assert len(told(rules, **options)) == 10


cells = st.one_of(
    st.just("-"), st.integers(0, 4).map(str), st.builds("{} {}".format, st.sampled_from("<>"), st.integers(0, 4)),
    st.builds("[{}..{}]".format, st.integers(0, 2), st.integers(2, 4)), st.builds("not({})".format, st.integers(0, 4)),
)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.lists(st.tuples(cells, cells), min_size=1, max_size=5))
def test_it_tells_of_a_gap_or_an_overlap_exactly_where_there_is_one(rows: list[tuple[str, str]]) -> None:
    rules = [f'{one} | {other} | "{number}"' for number, (one, other) in enumerate(rows)]
    options: dict[str, Any] = {"inputs": ["a: integer", "b: integer"], "outputs": ["unit"]}
    kinds = {rule for rule, _ in told(rules, **options)}
    decision = dispatch(rules, **options)
    gap = overlap = False
    for a in range(-1, 6):
        for b in range(-1, 6):
            try:
                gap |= decision.evaluate({"a": a, "b": b}, now=NOW).outputs == ()
            except HitPolicyViolated:
                overlap = True
    assert (gap, overlap) == ("table_gap" in kinds, "table_overlap" in kinds)


@pytest.mark.parametrize("name", ["hotline_limits", "hotline_matrix"])
def test_our_own_tables_have_no_flaw(name: str) -> None:
    path = Path(__file__).parents[3] / "bpmn" / "tables" / f"{name}.dmn"
    assert Engine(MemoryStore("t")).check({path.name: path.read_bytes()}) == []
