"""Timers start, remind and interrupt: at an instant, after a duration, in rounds, by the calendar."""

from datetime import UTC, datetime, timedelta

from engine.engine import Engine
from tests.engine.constructs.play import playing, trace
from tests.engine.diagrams import BEGIN, diagram, engine_with, open_elements, timer, user_task


def starts(engine: Engine) -> list[tuple[str, str]]:
    """Return by which start event instances began, and when."""
    found = []
    for record in engine.store.instances():
        first = engine.events(record.id)[0]
        found.append((first.element_id or "", record.started_at.astimezone(UTC).strftime("%d %H:%M")))
    return sorted(found, key=lambda each: (each[1], each[0]))


def test_a_process_is_started_by_date_duration_cycle_and_calendar_each_in_its_time() -> None:
    engine = playing("timer_start")
    for _ in range(4 * 24):
        engine.run_due()
        engine.clock.advance(timedelta(hours=1) if engine.clock.now().minute == 0 else timedelta(minutes=30))
    assert starts(engine) == [
        ("at_a_date", "09 00:00"), ("after_a_while", "09 01:00"), ("each_morning", "09 01:00"),
        ("three_times", "09 02:00"), ("three_times", "09 03:00"), ("three_times", "09 04:00"),
        ("each_morning", "12 01:00"),
    ], "the date had passed; the ninth is a Friday, nine in the morning is one o'clock in UTC"


def test_rounds_of_the_calendar_that_passed_while_nothing_ran_start_one_instance() -> None:
    engine = playing("timer_start")
    engine.clock.advance(timedelta(days=30))
    engine.run_due()
    assert [name for name, _ in starts(engine)].count("each_morning") == 1
    assert [name for name, _ in starts(engine)].count("three_times") == 3
    due = [job.due_at for job in engine.store.jobs()]
    assert due == [datetime(2026, 11, 9, 1, tzinfo=UTC)]


def test_a_border_in_rounds_interrupts_once_and_reminds_as_often_as_it_says() -> None:
    engine = playing("timer_border")
    instance = engine.start("timer_border", by="ann")
    for _ in range(8 * 2):
        engine.clock.advance(timedelta(minutes=30))
        engine.run_due()
    ways = trace(engine, instance.id).split(" ")
    assert {name: ways.count(f"+{name}") for name in ("reminded", "twice", "each_hour", "late")} == {
        "reminded": 1, "twice": 2, "each_hour": 4, "late": 1,
    }
    assert open_elements(engine, instance.id) == ["other"]
    assert engine.store.jobs() == []


def test_rounds_missed_are_made_up_for_but_not_those_of_the_calendar() -> None:
    engine = playing("timer_border")
    instance = engine.start("timer_border", by="ann")
    engine.clock.advance(timedelta(hours=3, minutes=59))
    engine.run_due()
    ways = trace(engine, instance.id).split(" ")
    assert (ways.count("+twice"), ways.count("+each_hour"), ways.count("+reminded")) == (2, 1, 1)
    assert min(job.due_at for job in engine.store.jobs()) == BEGIN + timedelta(hours=4)


def test_a_date_that_has_passed_happens_at_once() -> None:
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/><bpmn:intermediateCatchEvent id="waited">
    {timer("timeDate", "2020-01-01T00:00:00")}</bpmn:intermediateCatchEvent>{user_task("a")}
    flow: begun>waited, waited>a"""))
    instance = engine.start("example", by="ann")
    assert open_elements(engine, instance.id) == []
    assert engine.run_due() == 1
    assert open_elements(engine, instance.id) == ["a"]
    trace(engine, instance.id)


def test_an_intermediate_timer_in_rounds_waits_for_the_first() -> None:
    for value, hours in (("R3/PT2H", 2), ("0 0 12 * * ?", 4), ("${every}", 3)):
        engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/><bpmn:intermediateCatchEvent id="waited">
        {timer("timeCycle", value)}</bpmn:intermediateCatchEvent>{user_task("a")}
        flow: begun>waited, waited>a"""))
        instance = engine.start("example", {"every": "0 0 11 ? * *"}, by="ann")
        (job,) = engine.store.jobs()
        assert job.due_at == BEGIN + timedelta(hours=hours)
        engine.clock.move_to(job.due_at)
        assert engine.run_due() == 1
        assert (open_elements(engine, instance.id), engine.store.jobs()) == (["a"], [])
