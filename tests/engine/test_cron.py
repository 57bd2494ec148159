"""Cron expressions fall due as Quartz, and so Camunda 7, has them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from engine import cron
from engine.timer import Cycle, advance, first_due, following_round, is_valid, next_due
from tests.engine.diagrams import diagram, engine_with, timer

ZONE = ZoneInfo("Asia/Shanghai")
BEGIN = datetime(2026, 10, 9, 8, 0, tzinfo=ZONE)  # a Friday


def rounds(text: str, count: int = 3, begin: datetime = BEGIN) -> list[str]:
    expression, at, found = cron.parse(text), begin, list[str]()
    assert expression is not None, text
    for _ in range(count):
        following = expression.after(at, begin.tzinfo or UTC)
        if following is None:
            break
        at = following
        found.append(at.astimezone(begin.tzinfo).strftime("%Y-%m-%d %H:%M:%S"))
    return found


@pytest.mark.parametrize(("text", "expected"), [
    ("0 0 9 * * ?", ["2026-10-09 09:00:00", "2026-10-10 09:00:00", "2026-10-11 09:00:00"]),
    ("0 0/20 8 ? * MON-FRI", ["2026-10-09 08:20:00", "2026-10-09 08:40:00", "2026-10-12 08:00:00"]),
    ("*/30 * * * * *", ["2026-10-09 08:00:30", "2026-10-09 08:01:00", "2026-10-09 08:01:30"]),
    ("0 15 10 15,20 * ?", ["2026-10-15 10:15:00", "2026-10-20 10:15:00", "2026-11-15 10:15:00"]),
    ("0 0 12 L * ?", ["2026-10-31 12:00:00", "2026-11-30 12:00:00", "2026-12-31 12:00:00"]),
    ("0 0 12 L-2 * ?", ["2026-10-29 12:00:00", "2026-11-28 12:00:00", "2026-12-29 12:00:00"]),
    ("0 0 12 LW * ?", ["2026-10-30 12:00:00", "2026-11-30 12:00:00", "2026-12-31 12:00:00"]),
    ("0 0 12 1W 8-11 ?", ["2026-11-02 12:00:00", "2027-08-02 12:00:00", "2027-09-01 12:00:00"]),
    ("0 0 12 15W * ?", ["2026-10-15 12:00:00", "2026-11-16 12:00:00", "2026-12-15 12:00:00"]),
    ("0 0 12 ? * 6L", ["2026-10-30 12:00:00", "2026-11-27 12:00:00", "2026-12-25 12:00:00"]),
    ("0 0 12 ? * FRI#3", ["2026-10-16 12:00:00", "2026-11-20 12:00:00", "2026-12-18 12:00:00"]),
    ("0 0 12 ? * 1", ["2026-10-11 12:00:00", "2026-10-18 12:00:00", "2026-10-25 12:00:00"]),
    ("0 0 12 ? * L", ["2026-10-10 12:00:00", "2026-10-17 12:00:00", "2026-10-24 12:00:00"]),
    ("0 0 12 ? * sat-mon", ["2026-10-10 12:00:00", "2026-10-11 12:00:00", "2026-10-12 12:00:00"]),
    ("0 30 22-1 ? * 6", ["2026-10-09 22:30:00", "2026-10-09 23:30:00", "2026-10-16 00:30:00"]),
    ("0 0 0 29 FEB ?", ["2028-02-29 00:00:00", "2032-02-29 00:00:00", "2036-02-29 00:00:00"]),
    ("0 0 12 1 1 ? 2027-2028", ["2027-01-01 12:00:00", "2028-01-01 12:00:00"]),
    ("59 59 23 31 12 ? 2026", ["2026-12-31 23:59:59"]),
    ("0 0 0 31 2 ?", []),
])
def test_rounds(text: str, expected: list[str]) -> None:
    assert rounds(text) == expected


def test_an_hour_that_a_clock_leaves_out_or_has_twice() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    spring, autumn = datetime(2026, 3, 28, 12, tzinfo=berlin), datetime(2026, 10, 24, 12, tzinfo=berlin)
    assert rounds("0 30 2 * * ?", 2, spring) == ["2026-03-30 02:30:00", "2026-03-31 02:30:00"]
    assert rounds("0 30 2 * * ?", 2, autumn) == ["2026-10-25 02:30:00", "2026-10-26 02:30:00"]


@pytest.mark.parametrize("text", [
    "", "0 9 * * ?", "60 0 9 * * ?", "0 0 24 * * ?", "0 0 9 0 * ?", "0 0 9 32 * ?", "0 0 9 * 13 ?", "0 0 9 ? * 8",
    "0 0 9 ? * 0", "0 0 9 1 * 2", "0 0 9 ? * MON#6", "0 0 9 ? * #1", "0 0 9 x * ?", "0 0 9 1,, * ?", "0 0/0 9 * * ?",
    "0 0 9 * * ? 1900", "0 0 9 * * ? 2026 1", "0 0 9 L-31 * ?", "0 0 9 40W * ?", "² 0 9 * * ?", "0 0 9 * FOO ?",
])
def test_what_is_no_cron_expression_is_refused(text: str) -> None:
    assert cron.parse(text) is None
    assert not is_valid("timeCycle", text)


@pytest.mark.parametrize(("text", "expected"), [
    ("0 0 9 * * 1-5", "0 0 9 * * MON-FRI"), ("0 0 9 * * 0,7", "0 0 9 * * SUN,SUN"), ("@daily", "0 0 0 * * *"),
    ("0 0 9 ? * 5#2", "0 0 9 ? * FRI#2"), ("0 0 9 ? * 5L", "0 0 9 ? * FRIL"), ("0 0 9 * * */2", "0 0 9 * * MON-SUN/2"),
    ("0 0 9 * * 3/2", "0 0 9 * * WED-SUN/2"), ("0 0 9 * * 1-5/2", "0 0 9 * * MON-FRI/2"), ("R3/PT1H", "R3/PT1H"),
    ("0 0 9 * * MON", "0 0 9 * * MON"),
])
def test_weekdays_of_camunda_8_are_named(text: str, expected: str) -> None:
    assert cron.as_quartz(text) == expected
    assert is_valid("timeCycle", expected)


@pytest.mark.parametrize(("value", "days"), [
    ("0 0 9 * * 1", 3), ('=cycle(3, duration("P2D"))', 2), ('=cycle(duration("P1D"))', 1), ('= "0 0 8 * * " + "7"', 2),
])
def test_timers_of_camunda_8_are_read_its_way(value: str, days: int) -> None:
    body = f"""<bpmn:startEvent id="begun"/><bpmn:intermediateCatchEvent id="waited">{timer("timeCycle", value)}
    </bpmn:intermediateCatchEvent>
    flow: begun>waited"""
    engine = engine_with(diagram(body).replace(
        b"http://camunda.org/schema/1.0/bpmn", b"http://camunda.org/schema/zeebe/1.0"
    ).replace(b"xmlns:camunda", b"xmlns:zeebe"))
    engine.start("example", by="ann")
    (job,) = engine.store.jobs()
    assert (job.due_at.astimezone(ZONE).date() - BEGIN.date()).days == days


def test_missed_rounds_are_not_made_up_for() -> None:
    due, cycle = first_due("timeCycle", "0 0 9 * * ?", BEGIN, "x", ZONE)
    assert cycle is not None
    assert due == datetime(2026, 10, 9, 1, tzinfo=UTC)
    late = datetime(2026, 10, 20, 2, tzinfo=UTC)
    assert following_round(cycle, late, ZONE) == Cycle(datetime(2026, 10, 21, 1, tzinfo=UTC), "0 0 9 * * ?", None)
    assert next_due(cycle, ZONE) == advance(cycle, due, ZONE) == Cycle(
        datetime(2026, 10, 10, 1, tzinfo=UTC), "0 0 9 * * ?", None
    )
    assert advance(cycle, BEGIN, ZONE) == cycle
