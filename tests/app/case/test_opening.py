"""Whatever begins a case, a person, a message, a timer, a signal or a condition: it gets the next number."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.case.models import Case
from engine.errors import ExecutionFailed
from tests.app.case.conftest import Office

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
  xmlns:camunda="http://camunda.org/schema/1.0/bpmn" id="d" targetNamespace="t">
  <bpmn:message id="m" name="order"/><bpmn:signal id="s" name="storm"/>"""
NUMBERED = """<bpmn:extensionElements><camunda:properties>
  <camunda:property name="case.number" value="{pattern}"/></camunda:properties></bpmn:extensionElements>"""
ORDER = f"""{HEAD}<bpmn:process id="order" name="督办" isExecutable="true">{NUMBERED}
  <bpmn:startEvent id="by_message"><bpmn:messageEventDefinition messageRef="m"/></bpmn:startEvent>
  <bpmn:startEvent id="by_signal"><bpmn:signalEventDefinition signalRef="s"/></bpmn:startEvent>
  <bpmn:startEvent id="by_hand"/>
  <bpmn:startEvent id="by_timer"><bpmn:timerEventDefinition><bpmn:timeCycle>R2/PT1H</bpmn:timeCycle>
  </bpmn:timerEventDefinition></bpmn:startEvent>
  <bpmn:startEvent id="by_condition"><bpmn:conditionalEventDefinition><bpmn:condition>${{level > 3}}</bpmn:condition>
  </bpmn:conditionalEventDefinition></bpmn:startEvent>
  <bpmn:sequenceFlow id="f1" sourceRef="by_message" targetRef="work"/>
  <bpmn:sequenceFlow id="f2" sourceRef="by_signal" targetRef="work"/>
  <bpmn:sequenceFlow id="f3" sourceRef="by_hand" targetRef="work"/>
  <bpmn:sequenceFlow id="f4" sourceRef="by_timer" targetRef="work"/>
  <bpmn:sequenceFlow id="f5" sourceRef="by_condition" targetRef="work"/>
  <bpmn:userTask id="work" camunda:assignee="duty1"/></bpmn:process></bpmn:definitions>"""
ORDER = ORDER.replace("{pattern}", "DB-{year}-{serial:04}")
SENDER = f"""{HEAD}<bpmn:process id="meeting" isExecutable="true">{NUMBERED}<bpmn:startEvent id="met"/>
  <bpmn:sequenceFlow id="f1" sourceRef="met" targetRef="units"/>
  <bpmn:sendTask id="units" messageRef="m"><bpmn:extensionElements><camunda:inputOutput>
    <camunda:inputParameter name="level">${{level}}</camunda:inputParameter></camunda:inputOutput>
    </bpmn:extensionElements>
    <bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>2</bpmn:loopCardinality>
    </bpmn:multiInstanceLoopCharacteristics></bpmn:sendTask>
  <bpmn:sequenceFlow id="f2" sourceRef="units" targetRef="ended"/><bpmn:endEvent id="ended"/>
  </bpmn:process></bpmn:definitions>""".replace("{pattern}", "HY-{year}-{serial:04}")
CALLER = f"""{HEAD}<bpmn:process id="caller" isExecutable="true">{NUMBERED}<bpmn:startEvent id="begun"/>
  <bpmn:sequenceFlow id="f1" sourceRef="begun" targetRef="calls"/>
  <bpmn:callActivity id="calls" calledElement="meeting"/></bpmn:process></bpmn:definitions>"""
CALLER = CALLER.replace("{pattern}", "C-{serial}")


def deploy(office: Office, *diagrams: str) -> None:
    for diagram in diagrams:
        office.deploy(diagram.encode())


def numbers(office: Office) -> list[str]:
    with office.session() as session:
        return list(session.scalars(select(Case.number).order_by(Case.number)))


def test_each_way_to_begin_takes_the_next_number(any_office: Office) -> None:
    deploy(any_office, ORDER)
    any_office.wait(hours=1)
    with any_office.session() as session:
        engine = any_office.engine(session)
        engine.start("order", by="duty1", start="by_hand")
        engine.correlate("order", by="duty1")
        assert engine.publish("order", time_to_live=timedelta(0), by="duty1") is not None
        assert engine.signal("storm", by="duty1") == 1
        assert len(engine.evaluate_conditions({"level": 4}, by="duty1")) == 1
        assert engine.run_due() == 1
        session.commit()
    assert numbers(any_office) == [f"DB-2026-{serial:04}" for serial in range(1, 7)]
    with any_office.session() as session:
        found = {record.business_key for record in any_office.engine(session).store.instances(key="order")}
    assert found == set(numbers(any_office))


def test_cases_that_a_case_sends_for_have_numbers_of_their_own(any_office: Office) -> None:
    """The message carries its sender's number, by which the one that waits is found: no name for what begins."""
    deploy(any_office, ORDER, SENDER)
    with any_office.session() as session:
        any_office.engine(session).start("meeting", {"level": 1}, by="duty1")
        session.commit()
    assert numbers(any_office) == ["DB-2026-0001", "DB-2026-0002", "HY-2026-0001"]


def test_a_sender_that_fails_takes_no_number(any_office: Office) -> None:
    deploy(any_office, ORDER, SENDER)
    with any_office.session() as session:
        any_office.engine(session).start("meeting", {"level": 1}, by="duty1")
        session.rollback()
    assert numbers(any_office) == []
    with any_office.session() as session:
        any_office.engine(session).correlate("order", by="duty1")
        session.commit()
    assert numbers(any_office) == ["DB-2026-0001"]


def test_a_called_process_is_no_case_of_its_own(any_office: Office) -> None:
    deploy(any_office, ORDER, SENDER, CALLER)
    with any_office.session() as session:
        any_office.engine(session).start("caller", {"level": 1}, by="duty1")
        session.commit()
    assert numbers(any_office) == ["C-1", "DB-2026-0001", "DB-2026-0002"]


def test_cases_that_begin_by_messages_at_once_have_adjacent_numbers(any_office: Office) -> None:
    deploy(any_office, ORDER)
    gate = threading.Barrier(4)

    def begin() -> None:
        gate.wait()
        with any_office.session() as session:
            any_office.engine(session).correlate("order", by="duty1")
            session.commit()

    threads = [threading.Thread(target=begin) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert numbers(any_office) == [f"DB-2026-{serial:04}" for serial in range(1, 5)]


def test_a_start_that_cannot_be_leaves_no_gap(office: Office) -> None:
    deploy(office, ORDER)
    with pytest.raises(ExecutionFailed), office.session() as session:
        office.engine(session).start("order", by="duty1", start="nowhere")
    with office.session() as session:
        office.engine(session).start("order", by="duty1", start="by_hand")
        session.commit()
    assert numbers(office) == ["DB-2026-0001"]
