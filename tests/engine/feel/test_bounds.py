"""An evaluation ends soon, and reaches nothing but its variables, whatever the text."""

from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.feel import BUILTINS, EvaluationLimit, ExpressionSyntaxError, compile_expression, to_json
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
    with pytest.raises(UnsupportedValue, match="too many parts"):
        to_json(value(DOUBLED))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('matches(string join(for i in 1..99 return "a", ""), "((a?){99}){999}b")', "repeats too much"),
        ('matches(string join(for i in 1..99 return "a", ""), "(a*)*\\\\1b")', "refers back to a group"),
        ('matches("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "(a|a)*$", "z")', "there is no flag z"),
        ('matches("a", "(?<=a)b")', "a group that begins with (?"),
        ('matches(string join(for i in 1..9000 return "a", ""), "(a?){300}b")', "too long for a pattern"),
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
count sum sort partial substring matches 10**9 1..5 a: "a" "P1D" @"2026-10-09" 1e6000 1e-6000
@"-P999999999D" @"P999999999Y" @"9999-12-31T23:59:59Z" @"0001-01-01T00:00:00+18:00" @"23:59:59@Asia/Shanghai" """
TOKENS = st.sampled_from([*WORDS.split(), "date and time", "list contains"])
ENDS = """1e6000 -1e6000 1e-6000 0 -1 2.5 1e20 null true "" "a" [] [1,2] {} {a:1} [1..2] (<5) abs @"-P999999999D"
@"P999999999D" @"P99999999Y" @"9999-12-31" @"0001-01-01" @"9999-12-31T23:59:59Z" @"0001-01-01T00:00:00+18:00"
@"23:59:59@Asia/Shanghai" @"2026-03-29T02:30:00@Europe/Paris" @"00:00:00+18:00" """
EXTREMES = st.sampled_from(ENDS.split())


@settings(max_examples=300, deadline=None)
@given(st.lists(TOKENS, max_size=14).map(" ".join))
def test_any_run_of_tokens_gives_a_value_or_a_clear_error(text: str) -> None:
    try:
        value(text, a=[1, 2, {"b": 3}], b="x")
    except (ExpressionSyntaxError, EvaluationLimit) as error:
        assert str(error)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(sorted(BUILTINS)), st.lists(EXTREMES, max_size=4))
def test_any_function_takes_any_values(name: str, arguments: list[str]) -> None:
    try:
        to_json(value(f"{name}({', '.join(arguments)})"))
    except (EvaluationLimit, UnsupportedValue) as error:
        assert str(error)


@settings(max_examples=400, deadline=None)
@given(EXTREMES, st.sampled_from(["+", "-", "*", "/", "**", "=", "<", ">=", "in", "between 1 and"]), EXTREMES)
def test_any_operator_takes_any_values(left: str, operator: str, right: str) -> None:
    value(f"{left} {operator} {right}")
    value(f"-{right}")


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40))
def test_any_text_gives_a_value_or_a_clear_error(text: str) -> None:
    try:
        compile_expression(text).evaluate({}, now=NOW)
    except (ExpressionSyntaxError, EvaluationLimit) as error:
        assert str(error)
