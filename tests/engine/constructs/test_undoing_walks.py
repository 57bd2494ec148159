"""Random diagrams with handlers, throws, transactions and complex joins, walked at random, stored after every step."""

from __future__ import annotations

import json
import random
from collections import Counter

import pytest

from engine import replay
from engine.history import Act
from engine.surroundings import Surroundings
from tests.engine.diagrams import diagram, engine_with
from tests.engine.test_interruptions import assert_nothing_is_left
from tests.engine.test_random_walks import OUTSIDE, Drawing, Twin, _facts, walk

UNDO = "<bpmn:compensateEventDefinition/>"
CANCEL = "<bpmn:cancelEventDefinition/>"
STEPS = 60


class Undoing(Drawing):
    """Draws handlers on borders, events that throw, transactions that are cancelled, and complex joins as well."""

    def block(self, at: str, depth: int) -> str:
        chance = self.dice.random()
        if chance < 0.15:
            return self.throw(at)
        if chance < 0.3 and depth:
            return self.transaction(at, depth)
        return self.some(at, depth) if chance < 0.4 and depth else super().block(at, depth)

    def bordered(self, host: str) -> str:
        if self.dice.random() < 0.6:
            self.handler(host)
        return super().bordered(host)

    def handler(self, host: str) -> None:
        event, handler, task = self.name("undone"), self.name("undo"), self.name("user")
        kind = self.dice.choice(["task", "userTask", "subProcess"])
        inside = (f'<bpmn:startEvent id="{handler}_in"/><bpmn:userTask id="{task}" camunda:assignee="ann"/>'
                  f'<bpmn:sequenceFlow id="{task}_f" sourceRef="{handler}_in" targetRef="{task}"/>')
        people = 'camunda:assignee="ann"' if kind == "userTask" else ""
        self.add(f'<bpmn:boundaryEvent id="{event}" attachedToRef="{host}">{UNDO}</bpmn:boundaryEvent>'
                 f'<bpmn:{kind} id="{handler}" isForCompensation="true" {people}>'
                 f'{inside if kind == "subProcess" else ""}</bpmn:{kind}>'
                 f'<bpmn:association id="{event}_tie" sourceRef="{event}" targetRef="{handler}"/>')

    def throw(self, at: str) -> str:
        name, waits = self.name("throw"), self.dice.choice(["true", "false"])
        self.add(f'<bpmn:intermediateThrowEvent id="{name}"><bpmn:compensateEventDefinition '
                 f'waitForCompletion="{waits}"/></bpmn:intermediateThrowEvent>')
        self.flow(at, name)
        return name

    def transaction(self, at: str, depth: int) -> str:
        name, begun, how, merge, gone = (self.name(kind) for kind in ("tx", "in", "how", "merge", "gone"))
        fine, cancelled = self.name("fine"), self.name("cancelled")
        outer, self.parts = self.parts, []
        self.add(f'<bpmn:startEvent id="{begun}"/><bpmn:endEvent id="{fine}"/>'
                 f'<bpmn:endEvent id="{cancelled}">{CANCEL}</bpmn:endEvent>')
        self.flow(self.row(begun, depth - 1), how)
        default = self.flow(how, fine)
        self.flow(how, cancelled, "= modulo(n, 2) = 0")
        self.add(f'<bpmn:exclusiveGateway id="{how}" default="{default}"/>')
        inside, self.parts = "\n".join(self.parts), outer
        self.add(f'<bpmn:transaction id="{name}">{inside}</bpmn:transaction><bpmn:exclusiveGateway id="{merge}"/>'
                 f'<bpmn:boundaryEvent id="{gone}" attachedToRef="{name}">{CANCEL}</bpmn:boundaryEvent>')
        for source, target in ((at, name), (name, merge), (gone, merge)):
            self.flow(source, target)
        return merge

    def some(self, at: str, depth: int) -> str:
        """Draw a fork whose complex join lets some of three go on."""
        fork, join = self.name("fork"), self.name("some")
        self.flow(at, fork)
        self.add(f'<bpmn:parallelGateway id="{fork}"/><bpmn:complexGateway id="{join}"><bpmn:activationCondition>'
                 f"activationCount &gt;= {self.dice.randint(1, 3)}</bpmn:activationCondition></bpmn:complexGateway>")
        for _ in range(3):
            way = self.name("way")
            self.add(f'<bpmn:task id="{way}"/>')
            self.flow(fork, way)
            self.flow(self.row(way, depth - 1), join)
        return join


def drawn(seed: int) -> bytes:
    drawing = Undoing(random.Random(seed), "callee")
    drawing.add('<bpmn:startEvent id="begun"/><bpmn:endEvent id="ended"/>')
    drawing.flow(drawing.throw(drawing.row("begun", 2)), "ended")
    return diagram("\n".join(drawing.parts), outside=OUTSIDE)


CALLEE = diagram('<bpmn:startEvent id="b"/><bpmn:userTask id="t" camunda:assignee="ann"/>\nflow: b>t', key="callee")


def walked(seed: int) -> Counter[str]:
    """Walk one diagram, compare, and return how often what kind of event came about."""
    engine = engine_with(CALLEE, drawn(seed))
    given = {"n": seed % 5, "people": ["ann", "ann"]}
    begun = engine.start("example", given, by="ann")
    twin, dice = Twin(engine, begun, given), random.Random(seed)
    for _ in range(STEPS):
        if not walk(engine, begun.id, twin, dice):
            break
        assert_nothing_is_left(engine, begun.id)
        record = engine.store.load(begun.id)
        assert json.loads(engine.instance(begun.id).change().instance.state) == json.loads(record.state)
    events = engine.events(begun.id)
    assert twin.instance.status == engine.instance(begun.id).status
    assert twin.facts() == [
        _facts(each.number, Act(each.at, each.actor), each.kind, each.element_id, each.token, each.data)
        for each in events
    ]
    again = replay.refeed(events, begun.definition, Surroundings(library=engine._catalog), instance_id=begun.id)
    assert replay.first_difference(events, again) is None
    return Counter(each.kind for each in events)


@pytest.mark.parametrize("seed", range(40))
def test_what_is_undone_lives_as_if_it_never_rested(seed: int) -> None:
    walked(seed)


def test_the_walks_throw_undo_cancel_and_reset() -> None:
    found: Counter[str] = sum((walked(seed) for seed in range(40, 70)), Counter())
    for kind in ("compensation_thrown", "compensation_begun", "transaction_cancelled", "gateway_reset"):
        assert found[kind] >= 5, kind
