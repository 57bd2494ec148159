"""A minimal diagram for each everyday construct, drawn as the Modeler draws it: its full trace, stored and fed again."""

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
        "standard_loop", {"n": 1}, "",
        "+standard_loop +begun -begun >begun_count +count#loopBody +count -count +count -count -count#loopBody "
        ">count_ended +ended -ended -standard_loop",
    ),
    (
        "standard_loop", {"n": 3}, "",
        "+standard_loop +begun -begun >begun_count +count#loopBody -count#loopBody >count_ended +ended -ended "
        "-standard_loop",
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
    (
        "ad_hoc_sub_process", {"enough": True}, "ask",
        "+ad_hoc_sub_process +begun -begun >begun_some +some +look +ask -ask ×look -some >some_ended +ended "
        "-ended -ad_hoc_sub_process",
    ),
    (
        "quantities", {}, "",
        "+quantities +begun -begun >begun_twice +twice -twice >twice_both >twice_both +both -both >both_ended "
        "+ended -ended -quantities",
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
