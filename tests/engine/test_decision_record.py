"""What a decision table saw and concluded stands in the instance's history, and can be erased from it."""

from engine.clock import MovingClock
from engine.engine import Engine
from engine.store.memory import MemoryStore
from tests.engine.diagrams import BEGIN, diagram
from tests.engine.dmn.support import model, table

RULES = diagram("""<bpmn:startEvent id="begun"/><bpmn:businessRuleTask id="decide" camunda:decisionRef="dispatch"
camunda:resultVariable="found" camunda:mapDecisionResult="singleResult"/>
flow: begun>decide""")


def test_an_evaluation_is_recorded_with_deployment_inputs_rules_and_outputs() -> None:
    engine = Engine(MemoryStore("t"), clock=MovingClock(BEGIN))
    tables = model(table(['"噪音" | "一般" | "a" | 5', '"水" | - | "b" | 3']))
    deployment = engine.deploy({"a.bpmn": RULES, "a.dmn": tables}, by="root")
    instance = engine.start("example", {"category": "水", "urgency": "紧急"}, by="ann")
    (event,) = [event for event in engine.events(instance.id) if event.kind == "decision_evaluated"]
    assert (event.element_id, event.data["decision"], event.data["rules"]) == ("decide", "dispatch", [2])
    assert event.data["deployment"] == deployment.id
    assert event.values["evaluation"] == {
        "inputs": {"category": "水", "urgency": "紧急"}, "outputs": [{"unit": "b", "days": 3}],
    }
    assert engine.store.erase_values(instance.id, {"evaluation"}, at=BEGIN) == 1
    assert engine.verify(instance.id) == len(engine.events(instance.id)), "the chain stays whole"
