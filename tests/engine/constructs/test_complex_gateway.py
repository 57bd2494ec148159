"""Complex gateways go on when enough has come, absorb the rest, and are ready for another round."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.engine import Engine
from tests.engine.constructs.test_compensation import course, entered, findings, started
from tests.engine.diagrams import complete, conditional, engine_with, incidents, open_elements, user_task

HERE = Path(__file__).parent


def gateway(name: str, condition: str = "", attributes: str = "") -> str:
    inside = f"<bpmn:activationCondition>{condition}</bpmn:activationCondition>" if condition else ""
    return f'<bpmn:complexGateway id="{name}" {attributes}>{inside}</bpmn:complexGateway>'


def fork(condition: str, *ways: str, more: str = "") -> str:
    """Return a parallel fork into user tasks that lead to a complex gateway with one unconditional way out."""
    tasks = "".join(map(user_task, ways))
    flows = ", ".join(f"fork>{way}, {way}>join" for way in ways)
    return f"""<bpmn:startEvent id="begun"/><bpmn:parallelGateway id="fork"/>{tasks}{gateway("join", condition)}
    <bpmn:task id="after"/>{more}
    flow: begun>fork, {flows}, join>after"""


def times(engine: Engine, instance_id: str, element: str) -> int:
    return entered(engine, instance_id).count(element)


def test_two_of_three_are_enough_and_the_third_resets_the_gateway() -> None:
    engine = engine_with((HERE / "complex_gateway.bpmn").read_bytes())
    instance = engine.start("complex_gateway", by="ann")
    complete(engine, instance.id, "ask_cid")
    assert open_elements(engine, instance.id) == ["ask_ann", "ask_ben"]
    complete(engine, instance.id, "ask_ann")
    assert open_elements(engine, instance.id) == ["ask_ben", "decide"]
    complete(engine, instance.id, "decide")
    complete(engine, instance.id, "ask_ben")
    assert open_elements(engine, instance.id) == ["file_late_answer"]
    complete(engine, instance.id, "file_late_answer")
    assert engine.instance(instance.id).status == "completed"
    assert course(engine, instance.id) == (
        "+complex_gateway +begun -begun >Flow_1 +fork -fork >Flow_2 >Flow_3 >Flow_4 +ask_ann +ask_ben +ask_cid "
        "-ask_cid >Flow_7 -ask_ann >Flow_5 +two_of_three -two_of_three >Flow_8 +decide -decide "
        "-ask_ben >Flow_6 +two_of_three -two_of_three >Flow_9 +file_late_answer -file_late_answer -complex_gateway"
    )


@pytest.mark.parametrize("written", ["activationCount >= 1", "= activationCount >= 1", "${activationCount >= 1}"])
def test_a_discriminator_goes_on_once_whoever_comes_first(written: str) -> None:
    engine, instance_id = started(fork(written.replace(">", "&gt;"), "a", "b", "c"))
    for way in ("b", "c", "a"):
        assert engine.instance(instance_id).status == "active"
        complete(engine, instance_id, way)
        assert times(engine, instance_id, "after") == 1
    assert engine.instance(instance_id).status == "completed"


def test_the_reset_waits_only_for_what_can_still_come() -> None:
    engine, instance_id = started(f"""<bpmn:startEvent id="begun"/><bpmn:inclusiveGateway id="fork"/>
    {user_task("a")}{user_task("b")}{user_task("c")}{gateway("join", "activationCount &gt;= 1")}{user_task("after")}
    {conditional("fa", "fork", "a", "= true")}{conditional("fb", "fork", "b", "= true")}
    {conditional("fc", "fork", "c", "= false")}
    flow: begun>fork, a>join, b>join, c>join, join>after""")
    complete(engine, instance_id, "a")
    assert resets(engine, instance_id) == 0
    complete(engine, instance_id, "b")
    assert resets(engine, instance_id) == 1
    complete(engine, instance_id, "after")
    assert engine.instance(instance_id).status == "completed"


def resets(engine: Engine, instance_id: str) -> int:
    return sum(event.kind == "gateway_reset" for event in engine.events(instance_id))


def test_a_condition_may_count_by_flow() -> None:
    body = fork("a_join.activationCount + b_join.activationCount = 2 or c_join.activationCount &gt; 0", "a", "b", "c")
    for order, expected in (("abc", [0, 1, 1]), ("cab", [1, 1, 1]), ("bca", [0, 1, 1])):
        engine, instance_id = started(body)
        for way, count in zip(order, expected, strict=True):
            complete(engine, instance_id, way)
            assert times(engine, instance_id, "after") == count, (order, way)
        assert engine.instance(instance_id).status == "completed"


def test_a_condition_may_read_variables_that_a_branch_brings() -> None:
    engine, instance_id = started(fork("${enough or activationCount == 3}", "a", "b", "c"), {"enough": False})
    complete(engine, instance_id, "a")
    assert times(engine, instance_id, "after") == 0
    complete(engine, instance_id, "b", {"enough": True})
    assert times(engine, instance_id, "after") == 1


def test_a_second_round_begins_after_the_reset() -> None:
    engine, instance_id = started(f"""<bpmn:startEvent id="begun"/><bpmn:exclusiveGateway id="merge"/>
    <bpmn:parallelGateway id="fork"/>{user_task("a")}{user_task("b")}{gateway("join", "activationCount &gt;= 1")}
    {user_task("again")}<bpmn:exclusiveGateway id="more" default="on"/><bpmn:endEvent id="ended"/>
    <bpmn:sequenceFlow id="on" sourceRef="more" targetRef="ended"/>{conditional("back", "more", "merge", "${go}")}
    flow: begun>merge, merge>fork, fork>a, fork>b, a>join, b>join, join>again, again>more""")
    for first, second in (("a", "b"), ("b", "a")):
        complete(engine, instance_id, first)
        complete(engine, instance_id, second)
        complete(engine, instance_id, "again", {"go": first == "a"})
    assert engine.instance(instance_id).status == "completed"
    assert (times(engine, instance_id, "again"), resets(engine, instance_id)) == (2, 2)


def test_a_surplus_token_is_kept_for_the_next_round() -> None:
    engine, instance_id = started(f"""<bpmn:startEvent id="begun"/><bpmn:parallelGateway id="fork"/>
    <bpmn:exclusiveGateway id="merge"/>{user_task("a")}{user_task("b")}{user_task("c")}
    {gateway("join", "merged.activationCount &gt; 0 and c_join.activationCount &gt; 0")}{user_task("after")}
    <bpmn:sequenceFlow id="merged" sourceRef="merge" targetRef="join"/>
    flow: begun>fork, fork>a, fork>b, fork>c, a>merge, b>merge, c>join, join>after""")
    for way in "abc":
        complete(engine, instance_id, way)
    assert open_elements(engine, instance_id) == ["after"]
    complete(engine, instance_id, "after")
    assert engine.instance(instance_id).status == "active", "one token waits for a partner that never comes"
    assert times(engine, instance_id, "join") == 1


@pytest.mark.parametrize(("x", "expected"), [(1, ["a"]), (2, ["a", "b"]), (0, ["c"])])
def test_as_a_split_it_takes_all_that_hold_or_the_default(x: int, expected: list[str]) -> None:
    engine, instance_id = started(f"""<bpmn:startEvent id="begun"/>{gateway("split", attributes='default="d"')}
    {user_task("a")}{user_task("b")}{user_task("c")}
    <bpmn:sequenceFlow id="d" sourceRef="split" targetRef="c"/>
    {conditional("fa", "split", "a", "= x > 0")}{conditional("fb", "split", "b", "= x > 1")}
    flow: begun>split""", {"x": x})
    assert open_elements(engine, instance_id) == expected
    for way in expected:
        complete(engine, instance_id, way)
    assert engine.instance(instance_id).status == "completed"
    assert times(engine, instance_id, "split") == 1


def test_where_no_way_holds_the_token_stands_with_an_incident() -> None:
    engine, instance_id = started(f"""<bpmn:startEvent id="begun"/>{gateway("split")}{user_task("a")}{user_task("b")}
    {conditional("fa", "split", "a", "= x > 0")}{conditional("fb", "split", "b", "= x > 1")}
    flow: begun>split""", {"x": 0})
    ((element, reason),) = incidents(engine, instance_id)
    assert element == "split"
    assert "no default" in reason
    engine.set_variables(instance_id, {"x": 1}, by="root", reason="r")
    engine.retry_job(engine.store.jobs(instance_id=instance_id, failed=True)[0].id, by="root")
    engine.run_due()
    assert open_elements(engine, instance_id) == ["a"]


def test_a_condition_that_cannot_be_evaluated_holds_the_token_that_came() -> None:
    engine, instance_id = started(fork("= if x = null then &quot;?&quot; else activationCount &gt;= x", "a", "b"))
    complete(engine, instance_id, "a")
    assert [element for element, _ in incidents(engine, instance_id)] == ["join"]
    assert open_elements(engine, instance_id) == ["b"]
    engine.set_variables(instance_id, {"x": 1}, by="root", reason="r")
    engine.retry_job(engine.store.jobs(instance_id=instance_id, failed=True)[0].id, by="root")
    engine.run_due()
    assert times(engine, instance_id, "after") == 1
    complete(engine, instance_id, "b")
    assert engine.instance(instance_id).status == "completed"


def test_a_reset_that_takes_no_way_lets_the_sub_process_around_it_end() -> None:
    engine, instance_id = started(f"""<bpmn:startEvent id="begun"/><bpmn:subProcess id="s"><bpmn:startEvent id="in"/>
    <bpmn:parallelGateway id="fork"/>{user_task("a")}{user_task("b")}{gateway("join", "activationCount &gt;= 1")}
    <bpmn:endEvent id="out"/>
    flow: in>fork, fork>a, fork>b, a>join, b>join, join>out
    </bpmn:subProcess>{user_task("after")}
    flow: begun>s, s>after""")
    complete(engine, instance_id, "b")
    assert open_elements(engine, instance_id) == ["a"]
    complete(engine, instance_id, "a")
    assert open_elements(engine, instance_id) == ["after"]


def test_several_ways_in_need_a_condition() -> None:
    assert ("activation_missing", "join") in findings(fork("", "a", "b"))
    assert ("expression_invalid", "join") in findings(fork("1 +", "a", "b"))
