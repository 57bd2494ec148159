"""A small process of letters: what is unique, what takes no files, who voids; its form stands in the diagram."""

from collections.abc import Sequence
from typing import Protocol

from flask import Flask

from app.db import transaction
from app.deploying import deploy

LETTER = {"sender": "县农业农村局", "document_number": "泾农〔2026〕8号", "title": "关于秋收的通知", "secrecy": "无"}
READERS = "party_government_office,township_leaders"
DIAGRAM = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
  xmlns:camunda="http://camunda.org/schema/1.0/bpmn" id="letter_definitions" targetNamespace="http://changtong">
  <bpmn:process id="letter" name="来信" isExecutable="true" camunda:historyTimeToLive="P1D"
    camunda:candidateStarterGroups="party_government_office,hotline_intake">
    <bpmn:extensionElements><camunda:properties>
      <camunda:property name="case.number" value="LX-{{year}}-{{serial:04}}" />
      <camunda:property name="case.title" value="title" />
      <camunda:property name="case.content" value="note" />
      <camunda:property name="case.category" value="category" />
      <camunda:property name="case.readers" value="{readers}" />
      <camunda:property name="case.facts" value="sender,document_number,secrecy" />
      <camunda:property name="case.unique" value="sender,document_number:number" />
      <camunda:property name="case.duplicate" value="{duplicate}" />
      <camunda:property name="case.noFiles" value="secrecy != null and secrecy != &quot;无&quot;" />
      <camunda:property name="case.noFilesReason" value="涉密文件不得上传" />
      <camunda:property name="case.voiders" value="party_government_office" />
    </camunda:properties></bpmn:extensionElements>
    <bpmn:startEvent id="letter_received"><bpmn:extensionElements><camunda:formData>{fields}</camunda:formData>
      </bpmn:extensionElements><bpmn:outgoing>to_answer</bpmn:outgoing></bpmn:startEvent>
    <bpmn:sequenceFlow id="to_answer" sourceRef="letter_received" targetRef="answer_letter" />
    <bpmn:userTask id="answer_letter" name="回信" camunda:candidateGroups="party_government_office">
      <bpmn:extensionElements><camunda:formData>{fields}</camunda:formData></bpmn:extensionElements>
      <bpmn:incoming>to_answer</bpmn:incoming><bpmn:outgoing>to_file</bpmn:outgoing></bpmn:userTask>
    <bpmn:sequenceFlow id="to_file" sourceRef="answer_letter" targetRef="file_letter" />
    <bpmn:userTask id="file_letter" name="归档" camunda:candidateGroups="party_government_office">
      <bpmn:incoming>to_file</bpmn:incoming><bpmn:outgoing>to_end</bpmn:outgoing></bpmn:userTask>
    <bpmn:sequenceFlow id="to_end" sourceRef="file_letter" targetRef="letter_answered" />
    <bpmn:endEvent id="letter_answered"><bpmn:incoming>to_end</bpmn:incoming></bpmn:endEvent>
  </bpmn:process>
</bpmn:definitions>
"""
FIELDS = "".join(
    f'<camunda:formField id="{key}" label="{label}" type="string" />'
    for key, label in [
        ("sender", "来文单位"), ("document_number", "文号"), ("title", "标题"), ("secrecy", "密级"), ("note", "内容"),
        ("category", "分类"),
    ]
)  # fmt: skip


class HasApp(Protocol):
    """A township at work: in a test of pages, or in a browser."""

    app: Flask


def deploy_letters(
    township: HasApp, *, duplicate: str = "warn", readers: str = READERS, without: Sequence[str] = ()
) -> None:
    """Deploy the process, without some of its lines; a second letter of the same is warned of, or refused."""
    diagram = DIAGRAM.format(fields=FIELDS, duplicate=duplicate, readers=readers)
    for line in without:
        assert line in diagram
        diagram = diagram.replace(line, "")
    with township.app.app_context(), transaction() as engine:
        deploy(engine, {"letter.bpmn": diagram.encode()}, by="procadmin", name="letters", source="test")
