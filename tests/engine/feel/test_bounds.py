"""An evaluation ends soon, and reaches nothing but its variables, whatever the text."""

from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.feel import EvaluationLimit, ExpressionSyntaxError, compile_expression, to_json
from engine.feel.errors import UnsupportedValue
from tests.engine.feel.support import NOW, reasons, value

DOUBLED = "{a0: [1, 1], " + ", ".join(f"a{n}: [a{n - 1}, a{n - 1}]" for n in range(1, 50)) + "}.a49"


@pytest.mark.parametrize(
    "text",
    [
        "for i in 1..10**9 return i",
        "for i in 1..1000, j in 1..1000 return i * j",
        "some i in 1..10**30 satisfies false",
        "{f: function(f, n) f(f, n + 1), r: f(f, 1)}.r",
        f"{DOUBLED} = {DOUBLED}",
        f"string({DOUBLED})",
        f"flatten({DOUBLED})",
        '{a: "xxxxxxxxxx", '
        + ", ".join(f'{name}: string join([a, a, a, a], "") ' for name in "b")
        + "}.b = "
        + 'string join(for i in 1..200000 return "xxxxxxxxxx", "")',
        'replace(string join(for i in 1..5000 return "aaaaaaaaaa", ""), "a", '
        'string join(for i in 1..5000 return "aaaaaaaaaa", ""))',
        "for i in 1..100000 return partial",
    ],
)
def test_what_grows_without_bound_ends_in_an_error_at_once(text: str) -> None:
    begun = perf_counter()
    with pytest.raises(EvaluationLimit):
        value(text)
    assert perf_counter() - begun < 5


def test_what_is_small_inside_but_large_when_written_out_cannot_be_stored() -> None:
    with pytest.raises(UnsupportedValue, match="parts, too many"):
        to_json(value(DOUBLED))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('matches("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "(a+)+$")', "repeats what is repeated"),
        ('matches("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "(a|a)*$", "z")', "there is no flag z"),
        ('matches("a", "(?<=a)b")', "a group that begins with (?"),
        ('matches(string join(for i in 1..9000 return "a", ""), "a*a*a*b")', "too long for a pattern"),
    ],
)
def test_a_pattern_that_may_never_end_gives_null(text: str, reason: str) -> None:
    assert reason in reasons(text)[0]


@pytest.mark.parametrize(
    "text",
    [
        "__import__",
        "x.__class__",
        'x["__class__"]',
        '"a".__class__',
        "[].append",
        "{}.items",
        '@"2026-10-09".replace',
        "now().tzinfo",
        "abs.call",
        "[1..2].unary",
        'get value({}, "__class__")',
    ],
)
def test_nothing_of_python_is_reachable(text: str) -> None:
    assert value(text, x={}) in (None, [])


WORDS = """1 2.5 0 -1 a b 村 item ? null true false + - * / ** = != < <= > >= and or not ( ) [ ] { } , : . ..
if then else for in return some every satisfies between instance of number list function date time duration string
count sum sort partial substring matches 10**9 1..5 a: "a" "P1D" @"2026-10-09" """
TOKENS = st.sampled_from([*WORDS.split(), "date and time", "list contains"])


@settings(max_examples=300, deadline=None)
@given(st.lists(TOKENS, max_size=14).map(" ".join))
def test_any_run_of_tokens_gives_a_value_or_a_clear_error(text: str) -> None:
    try:
        value(text, a=[1, 2, {"b": 3}], b="x")
    except (ExpressionSyntaxError, EvaluationLimit) as error:
        assert str(error)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40))
def test_any_text_gives_a_value_or_a_clear_error(text: str) -> None:
    try:
        compile_expression(text).evaluate({}, now=NOW)
    except (ExpressionSyntaxError, EvaluationLimit) as error:
        assert str(error)
