"""Matters that grow out of calls, in a process that intake reads and in one that it may only start."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.db import transaction
from tests.app.pages.conftest import Township

SOURCE = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
  xmlns:camunda="http://camunda.org/schema/1.0/bpmn" id="d" targetNamespace="t">
  <bpmn:process id="KEY" name="NAME" isExecutable="true"
    camunda:candidateStarterGroups="hotline_intake,hotline_dispatch">
  <bpmn:extensionElements><camunda:properties>
    <camunda:property name="case.number" value="PREFIX-{year}-{serial:03}"/>
    <camunda:property name="case.title" value="title"/><camunda:property name="case.origin" value="origin_number"/>
    <camunda:property name="case.outcome" value="resolution"/><camunda:property name="case.readers" value="READERS"/>
    <camunda:property name="case.confidential" value="confidential"/>
    <camunda:property name="case.facts" value="title,due"/>
    <camunda:property name="case.due" value="due"/></camunda:properties></bpmn:extensionElements>
  <bpmn:startEvent id="proposed"><bpmn:extensionElements><camunda:formData>
    <camunda:formField id="origin_number" label="来源案卷" type="string"/>
    <camunda:formField id="title" label="议题" type="string"><camunda:validation>
      <camunda:constraint name="required"/></camunda:validation></camunda:formField>
    <camunda:formField id="due" label="期限" type="string"/>
    <camunda:formField id="confidential" label="保密" type="boolean"/></camunda:formData>
    </bpmn:extensionElements></bpmn:startEvent>
  <bpmn:sequenceFlow id="f1" sourceRef="proposed" targetRef="decide"/>
  <bpmn:userTask id="decide" name="决议" camunda:candidateGroups="township_leaders">
    <bpmn:extensionElements><camunda:formData>
      <camunda:formField id="resolution" label="决议内容" type="string"/></camunda:formData>
    <camunda:properties><camunda:property name="case.state" value="待决议"/></camunda:properties>
    </bpmn:extensionElements></bpmn:userTask>
  <bpmn:sequenceFlow id="f2" sourceRef="decide" targetRef="decided"/>
  <bpmn:endEvent id="decided"><bpmn:extensionElements><camunda:properties>
    <camunda:property name="case.state" value="已决议"/><camunda:property name="case.closes" value="true"/>
    </camunda:properties></bpmn:extensionElements></bpmn:endEvent></bpmn:process></bpmn:definitions>"""


def processes() -> Iterator[tuple[str, bytes]]:
    """Yield both diagrams: 议题, which intake reads, and 内部议题, which leaders and who started it read."""
    for key, name, prefix, readers in (
        ("matter", "议题", "YT", "township_leaders,hotline_intake"), ("inner", "内部议题", "NB", "township_leaders"),
    ):
        text = SOURCE.replace("KEY", key).replace("NAME", name).replace("PREFIX", prefix)
        yield key, text.replace("READERS", readers).encode()


def deploy(township: Township) -> None:
    """Deploy both."""
    with township.app.app_context(), transaction() as engine:
        for key, source in processes():
            engine.deploy({f"{key}.bpmn": source}, by="procadmin")


def propose(township: Township, origin: str, key: str = "matter", by: str = "duty1", **changes: object) -> str:
    """Let somebody start a matter out of a case and return its number."""
    answer = township.send(by, f"/start/{key}", {"data": {"origin_number": origin, "title": "修建排水沟", **changes}})
    assert answer.status_code == 200, answer.text
    found = re.search(r"(YT|NB)-\d{4}-\d{3}", township[by].get(answer.json["next"]).text)  # type: ignore[index]
    assert found
    return found[0]
