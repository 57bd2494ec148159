"""What an ad-hoc sub-process offers is started from the page of its case, by those who look after the case."""

import re

import pytest

from app.case.opening import open_case
from app.db import db, transaction
from tests.app.pages.conftest import Township
from tests.engine.diagrams import diagram

CASE = """<bpmn:extensionElements><camunda:properties>
<camunda:property name="case.number" value="CH-{year}-{serial:04}"/>
<camunda:property name="case.readers" value="hotline_dispatch"/>
<camunda:property name="case.unit" value="unit"/></camunda:properties></bpmn:extensionElements>"""


def care(attributes: str = "") -> bytes:
    """A case in which people choose between a visit and money, until it is enough."""
    visit = '<bpmn:userTask id="visit" name="上门走访" camunda:candidateGroups="village_03"/>'
    money = '<bpmn:userTask id="money" name="临时救助" camunda:candidateGroups="civil_affairs_office"/>'
    return diagram(
        f"""{CASE}<bpmn:startEvent id="begun"/>
        <bpmn:adHocSubProcess id="care" name="帮扶措施" {attributes}>{visit}{money}
          <bpmn:completionCondition>= enough</bpmn:completionCondition></bpmn:adHocSubProcess>
        <bpmn:endEvent id="ended"/>
        flow: begun>care, care>ended""", key="chosen")


def opened(township: Township, attributes: str = "") -> tuple[str, str]:
    with township.app.app_context(), transaction() as engine:
        engine.deploy({"chosen.bpmn": care(attributes)}, by="procadmin")
        case = open_case(engine, db.session, "chosen", {"enough": False, "unit": "village_05"}, by="duty1")
        return case.number, case.instance_id


def open_steps(township: Township, instance_id: str) -> list[str]:
    with township.app.app_context(), transaction() as engine:
        return [task.element_id for task in engine.store.tasks(instance_id=instance_id)]


def buttons(page: str) -> list[str]:
    return re.findall(r'name="element" value="(\w+)"', page)


def scope_on(page: str) -> str:
    (scope,) = set(re.findall(r'name="scope" value="(\d+)"', page))
    return scope


@pytest.mark.parametrize("who", ["dispatch1", "village05", "village03"])
def test_who_looks_after_the_case_starts_an_activity_once_more(township: Township, who: str) -> None:
    number, instance_id = opened(township)
    page = township[who].get(f"/cases/{number}").text
    assert "可以开始的工作" in page and "帮扶措施" in page and "上门走访" in page
    assert buttons(page) == ["visit", "money"]
    form: dict[str, object] = {"element": "visit", "scope": scope_on(page)}
    answer = township[who].post(f"/cases/{number}/activities", form, follow_redirects=True)
    assert answer.status_code == 200 and "“上门走访”已开始。" in answer.text
    assert open_steps(township, instance_id) == ["visit", "money", "visit"]
    assert "开始“上门走访”" in township[who].get(f"/cases/{number}").text


def test_who_only_began_the_case_reads_it_and_chooses_nothing(township: Township) -> None:
    number, instance_id = opened(township)
    assert "可以开始的工作" not in township["duty1"].get(f"/cases/{number}").text
    answer = township["duty1"].post(f"/cases/{number}/activities", {"element": "visit"})
    assert answer.status_code == 403 and "您不能在本案卷中开始新的工作" in answer.text
    assert township["village01"].post(f"/cases/{number}/activities", {"element": "visit"}).status_code == 404
    assert open_steps(township, instance_id) == ["visit", "money"]


def test_where_one_may_run_at_a_time_the_page_says_what_makes_room(township: Township) -> None:
    number, instance_id = opened(township, 'ordering="Sequential"')
    page = township["dispatch1"].get(f"/cases/{number}").text
    assert buttons(page) == ["money"] and "同时只能办理一项：“上门走访”将先放下。" in page
    assert township["dispatch1"].post(f"/cases/{number}/activities", {"element": "money"}).status_code == 302
    assert open_steps(township, instance_id) == ["money"]


def test_what_is_not_offered_is_refused_and_nothing_starts(township: Township) -> None:
    number, instance_id = opened(township)
    forms: list[dict[str, object]] = [{"element": "nothing"}, {"element": "visit", "scope": "999"}]
    for wrong in forms:
        answer = township["dispatch1"].post(f"/cases/{number}/activities", wrong)
        assert answer.status_code == 409 and "现在不能" in answer.text
    assert township["dispatch1"].post(f"/cases/{number}/activities", {}).status_code == 400
    assert open_steps(township, instance_id) == ["visit", "money"]
