"""Expressions take in only those parts of plain JSON that they look at, and conclude the same as from whole values."""

import json
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.feel import EvaluationLimit, Expression, UnsupportedValue, compile_expression, from_json
from engine.feel.parser import parse_expression
from engine.feel.raw import take
from engine.feel.scope import Run
from tests.engine.feel.support import NOW, reasons, value

EXPRESSIONS = (
    "items[a > 2]",
    "items[item.a >= 2.5]",
    'items[a = "x" or b = 2]',
    'items[a != "x" and item.b < 2]',
    "items[a + 1 > 2]",
    "items[a = b]",
    "items[a = one.a]",
    "items[one = a or items = b]",
    "items[item.a + b > 2]",
    "items[count(b) > 0]",
    "items[x]",
    "items[some x in items satisfies x.a = a]",
    "items[b[a > 1] != []]",
    "items[1]",
    "items[-1].a",
    "items[a > 1].b",
    "items[a > 1][b > 1]",
    "items[a > 1][1].b",
    "items.a",
    "items.a.b",
    "one.a",
    "one.a.b[a > 1]",
    "one[a > 1]",
    "count(items)",
    "count(items[a > 2])",
    "count(list: one.a)",
    "count(one)",
    "for x in items return x.a",
    "for x in items return x",
    "for x in items return [x.a, x]",
    "for x in items return {a: 1, y: x.a}",
    "for x in items, y in items return x.a",
    "for x in one.a return x.b",
    "for x in items return items[a > 1].b",
    "for x in items return one[a = x.a]",
    "for x in items return count(partial)",
    "for x in items return for items in [1] return items",
    "for x in items return x.a.year",
    "for items in [one] return items[a > 1]",
    "some x in items satisfies x.a > 2",
    "every x in items satisfies x.a > 2 or x.b = null",
    "every x in items satisfies x > 2",
    "some x in items satisfies count(x.a[b > 1]) > 0",
    "{items: one, a: items[a > 1]}",
    "{y: items[a > 1].b, z: one.a}",
    "for x in items return {y: x.a, z: {y: x.b}}",
    "for x in items return {a: x.a, b: {x: 1, y: x.b}}",
    "for x in items return {x: 1, y: x.a}",
    "{a: items[a > 1], items: one}",
    "{f: function(x) items[a > x].b, r: f(1)}.r",
    "if one.a = null then items else one",
    "items[a.year = 2026]",
    "items = items[true]",
    "is defined(items) and is defined(one.a)",
)
LEAVES = (
    st.none() | st.booleans() | st.integers(0, 4) | st.floats(0, 4, allow_nan=False) | st.sampled_from("xy")
    | st.sampled_from([{"@date": "2026-10-09"}, {"@decimal": "2.5"}, {"@context": {"@date": "no"}}, {"@x": 1}])
)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.sampled_from(["a", "b", "item", "x", "items"]), inner, max_size=3),
    max_leaves=10,
)
ITEMS = JSON | st.lists(st.dictionaries(st.sampled_from(["a", "b", "item"]), LEAVES, max_size=3), max_size=5)


@pytest.mark.parametrize("text", EXPRESSIONS)
@settings(max_examples=40, deadline=None)
@given(items=ITEMS, one=JSON)
def test_plain_json_gives_the_value_and_the_reasons_that_whole_values_give(
    text: str, items: object, one: object
) -> None:
    variables = {"items": items, "one": one}
    eager = Expression(text, parse_expression(text, frozenset())).evaluate_with_reasons(variables, now=NOW)
    before = json.dumps(variables)
    lazy = compile_expression(text).evaluate_with_reasons(variables, now=NOW)
    # A number that was never taken in equals the one that was, but does not look like it.
    assert (repr(lazy.value), lazy.reasons) == (repr(eager.value), eager.reasons)
    assert json.dumps(variables) == before


def test_what_is_not_looked_at_need_not_be_a_value() -> None:
    assert value("items[a > 1].a", items=[{"a": 1, "strange": object()}, {"a": 2, "strange": object()}]) == [2]
    assert value("call.amount > 5", call={"amount": 6, "strange": object()}) is True
    with pytest.raises(UnsupportedValue, match="object cannot be used"):
        value("items[a > 1]", items=[{"a": 2, "strange": object()}])


def test_numbers_are_compared_exactly_whatever_json_has_for_them() -> None:
    assert value("count(items[a = 0.1])", items=[{"a": 0.1}, {"a": {"@decimal": "0.1"}}, {"a": 0.10000001}]) == 2
    huge = 10**40
    assert value(f"count(items[a = {10**33}])", items=[{"a": 10**33}, {"a": 10**33 + 1}, {"a": huge}]) == 1
    assert value("count(items[a = 1])", items=[{"a": True}, {"a": 1}, {"a": 1.0}, {"a": "1"}]) == 2


def test_a_list_that_a_loop_asks_for_again_and_again_is_taken_in_once() -> None:
    big = {"parts": [{"number": number, "text": "x" * 10} for number in range(50_000)]}
    begun = perf_counter()
    assert value("for i in 1..1000 return if i = 0 then call.parts else i", call=big)
    with pytest.raises(EvaluationLimit):
        value("count(for i in 1..100000 return call.parts = i)", call=big)
    assert perf_counter() - begun < 5


def test_what_was_taken_in_is_known_again_only_by_the_same_object() -> None:
    run = Run(NOW)
    one, same = [1, {"a": 2}], [1, {"a": 2}]
    assert take(one, run) is take(one, run) == from_json(one)
    assert take(same, run) is not take(one, run)


def test_names_that_lead_nowhere_keep_their_reasons() -> None:
    unknown = "there is no variable calls; is call meant?"
    assert reasons("calls[days > 2]", {"call": []}) == [unknown, "null cannot be filtered"]
    assert reasons("call.days", {"call": {}}) == ["the context has no entry days"]
