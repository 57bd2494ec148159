"""The application names what begins: its business keys come before those of messages and forms."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from engine import ProcessDefinition
from tests.engine.diagrams import BEGIN, diagram, engine_with, timer, user_task

MESSAGE = '<bpmn:message id="m" name="called"/>'
CALLED = diagram(
    '<bpmn:startEvent id="by_message"><bpmn:messageEventDefinition messageRef="m"/></bpmn:startEvent>'
    f'<bpmn:startEvent id="by_timer">{timer("timeDuration", "PT1H")}</bpmn:startEvent><bpmn:startEvent id="by_hand"/>'
    + user_task("answer")
    + "\nflow: by_message>answer, by_timer>answer, by_hand>answer\n",
    outside=MESSAGE,
)


class Sequence:
    """Counts, and notes what it is asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any], datetime]] = []

    def __call__(self, definition: ProcessDefinition, variables: Mapping[str, Any], at: datetime) -> str | None:
        self.asked.append((definition.key, dict(variables), at))
        return f"N-{len(self.asked)}"


def test_each_instance_is_named_once_as_it_begins() -> None:
    sequence = Sequence()
    engine = engine_with(CALLED, business_key_of=sequence)
    by_hand = engine.start("example", {"a": 1}, by="ann", start="by_hand")
    by_message = engine.correlate("called", business_key="sender", variables={"b": 2}, by="ann")
    engine.clock.advance(timedelta(hours=1))  # type: ignore[attr-defined]
    engine.run_due()
    assert (by_hand.business_key, by_message.business_key) == ("N-1", "N-2")
    assert sorted(str(record.business_key) for record in engine.store.instances()) == ["N-1", "N-2", "N-3"]
    assert sequence.asked == [
        ("example", {"a": 1}, BEGIN), ("example", {"b": 2}, BEGIN), ("example", {}, BEGIN + timedelta(hours=1)),
    ]  # fmt: skip
    assert engine.events(by_message.id)[0].data["business_key"] == "N-2"


def test_who_starts_an_instance_may_still_name_it() -> None:
    sequence = Sequence()
    engine = engine_with(CALLED, business_key_of=sequence)
    assert engine.start("example", by="ann", start="by_hand", business_key="mine").business_key == "mine"
    assert sequence.asked == []


def test_without_a_name_of_the_application_a_message_gives_its_own() -> None:
    engine = engine_with(CALLED)
    assert engine.correlate("called", business_key="sender", by="ann").business_key == "sender"
    engine = engine_with(CALLED, business_key_of=lambda *_: None)
    assert engine.correlate("called", business_key="sender", by="ann").business_key == "sender"
