"""The built-in functions, by kind."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest

from engine.feel import BUILTINS, YearsMonths
from tests.engine.feel.support import reasons, value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('substring("热线受理", 3)', "受理"),
        ('substring("热线受理", -4, 2)', "热线"),
        ('substring("a", 3)', None),
        ('string length("\\uD83D\\uDCA9 a")', 3),
        ('upper case("aB")', "AB"),
        ('lower case("aB")', "ab"),
        ('substring before("HL-2026", "-")', "HL"),
        ('substring after("HL-2026", "-")', "2026"),
        ('contains("村03", "03")', True),
        ('starts with("村03", "村")', True),
        ('ends with("村03", "村")', False),
        ('matches("HL-2026-000001", "^HL-\\d{4}-\\d{6}$")', True),
        ('matches("ABC", "b", "i")', True),
        ('matches("村三", "^\\p{IsHan}+$")', True),
        ('replace("2026-10-09", "(\\d+)-(\\d+)", "$2/$1")', "10/2026-09"),
        ('replace("a.b", ".", "-", "q")', "a-b"),
        ('split("a;b;;c", ";")', ["a", "b", "", "c"]),
        ('string join(["a", null, "b"], ", ")', "a, b"),
        ('string join(["a", "b"], ", ", "<", ">")', "<a, b>"),
        ('trim("  a ")', "a"),
        ('is blank("  ")', True),
        ('extract("a1b22", "[0-9]+")', ["1", "22"]),
        ("string(1.50)", "1.5"),
        ("string(1e3)", "1000"),
        ('string({a: [1, "x"], "b-c": null})', '{a: [1, "x"], "b-c": null}'),
        ('string(@"2026-10-09")', "2026-10-09"),
        ("string([1..2))", "[1..2)"),
        ("string(null)", None),
    ],
)
def test_strings(text: str, expected: object) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("decimal(1/3, 2)", Decimal("0.33")),
        ("decimal(2.5, 0)", 2),
        ("floor(-1.5)", -2),
        ("ceiling(-1.5)", -1),
        ("round up(1.21, 1)", Decimal("1.3")),
        ("round down(1.29, 1)", Decimal("1.2")),
        ("round half up(2.5, 0)", 3),
        ("round half down(2.5, 0)", 2),
        ("abs(-3)", 3),
        ('abs(@"-P1D")', timedelta(days=1)),
        ("modulo(-12, 5)", 3),
        ("sqrt(16)", 4),
        ("sqrt(-1)", None),
        ("log(0)", None),
        ("odd(3)", True),
        ("even(3)", False),
        ("exp(100000)", None),
        ('number("1 000,5", " ", ",")', Decimal("1000.5")),
        ('number("abc")', None),
    ],
)
def test_numbers(text: str, expected: object) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("list contains([1, null], null)", True),
        ("count([])", 0),
        ("min(3, 1, 2)", 1),
        ('max(["b", "c", "a"])', "c"),
        ("min([])", None),
        ("sum([1, 2, 3])", 6),
        ('sum(@"P1D", @"PT1H")', timedelta(days=1, hours=1)),
        ("sum([])", None),
        ("mean([1, 2, 6])", 3),
        ("product(2, 3, 4)", 24),
        ("median([8, 2, 5, 3])", 4),
        ("stddev([2, 4, 7, 5])", Decimal("2.081665999466132735282297706979931")),
        ("mode([6, 1, 9, 6, 1])", [1, 6]),
        ("all([true, null, false])", False),
        ("all([true, null])", None),
        ("any([false, true])", True),
        ("sublist([1, 2, 3], 2)", [2, 3]),
        ("sublist([1, 2, 3], -2, 1)", [2]),
        ("append([1], 2, 3)", [1, 2, 3]),
        ("concatenate([1], [2, 3])", [1, 2, 3]),
        ("insert before([1, 3], 2, 2)", [1, 2, 3]),
        ("remove([1, 2, 3], 2)", [1, 3]),
        ("remove([1], 2)", None),
        ("list replace([1, 2, 3], 2, 9)", [1, 9, 3]),
        ("list replace([1, 2, 3], function(item, newItem) item < newItem, 3)", [3, 3, 3]),
        ("reverse([1, 2])", [2, 1]),
        ("index of([1, 2, 1], 1)", [1, 3]),
        ("union([1, 2], [2, 3])", [1, 2, 3]),
        ("distinct values([1, 1, 2])", [1, 2]),
        ("duplicate values([1, 1, 2])", [1]),
        ("flatten([1, [2, [3]]])", [1, 2, 3]),
        ("partition([1, 2, 3], 2)", [[1, 2], [3]]),
        ("is empty([])", True),
        ("sort([2, 1])", [1, 2]),
        ("count(5)", 1),
        ('upper case(["a"])', "A"),
    ],
)
def test_lists(text: str, expected: object) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('date("2026-10-09")', date(2026, 10, 9)),
        ("date(2026, 10, 9)", date(2026, 10, 9)),
        ("date(2026, 2, 30)", None),
        ('date(date and time("2026-10-09T08:00:00"))', date(2026, 10, 9)),
        ('time("08:30:00+08:00")', time.fromisoformat("08:30:00+08:00")),
        ("time(8, 30, 0)", time(8, 30)),
        ('time(8, 30, 0, @"PT8H")', time.fromisoformat("08:30:00+08:00")),
        ('date and time(@"2026-10-09", @"08:30:00Z")', datetime(2026, 10, 9, 8, 30, tzinfo=UTC)),
        ('date and time(@"2026-10-09T00:30:00Z", "Asia/Shanghai").hour', 8),
        ('duration("P1Y2M")', YearsMonths(14)),
        ('duration("P1Y2D")', None),
        ('years and months duration(@"2025-11-30", @"2026-10-09")', YearsMonths(10)),
        ('day of week(@"2026-10-09")', "Friday"),
        ('month of year(@"2026-10-09")', "October"),
        ('day of year(@"2026-10-09")', 282),
        ('week of year(@"2026-10-09")', 41),
        ('last day of month(@"2026-02-09")', date(2026, 2, 28)),
        ('is(@"08:00:00Z", @"08:00:00+00:00")', True),
        ('is(@"P1D", @"PT24H")', True),
        ('is(1, @"P1D")', False),
    ],
)
def test_dates(text: str, expected: object) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("before(1, [2..5])", True),
        ("after([1..5), 5)", False),
        ("after(5, [1..5))", True),
        ("meets([1..5], [5..9])", True),
        ("met by([5..9], [1..5])", True),
        ("overlaps([1..5], [5..9])", True),
        ("overlaps before([1..5], [4..9])", True),
        ("overlaps after([4..9], [1..5])", True),
        ("finishes(5, [1..5])", True),
        ("finished by([1..5], [3..5])", True),
        ("includes([1..5], 3)", True),
        ("during([2..3], [1..5])", True),
        ("starts([1..3], [1..5])", True),
        ("started by([1..5], 1)", True),
        ("coincides([1..5], [1..5])", True),
        ("coincides([1..5], [1..5))", False),
        ('2 in range("[1..3]")', True),
        ('range("[3..1]")', None),
    ],
)
def test_ranges(text: str, expected: object) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('get value({a: 1}, "a")', 1),
        ('get value({a: {b: 2}}, ["a", "b"])', 2),
        ("get entries({a: 1})", [{"key": "a", "value": 1}]),
        ('context([{key: "a", value: 1}])', {"a": 1}),
        ('context put({a: 1}, "b", 2)', {"a": 1, "b": 2}),
        ('context put({a: {b: 1}}, ["a", "b"], 2)', {"a": {"b": 2}}),
        ("context merge([{a: 1}, {a: 2, b: 3}])", {"a": 2, "b": 3}),
        ("get or else(null, 1)", 1),
        ("get or else(missing, 1)", 1),
        ("is defined(missing)", False),
        ("is defined(1)", True),
        ('assert(1, false, "no")', None),
        ('to json({d: @"2026-10-09"})', '{"d":{"@date":"2026-10-09"}}'),
        ('from json("{\\"a\\": [1.5]}").a[1]', Decimal("1.5")),
        ('to base64("FEEL")', "RkVFTA=="),
    ],
)
def test_contexts_and_what_camunda_adds(text: str, expected: object) -> None:
    assert value(text) == expected


def test_a_function_of_several_forms_says_what_each_wants() -> None:
    (reason,) = reasons("date(true)")
    assert (
        reason
        == "date: from must be a date or date and time or string, not a boolean; or date takes 3 arguments, not 1"
    )


def test_an_unknown_parameter_is_named() -> None:
    assert reasons('upper case(text: "a")') == ["upper case has no parameter text, only string"]


# These take anything, and make a list of it or look for a truth in it.
TAKE_ANYTHING = {"append", "concatenate", "union", "any", "all"}


@pytest.mark.parametrize("name", sorted(BUILTINS.keys() - TAKE_ANYTHING))
def test_every_function_gives_a_reason_for_not_taking_arguments(name: str) -> None:
    functions = ", ".join(["function(a) a"] * 6)
    assert reasons(f"{name}({functions})")[0]
