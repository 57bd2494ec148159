"""The table of 2026 against what others read out of the same notice: day by day, and limit by limit."""

from datetime import date, datetime, timedelta

import chinese_calendar
import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.calendar import LOCAL, load_calendar

CALENDAR = load_calendar()
DAYS = [date(2026, 1, 1) + timedelta(days=number) for number in range(365)]
IN_CHINA = holidays.country_holidays("CN", years=2026)


def is_workday_by_holidays(day: date) -> bool:
    return IN_CHINA.is_working_day(day)


@pytest.mark.parametrize("is_workday", [chinese_calendar.is_workday, is_workday_by_holidays])
def test_every_day_of_2026_is_what_others_say(is_workday) -> None:  # type: ignore[no-untyped-def]
    assert [day for day in DAYS if CALENDAR.is_working_day(day) != is_workday(day)] == []
    assert sum(map(is_workday, DAYS)) == 248


@given(st.sampled_from(DAYS[:300]), st.integers(1, 40))
def test_a_limit_of_working_days_ends_where_others_count_to(first: date, amount: int) -> None:
    start = datetime(first.year, first.month, first.day, 10, tzinfo=LOCAL)
    last = CALENDAR.due(start, amount, "工作日").at.astimezone(LOCAL).date()
    workdays = chinese_calendar.get_workdays(first + timedelta(days=1), last)
    assert len(workdays) == amount and workdays[-1] == last


def test_the_oracles_are_of_no_use_for_a_year_without_notice() -> None:
    """So a new release of them that knows 2027 fails here, and the product can be given that notice."""
    with pytest.raises(NotImplementedError):
        chinese_calendar.is_workday(date(2027, 3, 1))
    assert CALENDAR.is_provisional(2027)
