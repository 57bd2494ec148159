"""A minimal diagram for each everyday construct, drawn as the Modeler does: its full trace, stored and fed again."""

from __future__ import annotations

from typing import Any

import pytest

from tests.engine.constructs.play import playing, trace
from tests.engine.diagrams import complete

# The diagram, its variables, the tasks that are completed one after the other, and everything that happens.
STORIES: tuple[tuple[str, dict[str, Any], str, str], ...] = (
    (
        "sequence", {}, "work",
        "+sequence +begun -begun >begun_think +think -think >think_phone +phone -phone >phone_work +work -work "
        ">work_ended +ended -ended -sequence",
    ),
    (
        "exclusive_gateway", {"amount": 120}, "large",
        "+exclusive_gateway +begun -begun >begun_which +which -which >if_large +large -large >large_merge +merge "
        "-merge >merge_ended +ended -ended -exclusive_gateway",
    ),
    (
        "exclusive_gateway", {"amount": 7}, "other",
        "+exclusive_gateway +begun -begun >begun_which +which -which >which_other +other -other >other_merge "
        "+merge -merge >merge_ended +ended -ended -exclusive_gateway",
    ),
    (
        "parallel_gateway", {}, "right left",
        "+parallel_gateway +begun -begun >begun_fork +fork -fork >fork_left >fork_right +left +right -right "
        ">right_join -left >left_join +join -join >join_ended +ended -ended -parallel_gateway",
    ),
    (
        "inclusive_gateway", {"n": 2}, "c a",
        "+inclusive_gateway +begun -begun >begun_split +split -split >if_a >if_c +a +c -c >c_join -a >a_join "
        "+join -join >join_ended +ended -ended -inclusive_gateway",
    ),
    (
        "inclusive_gateway", {"n": 0}, "none",
        "+inclusive_gateway +begun -begun >begun_split +split -split >split_none +none -none >none_join +join "
        "-join >join_ended +ended -ended -inclusive_gateway",
    ),
    (
        "implicit_flows", {"n": 2}, "always large",
        "+implicit_flows +begun -begun >begun_split +split -split >if_large >split_always +large +always -always "
        "-large -implicit_flows",
    ),
    (
        "script_task", {"n": 1}, "",
        "+script_task +begun -begun >begun_count +count -count >count_ended +ended -ended -script_task",
    ),
    (
        "send_and_receive_task", {}, "",
        "+send_and_receive_task +begun -begun >begun_fork +fork -fork >fork_hear >fork_tell +hear +tell -hear "
        ">hear_join -tell >tell_join +join -join >join_ended +ended -ended -send_and_receive_task",
    ),
    (
        "message_events", {}, "",
        "+message_events +begun -begun >begun_fork +fork -fork >fork_heard >fork_told +heard +told -heard "
        ">heard_heard_ended -told +heard_ended -heard_ended -message_events",
    ),
    (
        "multi_instance_sequential", {"people": ["ann", "ann"]}, "ask ask",
        "+multi_instance_sequential +begun -begun >begun_ask +ask#multiInstanceBody +ask -ask +ask -ask "
        "-ask#multiInstanceBody >ask_ended +ended -ended -multi_instance_sequential",
    ),
    (
        "multi_instance_parallel", {"people": ["ann", "ann", "ann"]}, "ask ask",
        "+multi_instance_parallel +begun -begun >begun_ask +ask#multiInstanceBody +ask +ask +ask -ask -ask ×ask "
        "-ask#multiInstanceBody >ask_ended +ended -ended -multi_instance_parallel",
    ),
    (
        "embedded_sub_process", {}, "work after",
        "+embedded_sub_process +begun -begun >begun_inner +inner +inner_begun -inner_begun >inner_begun_work "
        "+work -work >work_inner_ended +inner_ended -inner_ended -inner >inner_after +after -after >after_ended "
        "+ended -ended -embedded_sub_process",
    ),
)


@pytest.mark.parametrize(("name", "variables", "tasks", "expected"), STORIES, ids=lambda value: str(value)[:30])
def test_its_whole_trace(name: str, variables: dict[str, Any], tasks: str, expected: str) -> None:
    engine = playing(name)
    instance = engine.start(name, variables, by="ann")
    for task in tasks.split():
        complete(engine, instance.id, task, by=str(variables.get("by", "ann")))
    assert engine.instance(instance.id).status == "completed"
    assert trace(engine, instance.id).split() == expected.split()


def test_a_service_task_waits_for_its_worker_or_evaluates() -> None:
    engine = playing("service_task")
    instance = engine.start("service_task", {"n": 2}, by="ann")
    (job,) = engine.lock_jobs(["post"], "worker")
    engine.complete_job(job.id, "worker", {"sent": True})
    assert engine.variables(instance.id) == {"n": 2, "sent": True, "twice": 4}
    assert trace(engine, instance.id) == (
        "+service_task +begun -begun >begun_post +post -post >post_reckon +reckon -reckon >reckon_ended +ended -ended "
        "-service_task"
    )


def test_a_signal_reaches_all_that_wait_for_it_again_and_again() -> None:
    engine = playing("signal_events")
    one, other = (engine.start("signal_events", by="ann") for _ in range(2))
    assert engine.signal("storm", by="weather") == 2
    complete(engine, one.id, "work")
    assert trace(engine, one.id) == (
        "+signal_events +begun -begun >begun_work +work +warned -warned >warned_shelter +shelter -work >work_passed_on "
        "+passed_on -passed_on >passed_on_ended +ended -ended"
    )
    assert trace(engine, other.id).count("+shelter") == 2, "by the weather, and by what the first has passed on"
