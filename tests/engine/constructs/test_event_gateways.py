"""Behind an event-based gateway the first event decides, and all others are disarmed."""

from datetime import timedelta

import pytest

from tests.engine.constructs.play import playing, trace
from tests.engine.diagrams import BEGIN, open_elements


@pytest.mark.parametrize("first", ["receive", "alarmed", "grown", "late"])
def test_the_first_of_message_signal_condition_and_timer_decides(first: str) -> None:
    engine = playing("event_gateway")
    instance = engine.start("event_gateway", {"x": 0, "due": (BEGIN + timedelta(hours=1)).isoformat()}, by="ann")
    match first:
        case "receive":
            engine.correlate("ask", by="ann")
        case "alarmed":
            engine.signal("alarm", by="ann")
        case "grown":
            engine.set_variables(instance.id, {"x": 9}, by="ann", reason="because")
        case "late":
            engine.clock.advance(timedelta(hours=1))
            assert engine.run_due() == 1
    assert open_elements(engine, instance.id) == [f"after_{first}"]
    assert engine.store.jobs() == []
    assert engine.store.subscriptions("message", "ask") == engine.store.subscriptions("signal", "alarm") == []
    met = "?grown " if first == "grown" else ""
    others = " ".join(f"×{name}" for name in ("receive", "alarmed", "grown", "late") if name != first)
    assert trace(engine, instance.id) == (
        "+event_gateway +begun -begun >begun_to_first +first +receive +alarmed +grown +late "
        f"{met}{others} -first >first_to_{first} -{first} >{first}_to_after_{first} +after_{first}"
    )


def test_a_condition_that_holds_already_decides_at_once() -> None:
    engine = playing("event_gateway")
    instance = engine.start("event_gateway", {"x": 9, "due": BEGIN.isoformat()}, by="ann")
    assert open_elements(engine, instance.id) == ["after_grown"]
    trace(engine, instance.id)
