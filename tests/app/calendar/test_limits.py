"""Limits that begin on their own day, are extended, or stand still; and the functions of diagrams that count them."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.calendar import LOCAL, CalendarError, WorkingCalendar, load_calendar
from app.expressions import FUNCTIONS, functions
from engine.replay import first_difference, refeed
from engine.surroundings import Surroundings
from tests.engine.diagrams import diagram, engine_with, timer

UNITS = ("工作日", "工作时", "自然日", "小时")
CALENDAR = load_calendar()
BEGIN = datetime(2026, 1, 1, tzinfo=LOCAL)
INSTANTS = st.integers(0, 300 * 24 * 60).map(lambda minutes: BEGIN + timedelta(minutes=minutes))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL)


@pytest.mark.parametrize(
    "start, amount, unit, end",
    [
        ("2026-03-02 10:00", 1, "工作日", "2026-03-02 17:30"), ("2026-03-02 17:30", 1, "工作日", "2026-03-03 17:30"),
        ("2026-02-14 10:00", 1, "工作日", "2026-02-14 17:30"), ("2026-10-01 10:00", 1, "工作日", "2026-10-08 17:30"),
        ("2026-03-02 10:00", 1, "自然日", "2026-03-02 23:59:59"),
    ],
)
def test_counting_may_start_on_the_day_itself(start: str, amount: int, unit: str, end: str) -> None:
    assert CALENDAR.due(at(start), amount, unit, from_first_day=True).at == at(end)


def test_an_extension_counts_from_the_limit_and_is_asked_for_before_it_runs_out() -> None:
    due = at("2026-09-30 17:30")
    assert CALENDAR.extended(due, 5, "工作日", at=at("2026-09-30 17:29")).at == at("2026-10-13 17:30")
    with pytest.raises(CalendarError, match="ran out"):
        CALENDAR.extended(due, 5, "工作日", at=due)


@pytest.mark.parametrize(
    "due, paused, resumed, unit, end",
    [
        ("2026-03-06 17:30", "2026-03-03 10:00", "2026-03-05 09:00", "工作日", "2026-03-10 17:30"),
        ("2026-03-06 17:30", "2026-03-03 10:00", "2026-03-03 16:00", "工作日", "2026-03-06 17:30"),
        ("2026-03-02 16:30", "2026-03-02 11:00", "2026-03-04 09:00", "工作时", "2026-03-04 12:00"),
        ("2026-03-02 16:30", "2026-03-02 11:00", "2026-03-02 12:00", "小时", "2026-03-02 17:30"),
        ("2026-03-02 23:59:59", "2026-03-01 11:00", "2026-03-03 09:00", "自然日", "2026-03-04 23:59:59"),
    ],
)
def test_a_limit_that_stood_still_has_as_much_left_as_before(
    due: str, paused: str, resumed: str, unit: str, end: str
) -> None:
    assert CALENDAR.resumed(at(due), at(paused), at(resumed), unit).at == at(end)


def test_a_pause_that_cannot_be_is_refused() -> None:
    due = at("2026-03-06 17:30")
    for paused, resumed in ((due, due), (at("2026-03-05 10:00"), at("2026-03-04 10:00"))):
        with pytest.raises(CalendarError):
            CALENDAR.resumed(due, paused, resumed, "工作日")
    with pytest.raises(CalendarError, match="no unit"):
        CALENDAR.resumed(due, at("2026-03-04 10:00"), at("2026-03-05 10:00"), "周")


@given(INSTANTS, st.integers(1, 20), st.sampled_from(UNITS), st.integers(0, 20 * 24))
def test_a_pause_never_shortens_a_limit_and_no_pause_changes_none(
    start: datetime, amount: int, unit: str, hours: int
) -> None:
    due = CALENDAR.due(start, amount, unit).at
    assert CALENDAR.resumed(due, start, start, unit).at == due
    assert CALENDAR.resumed(due, start, start + timedelta(hours=hours), unit).at >= due


@given(INSTANTS, st.integers(1, 60))
def test_working_time_until_a_limit_of_working_time_is_the_limit(start: datetime, hours: int) -> None:
    assert CALENDAR.working_time(start, CALENDAR.due(start, hours, "工作时").at) == timedelta(hours=hours)


@given(INSTANTS, st.integers(1, 60))
def test_working_days_until_a_limit_of_working_days_are_the_limit(start: datetime, days: int) -> None:
    last = CALENDAR.due(start, days, "工作日").at.astimezone(LOCAL).date()
    assert CALENDAR.working_days_between(start.date(), last) == days and CALENDAR.is_working_day(last)


def test_a_timer_waits_for_working_time_and_a_replay_does_not_ask_the_calendar_again() -> None:
    wait = timer("timeDate", '${working_due(3, "工作日")}').replace('"工作日"', "&quot;工作日&quot;")
    event = f'<bpmn:intermediateCatchEvent id="wait">{wait}</bpmn:intermediateCatchEvent>'
    body = f'<bpmn:startEvent id="start"/>{event}<bpmn:endEvent id="end"/>\nflow: start>wait, wait>end'
    engine = engine_with(diagram(body), functions=FUNCTIONS)
    began = engine.clock.now()
    number = engine.start("example", by="ann").id
    due = CALENDAR.due(began, 3, "工作日").at
    assert [job.due_at for job in engine.store.jobs()] == [due]
    engine.clock.advance(due - began)  # type: ignore[attr-defined]
    assert engine.run_due() == 1 and engine.instance(number).status == "completed"
    other = WorkingCalendar({}, confirmed=set(), office_hours=[(time(9), time(10))])
    events, definition = engine.events(number), engine.instance(number).definition
    again = refeed(events, definition, Surroundings(functions=functions(lambda: other)), instance_id=number)
    assert first_difference(events, again) is None


@pytest.mark.parametrize(
    "expression", ["${working_due(1, '周')}", "${working_due('x', '工作日')}", "${working_due(1, '工作日', '明日')}"]
)
def test_a_limit_that_is_none_stops_the_case_with_an_incident(expression: str) -> None:
    wait = f'<bpmn:intermediateCatchEvent id="wait">{timer("timeDate", expression)}</bpmn:intermediateCatchEvent>'
    body = f'<bpmn:startEvent id="start"/>{wait}<bpmn:endEvent id="end"/>\nflow: start>wait, wait>end'
    engine = engine_with(diagram(body), functions=FUNCTIONS)
    engine.start("example", by="ann")
    (incident,) = engine.store.jobs(failed=True)
    assert "working_due" in str(incident.error)


def test_the_functions_refuse_what_is_no_instant_and_pass_nothing_on() -> None:
    from decimal import Decimal

    from engine.errors import ExecutionFailed
    from engine.feel.scope import Run

    run = Run(datetime(2026, 3, 2, 2, tzinfo=UTC))
    extend, resume = FUNCTIONS["extended_due"].call, FUNCTIONS["resumed_due"].call
    assert extend(run, None, Decimal(1), "工作日") is None and resume(run, None, run.now, "工作日") is None
    assert resume(run, at("2026-03-02 17:30"), at("2026-02-27 10:00"), "工作日") == at("2026-03-04 17:30")
    for call in (lambda: extend(run, "x", Decimal(1), "工作日"), lambda: resume(run, "x", run.now, "工作日")):
        with pytest.raises(ExecutionFailed):
            call()
