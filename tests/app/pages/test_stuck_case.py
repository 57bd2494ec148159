"""A case that cannot go on says so, those who look after the processes are told, and a retry sets it going."""

from app.case import talk
from app.case.opening import open_case
from app.db import db, tenant, transaction
from app.notices.words import words
from tests.app.pages.conftest import Township
from tests.engine.diagrams import conditional, diagram, user_task

CASE = """<bpmn:extensionElements><camunda:properties>
<camunda:property name="case.number" value="ST-{year}-{serial:04}"/></camunda:properties></bpmn:extensionElements>"""
WORK = 'camunda:candidateGroups="hotline_intake"'
STUCK = diagram(
    f"""{CASE}<bpmn:startEvent id="begun"/>{user_task("work", WORK)}
    <bpmn:exclusiveGateway id="which" name="哪一类"/>{user_task("after", WORK)}
    {conditional("one", "which", "after", "= kind = 1")}{conditional("two", "which", "work", "= kind = 2")}
    flow: begun>work, work>which""", key="stuck")


def test_a_stuck_case_says_so_and_goes_on_after_a_retry(township: Township) -> None:
    with township.app.app_context(), transaction() as engine:
        engine.deploy({"stuck.bpmn": STUCK}, by="procadmin")
        case = open_case(engine, db.session, "stuck", {}, by="duty1")
        number, instance = case.number, engine.instance(case.instance_id)
        (task,) = instance.open_tasks
    township.send("duty1", f"/tasks/{task.id}/claim", {})
    assert township.send("duty1", f"/tasks/{task.id}/complete", {"data": {"kind": 3}}).status_code == 200
    assert "流程停在“哪一类”，无法继续" in township["duty1"].get(f"/cases/{number}").text
    with township.app.app_context():
        (notice,) = [
            one for one in talk.notifications_of(db.session(), tenant(), "procadmin") if one.instance_id == instance.id
        ]
        assert "哪一类" in words(notice)
        assert talk.notifications_of(db.session(), tenant(), "duty1") == []
    with township.app.app_context(), transaction() as engine:
        engine.set_variables(instance.id, {"kind": 1}, by="procadmin", reason="更正")
        (job,) = engine.store.jobs(instance_id=instance.id)
        engine.retry_job(job.id, by="procadmin")
        engine.run_due()
        assert [task.element_id for task in engine.store.tasks(instance_id=instance.id)] == ["after"]
    assert "无法继续" not in township["duty1"].get(f"/cases/{number}").text
