"""Timers fall due when ISO 8601 and the local zone say so, and cycles neither drift nor tire."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from engine.errors import ExecutionFailed
from engine.feel.values import YearsMonths
from engine.starts import next_round
from engine.surroundings import Surroundings
from engine.timer import Cycle, advance, first_due, is_valid, next_due
from tests.engine.diagrams import BEGIN, diagram, engine_with, timer, user_task

ZONE = ZoneInfo("Asia/Shanghai")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(("form", "value", "due"), [
    ("timeDate", "2026-12-01T10:00:00", "2026-12-01T02:00:00"), ("timeDate", "2026-12-01", "2026-11-30T16:00:00"),
    ("timeDate", "2026-12-01T10:00:00Z", "2026-12-01T10:00:00"), ("timeDate", date(2026, 12, 1), "2026-11-30T16:00:00"),
    ("timeDuration", " PT90M ", "2026-10-09T01:30:00"), ("timeDuration", "P1M", "2026-11-09T00:00:00"),
    ("timeDuration", timedelta(hours=-1), "2026-10-08T23:00:00"),
    ("timeDuration", YearsMonths(1), "2026-11-09T00:00:00"),
    ("timeCycle", "R3/PT1H", "2026-10-09T01:00:00"), ("timeCycle", "R/2026-10-09T09:00:00/PT1H", "2026-10-09T01:00:00"),
    ("timeCycle", "R/2020-01-01T08:30:00/PT1H", "2026-10-09T00:30:00"),
    ("timeCycle", "R2/2020-01-01T00:00:00Z/PT1H", "2020-01-01T00:00:00"),
])
def test_a_timer_falls_due(form: str, value: object, due: str) -> None:
    assert first_due(form, value, BEGIN, "x", ZONE)[0] == at(due)  # type: ignore[arg-type]


@pytest.mark.parametrize(("form", "text"), [
    ("timeDuration", "P99999999D"), ("timeDuration", "P9999Y"), ("timeDuration", "soon"), ("timeDuration", ""),
    ("timeDate", "0001-01-01T00:00:00+08:00"), ("timeDate", "2026-02-30"), ("timeDate", "PT1H"),
    ("timeCycle", "R0/PT1H"), ("timeCycle", "R/PT0S"), ("timeCycle", "R/-PT1H"), ("timeCycle", "R/PT0.5S"),
    ("timeCycle", "0 9 * * ?"), ("timeCycle", "0 0 9 1 * MON"), ("timeCycle", "0 0 9 30 2 ?"),
    ("timeCycle", "R/2026-01-02T00:00:00/2026-01-01T00:00:00"), ("timeCycle", "R/PT1H/x"), ("timeCycle", "R/x/PT1H"),
    ("timeCycle", "PT1H"),
    ("timeCycle", "R" + "9" * 5000 + "/PT1H"),
])
def test_what_is_no_timer_is_refused(form: str, text: str) -> None:
    assert not is_valid(form, text)
    with pytest.raises(ExecutionFailed, match="x"):
        first_due(form, text, BEGIN, "x", ZONE)


def rounds(text: str, count: int) -> list[datetime]:
    _, cycle = first_due("timeCycle", text, BEGIN, "x", ZONE)
    found = []
    while cycle is not None and len(found) < count:
        found.append(cycle.due)
        cycle = next_due(cycle, ZONE)
    return found


def test_a_cycle_has_as_many_rounds_as_it_says() -> None:
    assert rounds("R3/PT1H", 9) == [BEGIN + timedelta(hours=n) for n in (1, 2, 3)]
    assert len(rounds("R/P1M", 30)) == 30
    assert len(rounds("R4/2026-10-08T23:00:00Z/PT1H", 9)) == 3, "the first was over before the timer was set"


@pytest.mark.parametrize("every", ["PT1M", "PT70S", "P1D", "P1M", "PT90M"])
@pytest.mark.parametrize("left", [None, 100])
def test_advancing_tells_the_same_as_going_round_by_round(every: str, left: int | None) -> None:
    cycle = Cycle(BEGIN, every, left)
    for hours in (-1, 0, 1, 2, 5, 100, 900):
        until = BEGIN + timedelta(hours=hours)
        slow: Cycle | None = cycle
        while slow is not None and slow.due <= until and (until - slow.due) < timedelta(days=4000):
            slow = next_due(slow, ZONE)
        assert advance(cycle, until, ZONE) == slow


def test_a_start_timer_of_a_minute_runs_for_years() -> None:
    engine = engine_with(diagram(f"""<bpmn:startEvent id="struck">{timer("timeCycle", "R/PT1M")}</bpmn:startEvent>
    {user_task("a")}
    flow: struck>a"""))
    (job,) = engine.store.jobs()
    years = BEGIN + timedelta(days=3000)
    following = next_round(replace(job, due_at=years), engine.latest("example"), BEGIN, Surroundings())
    assert following is not None
    assert following.due_at == years + timedelta(minutes=1)


@pytest.mark.parametrize(("text", "hours"), [
    ("${'R2/PT1H'}", [1, 2]), ("R/2026-10-09T09:00:00/PT1H", [1, 2, 3]), ("R3/2026-10-09T07:00:00/PT1H", [0, 1]),
    ("R2/2020-01-01T00:00:00/PT1H", []),
])
def test_start_cycles_start_instances_on_time(text: str, hours: list[int]) -> None:
    engine = engine_with(diagram(f"""<bpmn:startEvent id="struck">{timer("timeCycle", text)}</bpmn:startEvent>
    {user_task("a")}
    flow: struck>a"""))
    for hour in range(4):
        engine.clock.move_to(BEGIN + timedelta(hours=hour))
        engine.run_due()
    begun = [(record.started_at - BEGIN) // timedelta(hours=1) for record in engine.store.instances()]
    assert sorted(begun) == hours


def test_a_new_version_takes_over_the_timers_of_the_old_one() -> None:
    body = f"""<bpmn:startEvent id="struck">{timer("timeCycle", "R/PT1H")}</bpmn:startEvent>{user_task("a")}
    flow: struck>a"""
    engine = engine_with(diagram(body), diagram(body.replace("R/PT1H", "R/PT3H")))
    (job,) = engine.store.jobs()
    assert job.due_at == BEGIN + timedelta(hours=3)
    engine.deploy({"x.bpmn": diagram(body.replace(timer("timeCycle", "R/PT1H"), ""))}, by="admin")
    assert engine.store.jobs() == []
