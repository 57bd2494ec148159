"""The grammar and its meaning: operators, conditions, paths, filters, loops, functions."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from engine.feel import Range, YearsMonths, compile_expression
from tests.engine.feel.support import NOW, passes, reasons, value

CALLS = [
    {"number": 1, "village": "村03", "days": 3},
    {"number": 2, "village": "村07", "days": 5},
    {"number": 3, "village": "村03", "days": 8.5},
]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("10 - 3 - 2", 5),
        ("2 ** 3 ** 2", 64),
        ("-2 ** 2", 4),
        ("7 / 2", Decimal("3.5")),
        ("0.1 + 0.2", Decimal("0.3")),
        ("1 / 3", Decimal("0." + "3" * 34)),
        (".5 + 1.5e1", Decimal("15.5")),
        ("--3", 3),
    ],
)
def test_numbers_are_reckoned_exactly_with_the_usual_precedence(text: str, expected: object) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("true and null", None),
        ("false and null", False),
        ("true or null", True),
        ("false or null", None),
        ('true and "x"', None),
        ("not(null)", None),
        ("not(false)", True),
        ("1 = null", False),
        ("null = null", True),
        ("null != 1", True),
        ('1 = "1"', None),
        ("1 < null", None),
        ('if null then "yes" else "no"', "no"),
        ("if 1 < 2 then 3 else 4 + 1", 3),
        ("1 + if true then 1 else 0", 2),
    ],
)
def test_logic_has_three_values(text: str, expected: object) -> None:
    assert value(text) is expected or value(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5 between 1 and 5 and true", True),
        ("5 in [1..5]", True),
        ("5 in [1..5)", False),
        ("5 in [1..5[", False),
        ("1 in ]1..5]", False),
        ("3 in (1, 2, > 2)", True),
        ("3 in > 2", True),
        ("3 in [1, 2, 3]", True),
        ("3 in ([1..2], [3..4])", True),
        ('"m" in ["a".."z"]', True),
        ('@"2026-10-09" in [@"2026-10-01"..@"2026-10-31"]', True),
        ("null in [1..5]", None),
        ("[1..5].end", 5),
        ("(< 5).start", None),
    ],
)
def test_a_value_is_tested_against_ranges_and_lists(text: str, expected: object) -> None:
    assert value(text) == expected


def test_paths_reach_into_contexts_and_across_lists() -> None:
    assert value("call.caller.age + 1", call={"caller": {"age": 67}}) == 68
    assert value("calls.village", calls=CALLS) == ["村03", "村07", "村03"]
    assert value("calls.caller", calls=CALLS) == [None, None, None]
    assert value("call.nothing", call={}) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("calls[1].number", 1),
        ("calls[-1].number", 3),
        ("calls[4]", None),
        ("calls[days > 4].number", [2, 3]),
        ('calls[village = "村03"][2].number', 3),
        ("calls[item.days > limit].number", [3]),
        ("calls[number = count(calls)].days", [Decimal("8.5")]),
        ("[1, 2, 3, 4][item > 2]", [3, 4]),
        ("[1, 2, 3, 4][even(item)]", [2, 4]),
        ("[10, 20][if true then 2 else 1]", 20),
        ("5[1]", 5),
        ("5[item > 6]", []),
    ],
)
def test_filters_take_a_position_or_a_condition(text: str, expected: object) -> None:
    assert value(text, calls=CALLS, limit=5) == expected


def test_an_item_s_member_hides_a_variable_of_the_same_name_in_a_filter() -> None:
    assert value("calls[days = 5].number", calls=CALLS, days=3) == [2]
    assert value("xs[a = 1]", xs=[{"a": 1}, {"b": 2}], a=1) == [{"a": 1}, {"b": 2}]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("for i in 1..3 return i * i", [1, 4, 9]),
        ("for i in 3..1 return i", [3, 2, 1]),
        ("for i in [1..3] return i", [1, 2, 3]),
        ("for i in (1..3) return i", [2]),
        ("for a in [1, 2], b in [10, 20] return a + b", [11, 21, 12, 22]),
        ("for a in [[1, 2], [3]], b in a return b", [1, 2, 3]),
        ("for i in 0..5 return if i < 2 then 1 else partial[-1] + partial[-2]", [1, 1, 2, 3, 5, 8]),
        ('for d in @"2026-10-08"..@"2026-10-09" return d', [date(2026, 10, 8), date(2026, 10, 9)]),
        ("some x in [1, 2, 3] satisfies x > 2", True),
        ("every x in [1, 2, 3] satisfies x > 2", False),
        ("every x in [] satisfies false", True),
        ("some x in [null, 1] satisfies x > 1", None),
        ("some x in [1, 2], y in [2, 3] satisfies x = y", True),
    ],
)
def test_loops_run_over_lists_and_ranges(text: str, expected: object) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{a: 1, b: a + 1}.b", 2),
        ('{"two words": 1, sum: two words + 1}.sum', 2),
        ("{Pre-bureau risk: 5, twice: Pre-bureau risk * 2}.twice", 10),
        ("{add: function(a, b) a + b, r: add(1, 2)}.r", 3),
        ("{add: function(a: number, b: number) a - b, r: add(b: 1, a: 2)}.r", 1),
        ("sort([3, 1, 2], function(a, b) a > b)", [3, 2, 1]),
        ('substring(string: "duty officer", start position: 6)', "officer"),
        ("{f: abs, r: f(-1)}.r", 1),
    ],
)
def test_contexts_see_earlier_entries_and_functions_are_values(text: str, expected: object) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 instance of number", True),
        ("null instance of Any", False),
        ('@"2026-10-09" instance of date', True),
        ('@"2026-10-09T08:00:00" instance of date', False),
        ("[1, 2] instance of list<number>", True),
        ('[1, "a"] instance of list<number>', False),
        ("{a: 1} instance of context<a: number>", True),
        ('@"P1Y" instance of years and months duration', True),
        ("[1..2] instance of range<number>", True),
        ("(function(a) a) instance of function<number> -> number", True),
    ],
)
def test_instance_of_asks_for_the_type(text: str, expected: object) -> None:
    assert value(text) is expected


def test_chinese_names_and_known_names_with_spaces_are_names() -> None:
    assert value('紧急程度 = "高" and 办理时限 > 3', 紧急程度="高", 办理时限=5) is True
    known = compile_expression("Pre-bureau risk * 2 - terms and fees", frozenset({"Pre-bureau risk", "terms and fees"}))
    assert known.names == {"Pre-bureau risk", "terms and fees"}
    assert known.evaluate({"Pre-bureau risk": 4, "terms and fees": 1}, now=NOW) == 7


def test_the_names_that_an_expression_reads_are_told() -> None:
    expression = compile_expression("sum(for call in calls return call.days) > limit and ok")
    assert expression.names == {"calls", "limit", "ok"}
    assert compile_expression("xs[price > most]").names == {"xs", "price", "most"}


def test_dates_times_and_durations_are_literals() -> None:
    assert value('@"2026-10-09"') == date(2026, 10, 9)
    assert value('@"08:30:00Z"').utcoffset() == timedelta()  # type: ignore[attr-defined]
    assert value('@"2026-10-09T08:30:00@Asia/Shanghai"') == datetime(
        2026, 10, 9, 8, 30, tzinfo=ZoneInfo("Asia/Shanghai")
    )
    assert value('@"P1DT2H"') == timedelta(days=1, hours=2)
    assert value('@"-P1Y2M"') == YearsMonths(-14)
    assert value("[1..2]") == Range(Decimal(1), Decimal(2))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('@"2026-01-31" + @"P1M"', date(2026, 2, 28)),
        ('@"2026-10-09" + @"P5D"', date(2026, 10, 14)),
        ('@"2026-10-09" - @"2026-10-01"', timedelta(days=8)),
        ('@"23:00:00" + @"PT2H"', time(1)),
        ('@"P1D" * 3', timedelta(days=3)),
        ('@"P1Y" / @"P1M"', 12),
        ('@"2026-10-09T08:00:00Z" = @"2026-10-09T16:00:00@Asia/Shanghai"', True),
        ('@"2026-10-09" < @"2026-10-10"', True),
        ('@"2026-10-09T00:00:00" < @"2026-10-10T00:00:00Z"', True),
        ('(@"2026-03-29T01:30:00@Europe/Paris" + @"PT1H").hour', 3),
        ('@"2026-10-09".weekday', 5),
        ('@"P1DT2H3M4S".minutes', 3),
        ('@"2026-10-09T08:30:00@Asia/Shanghai".timezone', "Asia/Shanghai"),
        ('string(@"9999-12-31" + @"P1D")', "10000-01-01"),
    ],
)
def test_dates_are_reckoned_on_the_calendar_and_the_time_line(text: str, expected: object) -> None:
    assert value(text) == expected


def test_now_and_today_come_from_the_caller() -> None:
    assert value("now()") == NOW
    assert value("today()") == NOW.date()
    assert value('now() + @"PT1H"') == NOW + timedelta(hours=1)


def test_a_null_keeps_its_reason() -> None:
    assert reasons("days + 1", {"day": 1})[0] == "there is no variable days; is day meant?"
    assert reasons('1 + "a"') == ["+ does not apply to a number and a string"]
    assert reasons("uper case(days)") == ["there is no function uper case; is upper case meant?"]
    assert reasons("1 / 0") == ["division by zero"]
    assert reasons("[1][3]") == ["there is no item 3 in a list of 1"]
    assert reasons("upper case(1)") == ["upper case: string must be a string, not a number"]
    assert reasons("upper case()") == ["upper case takes 1 argument, not 0"]
    assert reasons("{}.a.b")[0] == "the context has no entry a"


def test_a_reason_points_into_the_text() -> None:
    evaluation = compile_expression("1 + missing").evaluate_with_reasons({}, now=NOW)
    assert [reason.position for reason in evaluation.reasons] == [4, 2]


@pytest.mark.parametrize(
    ("cell", "tested", "expected"),
    [
        ("-", None, True),
        ('"urgent", "serious"', "serious", True),
        ('not("urgent", "serious")', "ordinary", True),
        ("> 5", 6, True),
        ("[1..5]", 6, False),
        ("< 3, > 5", 4, False),
        ("5", 5, True),
        ("-5", -5, True),
        ("true", True, True),
        ("true", False, False),
        ("null", None, True),
        ('starts with(?, "村")', "村03", True),
        ("? > 5 and ? < limit", 7, True),
        ("> limit - 5", 6, True),
        ("limit", 10, True),
        ("villages", "村03", True),
        ('> "a"', 1, None),
        ('@"2026-10-01"', date(2026, 10, 1), True),
        ('>= date("2026-10-01")', date(2026, 10, 9), True),
    ],
)
def test_the_cell_of_a_table_tests_a_value(cell: str, tested: object, expected: object) -> None:
    assert passes(cell, tested, limit=10, villages=["村01", "村03"]) is expected


def test_a_member_of_one_item_is_not_seen_by_the_test_of_the_next() -> None:
    assert value("list[count(a) = 1]", list=[{"a": [1]}, 5]) == [{"a": [1]}]
