"""The periods that figures are asked for, what comes before them, and their weeks."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from app.dossier.period import Period
from app.statistics.periods import MOST_WEEKS, Chosen, choose, usual, weeks, within

TODAY = date(2026, 11, 20)


def chosen(**args: str) -> Chosen:
    return choose(MultiDict({name.removesuffix("_"): value for name, value in args.items()}), TODAY)


def days(begins: str, ends: str) -> Period:
    return Period(date.fromisoformat(begins), date.fromisoformat(ends))


def test_without_a_word_it_is_this_year() -> None:
    assert chosen() == Chosen(days("2026-01-01", "2026-12-31"), "year", days("2025-01-01", "2025-12-31"))
    assert chosen(from_="") == Chosen(Period(None, None), "all", None)


@pytest.mark.parametrize(
    "begins, ends, kind, before",
    [
        ("2026-11-01", "2026-11-30", "month", days("2026-10-01", "2026-10-31")),
        ("2026-10-01", "2026-12-31", "quarter", days("2026-07-01", "2026-09-30")),
        ("2026-11-02", "2026-11-11", "free", days("2026-10-23", "2026-11-01")),
        ("2026-11-11", "2026-11-02", "free", None),
    ],
)
def test_a_period_knows_the_one_before(begins: str, ends: str, kind: str, before: Period | None) -> None:
    found = chosen(from_=begins, to=ends)
    assert (found.kind, found.before) == (kind, before)


def test_the_first_quarter_follows_the_last_one_of_the_year_before() -> None:
    found = choose(MultiDict({"from": "2027-01-01", "to": "2027-03-31"}), date(2027, 2, 1))
    assert (found.kind, found.before) == ("quarter", days("2026-10-01", "2026-12-31"))


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_every_usual_period_holds_today_and_begins_with_a_month(today: date) -> None:
    for kind, period in usual(today).items():
        if kind != "all":
            assert period.begins is not None and period.ends is not None
            assert period.begins <= today <= period.ends and period.begins.day == 1


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 500))
def test_weeks_follow_one_another_without_gap_and_end_on_sundays(begins: date, length: int) -> None:
    ends = begins + timedelta(days=length)
    found = weeks(Period(begins, ends), begins, ends)
    assert len(found) <= MOST_WEEKS and found[-1].ends == ends
    for one, following in pairwise(found):
        assert one.ends is not None and following.begins == one.ends + timedelta(days=1) and one.ends.weekday() == 6
    if len(found) < MOST_WEEKS:
        assert found[0].begins == begins


def test_weeks_begin_with_the_first_case_and_end_today() -> None:
    found = weeks(days("2026-01-01", "2026-12-31"), date(2026, 11, 1), TODAY)
    assert (found[0], found[-1]) == (days("2026-11-01", "2026-11-01"), days("2026-11-16", "2026-11-20"))


def test_a_month_is_cut_at_the_edges_of_the_period() -> None:
    month = days("2026-11-01", "2026-11-30")
    assert within(month, Period(date(2026, 11, 5), None)) == days("2026-11-05", "2026-11-30")
    assert within(month, Period(None, None)) == month
