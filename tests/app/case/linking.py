"""An office whose cases grow out of one another: a call, and an order that names the case it came from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.case.access import Reader
from app.case.links import Linked, links_of
from app.case.models import Case, CaseLink
from app.case.opening import numbering
from app.case.origin import origin_keeper
from app.case.projection import projector, register_of
from app.case.register import Register, check_properties
from engine import Engine, ProcessInstance
from engine.store import Change
from engine.store.sql import SqlStore
from tests.app.case.conftest import GROUPS, Office

ORDER = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
  xmlns:camunda="http://camunda.org/schema/1.0/bpmn" id="d" targetNamespace="t">
  <bpmn:message id="m" name="order"/><bpmn:process id="order" name="督办" isExecutable="true">
  <bpmn:extensionElements><camunda:properties>
    <camunda:property name="case.number" value="DB-{year}-{serial:04}"/>
    <camunda:property name="case.title" value="title"/><camunda:property name="case.origin" value="origin"/>
    <camunda:property name="case.outcome" value="result"/><camunda:property name="case.unit" value="unit"/>
    <camunda:property name="case.readers" value="intake"/></camunda:properties></bpmn:extensionElements>
  <bpmn:startEvent id="by_hand"/>
  <bpmn:startEvent id="by_message"><bpmn:messageEventDefinition messageRef="m"/></bpmn:startEvent>
  <bpmn:sequenceFlow id="f1" sourceRef="by_hand" targetRef="work"/>
  <bpmn:sequenceFlow id="f2" sourceRef="by_message" targetRef="work"/>
  <bpmn:userTask id="work" camunda:candidateGroups="intake,water_station"/>
  <bpmn:sequenceFlow id="f3" sourceRef="work" targetRef="closed"/>
  <bpmn:intermediateThrowEvent id="closed"><bpmn:extensionElements><camunda:properties>
    <camunda:property name="case.state" value="已办结"/><camunda:property name="case.closes" value="true"/>
    </camunda:properties></bpmn:extensionElements></bpmn:intermediateThrowEvent>
  <bpmn:sequenceFlow id="f4" sourceRef="closed" targetRef="file"/>
  <bpmn:userTask id="file" camunda:candidateGroups="intake"/>
  <bpmn:sequenceFlow id="f5" sourceRef="file" targetRef="ended"/><bpmn:endEvent id="ended"/>
  </bpmn:process></bpmn:definitions>"""


@dataclass
class Linking(Office):
    """An office that keeps origins, and notes whom it would have told what."""

    told: list[tuple[str, str, str]] = field(default_factory=list)

    def engine(self, session: Session) -> Engine:
        def register(case: Case) -> Register:
            return register_of(engine.definition(case.definition_id))

        def reader(user: str) -> Reader:
            return Reader(user, GROUPS.get(user, frozenset()))

        project = projector(session, self.tenant)
        link = origin_keeper(
            session, self.tenant, register, reader,
            lambda origin, closed, of, at: self.told.append((origin.number, closed.number, of.name)),
        )  # fmt: skip

        def follow(change: Change, instance: ProcessInstance) -> None:
            project(change, instance)
            link(change, instance)

        engine = Engine(
            SqlStore(session, self.tenant), clock=self.clock, groups_of=lambda user: GROUPS.get(user, frozenset()),
            on_change=follow, check_properties=check_properties, business_key_of=numbering(session, self.tenant),
        )
        return engine

    def order(self, by: str = "duty1", **variables: Any) -> Case:
        """Open an order by hand."""
        with self.session() as session:
            engine = self.engine(session)
            instance = engine.start("order", {"title": "督促", **variables}, by=by, start="by_hand")
            session.commit()
            return session.get_one(Case, (self.tenant, instance.id))

    def links(self, case: Case) -> list[Linked]:
        """Return a case's links that stand."""
        with self.session() as session:
            return [each for each in links_of(session, case) if each.link.removed_at is None]

    def rows(self) -> list[CaseLink]:
        with self.session() as session:
            return list(session.scalars(select(CaseLink).order_by(CaseLink.id)))


def linking(office: Office) -> Linking:
    """Return the same township with origins kept."""
    made = Linking(office.database, clock=office.clock, statements=office.statements)
    made.deploy(ORDER.encode())
    return made


__all__ = ["ORDER", "Linking", "linking"]
