"""Dates in any year of the standard, nanoseconds, and moments with and without a zone."""

import copy
import pickle
from datetime import timedelta

import pytest

from engine.feel import from_json, to_json
from tests.engine.feel.support import value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('string(date("999999999-12-31"))', "999999999-12-31"),
        ('string(date("-999999999-01-01"))', "-999999999-01-01"),
        ('date("1000000000-01-01")', None),
        ('date("012345-01-01")', None),
        ("string(date(-44, 3, 15))", "-0044-03-15"),
        ("date(12345, 2, 29)", None),
        ("string(date(12344, 2, 29))", "12344-02-29"),
        ('date("12345-01-01").year', 12345),
        ('date("12345-01-01").weekday = date("2345-01-01").weekday', True),
        ('day of year(date("12344-12-31"))', 366),
        ('day of week(date("-0001-01-01")) = day of week(date("0399-01-01"))', True),
        ('string(last day of month(date("12344-02-01")))', "12344-02-29"),
        ('string(@"9999-12-31" + @"P1D")', "10000-01-01"),
        ('string(@"0001-01-01" - @"P1D")', "0000-12-31"),
        ('string(date("10000-01-01") - @"P1D")', "9999-12-31"),
        ('date("10000-01-01") - date("9999-12-31")', timedelta(days=1)),
        ('date("12345-01-01") > date("9999-12-31")', True),
        ('date("-12345-01-01") < date("0001-01-01")', True),
        ('date("12345-01-01") = date("12345-01-01")', True),
        ('date("12345-01-01") in [@"2026-01-01"..@"99999-01-01"]', True),
        ('date("12345-01-01") instance of date', True),
        ('date and time("12345-01-01T10:00:00Z") instance of date and time', True),
        ('string(date and time("12345-01-01T10:00:00") + @"P1M")', "12345-02-01T10:00:00"),
        ('string(date and time("12345-07-01T10:00:00@Europe/Paris") + @"PT1H")', "12345-07-01T11:00:00@Europe/Paris"),
        ('years and months duration(date("9999-01-31"), date("10000-03-01")) = @"P1Y1M"', True),
        ('date("999999999-12-31") + @"P1D"', None),
        ('count(for day in @"9999-12-30"..@"10000-01-02" return day)', 4),
        ('string(date(date and time("12345-01-01T10:00:00")))', "12345-01-01"),
        ('string(time(date and time("12345-01-01T10:00:00.5")))', "10:00:00.5"),
    ],
)
def test_a_year_may_have_nine_digits_and_be_negative(text: str, expected: object) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('string(time("11:22:33.123456789"))', "11:22:33.123456789"),
        (
            'string(date and time("2017-08-10T10:20:00.987654321@Europe/Paris"))',
            "2017-08-10T10:20:00.987654321@Europe/Paris",
        ),
        ('string(time("11:22:33.123456789") + @"PT1S")', "11:22:34.123456789"),
        ('string(date and time(@"2026-10-09", time("11:22:33.123456789")))', "2026-10-09T11:22:33.123456789"),
        ('time("10:30:01.5").second', 1.5),
        ('date and time("2026-12-31T24:00:00") = date and time("2027-01-01T00:00:00")', True),
        ('time("24:00:00") = time("00:00:00")', True),
        ('time("24:00:01")', None),
        ('date and time("2012-03-07Z") = date and time("2012-03-07T00:00:00Z")', True),
        ('time("10:30:00.0001") = time("10:30:00.0002")', True),
        ('time("10:30:00.001") = time("10:30:00.002")', False),
        ('time("10:30:00.001") < time("10:30:00.002")', True),
    ],
)
def test_seconds_are_kept_to_the_nanosecond_and_compared_to_the_millisecond(text: str, expected: object) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('@"2026-10-09T10:00:00" < @"2026-10-09T11:00:00+08:00"', True),
        ('@"2026-10-09T10:00:00" = @"2026-10-09T10:00:00Z"', False),
        ('@"10:00:00" < @"10:30:00+08:00"', True),
        ('@"10:00:00Z" < @"11:00:00+08:00"', False),
        ('@"2026-10-09T10:00:00" - @"2026-10-09T10:00:00Z"', None),
        ('@"2026-10-09" - @"2026-10-08T23:00:00Z"', timedelta(hours=1)),
        ('@"10:00:00Z" - @"10:00:00+02:00"', timedelta(hours=2)),
        ('@"1900-07-01T12:00:00@Europe/Paris" + @"PT0S" = @"1900-07-01T12:00:00@Europe/Paris"', True),
    ],
)
def test_a_moment_without_a_zone_is_compared_in_the_zone_of_the_other(text: str, expected: object) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        '@"12345-01-01"',
        '@"-0001-02-28"',
        '@"12345-01-01T10:00:00Z"',
        '@"2026-10-09T10:00:00.123456789@Asia/Shanghai"',
        '@"10:00:00.123456789+08:00"',
        '[@"12345-01-01"..@"23456-01-01"]',
    ],
)
def test_far_values_are_stored_copied_and_written_without_loss(text: str) -> None:
    found = value(text)
    for other in (from_json(to_json(found)), copy.deepcopy(found), pickle.loads(pickle.dumps(found))):
        assert value("a = b and string(a) = string(b)", a=found, b=other) is True
