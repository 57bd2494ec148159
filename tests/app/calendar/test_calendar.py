"""The working-day calendar against the State Council's notice for 2026."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest

from app.calendar import LOCAL, CalendarError, WorkingCalendar, load_calendar
from app.calendar.table import read_year


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL)


@pytest.fixture(scope="module")
def calendar() -> WorkingCalendar:
    return load_calendar()


def test_2026_has_248_working_days(calendar: WorkingCalendar) -> None:
    assert calendar.working_days(2026) == 248


@pytest.mark.parametrize(
    "start, last",
    [("2026-09-30", "2026-10-13"), ("2026-02-13", "2026-02-27"), ("2026-12-24", "2026-12-31")],
)
def test_five_working_days_pass_over_holidays_and_make_up_days(
    calendar: WorkingCalendar, start: str, last: str
) -> None:
    due = calendar.due(at(f"{start} 10:00"), 5, "工作日")
    assert due.at.astimezone(LOCAL) == at(f"{last} 17:30")
    assert not due.is_provisional


@pytest.mark.parametrize("day", ["2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"])
def test_make_up_weekends_are_worked(calendar: WorkingCalendar, day: str) -> None:
    assert date.fromisoformat(day).weekday() >= 5
    assert calendar.is_working_day(date.fromisoformat(day))


@pytest.mark.parametrize("day", ["2026-01-01", "2026-02-23", "2026-04-06", "2026-05-05", "2026-06-19", "2026-10-07"])
def test_holidays_on_weekdays_are_off(calendar: WorkingCalendar, day: str) -> None:
    assert date.fromisoformat(day).weekday() < 5
    assert not calendar.is_working_day(date.fromisoformat(day))


@pytest.mark.parametrize("clock", ["00:00", "07:59", "12:30", "23:59"])
def test_working_days_are_counted_from_the_next_day_whatever_the_hour(calendar: WorkingCalendar, clock: str) -> None:
    assert calendar.due(at(f"2026-03-02 {clock}"), 1, "工作日").at == at("2026-03-03 17:30").astimezone(UTC)


def test_working_days_follow_the_local_date_and_not_that_of_utc(calendar: WorkingCalendar) -> None:
    in_utc = datetime(2026, 3, 1, 17, 0, tzinfo=UTC)  # already Monday the 2nd here
    assert calendar.due(in_utc, 1, "工作日").at.astimezone(LOCAL).date() == date(2026, 3, 3)


@pytest.mark.parametrize(
    "start, hours, end",
    [
        ("2026-03-02 08:00", 4, "2026-03-02 12:00"),
        ("2026-03-02 10:00", 4, "2026-03-02 16:30"),
        ("2026-03-02 13:00", 4, "2026-03-03 09:00"),
        ("2026-03-02 17:30", 4, "2026-03-03 12:00"),
        ("2026-03-06 17:00", 4, "2026-03-09 11:30"),
        ("2026-09-30 17:00", 1, "2026-10-08 08:30"),
        ("2026-10-03 09:00", 2, "2026-10-08 10:00"),
        ("2026-03-02 06:00", Decimal("0.5"), "2026-03-02 08:30"),
    ],
)
def test_working_hours_run_in_office_hours_alone(
    calendar: WorkingCalendar, start: str, hours: Decimal, end: str
) -> None:
    assert calendar.due(at(start), hours, "工作时").at.astimezone(LOCAL) == at(end)


def test_days_and_hours_by_the_clock_know_no_weekend(calendar: WorkingCalendar) -> None:
    assert calendar.due(at("2026-03-06 10:00"), 2, "自然日").at.astimezone(LOCAL) == at("2026-03-08 23:59:59")
    assert calendar.due(at("2026-03-06 23:00"), 2, "小时").at.astimezone(LOCAL) == at("2026-03-07 01:00")


def test_a_limit_that_reaches_a_year_without_table_says_so(calendar: WorkingCalendar) -> None:
    due = calendar.due(at("2026-12-30 10:00"), 5, "工作日")
    assert due.is_provisional
    assert due.at.astimezone(LOCAL).date() == date(2027, 1, 6)  # weekends alone are known of 2027
    assert calendar.is_provisional(2027)
    assert not calendar.due(at("2026-12-30 10:00"), 5, "小时").is_provisional


@pytest.mark.parametrize(
    "amount, unit", [(1, "周"), (0, "工作日"), (-1, "小时"), (1.5, "工作日"), (float("inf"), "小时"), (10**6, "工作日")]
)
def test_what_makes_no_limit_is_refused(calendar: WorkingCalendar, amount: float, unit: str) -> None:
    with pytest.raises(CalendarError):
        calendar.due(at("2026-03-02 10:00"), amount, unit)


def test_an_instant_without_zone_is_refused(calendar: WorkingCalendar) -> None:
    with pytest.raises(CalendarError, match="aware"):
        calendar.due(at("2026-03-02 10:00").replace(tzinfo=None), 1, "工作日")


def test_a_table_that_contradicts_itself_is_refused() -> None:
    off = '{"name": "x", "from": "2026-01-01", "to": "2026-01-02"}'
    with pytest.raises(CalendarError, match="both"):
        read_year(f'{{"year": 2026, "status": "confirmed", "off": [{off}], "working": [{{"date": "2026-01-02"}}]}}')
    with pytest.raises(CalendarError, match="not in 2025"):
        read_year(f'{{"year": 2025, "status": "confirmed", "off": [{off}], "working": []}}')


def test_office_hours_that_overlap_or_end_before_they_begin_are_refused() -> None:
    for hours in ([], [(time(9), time(8))], [(time(8), time(12)), (time(11), time(17))]):
        with pytest.raises(CalendarError):
            WorkingCalendar({}, confirmed={2026}, office_hours=hours)


def test_a_working_day_never_ends_before_the_limit_asked_for(calendar: WorkingCalendar) -> None:
    start = at("2026-01-01 09:00")
    for offset in range(0, 300, 7):
        begin = start + timedelta(days=offset)
        dues = [calendar.due(begin, amount, "工作日").at for amount in range(1, 12)]
        assert dues == sorted(set(dues)) and dues[0] > begin
