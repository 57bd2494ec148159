"""What has completed is undone by its handlers, the last first, with the data as they were."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from engine import replay
from engine.dialect.finding import DeploymentRefused
from engine.engine import Engine
from engine.errors import NoMatchingSubscription
from engine.surroundings import Surroundings
from tests.engine.diagrams import complete, conditional, diagram, engine_with, incidents, open_elements, user_task
from tests.engine.test_interruptions import assert_nothing_is_left

HERE = Path(__file__).parent
UNDO = "<bpmn:compensateEventDefinition/>"
OUTSIDE = '<bpmn:error id="bad" errorCode="bad"/><bpmn:message id="m" name="stop"/>'
FAILS = '<bpmn:errorEventDefinition errorRef="bad"/>'
WAYS = {"element_entered": "+", "element_left": "-", "element_cancelled": "×", "flow_taken": ">"}


def course(engine: Engine, instance_id: str, after: int = 0) -> str:
    """Return what was entered, left, cancelled and taken since event number `after`; refed, it comes out again."""
    assert_nothing_is_left(engine, instance_id)
    events = engine.events(instance_id)
    definition = engine.instance(instance_id).definition
    again = replay.refeed(events, definition, Surroundings(), instance_id=instance_id)
    assert replay.first_difference(events, again) is None
    return " ".join(f"{WAYS[each.kind]}{each.element_id}" for each in events
                    if each.kind in WAYS and each.number > after)


def entered(engine: Engine, instance_id: str) -> list[str]:
    """Return what was entered, but the process."""
    course(engine, instance_id)
    found = [each.element_id or "" for each in engine.events(instance_id) if each.kind == "element_entered"]
    return found[1:]


def last(engine: Engine, instance_id: str) -> int:
    return engine.events(instance_id)[-1].number


def handler(name: str, *, of: str, kind: str = "task", inside: str = "", attributes: str = "") -> str:
    """Return a handler and what ties it to an activity."""
    return (f'<bpmn:boundaryEvent id="{of}_undone" attachedToRef="{of}">{UNDO}</bpmn:boundaryEvent>'
            f'<bpmn:{kind} id="{name}" isForCompensation="true" {attributes}>{inside}</bpmn:{kind}>'
            f'<bpmn:association id="{of}_{name}" sourceRef="{of}_undone" targetRef="{name}"/>')


def task(name: str) -> str:
    """Return a task that is done at once, with a handler of its own."""
    return f'<bpmn:task id="{name}"/>' + handler(f"undo_{name}", of=name)


def throw(name: str = "thrown", attributes: str = "", kind: str = "intermediateThrowEvent") -> str:
    return f'<bpmn:{kind} id="{name}"><bpmn:compensateEventDefinition {attributes}/></bpmn:{kind}>'


def script(name: str, text: str, attributes: str = "", result: str = "seen") -> str:
    return (f'<bpmn:scriptTask id="{name}" scriptFormat="feel" camunda:resultVariable="{result}" {attributes}>'
            f"<bpmn:script>{text}</bpmn:script></bpmn:scriptTask>")


def started(body: str, variables: dict[str, Any] | None = None, outside: str = OUTSIDE) -> tuple[Engine, str]:
    engine = engine_with(diagram(body, outside=outside))
    return engine, engine.start("example", variables, by="ann").id


def findings(body: str) -> list[tuple[str, str | None]]:
    with pytest.raises(DeploymentRefused) as refused:
        engine_with(diagram(body, outside=OUTSIDE))
    for finding in refused.value.findings:
        assert finding.message("zh") and finding.message("en")
    return [(finding.rule, finding.element_id) for finding in refused.value.findings if finding.severity == "error"]


# -- handlers on borders


def test_what_completed_last_is_undone_first_and_one_after_the_other() -> None:
    engine = engine_with((HERE / "compensation.bpmn").read_bytes())
    instance = engine.start("compensation", by="ann")
    for element in ("book_room", "book_bus", "cancel_bus", "cancel_room"):
        assert open_elements(engine, instance.id) == [element]
        complete(engine, instance.id, element)
    assert course(engine, instance.id) == (
        "+compensation +begun -begun >Flow_1 +book_room -book_room >Flow_2 +book_bus -book_bus >Flow_3 +trip_dropped "
        "+cancel_bus -cancel_bus +cancel_room -cancel_room -trip_dropped >Flow_4 +ended -ended -compensation"
    )
    assert engine.instance(instance.id).status == "completed"


def test_only_what_has_completed_is_undone() -> None:
    engine, instance_id = started(f"""<bpmn:startEvent id="begun"/><bpmn:parallelGateway id="fork"/>{task("a")}
    {user_task("b")}{handler("undo_b", of="b")}{throw()}
    flow: begun>fork, fork>a, fork>b, a>thrown""")
    assert entered(engine, instance_id) == ["begun", "fork", "a", "b", "thrown", "undo_a"]
    assert open_elements(engine, instance_id) == ["b"]
    complete(engine, instance_id, "b")
    assert "undo_b" not in entered(engine, instance_id)
    assert engine.instance(instance_id).status == "completed"


def test_a_throw_with_nothing_to_undo_passes() -> None:
    engine, instance_id = started(f"""<bpmn:startEvent id="begun"/>{throw("first")}{task("a")}{throw("second")}
    {throw("third", kind="endEvent")}
    flow: begun>first, first>a, a>second, second>third""")
    assert entered(engine, instance_id) == ["begun", "first", "a", "second", "undo_a", "third"]
    assert engine.instance(instance_id).status == "completed"


def test_one_activity_alone_is_undone_when_it_is_named_and_the_others_later() -> None:
    engine, instance_id = started(f"""<bpmn:startEvent id="begun"/>{task("a")}{task("b")}{task("c")}
    {throw("first", 'activityRef="b"')}{throw("second")}
    flow: begun>a, a>b, b>c, c>first, first>second""")
    assert entered(engine, instance_id) == ["begun", "a", "b", "c", "first", "undo_b", "second", "undo_c", "undo_a"]


def test_each_round_of_a_loop_is_undone() -> None:
    engine, instance_id = started(f"""<bpmn:startEvent id="begun"/><bpmn:exclusiveGateway id="merge"/>
    {script("count", "n + 1", result="n")}{handler("undo", of="count")}<bpmn:exclusiveGateway id="more" default="on"/>
    {throw()}<bpmn:sequenceFlow id="on" sourceRef="more" targetRef="thrown"/>
    {conditional("back", "more", "merge", "${n < 3}")}
    flow: begun>merge, merge>count, count>more""", {"n": 0})
    assert entered(engine, instance_id)[-4:] == ["thrown", "undo", "undo", "undo"]


def test_a_throw_that_need_not_wait_goes_on_at_once_and_the_scope_waits() -> None:
    engine, instance_id = started(f"""<bpmn:startEvent id="begun"/><bpmn:subProcess id="s"><bpmn:startEvent id="in"/>
    {task("a")}{user_task("b")}{handler("undo_b", of="b", kind="userTask", attributes='camunda:assignee="ann"')}
    {throw("thrown", 'waitForCompletion="false"')}<bpmn:endEvent id="out"/>
    flow: in>a, a>b, b>thrown, thrown>out
    </bpmn:subProcess><bpmn:task id="after"/>
    flow: begun>s, s>after""")
    complete(engine, instance_id, "b")
    assert entered(engine, instance_id)[-3:] == ["thrown", "undo_b", "out"]
    assert open_elements(engine, instance_id) == ["undo_b"]
    complete(engine, instance_id, "undo_b")
    assert entered(engine, instance_id)[-2:] == ["undo_a", "after"]
    assert engine.instance(instance_id).status == "completed"


def test_a_handler_may_be_a_sub_process_and_may_be_repeated() -> None:
    engine, instance_id = started(f"""<bpmn:startEvent id="begun"/><bpmn:task id="a"/><bpmn:task id="b"/>
    {handler("undo_a", of="a", kind="subProcess", inside='''<bpmn:startEvent id="in"/><bpmn:task id="x"/>
    <bpmn:sequenceFlow id="in_x" sourceRef="in" targetRef="x"/>''')}
    {handler("undo_b", of="b", inside='''<bpmn:multiInstanceLoopCharacteristics isSequential="true">
    <bpmn:loopCardinality>2</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics>''')}
    {throw()}
    flow: begun>a, a>b, b>thrown""")
    assert entered(engine, instance_id)[4:] == [
        "undo_b#multiInstanceBody", "undo_b", "undo_b", "undo_a", "in", "x",
    ]


@pytest.mark.parametrize("order", ["true", "false"])
def test_each_instance_of_a_multi_instance_is_undone_with_its_own_element(order: str) -> None:
    loop = (f'<bpmn:multiInstanceLoopCharacteristics isSequential="{order}" camunda:collection="people" '
            'camunda:elementVariable="who"/>')
    engine, instance_id = started(f"""<bpmn:startEvent id="begun"/>{user_task("a", 'camunda:assignee="${who}"', loop)}
    <bpmn:boundaryEvent id="u" attachedToRef="a">{UNDO}</bpmn:boundaryEvent>
    {script("undo", "concatenate(seen, [who])", 'isForCompensation="true"')}
    <bpmn:association id="tie" sourceRef="undo" targetRef="u"/>{throw()}
    flow: begun>a, a>thrown""", {"people": ["ann", "ben", "cid"], "seen": []})
    for who in ("ann", "ben", "cid"):
        complete(engine, instance_id, "a", by=who)
    assert engine.variables(instance_id)["seen"] == ["cid", "ben", "ann"]
    assert entered(engine, instance_id)[-4:] == ["thrown", "undo", "undo", "undo"]


def test_an_error_in_a_handler_goes_up_from_the_throw() -> None:
    engine, instance_id = started(f"""<bpmn:startEvent id="begun"/><bpmn:subProcess id="s"><bpmn:startEvent id="in"/>
    <bpmn:task id="a"/>{handler("undo_a", of="a", kind="subProcess", inside=f'''<bpmn:startEvent id="x"/>
    <bpmn:endEvent id="broken">{FAILS}</bpmn:endEvent><bpmn:sequenceFlow id="f" sourceRef="x" targetRef="broken"/>''')}
    {throw()}<bpmn:task id="never"/>
    flow: in>a, a>thrown, thrown>never
    </bpmn:subProcess><bpmn:boundaryEvent id="caught" attachedToRef="s">{FAILS}</bpmn:boundaryEvent>{user_task("look")}
    flow: begun>s, caught>look""")
    assert open_elements(engine, instance_id) == ["look"]
    assert course(engine, instance_id).endswith(
        "+thrown +undo_a +x -x >f +broken ×broken ×undo_a ×thrown ×s +caught -caught >caught_look +look"
    )


def test_a_handler_that_fails_holds_the_throw_with_an_incident() -> None:
    engine, instance_id = started(f"""<bpmn:startEvent id="begun"/>{task("a")}<bpmn:task id="b"/>
    <bpmn:boundaryEvent id="u" attachedToRef="b">{UNDO}</bpmn:boundaryEvent>
    <bpmn:serviceTask id="undo_b" isForCompensation="true" camunda:topic="${{topic}}"/>
    <bpmn:association id="tie" sourceRef="u" targetRef="undo_b"/>{throw()}
    flow: begun>a, a>b, b>thrown""")
    ((element, _),) = incidents(engine, instance_id)
    assert element == "undo_b"
    assert "undo_a" not in entered(engine, instance_id)
    engine.set_variables(instance_id, {"topic": "t"}, by="root", reason="x")
    engine.retry_job(engine.store.jobs(instance_id=instance_id, failed=True)[0].id, by="root")
    engine.run_due()
    (job,) = engine.lock_jobs(["t"], "w", limit=1)
    engine.complete_job(job.id, "w")
    assert entered(engine, instance_id)[-1] == "undo_a"
    assert engine.instance(instance_id).status == "completed"


def test_what_interrupts_the_throw_interrupts_the_handlers() -> None:
    engine, instance_id = started(f"""<bpmn:startEvent id="begun"/><bpmn:subProcess id="s"><bpmn:startEvent id="in"/>
    {task("a")}<bpmn:task id="b"/>{handler("undo_b", of="b", kind="userTask", attributes='camunda:assignee="ann"')}
    {throw()}
    flow: in>a, a>b, b>thrown
    </bpmn:subProcess><bpmn:boundaryEvent id="stopped" attachedToRef="s"><bpmn:messageEventDefinition messageRef="m"/>
    </bpmn:boundaryEvent>{throw("again", kind="endEvent")}
    flow: begun>s, stopped>again""")
    assert open_elements(engine, instance_id) == ["undo_b"]
    engine.correlate("stop", by="ann")
    assert course(engine, instance_id).endswith(
        "×undo_b ×thrown ×s +stopped -stopped >stopped_again +again -again -example"
    ), "what an interrupted sub-process has done is not undone: it has not completed"


# -- completed sub-processes


INNER = f"""<bpmn:subProcess id="inner"><bpmn:startEvent id="inner_in"/>{task("deep")}
flow: inner_in>deep
</bpmn:subProcess>"""
NESTED = f"""<bpmn:startEvent id="begun"/>{task("before")}<bpmn:subProcess id="outer"><bpmn:startEvent id="in"/>
{task("a")}{INNER}{task("b")}
flow: in>a, a>inner, inner>b
</bpmn:subProcess>{task("after")}{user_task("wait")}"""


def test_a_completed_sub_process_is_undone_from_inside_at_every_depth() -> None:
    engine, instance_id = started(NESTED + f"""{throw(kind="endEvent")}
    flow: begun>before, before>outer, outer>after, after>wait, wait>thrown""")
    complete(engine, instance_id, "wait")
    assert entered(engine, instance_id)[-6:] == ["thrown", "undo_after", "undo_b", "undo_deep", "undo_a", "undo_before"]
    assert engine.instance(instance_id).status == "completed"
    kinds = [f"{each.kind} {each.element_id}" for each in engine.events(instance_id) if "compensation" in each.kind]
    assert kinds == [
        "compensation_thrown thrown", "compensation_begun outer", "compensation_begun inner",
        "compensation_ended inner", "compensation_ended outer",
    ]


def test_a_sub_process_is_undone_when_it_is_named() -> None:
    engine, instance_id = started(NESTED + f"""{throw("thrown", 'activityRef="outer"')}
    flow: begun>before, before>outer, outer>after, after>wait, wait>thrown""")
    complete(engine, instance_id, "wait")
    assert entered(engine, instance_id)[-4:] == ["thrown", "undo_b", "undo_deep", "undo_a"]


def test_a_throw_inside_a_sub_process_reaches_nothing_outside() -> None:
    engine, instance_id = started(f"""<bpmn:startEvent id="begun"/>{task("a")}<bpmn:subProcess id="s">
    <bpmn:startEvent id="in"/>{task("b")}{throw(kind="endEvent")}
    flow: in>b, b>thrown
    </bpmn:subProcess>
    flow: begun>a, a>s""")
    assert entered(engine, instance_id) == ["begun", "a", "s", "in", "b", "thrown", "undo_b"]


def test_a_handler_on_the_border_stands_for_all_inside() -> None:
    engine, instance_id = started(f"""<bpmn:startEvent id="begun"/><bpmn:subProcess id="s">
    <bpmn:startEvent id="in"/>{task("b")}
    flow: in>b
    </bpmn:subProcess>{handler("undo_s", of="s")}{throw()}
    flow: begun>s, s>thrown""")
    assert entered(engine, instance_id)[-2:] == ["thrown", "undo_s"]


def test_handlers_inside_see_the_data_as_of_completion() -> None:
    mapping = """<bpmn:extensionElements><camunda:inputOutput><camunda:inputParameter name="own">${n}
    </camunda:inputParameter></camunda:inputOutput></bpmn:extensionElements>"""
    engine, instance_id = started(f"""<bpmn:startEvent id="begun"/><bpmn:exclusiveGateway id="merge"/>
    <bpmn:subProcess id="s">{mapping}<bpmn:startEvent id="in"/><bpmn:task id="a"/>
    {script("b", "own * 10", result="own")}<bpmn:boundaryEvent id="u" attachedToRef="a">{UNDO}</bpmn:boundaryEvent>
    {script("undo", "concatenate(seen, [own])", 'isForCompensation="true"')}
    <bpmn:association id="tie" sourceRef="u" targetRef="undo"/>
    flow: in>a, a>b
    </bpmn:subProcess>{script("more", "n + 1", result="n")}<bpmn:exclusiveGateway id="enough" default="on"/>
    {conditional("back", "enough", "merge", "${n < 4}")}{user_task("wait")}{throw()}
    <bpmn:sequenceFlow id="on" sourceRef="enough" targetRef="wait"/>
    flow: begun>merge, merge>s, s>more, more>enough, wait>thrown""", {"n": 1, "seen": []})
    complete(engine, instance_id, "wait")
    assert engine.variables(instance_id)["seen"] == [30, 20, 10]
    course(engine, instance_id)


EVENT = f"""<bpmn:subProcess id="undo_s" triggeredByEvent="true"><bpmn:startEvent id="asked">{UNDO}</bpmn:startEvent>
%s
</bpmn:subProcess>"""


@pytest.mark.parametrize(("inside", "expected"), [
    ('<bpmn:task id="x"/>\nflow: asked>x', ["undo_s", "asked", "x"]),
    (f'<bpmn:task id="x"/>{throw("all", kind="endEvent")}\nflow: asked>x, x>all',
     ["undo_s", "asked", "x", "all", "undo_b", "undo_a"]),
    (f"""<bpmn:task id="x"/>{throw("one", 'activityRef="a"', "endEvent")}\nflow: asked>x, x>one""",
     ["undo_s", "asked", "x", "one", "undo_a"]),
])
def test_an_event_sub_process_undoes_instead_of_the_handlers_inside(inside: str, expected: list[str]) -> None:
    engine, instance_id = started(f"""<bpmn:startEvent id="begun"/><bpmn:subProcess id="s"><bpmn:startEvent id="in"/>
    {task("a")}{task("b")}
    flow: in>a, a>b
    {EVENT % inside}
    </bpmn:subProcess>{user_task("wait")}{throw("thrown", 'activityRef="s"')}<bpmn:endEvent id="out"/>
    flow: begun>s, s>wait, wait>thrown, thrown>out""")
    complete(engine, instance_id, "wait")
    assert entered(engine, instance_id) == ["begun", "s", "in", "a", "b", "wait", "thrown", *expected, "out"]
    assert engine.instance(instance_id).status == "completed"


def test_an_event_sub_process_that_waits_is_stored_with_the_data_that_it_sees() -> None:
    mapping = """<bpmn:extensionElements><camunda:inputOutput><camunda:inputParameter name="own">${n}
    </camunda:inputParameter></camunda:inputOutput></bpmn:extensionElements>"""
    inside = user_task("ask", 'camunda:assignee="${own}"') + "\nflow: asked>ask"
    engine, instance_id = started(f"""<bpmn:startEvent id="begun"/><bpmn:subProcess id="s">{mapping}
    <bpmn:startEvent id="in"/>{task("a")}
    flow: in>a
    {EVENT % inside}
    </bpmn:subProcess>{script("change", '"ben"', result="n")}{throw()}
    flow: begun>s, s>change, change>thrown""", {"n": "ann"})
    (opened,) = engine.store.tasks(instance_id=instance_id)
    assert opened.assignee == "ann"
    complete(engine, instance_id, "ask", {"own": "x"})
    assert engine.variables(instance_id) == {"n": "ben"}
    course(engine, instance_id)


def test_an_error_caught_inside_may_undo_what_its_scope_has_done() -> None:
    engine, instance_id = started(f"""<bpmn:startEvent id="begun"/><bpmn:subProcess id="s"><bpmn:startEvent id="in"/>
    {task("a")}{task("b")}<bpmn:endEvent id="failed">{FAILS}</bpmn:endEvent>
    flow: in>a, a>b, b>failed
    <bpmn:subProcess id="caught" triggeredByEvent="true"><bpmn:startEvent id="begins">{FAILS}</bpmn:startEvent>
    {task("c")}{throw()}<bpmn:task id="rest"/>
    flow: begins>c, c>thrown, thrown>rest
    </bpmn:subProcess></bpmn:subProcess>
    flow: begun>s""")
    assert entered(engine, instance_id)[5:] == [
        "failed", "caught", "begins", "c", "thrown", "undo_c", "undo_b", "undo_a", "rest",
    ]


def test_a_handler_from_an_event_sub_process_sees_the_scope_around_it_after_a_restart() -> None:
    engine, instance_id = started(f"""<bpmn:startEvent id="begun"/><bpmn:subProcess id="s"><bpmn:startEvent id="in"/>
    <bpmn:task id="a"/>{handler("undo_a", of="a", kind="userTask", attributes='camunda:assignee="ann"')}
    <bpmn:endEvent id="failed">{FAILS}</bpmn:endEvent>
    flow: in>a, a>failed
    <bpmn:subProcess id="caught" triggeredByEvent="true"><bpmn:startEvent id="begins">{FAILS}</bpmn:startEvent>
    {throw()}
    flow: begins>thrown
    </bpmn:subProcess></bpmn:subProcess>
    flow: begun>s""")
    state = json.loads(engine.store.load(instance_id).state)
    numbers = {token["e"]: token["n"] for token in state["tokens"]}
    (undoing,) = (token for token in state["tokens"] if token["e"] == "undo_a")
    assert (undoing["p"], undoing["d"]["around"]) == (numbers["thrown"], numbers["s"])
    complete(engine, instance_id, "undo_a")
    assert engine.instance(instance_id).status == "completed"
    course(engine, instance_id)


def test_a_repeated_sub_process_is_undone_round_by_round() -> None:
    engine, instance_id = started(f"""<bpmn:startEvent id="begun"/><bpmn:subProcess id="s">
    <bpmn:multiInstanceLoopCharacteristics camunda:collection="people" camunda:elementVariable="who"/>
    <bpmn:startEvent id="in"/><bpmn:task id="a"/>
    <bpmn:boundaryEvent id="u" attachedToRef="a">{UNDO}</bpmn:boundaryEvent>
    {script("undo", "concatenate(seen, [who])", 'isForCompensation="true"')}
    <bpmn:association id="tie" sourceRef="u" targetRef="undo"/>
    flow: in>a
    </bpmn:subProcess>{throw("thrown", 'activityRef="s"')}
    flow: begun>s, s>thrown""", {"people": ["ann", "ben"], "seen": []})
    assert engine.variables(instance_id)["seen"] == ["ben", "ann"]
    course(engine, instance_id)


def test_what_was_done_in_an_ad_hoc_sub_process_is_undone() -> None:
    engine, instance_id = started(f"""<bpmn:startEvent id="begun"/><bpmn:adHocSubProcess id="s">{task("a")}
    <bpmn:task id="b"/>{handler("undo_b", of="b", kind="userTask", attributes='camunda:assignee="ann"')}
    </bpmn:adHocSubProcess>{throw()}
    flow: begun>s, s>thrown""")
    assert entered(engine, instance_id) == ["begun", "s", "a", "b", "thrown", "undo_b"]
    complete(engine, instance_id, "undo_b")
    assert entered(engine, instance_id)[-1] == "undo_a"
    assert engine.instance(instance_id).status == "completed"


def test_a_called_process_undoes_an_activity_and_is_not_undone_inside_itself() -> None:
    called = diagram(f'''<bpmn:startEvent id="x"/>{task("inside")}
    flow: x>inside''', key="called")
    refund = diagram('<bpmn:startEvent id="y"/><bpmn:task id="pay"/>\nflow: y>pay', key="refund")
    engine = engine_with(called, refund, diagram(f"""<bpmn:startEvent id="begun"/>
    <bpmn:callActivity id="c" calledElement="called"/><bpmn:callActivity id="d" calledElement="called"/>
    {handler("undo_d", of="d", kind="callActivity", attributes='calledElement="refund"')}{throw()}
    flow: begun>c, c>d, d>thrown"""))
    instance = engine.start("example", by="ann")
    found = [each.element_id for each in engine.events(instance.id) if each.kind == "element_entered"]
    assert found[found.index("thrown"):] == ["thrown", "undo_d", "refund", "y", "pay"]
    assert engine.instance(instance.id).status == "completed"


def test_a_loop_keeps_no_record_of_what_nobody_can_undo() -> None:
    def state_after(rounds: int) -> int:
        engine, instance_id = started(f"""<bpmn:startEvent id="begun"/><bpmn:exclusiveGateway id="merge"/>
        <bpmn:subProcess id="s"><bpmn:startEvent id="in"/><bpmn:task id="a"/>
        flow: in>a
        </bpmn:subProcess>{script("count", "n + 1", result="n")}<bpmn:exclusiveGateway id="more" default="on"/>
        {user_task("wait")}<bpmn:sequenceFlow id="on" sourceRef="more" targetRef="wait"/>
        {conditional("back", "more", "merge", f"${{n &lt; {rounds}}}".replace("&lt;", "<"))}
        flow: begun>merge, merge>s, s>count, count>more""", {"n": 0})
        state = json.loads(engine.store.load(instance_id).state)
        return len(state["tokens"]) + sum(len(token.get("d", {})) for token in state["tokens"])

    assert state_after(50) == state_after(1)


def test_hundreds_of_records_are_undone_without_recursion() -> None:
    event = EVENT % ""
    engine, instance_id = started(f"""<bpmn:startEvent id="begun"/><bpmn:exclusiveGateway id="merge"/>
    <bpmn:subProcess id="s"><bpmn:startEvent id="in"/>{event}</bpmn:subProcess>{script("count", "n + 1", result="n")}
    <bpmn:exclusiveGateway id="more" default="on"/>{throw()}
    <bpmn:sequenceFlow id="on" sourceRef="more" targetRef="thrown"/>{conditional("back", "more", "merge", "${n < 500}")}
    flow: begun>merge, merge>s, s>count, count>more""", {"n": 0})
    assert engine.instance(instance_id).status == "completed"
    assert entered(engine, instance_id).count("undo_s") == 500


# -- transactions


def test_cancelling_stops_all_inside_undoes_it_and_leaves_by_the_cancel_event() -> None:
    engine = engine_with((HERE / "transaction.bpmn").read_bytes())
    instance = engine.start("transaction", by="ann")
    before = last(engine, instance.id)
    complete(engine, instance.id, "charge", {"outcome": "cancel"})
    assert open_elements(engine, instance.id) == ["pay_back"]
    complete(engine, instance.id, "pay_back")
    assert course(engine, instance.id, before) == (
        "-charge >Flow_6 +how -how >Flow_8 +payment_cancelled ×print_receipt +pay_back -pay_back ×payment_cancelled "
        "×payment +cancelled -cancelled >Flow_10 +not_paid -not_paid -transaction"
    )
    assert engine.instance(instance.id).status == "completed"


def test_an_error_in_a_transaction_undoes_nothing() -> None:
    engine = engine_with((HERE / "transaction.bpmn").read_bytes())
    instance = engine.start("transaction", by="ann")
    complete(engine, instance.id, "charge", {"outcome": "error"})
    assert open_elements(engine, instance.id) == ["look_into_it"]
    assert "pay_back" not in entered(engine, instance.id)


def test_a_transaction_that_succeeds_goes_on_and_may_be_undone_later() -> None:
    engine = engine_with((HERE / "transaction.bpmn").read_bytes().replace(
        b"""<bpmn:endEvent id="paid">
      <bpmn:incoming>Flow_2</bpmn:incoming>""", b"""<bpmn:endEvent id="paid">
      <bpmn:incoming>Flow_2</bpmn:incoming><bpmn:compensateEventDefinition activityRef="payment"/>"""))
    instance = engine.start("transaction", by="ann")
    complete(engine, instance.id, "charge", {"outcome": "fine"})
    complete(engine, instance.id, "print_receipt")
    assert open_elements(engine, instance.id) == ["pay_back"]
    complete(engine, instance.id, "pay_back")
    assert course(engine, instance.id).endswith("-payment >Flow_2 +paid +pay_back -pay_back -paid -transaction")


CANCEL = "<bpmn:cancelEventDefinition/>"
SEATS = f"""<bpmn:startEvent id="begun"/><bpmn:transaction id="t">%s<bpmn:startEvent id="in"/>{task("a")}
<bpmn:subProcess id="s"><bpmn:startEvent id="s_in"/>{task("b")}{user_task("ask", 'camunda:assignee="ann"')}
<bpmn:endEvent id="stop">{CANCEL}</bpmn:endEvent>
flow: s_in>b, b>ask, ask>stop
</bpmn:subProcess>
flow: in>a, a>s
</bpmn:transaction><bpmn:boundaryEvent id="gone" attachedToRef="t">{CANCEL}</bpmn:boundaryEvent>{user_task("instead")}
<bpmn:task id="on"/>
flow: begun>t, t>on, gone>instead"""


def test_a_cancel_end_event_deeper_inside_cancels_the_nearest_transaction() -> None:
    engine, instance_id = started(SEATS % "")
    complete(engine, instance_id, "ask")
    assert course(engine, instance_id).endswith(
        "+stop ×stop ×s +undo_a -undo_a ×stop ×t +gone -gone >gone_instead +instead"
    ), "what the unfinished sub-process has done is lost with it"


def test_cancelling_one_instance_of_a_repeated_transaction_leaves_the_whole() -> None:
    loop = ('<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>2</bpmn:loopCardinality>'
            '</bpmn:multiInstanceLoopCharacteristics>')
    engine, instance_id = started(SEATS % loop)
    assert open_elements(engine, instance_id) == ["ask", "ask"]
    complete(engine, instance_id, "ask")
    assert open_elements(engine, instance_id) == ["instead"]
    assert entered(engine, instance_id).count("undo_a") == 1


def test_an_event_sub_process_inside_may_cancel_the_transaction() -> None:
    engine, instance_id = started(f"""<bpmn:startEvent id="begun"/><bpmn:transaction id="t"><bpmn:startEvent id="in"/>
    {task("a")}{user_task("b")}
    <bpmn:subProcess id="e" triggeredByEvent="true"><bpmn:startEvent id="told"><bpmn:messageEventDefinition
    messageRef="m"/></bpmn:startEvent><bpmn:endEvent id="stop">{CANCEL}</bpmn:endEvent>
    flow: told>stop
    </bpmn:subProcess>
    flow: in>a, a>b
    </bpmn:transaction><bpmn:boundaryEvent id="gone" attachedToRef="t">{CANCEL}</bpmn:boundaryEvent><bpmn:task id="i"/>
    flow: begun>t, gone>i""")
    engine.correlate("stop", by="ann")
    assert entered(engine, instance_id)[-5:] == ["told", "stop", "undo_a", "gone", "i"]
    assert engine.instance(instance_id).status == "completed"


# -- what is refused


PLAIN = '<bpmn:startEvent id="begun"/><bpmn:task id="a"/>\nflow: begun>a\n'
BORDER = f'<bpmn:boundaryEvent id="u" attachedToRef="a">{UNDO}</bpmn:boundaryEvent>'
MARKED = '<bpmn:task id="h" isForCompensation="true"/>'
TIE = '<bpmn:association id="tie" sourceRef="u" targetRef="h"/>'


@pytest.mark.parametrize(("body", "expected"), [
    (BORDER, ("compensation_without_handler", "u")),
    (BORDER + '<bpmn:textAnnotation id="h"/>' + TIE, ("compensation_without_handler", "u")),
    (MARKED, ("handler_unused", "h")),
    (BORDER + MARKED, ("handler_unused", "h")),
    (BORDER + '<bpmn:task id="h"/>' + TIE + "\nflow: a>h", ("not_for_compensation", "h")),
    (BORDER + MARKED + TIE + "\nflow: a>h", ("incoming_not_allowed", "h")),
    (BORDER + MARKED + TIE + '<bpmn:task id="n"/>\nflow: h>n', ("outgoing_not_allowed", "h")),
    (BORDER + MARKED + TIE + '<bpmn:task id="n"/>\nflow: u>n', ("outgoing_not_allowed", "u")),
    (BORDER + MARKED + TIE + '<bpmn:task id="i" isForCompensation="true"/>'
     '<bpmn:association id="tie2" sourceRef="u" targetRef="i"/>', ("compensation_twice", "u")),
    (BORDER + MARKED + TIE + BORDER.replace('"u"', '"v"') + TIE.replace('"u"', '"v"').replace("tie", "tie2"),
     ("compensation_twice", "v")),
    (BORDER + MARKED + TIE + BORDER.replace('"u"', '"v"').replace('"a"', '"h"')
     + TIE.replace('"u"', '"v"').replace("tie", "tie2"), ("compensation_of_handler", "v")),
    (BORDER + f'<bpmn:subProcess id="s"><bpmn:startEvent id="in"/>{MARKED}</bpmn:subProcess>{TIE}\nflow: a>s',
     ("compensation_elsewhere", "u")),
    (f'<bpmn:boundaryEvent id="u" attachedToRef="begun">{UNDO}</bpmn:boundaryEvent>' + MARKED + TIE,
     ("host_not_activity", "u")),
    (throw("n", 'activityRef="x"') + "\nflow: a>n", ("reference_dangling", "n")),
    (throw("n", 'activityRef="begun"') + "\nflow: a>n", ("compensation_out_of_reach", "n")),
    ('<bpmn:subProcess id="s"><bpmn:startEvent id="in"/><bpmn:task id="d"/>\nflow: in>d\n</bpmn:subProcess>'
     + throw("n", 'activityRef="d"') + "\nflow: a>s, s>n", ("compensation_out_of_reach", "n")),
    ('<bpmn:subProcess id="s"><bpmn:startEvent id="in"/>' + throw("n", 'activityRef="a"')
     + "\nflow: in>n\n</bpmn:subProcess>\nflow: a>s", ("compensation_out_of_reach", "n")),
    (EVENT % "", ("compensation_of_process", "asked")),
    ('<bpmn:subProcess id="s"><bpmn:startEvent id="in"/>' + EVENT % "" + (EVENT % "").replace("undo_s", "x").replace(
        "asked", "y") + "</bpmn:subProcess>\nflow: a>s", ("compensation_twice", "y")),
    ('<bpmn:subProcess id="s"><bpmn:startEvent id="in"/>' + EVENT % "" + "</bpmn:subProcess>"
     + handler("h", of="s") + "\nflow: a>s", ("compensation_twice", "s_undone")),
    (f'<bpmn:endEvent id="n">{CANCEL}</bpmn:endEvent>\nflow: a>n', ("cancel_misplaced", "n")),
    (f'<bpmn:subProcess id="s"><bpmn:startEvent id="in"/><bpmn:endEvent id="n">{CANCEL}</bpmn:endEvent>\nflow: in>n\n'
     "</bpmn:subProcess>\nflow: a>s", ("cancel_misplaced", "n")),
    (f'<bpmn:transaction id="s"><bpmn:startEvent id="in"/><bpmn:endEvent id="n">{CANCEL}</bpmn:endEvent>\nflow: in>n\n'
     "</bpmn:transaction>\nflow: a>s", ("cancel_uncaught", "n")),
    (f'<bpmn:boundaryEvent id="n" attachedToRef="a">{CANCEL}</bpmn:boundaryEvent>', ("cancel_misplaced", "n")),
    (SEATS.replace('id="gone"', 'id="gone" cancelActivity="false"') % "", ("value_unsupported", "gone")),
    (f'<bpmn:intermediateThrowEvent id="n">{CANCEL}</bpmn:intermediateThrowEvent>\nflow: a>n',
     ("element_unsupported", "n")),
    (f'<bpmn:intermediateCatchEvent id="n">{UNDO}</bpmn:intermediateCatchEvent>\nflow: a>n',
     ("element_unsupported", "n")),
    ('<bpmn:transaction id="n" triggeredByEvent="true"/>', ("value_unsupported", "n")),
])
def test_what_could_never_be_undone_or_cancelled_is_refused(body: str, expected: tuple[str, str]) -> None:
    assert expected in findings(body if 'id="begun"' in body else PLAIN + body)


def test_nothing_on_its_border_leaves_a_transaction_half_undone() -> None:
    engine, instance_id = started(f"""<bpmn:startEvent id="begun"/><bpmn:transaction id="tx"><bpmn:startEvent id="in"/>
    <bpmn:task id="a"/>{handler("undo_a", of="a", kind="userTask", attributes='camunda:assignee="ann"')}
    <bpmn:endEvent id="dropped"><bpmn:cancelEventDefinition/></bpmn:endEvent>
    <bpmn:sequenceFlow id="f1" sourceRef="in" targetRef="a"/>
    <bpmn:sequenceFlow id="f2" sourceRef="a" targetRef="dropped"/></bpmn:transaction>
    <bpmn:boundaryEvent id="cancelled" attachedToRef="tx"><bpmn:cancelEventDefinition/></bpmn:boundaryEvent>
    <bpmn:boundaryEvent id="stopped" attachedToRef="tx"><bpmn:messageEventDefinition messageRef="m"/>
    </bpmn:boundaryEvent>{user_task("b")}{user_task("c")}
    flow: begun>tx, cancelled>b, stopped>c""")
    assert open_elements(engine, instance_id) == ["undo_a"]
    with pytest.raises(NoMatchingSubscription):
        engine.correlate("stop", by="ann")
    complete(engine, instance_id, "undo_a")
    assert open_elements(engine, instance_id) == ["b"]
    course(engine, instance_id)
