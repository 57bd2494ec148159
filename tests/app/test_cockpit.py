"""What process admins do: deploy, read the findings, look at versions, try failed jobs again."""

import re
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.case.models import Notification
from app.db import current_engine, db, tenant, transaction
from app.installation import DIAGRAMS, read_files
from engine.clock import MovingClock
from engine.engine import Engine
from tests.app.conftest import Visitor

SignIn = Callable[[str], Visitor]

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
  xmlns:camunda="http://camunda.org/schema/1.0/bpmn" id="d" targetNamespace="t">
"""
SMALL = HEAD + """<bpmn:process id="small" name="小流程" isExecutable="true" camunda:historyTimeToLive="P1D">
  <bpmn:startEvent id="begun" name="begun"/><bpmn:sequenceFlow id="f1" sourceRef="begun" targetRef="look"/>
  <bpmn:userTask id="look" name="查看" camunda:candidateGroups="hotline_intake"/>
  <bpmn:sequenceFlow id="f2" sourceRef="look" targetRef="done"/><bpmn:endEvent id="done" name="done"/>
</bpmn:process>
<di:BPMNDiagram id="drawing" xmlns:di="http://www.omg.org/spec/BPMN/20100524/DI"><di:BPMNPlane id="plane">
  <di:BPMNShape id="s1" bpmnElement="begun"/><di:BPMNShape id="s2" bpmnElement="look"/>
  <di:BPMNShape id="s3" bpmnElement="done"/>
  <di:BPMNEdge id="e1" bpmnElement="f1"/><di:BPMNEdge id="e2" bpmnElement="f2"/>
</di:BPMNPlane></di:BPMNDiagram></bpmn:definitions>"""
TELLING = HEAD + """<bpmn:process id="telling" name="通知" isExecutable="true" camunda:historyTimeToLive="P1D">
  <bpmn:startEvent id="begun"/><bpmn:sequenceFlow id="f1" sourceRef="begun" targetRef="tell"/>
  <bpmn:serviceTask id="tell" name="告知" camunda:type="external" camunda:topic="notify"><bpmn:extensionElements>
    <camunda:inputOutput><camunda:inputParameter name="recipients">${whom}</camunda:inputParameter>
    <camunda:inputParameter name="text">请签收</camunda:inputParameter></camunda:inputOutput>
  </bpmn:extensionElements></bpmn:serviceTask>
  <bpmn:sequenceFlow id="f2" sourceRef="tell" targetRef="done"/><bpmn:endEvent id="done"/>
</bpmn:process></bpmn:definitions>"""


def deploy(visitor: Visitor, **files: str | bytes) -> TestResponse:
    parts = [
        (BytesIO(text.encode() if isinstance(text, str) else text), name.replace("_bpmn", ".bpmn"))
        for name, text in files.items()
    ]
    return visitor.post("/processes", {"files": parts, "name": "erster Versuch"})


def test_people_and_groups_that_nobody_knows_are_named(signed_in: SignIn) -> None:
    visitor = signed_in("procadmin")
    stranger = SMALL.replace('camunda:candidateGroups="hotline_intake"', 'camunda:assignee="procadmn"')
    refused = deploy(visitor, small_bpmn=stranger)
    assert refused.status_code == 422
    assert "没有登录名为“procadmn”的用户：是否应为“procadmin”？" in refused.text
    warned = deploy(visitor, small_bpmn=SMALL.replace("hotline_intake", "hotline_intak"))
    assert warned.status_code == 200
    assert "没有代码为“hotline_intak”的组：是否应为“hotline_intake”？" in warned.text


def test_a_deployed_diagram_is_listed_with_its_version_and_drawn(signed_in: SignIn) -> None:
    visitor = signed_in("procadmin")
    assert deploy(visitor, small_bpmn=SMALL).headers["Location"] == "/processes"
    listed = visitor.get("/processes").text
    assert "小流程 已部署为第 1 版" in listed
    assert 'href="/processes/small"' in listed
    page = visitor.get("/processes/small").text
    assert 'data-cockpit-diagram="/processes/small/diagram?version=1"' in page
    assert "流程管理员甲" in page
    assert visitor.get("/processes/small/diagram?version=1").data == SMALL.encode()
    kept = visitor.get("/processes/small/diagram?download=1").headers["Content-Disposition"]
    assert kept == "attachment; filename=small_1.bpmn"


def test_a_changed_diagram_is_a_new_version_and_an_unchanged_one_is_not(signed_in: SignIn) -> None:
    visitor = signed_in("procadmin")
    deploy(visitor, small_bpmn=SMALL)
    deploy(visitor, small_bpmn=SMALL)
    assert "没有变化" in visitor.get("/processes").text
    deploy(visitor, small_bpmn=SMALL.replace("查看", "阅看"))
    assert "小流程 已部署为第 2 版" in visitor.get("/processes").text
    old = visitor.get("/processes/small?version=1")
    assert "第 1 版" in old.text
    assert visitor.get("/processes/small?version=3").status_code == 404
    assert visitor.get("/processes/nothing").status_code == 404


def test_running_instances_are_counted_by_version_and_place(signed_in: SignIn, app: Flask) -> None:
    visitor = signed_in("procadmin")
    deploy(visitor, small_bpmn=SMALL)
    with app.app_context(), transaction() as engine:
        for _ in range(2):
            engine.start("small", by="duty1")
    deploy(visitor, small_bpmn=SMALL.replace("查看", "阅看"))
    visitor.get("/processes")
    page = visitor.get("/processes/small?version=1").text
    assert 'data-waiting="{&#34;look&#34;: 2}"' in page
    cells = re.findall(r'text-end">(?:<a[^>]*>)?(\d+)', page)
    assert cells == ["2", "0", "1", "2"]  # version 2 with none, version 1 with two


def test_what_cannot_be_run_is_refused_with_file_line_element_and_reason(signed_in: SignIn) -> None:
    visitor = signed_in("procadmin")
    bad = SMALL.replace("bpmn:userTask", "bpmn:choreographyTask")
    refused = deploy(visitor, bad_bpmn=bad, small_bpmn=SMALL)
    assert refused.status_code == 422
    row = re.search(r"bad\.bpmn</td>\s*<td[^>]*>(\d+)</td>\s*<td[^>]*><code>look</code>", refused.text)
    assert row
    assert int(row[1]) == 1 + bad[: bad.index("choreographyTask")].count("\n")
    assert "不支持元素" in refused.text
    assert "还没有部署任何流程" in visitor.get("/processes").text
    visitor.language = "en"
    assert "is not supported" in deploy(visitor, bad_bpmn=bad).text


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("broken_bpmn", "<bpmn:definitions", "XML 语法错误"),
        ("bomb_bpmn", '<!DOCTYPE a [<!ENTITY b "c">]>' + SMALL.split("\n", 1)[1], "DOCTYPE"),
        ("empty_bpmn", "", "XML 语法错误"),
        ("picture.png", "no diagram", "不认识的文件类型"),
        ("form_bpmn", SMALL.replace("<bpmn:userTask", '<bpmn:userTask camunda:formRef="gone"'), "gone"),
    ],
)
def test_a_file_that_is_none_is_refused_with_its_reason(
    signed_in: SignIn, name: str, content: str, reason: str
) -> None:
    refused = deploy(signed_in("procadmin"), **{name: content})
    assert refused.status_code == 422
    assert reason in refused.text


def test_deploying_nothing_is_refused(signed_in: SignIn) -> None:
    assert "请至少选择一个文件" in signed_in("procadmin").post("/processes").text


def test_only_process_admins_deploy(signed_in: SignIn) -> None:
    visitor = signed_in("duty1")
    assert deploy(visitor, small_bpmn=SMALL).status_code == 403


def test_the_diagrams_of_the_example_are_deployed_without_a_finding(signed_in: SignIn) -> None:
    visitor = signed_in("procadmin")
    files = [(BytesIO(content), name) for name, content in read_files([DIAGRAMS]).items()]
    assert visitor.post("/processes", {"files": files}).status_code == 302
    assert "便民服务热线闭环办理" in visitor.get("/processes").text


def test_a_notice_reaches_every_member_of_the_group_once(signed_in: SignIn, app: Flask, clock: MovingClock) -> None:
    deploy(signed_in("procadmin"), telling_bpmn=TELLING)
    with app.app_context(), transaction() as engine:
        engine.start("telling", {"whom": "hotline_call_back,callback1"}, by="duty1", business_key="HL-1")
        engine.run_due()
    with app.app_context():
        rows = db.session.scalars(select(Notification).order_by(Notification.user)).all()
        assert [(row.user, row.text, row.params) for row in rows] == [
            ("callback1", "请签收", {"number": "HL-1"}), ("callback2", "请签收", {"number": "HL-1"}),
        ]  # fmt: skip

    visitor = signed_in("callback1")
    page = visitor.get("/notifications").text
    assert 'href="/cases/HL-1"' in page
    assert 'badge-notification badge-pill">1<' in page
    visitor.post("/notifications/read", {"newest": rows[-1].id})
    assert "badge-notification" not in visitor.get("/notifications").text
    assert "badge-notification" in signed_in("callback2").get("/notifications").text


def test_a_notice_to_nobody_is_an_incident_that_can_be_tried_again(
    signed_in: SignIn, app: Flask, clock: MovingClock
) -> None:
    visitor = signed_in("procadmin")
    deploy(visitor, telling_bpmn=TELLING)
    with app.app_context():
        with transaction() as engine:
            engine.start("telling", {"whom": "no_such_group"}, by="duty1")
        for _ in range(3):
            with transaction() as engine:
                engine.run_due()
            clock.advance(timedelta(minutes=2))
    page = visitor.get("/jobs").text
    assert "there is no no_such_group to notify" in page
    assert "告知" in page
    job = re.search(r'name="job" value="([^"]+)"', page)
    assert job
    assert visitor.post("/jobs/retry", {"job": job[1]}).headers["Location"] == "/jobs"
    again = visitor.get("/jobs").text
    assert "1 项作业将重试" in again
    assert "没有彻底失败的作业" in again
    with app.app_context():
        assert [job.retries for job in current_engine().store.jobs()] == [3]


def test_an_unknown_job_cannot_be_tried_again(signed_in: SignIn) -> None:
    visitor = signed_in("procadmin")
    assert visitor.post("/jobs/retry", {"job": "nothing"}).status_code == 404
    assert visitor.post("/jobs/retry").status_code == 400
    assert signed_in("duty1").post("/jobs/retry", {"job": "nothing"}).status_code == 403


def test_another_township_sees_none_of_it(signed_in: SignIn, app: Flask) -> None:
    visitor = signed_in("procadmin")
    deploy(visitor, small_bpmn=SMALL)
    with app.app_context():
        engine: Engine = app.extensions["changtong.engine"](db.session(), "elsewhere")
        assert engine.store.definitions() == []
        assert tenant() == "township"
