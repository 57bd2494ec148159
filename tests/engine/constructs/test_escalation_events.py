"""Escalations go up to the nearest event that catches them; one that nobody catches holds nothing up."""

import pytest

from tests.engine.constructs.play import playing, ran, refusals, trace
from tests.engine.diagrams import diagram, engine_with, incidents, open_elements, user_task


def test_an_escalation_goes_up_to_the_border_that_names_its_code_and_lets_the_thrower_go_on_or_ends_it() -> None:
    engine = playing("escalation")
    instance = engine.start("escalation", {"ran": []}, by="ann")
    assert ran(engine, instance.id) == ["note", "inner_went_on", "alarm"]
    assert engine.variables(instance.id)["code"] == "high"
    assert trace(engine, instance.id) == (
        "+escalation +begun -begun >begun_to_outer +outer +outer_begun -outer_begun >outer_begun_to_inner +inner "
        "+inner_begun -inner_begun >inner_begun_to_low_raised +low_raised +low_noted -low_noted >low_noted_to_note "
        "-low_raised >low_raised_to_inner_went_on +note -note >note_to_noted +inner_went_on -inner_went_on "
        ">inner_went_on_to_high_raised +noted -noted +high_raised ×high_raised ×inner ×outer +high_noted -high_noted "
        ">high_noted_to_alarm +alarm -alarm >alarm_to_alarmed +alarmed -alarmed -escalation"
    )


def test_an_escalation_that_nobody_catches_is_recorded_and_the_flow_goes_on() -> None:
    engine = playing("escalation_uncaught")
    instance = engine.start("escalation_uncaught", {"ran": []}, by="ann")
    assert instance.status == "completed"
    assert ran(engine, instance.id) == ["went_on"]
    assert trace(engine, instance.id).count("!") == 2
    thrown = [event.data["code"] for event in engine.events(instance.id) if event.kind == "escalation_uncaught"]
    assert thrown == ["low", "high"]
    assert incidents(engine, instance.id) == []


def test_event_sub_processes_catch_escalations_again_and_again_or_end_their_scope() -> None:
    engine = playing("escalation_event_sub_process")
    instance = engine.start("escalation_event_sub_process", {"ran": []}, by="ann")
    assert ran(engine, instance.id) == ["note", "inner_went_on", "note", "alarm"]
    assert engine.variables(instance.id)["code"] == "high"
    assert trace(engine, instance.id).endswith(
        "+high_raised ×high_raised ×inner ×noted ×noting +alarming +any_noted -any_noted >any_noted_to_alarm "
        "+alarm -alarm >alarm_to_alarmed +alarmed -alarmed -alarming -escalation_event_sub_process"
    )


OUTSIDE = '<bpmn:escalation id="low" escalationCode="low"/><bpmn:escalation id="nameless"/>'
EACH = '<bpmn:multiInstanceLoopCharacteristics camunda:collection="people" camunda:elementVariable="who"/>'


def test_each_round_of_a_multi_instance_throws_its_own_and_without_code_an_id_will_do() -> None:
    engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/><bpmn:subProcess id="each">{EACH}
    <bpmn:startEvent id="each_begun"/><bpmn:endEvent id="raised">
    <bpmn:escalationEventDefinition escalationRef="nameless"/></bpmn:endEvent>
    flow: each_begun>raised
    </bpmn:subProcess><bpmn:boundaryEvent id="wrong" attachedToRef="each"><bpmn:escalationEventDefinition
    escalationRef="low"/></bpmn:boundaryEvent><bpmn:boundaryEvent id="right" attachedToRef="each"
    cancelActivity="false"><bpmn:escalationEventDefinition escalationRef="nameless" camunda:escalationCodeVariable="c"/>
    </bpmn:boundaryEvent><bpmn:endEvent id="noted"/><bpmn:endEvent id="never"/><bpmn:endEvent id="ended"/>
    flow: begun>each, each>ended, right>noted, wrong>never""", outside=OUTSIDE))
    instance = engine.start("example", {"people": [1, 2, 3]}, by="ann")
    assert instance.status == "completed"
    assert trace(engine, instance.id).count("+noted") == 3
    assert engine.variables(instance.id)["c"] == "nameless"


def test_an_escalation_that_does_not_exist_is_refused() -> None:
    content = diagram("""<bpmn:startEvent id="begun"/><bpmn:endEvent id="raised">
    <bpmn:escalationEventDefinition escalationRef="unheard"/></bpmn:endEvent>
    flow: begun>raised""")
    assert refusals(content) == [("reference_dangling", "raised")]


@pytest.mark.parametrize("kind", ["escalation", "error"])
def test_a_catching_event_whose_reference_has_no_code_catches_every_code_but_after_the_one_that_names_it(
    kind: str,
) -> None:
    outside = f'<bpmn:{kind} id="coded" {kind}Code="7"/><bpmn:{kind} id="other" name="any"/><bpmn:{kind} id="third"/>'

    def catching(name: str, reference: str) -> str:
        return (f'<bpmn:boundaryEvent id="{name}" attachedToRef="inner"><bpmn:{kind}EventDefinition '
                f'{kind}Ref="{reference}"/></bpmn:boundaryEvent>{user_task(f"{name}_task")}'
                f'<bpmn:sequenceFlow id="{name}_flow" sourceRef="{name}" targetRef="{name}_task"/>')

    def caught_by(thrown: str, *borders: str) -> list[str]:
        engine = engine_with(diagram(f"""<bpmn:startEvent id="begun"/><bpmn:subProcess id="inner">
        <bpmn:startEvent id="inside"/><bpmn:endEvent id="thrown">
        <bpmn:{kind}EventDefinition {kind}Ref="{thrown}"/></bpmn:endEvent>
        <bpmn:sequenceFlow id="f" sourceRef="inside" targetRef="thrown"/></bpmn:subProcess>{"".join(borders)}
        flow: begun>inner""", outside=outside))
        return open_elements(engine, engine.start("example", by="ann").id)

    coded, other = catching("a", "coded"), catching("b", "other")
    assert caught_by("coded", other) == ["b_task"]
    assert caught_by("coded", other, coded) == ["a_task"]
    assert caught_by("third", other) == []
    assert caught_by("other", catching("c", "third"), other) == ["b_task"]
