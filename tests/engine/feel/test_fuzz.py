"""Expressions changed at random, the same ones in each run: all end soon, in a value or a clear error."""

import random
from collections.abc import Iterator
from time import perf_counter

from engine import juel
from engine.feel import EvaluationLimit, ExpressionSyntaxError, compile_expression, compile_unary_tests, explain
from engine.feel.errors import UnsupportedValue
from tests.engine.feel.support import NOW

SEEDS = """sum(for c in calls[days > 2] return c.days * 2) / count(calls)
if amount > 100 and urgency = "urgent" then {a: 1, b: a + 1}.b else [1, 2, 3][-1]
some x in [1..5], y in calls satisfies x in (1, > y.days, [2..3)) or not(x = null)
{f: function(n: number) if n < 2 then 1 else n * f(n - 1), r: f(5)}.r between 1 and 10**3
date("2026-10-09") + duration("P1DT2H") >= @"2026-10-09T08:00:00@Asia/Shanghai" - @"P1Y"
replace("HL-2026", "(\\\\d+)|[^-]+", "<$1>", "i") instance of list<context<a: string, b: range<number>>>
function(a) external {java: {class: "java.lang.Math", method signature: "abs(double)"}}
for i in 5..1 return string join(["a", null, string(partial)], "\\u4e2d\\U01F40E")
get value(context put({a: {b: 1}}, ["a", "b"], 2), "__class__").__init__.__globals__
sort(list: [3, 1, 2], precedes: function(x, y) x > y)[item > number("1.000,5", ".", ",")]""".splitlines()
SIGNS = [
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    ".",
    "..",
    "+",
    "-",
    "*",
    "**",
    "/",
    "=",
    "<",
    ">",
    '"',
    "@",
    "?",
    "\\",
]
SIGNS += ["999999999", "1e6000", "null", "for i in 1..10**9 return ", "__class__", "import os", "\x00", "\ud800", "村"]
VARIABLES = {"amount": 120, "urgency": "urgent", "calls": [{"days": 3}, {"days": 1}]}


def mutants(count: int) -> Iterator[str]:
    """Yield expressions with a few signs and pieces taken out, put in, doubled or exchanged."""
    chance = random.Random(20261009)
    for _ in range(count):
        text = chance.choice(SEEDS)
        for _ in range(chance.randint(1, 4)):
            begin = chance.randrange(len(text) + 1)
            end = min(len(text), begin + chance.randrange(8))
            piece = chance.choice([*SIGNS, text[begin:end] * 2, "", chance.choice(SEEDS)[begin:end]])
            text = text[:begin] + piece + text[end:]
        yield text


def test_no_change_of_an_expression_hangs_or_breaks_out() -> None:
    slowest = 0.0
    for text in mutants(3_000):
        begun = perf_counter()
        for read in (compile_expression, compile_unary_tests, lambda text: juel.compile_expression(f"${{{text}}}")):
            try:
                read(text).evaluate({**VARIABLES, "?": 5}, now=NOW)
            except (ExpressionSyntaxError, EvaluationLimit, UnsupportedValue) as error:
                assert str(error)
        slowest = max(slowest, perf_counter() - begun)
    assert slowest < 3


def test_an_explanation_has_the_value_of_the_evaluation() -> None:
    for text in mutants(300):
        try:
            expected = compile_expression(text).evaluate_with_reasons(VARIABLES, now=NOW)
        except (ExpressionSyntaxError, EvaluationLimit):
            continue
        found = explain(text, VARIABLES, now=NOW)
        assert found.reasons == expected.reasons
        assert str(type(found.value)) == str(type(expected.value))
