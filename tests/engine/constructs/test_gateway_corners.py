"""Where gateways meet loops, dead paths, borders, scopes and each other: the whole course of each."""

from __future__ import annotations

import pytest

from engine.clock import MovingClock
from engine.dialect.finding import DeploymentRefused
from engine.engine import Engine
from engine.store.memory import MemoryStore
from tests.engine.constructs.test_compensation import FAILS, course, last, started
from tests.engine.diagrams import (
    BEGIN,
    HEAD,
    complete,
    conditional,
    diagram,
    engine_with,
    incidents,
    open_elements,
    user_task,
)

FORK = '<bpmn:startEvent id="b"/><bpmn:parallelGateway id="p"/>'


def done(body: str, steps: str, variables: dict[str, object] | None = None) -> str:
    """Return the course after completing user tasks one after the other, the beginning left out."""
    engine, instance_id = started(body, variables, '<bpmn:error id="bad" errorCode="bad"/>')
    before = last(engine, instance_id)
    for step in steps.split():
        complete(engine, instance_id, step)
    status = engine.instance(instance_id).status
    return course(engine, instance_id, before) + ("" if status == "completed" else f" … {status}")


def test_a_parallel_join_keeps_surplus_tokens_and_joins_twice() -> None:
    assert done(f"""{FORK}{user_task("x")}{user_task("y")}{user_task("v")}{user_task("w")}
    <bpmn:exclusiveGateway id="m"/><bpmn:exclusiveGateway id="n"/><bpmn:parallelGateway id="j"/><bpmn:task id="z"/>
    flow: b>p, p>x, p>y, p>v, p>w, x>m, y>m, v>n, w>n, m>j, n>j, j>z""", "x y v w") == (
        "-x >x_m +m -m >m_j -y >y_m +m -m >m_j -v >v_n +n -n >n_j +j -j >j_z +z -z "
        "-w >w_n +n -n >n_j +j -j >j_z +z -z -example"
    )


def test_a_parallel_gateway_may_join_and_split_at_once() -> None:
    assert done(f"""{FORK}{user_task("x")}{user_task("y")}<bpmn:parallelGateway id="j"/><bpmn:task id="v"/>
    <bpmn:task id="w"/>
    flow: b>p, p>x, p>y, x>j, y>j, j>v, j>w""", "y x") == (
        "-y >y_j -x >x_j +j -j >j_v >j_w +v -v +w -w -example"
    )


def test_an_inclusive_gateway_may_join_and_split_at_once() -> None:
    assert done(f"""{FORK}{user_task("x")}{user_task("y")}<bpmn:inclusiveGateway id="j" default="jw"/>
    <bpmn:task id="v"/><bpmn:task id="w"/><bpmn:sequenceFlow id="jw" sourceRef="j" targetRef="w"/>
    {conditional("jv", "j", "v", "${ok}")}
    flow: b>p, p>x, p>y, x>j, y>j""", "x y", {"ok": False}) == "-x >x_j -y >y_j +j -j >jw +w -w -example"


def test_an_inclusive_join_waits_for_a_branch_that_goes_back_and_comes_again() -> None:
    assert done(f"""{FORK}<bpmn:exclusiveGateway id="m"/>
    {user_task("x")}{user_task("y")}<bpmn:exclusiveGateway id="q" default="on"/><bpmn:inclusiveGateway id="j"/>
    <bpmn:scriptTask id="s" scriptFormat="feel" camunda:resultVariable="n"><bpmn:script>n + 1</bpmn:script>
    </bpmn:scriptTask><bpmn:sequenceFlow id="on" sourceRef="q" targetRef="j"/>{conditional("back", "q", "m", "= n < 2")}
    flow: b>p, p>m, p>y, m>x, x>s, s>q, y>j""", "y x x", {"n": 0}) == (
        "-y >y_j -x >x_s +s -s >s_q +q -q >back +m -m >m_x +x -x >x_s +s -s >s_q +q -q >on +j -j -example"
    )


def test_an_inclusive_join_that_a_loop_leads_through_lets_each_round_pass() -> None:
    assert done(f"""<bpmn:startEvent id="b"/><bpmn:inclusiveGateway id="j"/>{user_task("x")}
    <bpmn:exclusiveGateway id="q" default="on"/><bpmn:endEvent id="e"/>
    <bpmn:scriptTask id="s" scriptFormat="feel" camunda:resultVariable="n"><bpmn:script>n + 1</bpmn:script>
    </bpmn:scriptTask><bpmn:sequenceFlow id="on" sourceRef="q" targetRef="e"/>{conditional("back", "q", "j", "= n < 2")}
    flow: b>j, j>x, x>s, s>q""", "x x", {"n": 0}) == (
        "-x >x_s +s -s >s_q +q -q >back +j -j >j_x +x -x >x_s +s -s >s_q +q -q >on +e -e -example"
    )


def test_a_dead_path_releases_the_inclusive_join() -> None:
    assert done(f"""{FORK}{user_task("x")}{user_task("y")}<bpmn:exclusiveGateway id="q" default="dead"/>
    <bpmn:inclusiveGateway id="j"/><bpmn:endEvent id="e"/><bpmn:sequenceFlow id="dead" sourceRef="q" targetRef="e"/>
    {conditional("live", "q", "j", "${ok}")}
    flow: b>p, p>x, p>y, y>q, x>j""", "x y", {"ok": False}) == (
        "-x >x_j -y >y_q +q -q >dead +e -e +j -j -example"
    )


def test_an_inclusive_join_waits_for_what_left_by_a_border() -> None:
    assert done(f"""{FORK}{user_task("x")}<bpmn:subProcess id="s"><bpmn:startEvent id="sb"/>{user_task("y")}
    <bpmn:endEvent id="no">{FAILS}</bpmn:endEvent>
    flow: sb>y, y>no
    </bpmn:subProcess><bpmn:boundaryEvent id="be" attachedToRef="s">{FAILS}</bpmn:boundaryEvent>{user_task("fix")}
    <bpmn:inclusiveGateway id="j"/>
    flow: b>p, p>x, p>s, s>j, be>fix, fix>j, x>j""", "x y fix") == (
        "-x >x_j -y >y_no +no ×no ×s +be -be >be_fix +fix -fix >fix_j +j -j -example"
    )


def test_an_inclusive_join_waits_for_a_sub_process_and_for_the_join_before_it() -> None:
    assert done(f"""{FORK}{user_task("x")}{user_task("y")}<bpmn:subProcess id="s"><bpmn:startEvent id="sb"/>
    {user_task("w")}
    flow: sb>w
    </bpmn:subProcess><bpmn:inclusiveGateway id="i"/><bpmn:inclusiveGateway id="j"/>
    flow: b>p, p>x, p>y, p>s, x>i, s>i, i>j, y>j""", "y x w") == (
        "-y >y_j -x >x_i -w -s >s_i +i -i >i_j +j -j -example"
    )


def test_an_exclusive_gateway_and_an_implicit_merge_pass_each_token() -> None:
    for merge, noted in (("", ""), ('<bpmn:exclusiveGateway id="m"/>', " +m -m >m_z")):
        target = "m" if merge else "z"
        assert done(f"""<bpmn:startEvent id="b"/>{user_task("x")}{user_task("y")}{merge}<bpmn:task id="z"/>
        flow: b>x, b>y, x>{target}, y>{target}{", m>z" if merge else ""}""", "x y") == (
            f"-x >x_{target}{noted} +z -z -y >y_{target}{noted} +z -z -example"
        )


@pytest.mark.parametrize(("ok", "expected"), [
    (True, "-t >tu >tv +u -u +v -v -example"), (False, "-t >d +w -w -example"),
])
def test_conditions_on_the_ways_out_of_an_activity_hold_each_by_itself(ok: bool, expected: str) -> None:
    assert done(f"""<bpmn:startEvent id="b"/><bpmn:userTask id="t" camunda:assignee="ann" default="d"/>
    <bpmn:task id="u"/><bpmn:task id="v"/><bpmn:task id="w"/>{conditional("tu", "t", "u", "${ok}")}
    {conditional("tv", "t", "v", "${ok}")}<bpmn:sequenceFlow id="d" sourceRef="t" targetRef="w"/>
    flow: b>t""", "t", {"ok": ok}) == expected


def test_an_unconditional_way_is_taken_beside_conditions() -> None:
    assert done(f"""<bpmn:startEvent id="b"/>{user_task("t")}<bpmn:task id="v"/><bpmn:task id="w"/>
    {conditional("tv", "t", "v", "${ok}")}
    flow: b>t, t>w""", "t", {"ok": False}) == "-t >t_w +w -w -example"


@pytest.mark.parametrize("event", [
    '<bpmn:startEvent id="t"/>',
    '<bpmn:startEvent id="b"/><bpmn:intermediateThrowEvent id="t"/>\nflow: b>t',
    f"""<bpmn:startEvent id="b"/><bpmn:subProcess id="s"><bpmn:startEvent id="c"/><bpmn:endEvent id="e">{FAILS}
    </bpmn:endEvent>\nflow: c>e\n</bpmn:subProcess><bpmn:boundaryEvent id="t" attachedToRef="s">{FAILS}
    </bpmn:boundaryEvent>\nflow: b>s""",
])
def test_events_have_conditions_on_their_ways_out_too(event: str) -> None:
    ways = f"""{user_task("v")}{user_task("w")}{conditional("tv", "t", "v", "${ok}")}"""
    engine, instance_id = started(f"{event}\n{ways}{conditional('tw', 't', 'w', '${not ok}')}", {"ok": False})
    assert open_elements(engine, instance_id) == ["w"]
    engine, instance_id = started(f"{event}\n{ways}{conditional('tw', 't', 'w', '${ok}')}", {"ok": False})
    assert [element for element, _ in incidents(engine, instance_id)] == ["t"]


# -- long, odd and crowded drawings


@pytest.mark.parametrize("kind", ["task", "exclusiveGateway", "inclusiveGateway", "intermediateThrowEvent"])
def test_two_thousand_nodes_in_a_row_run(kind: str) -> None:
    row = "".join(f'<bpmn:{kind} id="n{number}"/>' for number in range(2000))
    flows = ", ".join(f"n{number}>n{number + 1}" for number in range(1999))
    ends = '<bpmn:startEvent id="b"/><bpmn:endEvent id="e"/>'
    engine, instance_id = started(f"{ends}{row}\nflow: b>n0, {flows}, n1999>e")
    assert engine.instance(instance_id).status == "completed"
    assert sum(event.kind == "element_left" for event in engine.events(instance_id)) == 2003


def test_a_hundred_sub_processes_inside_each_other_run() -> None:
    inside = "<bpmn:task id='t'/>"
    for number in range(100):
        inside = f'<bpmn:subProcess id="s{number}">{inside}</bpmn:subProcess>'
    engine, instance_id = started(f'<bpmn:startEvent id="b"/>{inside}\nflow: b>s99')
    assert engine.instance(instance_id).status == "completed"


@pytest.mark.parametrize("ids", [("Start", "End", "Root"), ("root", "start", "end"), ("Process", "process", "tasks")])
def test_ids_may_be_those_that_the_library_uses_itself(ids: tuple[str, str, str]) -> None:
    first, middle, end = ids
    engine, instance_id = started(f"""<bpmn:startEvent id="{first}"/>{user_task(middle)}<bpmn:endEvent id="{end}"/>
    flow: {first}>{middle}, {middle}>{end}""")
    complete(engine, instance_id, middle)
    assert course(engine, instance_id).endswith(f"-{middle} >{middle}_{end} +{end} -{end} -example")


def test_flows_need_no_ids_and_two_may_lead_the_same_way() -> None:
    flow = '<bpmn:sequenceFlow sourceRef="{}" targetRef="{}"/>'.format
    engine, instance_id = started(
        '<bpmn:startEvent id="a"/><bpmn:task id="b"/><bpmn:endEvent id="c"/>' + flow("a", "b") + flow("b", "c") * 2
    )
    assert [each.element_id for each in engine.events(instance_id) if each.kind == "element_left"] == [
        "a", "b", "c", "c", "example",
    ]


def process(key: str, suffix: str = "", executable: str = "true") -> str:
    return f"""<bpmn:process id="{key}" isExecutable="{executable}"><bpmn:startEvent id="s{suffix}"/>
    <bpmn:task id="t{suffix}"/><bpmn:sequenceFlow id="f{suffix}" sourceRef="s{suffix}" targetRef="t{suffix}"/>
    </bpmn:process>"""


def pools(*keys: str) -> str:
    inside = "".join(f'<bpmn:participant id="pool_{key}" processRef="{key}"/>' for key in keys)
    return f'<bpmn:collaboration id="all">{inside}<bpmn:participant id="outside" name="Citizens"/></bpmn:collaboration>'


def deployed(*files: str) -> list[str]:
    engine = Engine(MemoryStore("test"), clock=MovingClock(BEGIN))
    named = {f"{number}.bpmn": f"{HEAD}{file}</bpmn:definitions>".encode() for number, file in enumerate(files)}
    records = engine.deploy(named, by="admin").definitions
    assert all(engine.start(record.key, by="ann").status == "completed" for record in records)
    return [record.key for record in records]


def test_each_pool_that_can_run_is_deployed() -> None:
    assert deployed(pools("one", "two") + process("one", "1") + process("two", "2")) == ["one", "two"]
    assert deployed(pools("one", "two") + process("one", "1") + process("two", "2", "false")) == ["one"]


def test_files_of_one_deployment_may_use_the_same_ids_inside() -> None:
    assert deployed(process("one"), process("two")) == ["one", "two"]


@pytest.mark.parametrize(("files", "expected"), [
    ([pools()], ("no_process", None)),
    ([process("one", executable="false")], ("no_process", None)),
    ([process("one") + process("two")], ("id_twice", "s")),
    ([process("one", "1") + process("one", "2")], ("id_twice", "one")),
    ([process("one"), process("one")], ("id_elsewhere", None)),
])
def test_what_has_no_process_or_an_id_twice_is_refused(files: list[str], expected: tuple[str, str | None]) -> None:
    with pytest.raises(DeploymentRefused) as refused:
        deployed(*files)
    assert expected in [(finding.rule, finding.element_id) for finding in refused.value.findings]


def test_the_last_way_out_of_an_exclusive_gateway_is_its_default_when_it_alone_has_no_condition() -> None:
    content = diagram(f"""<bpmn:startEvent id="begun"/><bpmn:exclusiveGateway id="g"/>{user_task("a")}{user_task("b")}
    {conditional("to_a", "g", "a", "= x")}
    flow: begun>g, g>b""")
    for value, expected in ((True, "a"), (False, "b")):
        engine = engine_with(content)
        assert open_elements(engine, engine.start("example", {"x": value}, by="ann").id) == [expected]
