"""Tokens split, wait for each other and join."""

from tests.engine.diagrams import complete, conditional, diagram, engine_with, incidents, open_elements, user_task


def test_a_parallel_join_waits_for_every_flow() -> None:
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/><bpmn:parallelGateway id="fork"/>
    {user_task("a")}{user_task("b")}<bpmn:parallelGateway id="join"/>{user_task("c")}
    flow: begun>fork, fork>a, fork>b, a>join, b>join, join>c"""))
    instance = engine.start("example", by="ann")
    assert open_elements(engine, instance.id) == ["a", "b"]
    complete(engine, instance.id, "a")
    assert open_elements(engine, instance.id) == ["b"]
    assert sorted(engine.instance(instance.id).positions) == ["b", "join"]
    complete(engine, instance.id, "b")
    assert open_elements(engine, instance.id) == ["c"]
    complete(engine, instance.id, "c")
    assert engine.instance(instance.id).status == "completed"


def test_a_surplus_token_waits_at_a_parallel_join_for_its_partner() -> None:
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/><bpmn:parallelGateway id="fork"/>
    <bpmn:task id="x"/><bpmn:task id="y"/><bpmn:exclusiveGateway id="merge"/>
    {user_task("b")}<bpmn:parallelGateway id="join"/>{user_task("c")}
    flow: begun>fork, fork>x, fork>y, fork>b, x>merge, y>merge, merge>join, b>join, join>c"""))
    instance = engine.start("example", by="ann")
    complete(engine, instance.id, "b")
    assert open_elements(engine, instance.id) == ["c"]
    complete(engine, instance.id, "c")
    stuck = engine.instance(instance.id)
    assert (stuck.status, stuck.positions) == ("active", ["join"])


def test_branches_share_no_nested_values() -> None:
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/><bpmn:parallelGateway id="fork"/>
    {user_task("a")}{user_task("b")}<bpmn:parallelGateway id="join"/>{user_task("c")}
    flow: begun>fork, fork>a, fork>b, a>join, b>join, join>c"""))
    given = {"list": [1, {"deep": [2]}]}
    instance = engine.start("example", given, by="ann")
    given["list"].append(9)
    seen = engine.instance(instance.id).variables
    seen["list"][1]["deep"].append(3)
    complete(engine, instance.id, "a", {"list": [1]})
    complete(engine, instance.id, "b", {"other": [5, 6]})
    assert engine.instance(instance.id).variables == {"list": [1], "other": [5, 6]}


INCLUSIVE = diagram(f"""<bpmn:startEvent id="begun"/><bpmn:inclusiveGateway id="split" default="split_c"/>
{user_task("a")}{user_task("b")}{user_task("c")}<bpmn:inclusiveGateway id="join"/>{user_task("d")}
{conditional("split_a", "split", "a", "= n >= 1")}{conditional("split_b", "split", "b", "= n >= 2")}
flow: begun>split, split>c, a>join, b>join, c>join, join>d""")


def test_an_inclusive_join_waits_for_those_that_can_still_come() -> None:
    engine = engine_with(INCLUSIVE)
    both = engine.start("example", {"n": 2}, by="ann")
    assert open_elements(engine, both.id) == ["a", "b"]
    complete(engine, both.id, "a")
    assert open_elements(engine, both.id) == ["b"]
    complete(engine, both.id, "b")
    assert open_elements(engine, both.id) == ["d"]
    one = engine.start("example", {"n": 1}, by="ann")
    complete(engine, one.id, "a")
    assert open_elements(engine, one.id) == ["d"]
    none = engine.start("example", {"n": 0}, by="ann")
    assert open_elements(engine, none.id) == ["c"]


def test_an_inclusive_join_is_decided_when_another_path_ends_elsewhere() -> None:
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/><bpmn:parallelGateway id="fork"/>
    {user_task("a")}{user_task("b")}<bpmn:exclusiveGateway id="way" default="way_join"/>
    <bpmn:inclusiveGateway id="join"/>{user_task("d")}<bpmn:endEvent id="aside"/>
    {conditional("away", "way", "aside", "= leave")}
    flow: begun>fork, fork>a, fork>b, a>join, b>way, way>join, join>d"""))
    instance = engine.start("example", by="ann")
    complete(engine, instance.id, "a")
    assert open_elements(engine, instance.id) == ["b"]
    complete(engine, instance.id, "b", {"leave": True})
    assert open_elements(engine, instance.id) == ["d"]


def test_a_loop_of_user_tasks_loses_nothing_and_its_state_does_not_grow() -> None:
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/><bpmn:exclusiveGateway id="again"/>
    {user_task("a")}<bpmn:exclusiveGateway id="more" default="more_ended"/><bpmn:endEvent id="ended"/>
    {conditional("back", "more", "again", "= n < 1200")}
    flow: begun>again, again>a, a>more, more>ended"""))
    instance = engine.start("example", {"n": 0}, by="ann")
    sizes = []
    for n in range(1, 1201):
        complete(engine, instance.id, "a", {"n": n})
        sizes.append(len(engine.store.load(instance.id).state))
    assert engine.instance(instance.id).status == "completed"
    assert sizes[1100] - sizes[10] < 20


def test_a_parallel_gateway_in_a_loop_runs_two_thousand_rounds_in_one_step() -> None:
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/><bpmn:exclusiveGateway id="again"/>
    <bpmn:parallelGateway id="fork"/><bpmn:task id="x"/><bpmn:task id="y"/><bpmn:parallelGateway id="join"/>
    <bpmn:scriptTask id="count" scriptFormat="feel" camunda:resultVariable="n"><bpmn:script>n + 1</bpmn:script>
    </bpmn:scriptTask>
    <bpmn:exclusiveGateway id="more" default="more_last"/>{user_task("last")}
    {conditional("back", "more", "again", "= n < 2000")}
    flow: begun>again, again>fork, fork>x, fork>y, x>join, y>join, join>count, count>more, more>last"""))
    instance = engine.start("example", {"n": 0}, by="ann")
    assert open_elements(engine, instance.id) == ["last"]
    assert instance.variables["n"] == 2000


def test_tokens_that_wait_for_what_can_never_come_are_an_incident() -> None:
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/><bpmn:exclusiveGateway id="which" default="which_c"/>
    {user_task("a")}{user_task("b")}<bpmn:parallelGateway id="join"/>{user_task("c")}
    {conditional("to_a", "which", "a", "= n = 1")}{conditional("to_b", "which", "b", "= n = 2")}
    flow: begun>which, which>c, a>join, b>join, join>c"""))
    instance = engine.start("example", {"n": 1}, by="ann")
    assert incidents(engine, instance.id) == []
    complete(engine, instance.id, "a")
    ((element, error),) = incidents(engine, instance.id)
    assert element == "example" and "tokens wait at join for others that can never come" in error
    (job,) = engine.incidents()
    engine.retry_job(job.id, by="root")
    engine.run_due()
    assert len(incidents(engine, instance.id)) == 1, "nothing has changed"
    assert engine.verify(instance.id) > 0


def test_a_join_that_an_event_may_still_free_is_no_incident() -> None:
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/><bpmn:parallelGateway id="fork"/>
    <bpmn:parallelGateway id="join"/>{user_task("a")}<bpmn:intermediateCatchEvent id="told">
    <bpmn:messageEventDefinition messageRef="m"/></bpmn:intermediateCatchEvent>{user_task("c")}
    flow: begun>fork, fork>a, fork>told, a>join, told>join, join>c""", outside='<bpmn:message id="m" name="go"/>'))
    instance = engine.start("example", by="ann")
    complete(engine, instance.id, "a")
    assert incidents(engine, instance.id) == []
    engine.correlate("go", by="ann")
    assert open_elements(engine, instance.id) == ["c"]
