"""Parameters of every shape, rules that workers judge, and errors that workers' answers become."""

import pytest

from engine.dialect.finding import DeploymentRefused
from tests.engine.constructs.refeeding import assert_refed_alike
from tests.engine.diagrams import diagram, engine_with, incidents, open_elements, user_task


def with_parameters(inside: str) -> bytes:
    return diagram(f"""<bpmn:startEvent id="begun"/>
    <bpmn:userTask id="a" camunda:assignee="ann"><bpmn:extensionElements><camunda:inputOutput>
    {inside}</camunda:inputOutput></bpmn:extensionElements></bpmn:userTask>
    flow: begun>a""")


def test_parameters_are_texts_lists_maps_and_scripts_within_each_other() -> None:
    engine = engine_with(with_parameters("""
    <camunda:inputParameter name="list"><camunda:list><camunda:value>plain</camunda:value>
    <camunda:value>${n + 1}</camunda:value><camunda:script scriptFormat="feel">n * 10</camunda:script>
    <camunda:list><camunda:value>= n</camunda:value></camunda:list></camunda:list></camunda:inputParameter>
    <camunda:inputParameter name="map"><camunda:map><camunda:entry key="text">a</camunda:entry>
    <camunda:entry key="sum">${n + 2}</camunda:entry><camunda:entry key="more"><camunda:list>
    <camunda:value>x</camunda:value></camunda:list></camunda:entry>
    <camunda:entry key="empty"><camunda:map/></camunda:entry></camunda:map></camunda:inputParameter>
    <camunda:inputParameter name="script"><camunda:script scriptFormat="FEEL">if n &gt; 1 then "many" else "one"
    </camunda:script></camunda:inputParameter>
    <camunda:outputParameter name="given"><camunda:map><camunda:entry key="answer">${answer}</camunda:entry>
    </camunda:map></camunda:outputParameter>"""))
    instance = engine.start("example", {"n": 2}, by="ann")
    (task,) = engine.store.tasks(instance_id=instance.id)
    sees = engine.instance(instance.id).variables_at(task.id)
    assert sees["list"] == ["plain", 3, 20, [2]]
    assert sees["map"] == {"text": "a", "sum": 4, "more": ["x"], "empty": {}}
    assert sees["script"] == "many"
    engine.complete_task(task.id, {"answer": 42}, by="ann")
    assert engine.variables(instance.id) == {"n": 2, "answer": 42, "given": {"answer": 42}}
    assert_refed_alike(engine, instance.id)


@pytest.mark.parametrize(
    ("inside", "rule"),
    [
        ('<camunda:script scriptFormat="groovy">1</camunda:script>', "value_unsupported"),
        ('<camunda:script scriptFormat="feel" resource="x"/>', "attribute_unsupported"),
        ("<camunda:list/><camunda:map/>", "parameter_many"),
        ("<camunda:list><camunda:value>= 1 +</camunda:value></camunda:list>", "expression_invalid"),
    ],
)
def test_a_parameter_that_cannot_be_read_is_refused(inside: str, rule: str) -> None:
    with pytest.raises(DeploymentRefused) as refused:
        engine_with(with_parameters(f'<camunda:inputParameter name="p">{inside}</camunda:inputParameter>'))
    assert rule in {finding.rule for finding in refused.value.findings}


def test_a_business_rule_task_may_be_an_expression_or_a_workers() -> None:
    engine = engine_with(diagram("""<bpmn:startEvent id="begun"/>
    <bpmn:businessRuleTask id="x" camunda:expression="${n * 2}" camunda:resultVariable="doubled"/>
    <bpmn:businessRuleTask id="y" camunda:type="external" camunda:topic="rules"/>
    flow: begun>x, x>y"""))
    instance = engine.start("example", {"n": 4}, by="ann")
    assert engine.instance(instance.id).variables == {"n": 4, "doubled": 8}
    (job,) = engine.lock_jobs(["rules"], "worker")
    engine.complete_job(job.id, "worker", {"verdict": "yes"})
    assert engine.instance(instance.id).status == "completed"
    with pytest.raises(DeploymentRefused, match="service_both"):
        engine_with(diagram("""<bpmn:startEvent id="begun"/>
        <bpmn:businessRuleTask id="x" camunda:expression="${1}" camunda:decisionRef="d"/>
        flow: begun>x"""))


ERRORS = diagram(f"""<bpmn:startEvent id="begun"/>
<bpmn:serviceTask id="x" camunda:type="external" camunda:topic="t"><bpmn:extensionElements>
<camunda:errorEventDefinition id="d1" errorRef="e" expression="${{status == 'refused'}}"/>
<camunda:errorEventDefinition id="d2" errorRef="e"
expression="= contains(externalTask.errorMessage, &quot;gone&quot;)"/>
</bpmn:extensionElements></bpmn:serviceTask>
<bpmn:boundaryEvent id="caught" attachedToRef="x"><bpmn:errorEventDefinition errorRef="e"/></bpmn:boundaryEvent>
{user_task("after")}{user_task("other")}
flow: begun>x, x>after, caught>other""", outside='<bpmn:error id="e" errorCode="E"/>')


def test_a_workers_answer_becomes_an_error_when_its_condition_holds() -> None:
    engine = engine_with(ERRORS)
    for status, expected in (("done", "after"), ("refused", "other")):
        instance = engine.start("example", {"status": "new"}, by="ann")
        (job,) = engine.lock_jobs(["t"], "worker")
        engine.complete_job(job.id, "worker", {"status": status})
        assert open_elements(engine, instance.id) == [expected]
        assert_refed_alike(engine, instance.id)


def test_a_workers_failure_becomes_an_error_when_its_condition_holds() -> None:
    engine = engine_with(ERRORS)
    instance = engine.start("example", {"status": "new"}, by="ann")
    (job,) = engine.lock_jobs(["t"], "worker")
    engine.fail_job(job.id, "worker", "no answer")
    assert engine.instance(instance.id).positions == ["x"]
    engine.retry_job(job.id, by="admin")
    engine.lock_jobs(["t"], "worker")
    engine.fail_job(job.id, "worker", "the receiver is gone")
    assert (open_elements(engine, instance.id), engine.store.jobs()) == (["other"], [])
    assert_refed_alike(engine, instance.id)


def test_an_error_that_nobody_catches_is_an_incident() -> None:
    engine = engine_with(ERRORS.replace(b'<bpmn:errorEventDefinition errorRef="e"/></bpmn:boundaryEvent>',
                                        b'<bpmn:errorEventDefinition errorRef="f"/></bpmn:boundaryEvent>')
                         .replace(b"<bpmn:process", b'<bpmn:error id="f" errorCode="F"/><bpmn:process'))
    instance = engine.start("example", {"status": "new"}, by="ann")
    (job,) = engine.lock_jobs(["t"], "worker")
    engine.complete_job(job.id, "worker", {"status": "refused"})
    assert "nobody catches" in incidents(engine, instance.id)[0][1]
    assert_refed_alike(engine, instance.id)
