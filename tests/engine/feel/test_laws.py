"""Laws that hold for all values: what is written comes back, what is added can be taken away, null is neither."""

import json
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from engine.feel import Range, YearsMonths, compile_expression, from_json, to_json
from engine.feel.values import DECIMAL
from tests.engine.feel.support import NOW, value

DIGITS = st.integers(-(10**34) + 1, 10**34 - 1)
NUMBERS = st.builds(lambda digits, exponent: DECIMAL.scaleb(Decimal(digits), exponent), DIGITS, st.integers(-60, 60))
ZONES = st.sampled_from([None, UTC, timezone(timedelta(hours=-5, minutes=-30)), ZoneInfo("Asia/Shanghai")])
DATES = st.dates()
TIMES = st.builds(lambda clock, zone: clock.replace(tzinfo=zone), st.times(), ZONES)
MOMENTS = st.builds(lambda moment, zone: moment.replace(tzinfo=zone), st.datetimes(), ZONES)
DURATIONS = st.timedeltas(timedelta(days=-100_000), timedelta(days=100_000))
MONTHS = st.builds(YearsMonths, st.integers(-100_000, 100_000))
FAR = st.sampled_from(
    [
        'date("12345-06-07")', 'date("-0044-03-15")', 'date and time("99999-12-31T23:59:59Z")',
        'date and time("2026-10-09T08:30:00.123456789")', 'time("08:30:00.123456789")',
        'date and time("-0044-03-15T12:00:00@Asia/Shanghai")', 'date("999999999-12-31")',
    ]
).map(value)  # fmt: skip
TEXTS = st.text() | st.sampled_from(["@date", "2026-10-09", "P1D", "null"])
COMPARABLE = st.one_of(
    *(st.tuples(kind, kind) for kind in (NUMBERS, st.text(), DATES, DURATIONS, MONTHS)),
)


def _range(ends: tuple[object, object], first: bool, last: bool, unary: str) -> Range:
    match unary:
        case "<" | "<=":
            return Range(None, ends[1], False, unary == "<=", unary)
        case ">" | ">=":
            return Range(ends[0], None, unary == ">=", False, unary)
        case "=" | "!=":
            return Range(ends[0], ends[0], unary=unary)
    return Range(*ends, first, last)


RANGES = st.builds(
    _range, COMPARABLE, st.booleans(), st.booleans(), st.sampled_from(["", "", "<", "<=", ">", ">=", "=", "!="])
)
SIMPLE = st.none() | st.booleans() | TEXTS | NUMBERS | DATES | TIMES | MOMENTS | DURATIONS | MONTHS | FAR | RANGES
VALUES = st.recursive(SIMPLE, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner), max_leaves=10)


def holds(law: str, **variables: object) -> bool:
    """Return whether the law, a FEEL expression, is true for these values."""
    return compile_expression(law).evaluate(variables, now=NOW) is True


def same(one: object, other: object) -> bool:
    """Return whether two values are equal and of the same types throughout."""
    if type(one) is not type(other):
        return False
    match one, other:
        case list(), list():
            return len(one) == len(other) and all(map(same, one, other))
        case dict(), dict():
            return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
        case Range(), Range():
            parts = ("start", "end", "start_included", "end_included", "unary")
            return all(same(getattr(one, part), getattr(other, part)) for part in parts)
        case (time(), time()) | (datetime(), datetime()):
            return one == other and str(one.tzinfo) == str(other.tzinfo)
    return one == other


@given(VALUES)
def test_every_kind_of_value_comes_back_from_storage_with_its_type(inside: object) -> None:
    assert same(from_json(json.loads(json.dumps(to_json(inside)))), inside)


@given(NUMBERS)
def test_a_number_comes_back_from_its_text(number: Decimal) -> None:
    assert holds("number(string(n)) = n", n=number)
    assert value(str(value("string(n)", n=number))) == number


@given(st.one_of(DATES, TIMES, MOMENTS, DURATIONS, MONTHS, FAR))
def test_a_date_time_or_duration_comes_back_from_its_text(moment: object) -> None:
    text = value("string(m)", m=moment)
    assert same(value(f'@"{text}"'), moment)


@given(NUMBERS, NUMBERS)
def test_sums_and_products_do_not_depend_on_the_order(a: Decimal, b: Decimal) -> None:
    assert holds("a + b = b + a and a * b = b * a and a - b = -(b - a)", a=a, b=b)


@given(st.integers(-(10**30), 10**30), st.integers(-(10**15), 10**15).filter(bool))
def test_quotient_and_remainder_make_up_the_number(a: int, b: int) -> None:
    assert holds("modulo(a, b) + b * floor(a / b) = a", a=a % 10**15, b=b)
    assert holds("abs(modulo(a, b)) < abs(b) and (modulo(a, b) = 0 or (modulo(a, b) < 0) = (b < 0))", a=a, b=b)


@given(st.dates(date(1000, 1, 1), date(8000, 1, 1)), st.dates(date(1000, 1, 1), date(8000, 1, 1)), DURATIONS)
def test_what_is_added_to_a_date_can_be_taken_away(a: date, b: date, duration: timedelta) -> None:
    assert holds("a + (b - a) = b and b - (b - a) = a", a=a, b=b)
    days = timedelta(days=duration.days)
    assert holds("a + d - d = a and (a + d) - a = d and a - d = a + -d", a=a, d=days)


@given(st.datetimes().filter(lambda moment: 1000 <= moment.year < 8000), st.sampled_from([None, UTC]), DURATIONS)
def test_what_is_added_to_a_moment_can_be_taken_away(moment: datetime, zone: timezone | None, d: timedelta) -> None:
    assert holds("a + d - d = a and (a + d) - a = d", a=moment.replace(tzinfo=zone), d=d)


@given(st.times(), DURATIONS)
def test_a_clock_goes_round(clock: time, duration: timedelta) -> None:
    assert holds("t + d - d = t", t=clock, d=duration)


@given(st.dates(date(1000, 1, 1), date(3000, 1, 1)), st.integers(-5_000, 5_000))
def test_months_that_are_added_can_be_taken_away_from_days_that_all_months_have(day: date, months: int) -> None:
    assume(day.day <= 28)
    assert holds("a + m - m = a and years and months duration(a, a + m) = m", a=day, m=YearsMonths(months))


@given(st.dates(date(1000, 1, 1), date(3000, 1, 1)), st.dates(date(1000, 1, 1), date(3000, 1, 1)))
def test_the_months_between_two_dates_are_the_most_that_fit(a: date, b: date) -> None:
    a, b = sorted((a, b))
    law = 'a + years and months duration(a, b) <= b and a + (years and months duration(a, b) + @"P1M") > b'
    assume(a.day <= 28)
    assert holds(law, a=a, b=b)


@given(DURATIONS, DURATIONS)
def test_durations_are_added_like_numbers(a: timedelta, b: timedelta) -> None:
    assert holds("a + b - b = a and -(-a) = a and abs(a) >= @\"PT0S\" and a * 2 = a + a", a=a, b=b)


TRUTHS = (True, False, None)
JUDGED = (*TRUTHS, "text", 1)  # whatever is no boolean is like null


def _and(a: object, b: object) -> bool | None:
    return False if a is False or b is False else True if a is True and b is True else None


def _or(a: object, b: object) -> bool | None:
    return True if a is True or b is True else False if a is False and b is False else None


def _not(a: object) -> bool | None:
    return not a if isinstance(a, bool) else None


@pytest.mark.parametrize(("a", "b"), list(product(JUDGED, repeat=2)))
def test_and_and_or_are_the_tables_of_the_standard(a: object, b: object) -> None:
    assert value("a and b", a=a, b=b) is _and(a, b)
    assert value("a or b", a=a, b=b) is _or(a, b)
    assert value("not(a)", a=a) is _not(a)
    assert value("all([a, b])", a=a, b=b) is _and(a, b)
    assert value("any([a, b])", a=a, b=b) is _or(a, b)
    assert value("some x in [a, b] satisfies x", a=a, b=b) is _or(a, b)
    assert value("every x in [a, b] satisfies x", a=a, b=b) is _and(a, b)
    branch = 1 if a is True else 2 if a is False or a is None else None
    assert value("if a then 1 else 2", a=a) == branch


@pytest.mark.parametrize(("a", "b", "c"), list(product(TRUTHS, repeat=3)))
def test_the_laws_of_logic_hold_with_null(a: object, b: object, c: object) -> None:
    for one, other in (
        ("not(a and b)", "not(a) or not(b)"),
        ("not(a or b)", "not(a) and not(b)"),
        ("a and (b or c)", "(a and b) or (a and c)"),
        ("a or (b and c)", "(a or b) and (a or c)"),
        ("a and (b and c)", "(a and b) and c"),
        ("not(not(a))", "a"),
        ("not(some x in [a, b, c] satisfies x)", "every x in [a, b, c] satisfies not(x)"),
    ):
        assert value(one, a=a, b=b, c=c) is value(other, a=a, b=b, c=c), (one, other)


@given(COMPARABLE)
def test_comparisons_say_the_same_in_all_their_ways(pair: tuple[object, object]) -> None:
    a, b = pair
    for one, other in (
        ("a < b", "b > a"),
        ("a <= b", "not(a > b)"),
        ("a = b", "not(a != b)"),
        ("a between a and b", "a in [a..b] or (a <= b and false)"),
        ("a in (< b)", "a < b"),
        ("a in (> b, b)", "a >= b"),
        ("a <= b and b <= a", "a = b"),
    ):
        if "[a..b]" in other and value("a > b", a=a, b=b):
            continue  # there is no such range
        assert value(one, a=a, b=b) is value(other, a=a, b=b), (one, other)


@pytest.mark.parametrize("operator", ["<", "<=", ">", ">=", "+", "-", "*", "/", "**"])
@given(SIMPLE)
def test_nothing_is_before_after_or_added_to_null(operator: str, something: object) -> None:
    assert value(f"a {operator} null", a=something) is None
    assert value(f"null {operator} a", a=something) is None
