"""What clause 10.3 of DMN 1.5 says, rule by rule where the other tests do not."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from engine.feel import Range
from tests.engine.feel.support import reasons, value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{a: b + 1, b: 1}.a", 2),
        ("get entries({a: b, b: 1}).key", ["a", "b"]),
        ("{a: c, b: 1, c: b}.a", 1),
        ("{isPositive: function(x) x > 0, r: isPositive(1)}.r", True),
        ("{r: f(2), f: function(x) x * g(x), g: function(x) x + 1}.r", 6),
        ("{f: function(n) if n < 2 then 1 else n * f(n - 1), r: f(5)}.r", 120),
        ("{a in b: 1, r: a in b + 1}.r", 2),
        ("{end of month: 1, r: end of month}.r", 1),
    ],
)
def test_the_entries_of_a_context_see_one_another(text: str, expected: object) -> None:
    assert value(text) == expected


def test_a_variable_outside_is_meant_where_a_context_has_the_entry_later() -> None:
    assert value("{a: b, b: 1}.a", b=5) == 5
    assert value("{a: b, b: a}", a=1, b=2) == {"a": 2, "b": 2}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("floor(n: 1.5)", 1),
        ("append(list: [1], item: 2)", [1, 2]),
        ("{limit: > 5, r: 6 in limit}.r", True),
        ("[< 3, >= 7][1].end", 3),
        ("8 in [< 3, >= 7]", True),
        ("(>= @\"2026-10-09\") instance of range<date>", True),
        ("if true then > 5 else < 5", Range(Decimal(5), None, False, False, ">")),
        ('{f: function(a, b) if b = null then "none" else b, r: f(a: 1)}.r', "none"),
        ('(function(d: date and time) d)(@"2026-10-09")', datetime(2026, 10, 9, tzinfo=UTC)),
        ("(function(a: number) a)([5])", 5),
        ('contains(["foobar"], "of")', False),
        ("3[item > 2]", [3]),
        ('sum([@"P1D"]) = @"P1D"', True),
        ("sublist([1, 2, 3], 1, 0)", None),
        ("sublist([1, 2, 3], -2, 2)", [2, 3]),
        ("sublist([1, 2, 3], 3, 2)", None),
        ('split("a;b;c;;", ";")', ["a", "b", "c", "", ""]),
        ('split("abc", "")', ["a", "b", "c"]),
        ("2 ** 1e9", None),
        ("sort([3, 1, 2], function(a, b) a > b)", [3, 2, 1]),
        ("modulo(-10.1, 4.5)", Decimal("3.4")),
        ('number("1.000.000,01", ".", ",")', Decimal("1000000.01")),
        ('time("23:59:00z") + duration("PT2M") = time("00:01:00@Etc/UTC")', True),
        ('is(time("23:00:50Z"), time("23:00:50"))', False),
        ('get entries({key1: "value1"})[key = "key1"].value', ["value1"]),
        ('replace("abcd", "(ab)|(a)", "[1=$1][2=$2]")', "[1=ab][2=]cd"),
        ('replace("banana", "a", "o")', "bonono"),
        ("flatten([{a: {b: [1]}}, {a: {b: [2.1, 2.2]}}].a.b)", [1, Decimal("2.1"), Decimal("2.2")]),
    ],
)
def test_arguments_convert_as_the_standard_says(text: str, expected: object) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(function(a: string, b: number) a) instance of function<string, number>->string", True),
        ("(function(a: string) a) instance of function<number>->string", False),
        ("(function(a: string) a) instance of function<string, string>->string", False),
        ('(function() "a") instance of function<>->string', True),
        ("(function() 1) instance of function<>->string", False),
        (
            '(function(a: context<x: string>) {b: "b"}) instance of '
            "function<context<x: string, y: string>>->context<b: string>",
            True,
        ),
        ("abs instance of function<number>->number", True),
        ("[1..2] instance of range<string>", False),
        ('{a: 1, b: "x"} instance of context<a: number>', True),
        ("{a: 1} instance of context<a: number, b: string>", False),
        ("[[1], [2]] instance of list<list<number>>", True),
    ],
)
def test_instance_of_asks_whether_types_conform(text: str, expected: object) -> None:
    assert value(text) is expected


def test_a_call_by_name_says_what_is_missing() -> None:
    assert reasons('substring(string: "abc")') == ["substring needs start position"]
