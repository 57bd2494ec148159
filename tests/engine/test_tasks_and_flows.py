"""Tokens pass from task to task, and people may do what is theirs."""

import pytest

from engine.errors import (
    AlreadyClaimed,
    ExecutionFailed,
    InstanceNotFound,
    NotJsonSafe,
    NotPermitted,
    NotYourTask,
    SeparationOfDuties,
    TaskNotFound,
    TaskNotOpen,
)
from tests.engine.diagrams import (
    complete,
    conditional,
    diagram,
    engine_with,
    incidents,
    open_elements,
    trace,
    user_task,
)

SEQUENCE = diagram(f"""<bpmn:startEvent id="begun" camunda:initiator="starter"/>{user_task("a")}{user_task("b")}
<bpmn:endEvent id="ended"/>
flow: begun>a, a>b, b>ended""")


def test_a_sequence_runs_from_task_to_task_to_its_end() -> None:
    engine = engine_with(SEQUENCE)
    instance = engine.start("example", {"amount": 3}, by="ann", business_key="K-1")
    assert open_elements(engine, instance.id) == ["a"]
    assert instance.positions == ["a"]
    complete(engine, instance.id, "a", {"note": "好"})
    assert open_elements(engine, instance.id) == ["b"]
    assert engine.instance(instance.id).variables == {"amount": 3, "note": "好", "starter": "ann"}
    complete(engine, instance.id, "b")
    ended = engine.instance(instance.id)
    assert (ended.status, ended.positions) == ("completed", [])
    assert engine.variables(instance.id)["note"] == "好"
    assert engine.store.load(instance.id).ended_at == engine.clock.now()


def test_two_tasks_of_one_instance_are_told_apart_by_their_ids() -> None:
    engine = engine_with(SEQUENCE)
    first = engine.start("example", by="ann")
    second = engine.start("example", by="ann")
    assert first.id < second.id or first.id[:12] == second.id[:12]
    assert engine.store.tasks(instance_id=first.id)[0].id != engine.store.tasks(instance_id=second.id)[0].id


def test_a_task_that_was_completed_tells_by_whom() -> None:
    engine = engine_with(SEQUENCE)
    instance = engine.start("example", by="ann")
    task = engine.store.tasks(instance_id=instance.id)[0]
    engine.complete_task(task.id, by="ann")
    with pytest.raises(TaskNotOpen) as refused:
        engine.complete_task(task.id, by="ben")
    assert refused.value.completed_by == "ann"


def test_unknown_tasks_and_instances_are_not_found() -> None:
    engine = engine_with(SEQUENCE)
    instance = engine.start("example", by="ann")
    with pytest.raises(InstanceNotFound):
        engine.complete_task("0" * 32 + ":7", by="ann")
    for wrong in ("999", "x", "-1", ""):
        with pytest.raises(TaskNotFound):
            engine.complete_task(f"{instance.id}:{wrong}", by="ann")


CANDIDATES = diagram(f"""<bpmn:startEvent id="begun"/>
{user_task("a", 'camunda:candidateGroups="office, village" camunda:candidateUsers="cleo"')}
{user_task("b", 'camunda:candidateGroups="office"',
  '<bpmn:extensionElements><camunda:properties><camunda:property name="task.separateFrom" value="a"/>'
  '</camunda:properties></bpmn:extensionElements>')}
<bpmn:endEvent id="ended"/>
flow: begun>a, a>b, b>ended""")
GROUPS = {"ann": {"office"}, "ben": {"village"}, "dan": {"other"}, "eve": {"office"}}


def test_candidates_claim_and_others_may_not() -> None:
    engine = engine_with(CANDIDATES, groups_of=lambda user: GROUPS.get(user, ()))
    instance = engine.start("example", by="ann")
    task = engine.store.tasks(instance_id=instance.id)[0]
    assert [engine.may_work_on(task, user) for user in ("ann", "ben", "cleo", "dan")] == [True, True, True, False]
    with pytest.raises(NotYourTask):
        engine.claim(task.id, by="dan")
    engine.claim(task.id, by="ben")
    with pytest.raises(AlreadyClaimed) as refused:
        engine.complete_task(task.id, by="ann")
    assert refused.value.claimed_by == "ben"
    engine.unclaim(task.id, by="ben")
    engine.complete_task(task.id, by="cleo")
    assert open_elements(engine, instance.id) == ["b"]


def test_who_did_an_earlier_step_may_not_do_the_one_separate_from_it() -> None:
    engine = engine_with(CANDIDATES, groups_of=lambda user: GROUPS.get(user, ()))
    instance = engine.start("example", by="ann")
    complete(engine, instance.id, "a", by="ann")
    task = engine.store.tasks(instance_id=instance.id)[0]
    assert task.excluded_users == ("ann",)
    assert not engine.may_work_on(task, "ann")
    for refused in (engine.claim, engine.complete_task):
        with pytest.raises(SeparationOfDuties):
            refused(task.id, by="ann")
    with pytest.raises(SeparationOfDuties):
        engine.complete_task(task.id, by="eve", on_behalf_of="ann")
    engine.complete_task(task.id, by="eve")
    assert engine.instance(instance.id).status == "completed"


def test_only_the_groups_that_the_diagram_names_may_start_it() -> None:
    content = diagram(f'<bpmn:startEvent id="begun"/>{user_task("a")}\nflow: begun>a',
                      attributes='camunda:candidateStarterGroups="office, village"')
    engine = engine_with(content, groups_of=lambda user: GROUPS.get(user, ()))
    with pytest.raises(NotPermitted):
        engine.start("example", by="dan")
    assert engine.start("example", by="ben").status == "active"


EXCLUSIVE = diagram(f"""<bpmn:startEvent id="begun"/><bpmn:exclusiveGateway id="split" default="split_b"/>
{user_task("a")}{user_task("b")}<bpmn:endEvent id="ended"/>
{conditional("split_a", "split", "a", "${amount > 10 && kind == '急'}")}
flow: begun>split, split>b, a>ended, b>ended""")


@pytest.mark.parametrize(("amount", "kind", "task"), [(11, "急", "a"), (10, "急", "b"), (11, "缓", "b")])
def test_an_exclusive_gateway_takes_the_true_way_or_the_default(amount: int, kind: str, task: str) -> None:
    engine = engine_with(EXCLUSIVE)
    instance = engine.start("example", {"amount": amount, "kind": kind}, by="ann")
    assert open_elements(engine, instance.id) == [task]


def test_a_token_that_no_way_takes_is_an_incident_that_is_retried_when_the_data_are_mended() -> None:
    body = f"""<bpmn:startEvent id="begun"/>{user_task("a")}<bpmn:exclusiveGateway id="split"/>
    {user_task("b")}{user_task("c")}
    {conditional("one", "split", "b", "= go = 1")}{conditional("two", "split", "c", "= go = 2")}
    flow: begun>a, a>split"""
    engine = engine_with(diagram(body))
    instance = engine.start("example", by="ann")
    complete(engine, instance.id, "a", {"go": 3})
    ((element, error),) = incidents(engine, instance.id)
    assert element == "split" and "no condition of split is true" in error
    assert engine.instance(instance.id).positions == ["split"], "the token stands where it could not go on"
    assert engine.run_due() == 0
    engine.set_variables(instance.id, {"go": 2}, by="root", reason="mended")
    (job,) = engine.incidents()
    engine.retry_job(job.id, by="root")
    assert engine.run_due() == 1
    assert open_elements(engine, instance.id) == ["c"]
    assert trace(engine, instance.id, "element_entered", "incident_raised", "element_left")[-4:] == [
        "element_entered split", "incident_raised split", "element_left split", "element_entered c",
    ]
    assert engine.verify(instance.id) > 0


def test_a_retry_that_fails_again_is_an_incident_again() -> None:
    body = f"""<bpmn:startEvent id="begun"/><bpmn:exclusiveGateway id="split"/>{user_task("b")}{user_task("c")}
    {conditional("one", "split", "b", "= go = 1")}{conditional("two", "split", "c", "= go = 2")}
    flow: begun>split"""
    engine = engine_with(diagram(body))
    instance = engine.start("example", by="ann")
    for _ in range(2):
        (job,) = engine.incidents()
        engine.retry_job(job.id, by="root")
        assert engine.run_due() == 1
    assert [element for element, _ in incidents(engine, instance.id)] == ["split"]


def test_a_task_has_one_id_and_no_other_spelling_of_it() -> None:
    engine = engine_with(SEQUENCE)
    instance = engine.start("example", by="ann")
    task = engine.store.tasks(instance_id=instance.id)[0]
    number = task.id.rpartition(":")[2]
    fullwidth = "".join(chr(ord(digit) + 0xFEE0) for digit in number)
    for wrong in (f"0{number}", f"x:{number}", fullwidth, "²", f"{number} ", f"+{number}", "9" * 5000, f"{number}:"):
        with pytest.raises(TaskNotFound):
            engine.complete_task(f"{instance.id}:{wrong}", by="ann")
    engine.complete_task(task.id, by="ann")


def test_data_that_are_no_variables_are_refused_and_nothing_is_done() -> None:
    engine = engine_with(SEQUENCE)
    instance = engine.start("example", by="ann")
    task = engine.store.tasks(instance_id=instance.id)[0]
    deep: list[object] = []
    for _ in range(5000):
        deep = [deep]
    wrong_ones = (["a"], "text", 7, {1: 2}, {"a": 1, 2: 3}, {"": 1}, {"\ud800": 1}, {"a\0": 1}, {"a": deep},
                  {"a": 10**5000}, {"a": {"b": {1, 2}}})
    for wrong in wrong_ones:
        with pytest.raises(NotJsonSafe):
            engine.complete_task(task.id, wrong, by="ann")  # type: ignore[arg-type]
        with pytest.raises(NotJsonSafe):
            engine.start("example", wrong, by="ann")  # type: ignore[arg-type]
        with pytest.raises(NotJsonSafe):
            engine.set_variables(instance.id, wrong, by="root", reason="x")  # type: ignore[arg-type]
    assert open_elements(engine, instance.id) == ["a"]
    engine.complete_task(task.id, {"huge": 10**40, "deep": [[[[1]]]]}, by="ann")
    assert engine.instance(instance.id).variables["huge"] == {"@decimal": "1" + "0" * 40}


def test_a_business_key_or_reason_that_is_no_text_is_refused() -> None:
    engine = engine_with(SEQUENCE)
    with pytest.raises(NotJsonSafe):
        engine.start("example", by="ann", business_key="\ud800")
    instance = engine.start("example", by="ann")
    with pytest.raises(NotJsonSafe):
        engine.cancel(instance.id, by="root", reason="\ud800")


def test_a_process_that_messages_start_is_not_started_by_hand() -> None:
    engine = engine_with(diagram(f"""<bpmn:startEvent id="ordered"><bpmn:messageEventDefinition messageRef="m"/>
    </bpmn:startEvent>{user_task("a")}
    flow: ordered>a""", outside='<bpmn:message id="m" name="order"/>'))
    with pytest.raises(ExecutionFailed, match="no plain start event"):
        engine.start("example", by="ann")
    assert engine.store.instances() == []


def test_only_the_claimer_gives_a_task_back() -> None:
    engine = engine_with(CANDIDATES, groups_of=lambda user: GROUPS.get(user, ()))
    instance = engine.start("example", by="ann")
    task = engine.store.tasks(instance_id=instance.id)[0]
    with pytest.raises(NotYourTask):
        engine.unclaim(task.id, by="ann")
    engine.claim(task.id, by="ben")
    with pytest.raises(AlreadyClaimed) as refused:
        engine.unclaim(task.id, by="ann")
    assert refused.value.claimed_by == "ben"
    assert engine.store.task(task.id).assignee == "ben"


SEPARATE = """<bpmn:extensionElements><camunda:properties><camunda:property name="task.separateFrom" value="a"/>
</camunda:properties></bpmn:extensionElements>"""
SIDE_BY_SIDE = diagram(f"""<bpmn:startEvent id="begun"/><bpmn:parallelGateway id="fork"/>
{user_task("a", 'camunda:candidateUsers="ann,ben"')}{user_task("b", 'camunda:candidateUsers="ann,ben,cleo"', SEPARATE)}
flow: begun>fork, fork>a, fork>b""")


def test_duties_stay_separate_where_the_tasks_are_open_side_by_side() -> None:
    engine = engine_with(SIDE_BY_SIDE)
    instance = engine.start("example", by="ann")
    a, b = engine.store.tasks(instance_id=instance.id)
    engine.claim(b.id, by="ann")
    engine.complete_task(a.id, by="ann", on_behalf_of="ben")
    assert engine.store.task(b.id).excluded_users == ("ann", "ben")
    assert not engine.may_work_on(engine.store.task(b.id), "ann")
    with pytest.raises(SeparationOfDuties):
        engine.complete_task(b.id, by="ann")
    engine.unclaim(b.id, by="ann")
    for barred in ("ann", "ben"):
        with pytest.raises(SeparationOfDuties):
            engine.assign(b.id, barred, by="root")
        with pytest.raises(SeparationOfDuties):
            engine.claim(b.id, by=barred)
        with pytest.raises(SeparationOfDuties):
            engine.complete_task(b.id, by="cleo", on_behalf_of=barred)
    engine.complete_task(b.id, by="cleo")
    assert engine.instance(instance.id).status == "completed"


def test_a_stand_in_may_do_what_the_absent_may() -> None:
    engine = engine_with(CANDIDATES, groups_of=lambda user: GROUPS.get(user, ()))
    instance = engine.start("example", by="ann")
    task = engine.store.tasks(instance_id=instance.id)[0]
    with pytest.raises(NotYourTask):
        engine.complete_task(task.id, by="dan", on_behalf_of="dora")
    engine.complete_task(task.id, by="dan", on_behalf_of="ben")
    ended = engine.store.task(task.id)
    assert (ended.ended_by, ended.on_behalf_of) == ("dan", "ben")


def test_a_substitute_takes_and_does_a_task_in_the_owners_name_and_nobody_else_may() -> None:
    away = {"dan": ("ben",)}
    engine = engine_with(
        CANDIDATES, groups_of=lambda user: GROUPS.get(user, ()), substitution=lambda task, user: away.get(user, ())
    )
    instance = engine.start("example", by="ann")
    task = engine.store.tasks(instance_id=instance.id)[0]
    assert engine.acts_for(task, "dan") == "ben" and engine.may_work_on(task, "dan")
    assert engine.acts_for(task, "ben") is None and engine.acts_for(task, "eve") is None
    for act in (engine.claim, engine.complete_task):
        with pytest.raises(NotYourTask):
            act(task.id, by="eve", on_behalf_of="ben")
    engine.claim(task.id, by="dan", on_behalf_of="ben")
    claimed = engine.store.task(task.id)
    assert claimed.assignee == "ben" and engine.acts_for(claimed, "dan") == "ben"
    engine.unclaim(task.id, by="dan", on_behalf_of="ben")
    assert engine.store.task(task.id).assignee is None
    engine.claim(task.id, by="dan", on_behalf_of="ben")
    away.clear()
    assert not engine.may_work_on(claimed, "dan")
    with pytest.raises(NotYourTask):
        engine.complete_task(task.id, by="dan", on_behalf_of="ben")
    away["dan"] = ("ben",)
    engine.complete_task(task.id, by="dan", on_behalf_of="ben")
    ended = engine.store.task(task.id)
    assert (ended.assignee, ended.ended_by, ended.on_behalf_of) == ("ben", "dan", "ben")
    acts = [(event.kind, event.actor, event.on_behalf_of) for event in engine.events(instance.id)]
    assert ("task_claimed", "dan", "ben") in acts and ("task_completed", "dan", "ben") in acts


@pytest.mark.parametrize("attributes", [
    'camunda:assignee="${n}"', 'camunda:candidateUsers="${n}"', 'camunda:candidateGroups="${many}"',
    'camunda:assignee="ann" camunda:priority="${word}"', 'camunda:assignee="ann" camunda:priority="${far}"',
    'camunda:assignee="ann" camunda:dueDate="${word}"', 'camunda:assignee="ann" camunda:dueDate="${n}"',
    'camunda:assignee="ann" camunda:dueDate="${first}"',
])
def test_what_a_task_cannot_be_given_is_an_error_that_names_it(attributes: str) -> None:
    engine = engine_with(diagram(f'<bpmn:startEvent id="begun"/>{user_task("a", attributes)}\nflow: begun>a'))
    given = {"n": 5, "many": [{"a": 1}], "word": "soon", "far": 10**12, "first": "0001-01-01T00:00:00"}
    instance = engine.start("example", given, by="ann")
    assert [element for element, _ in incidents(engine, instance.id)] == ["a"]
    assert instance.open_tasks == []


def test_a_script_gives_a_context_or_names_its_result() -> None:
    script = '<bpmn:scriptTask id="s" scriptFormat="feel"><bpmn:script>{}</bpmn:script></bpmn:scriptTask>'
    for text in ("today()", "1 + 1", "null", "[1]"):
        engine = engine_with(diagram(f'<bpmn:startEvent id="begun"/>{script.format(text)}\nflow: begun>s'))
        instance = engine.start("example", by="ann")
        assert "no context" in incidents(engine, instance.id)[0][1]
