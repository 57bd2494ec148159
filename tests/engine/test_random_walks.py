"""Random diagrams, walked at random: an instance that is stored after every step lives as one that never rests."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from engine import replay
from engine.engine import Engine
from engine.history import Act
from engine.instance import ProcessInstance
from engine.store import JobRecord, SubscriptionRecord
from engine.surroundings import Surroundings
from tests.engine.diagrams import BEGIN, conditional, diagram, engine_with, timer
from tests.engine.test_interruptions import assert_nothing_is_left

OUTSIDE = """<bpmn:message id="m" name="stop"/><bpmn:message id="n" name="ask"/><bpmn:error id="e" errorCode="bad"/>
<bpmn:escalation id="u" escalationCode="up"/>"""
STEPS = 40


class Drawing:
    """Draws one process: blocks in a row, each a task, a split with a join, a loop, a sub-process, a call…"""

    def __init__(self, dice: random.Random, callee: str = "") -> None:
        self.dice = dice
        self.callee = callee
        self.parts: list[str] = []
        self.names: Iterator[int] = iter(range(10_000))

    def name(self, kind: str) -> str:
        return f"{kind}{next(self.names)}"

    def flow(self, source: str, target: str, condition: str = "") -> str:
        name = self.name("f")
        if condition:
            self.parts.append(conditional(name, source, target, condition))
        else:
            self.parts.append(f'<bpmn:sequenceFlow id="{name}" sourceRef="{source}" targetRef="{target}"/>')
        return name

    def add(self, text: str) -> None:
        self.parts.append(text)

    def row(self, begin: str, depth: int) -> str:
        """Draw one to three blocks behind a node; return the last node."""
        at = begin
        for _ in range(self.dice.randint(1, 3)):
            at = self.block(at, depth)
        return at

    def block(self, at: str, depth: int) -> str:
        simple = [self.user, self.user, self.script, self.catch, self.service, self.link, self.escalation]
        nested = [self.split, self.split, self.loop, self.sub_process, self.sub_process, self.events]
        nested += [self.call] if self.callee else []
        return self.dice.choice(simple + (nested if depth else []))(at, depth)

    def user(self, at: str, depth: int) -> str:
        name, loop = self.name("user"), ""
        if self.dice.random() < 0.25:
            order = self.dice.choice(["true", "false"])
            loop = f"""<bpmn:multiInstanceLoopCharacteristics isSequential="{order}" camunda:collection="people"
            camunda:elementVariable="who"/>"""
        mapped = """<bpmn:extensionElements><camunda:inputOutput><camunda:inputParameter name="own">${n}
        </camunda:inputParameter><camunda:outputParameter name="out">${own}</camunda:outputParameter>
        </camunda:inputOutput></bpmn:extensionElements>""" if self.dice.random() < 0.3 else ""
        later = 'camunda:asyncBefore="true"' if self.dice.random() < 0.2 else ""
        self.add(f'<bpmn:userTask id="{name}" camunda:assignee="ann" {later}>{mapped}{loop}</bpmn:userTask>')
        self.flow(at, name)
        return self.bordered(name)

    def bordered(self, host: str) -> str:
        """Give an activity boundary events; their ways meet its own behind it."""
        events = {
            "late": timer("timeDuration", "PT3H"), "tick": timer("timeCycle", "R2/PT1H"),
            "stop": '<bpmn:messageEventDefinition messageRef="m"/>',
            "ask": '<bpmn:messageEventDefinition messageRef="n"/>',
            "grown": "<bpmn:conditionalEventDefinition><bpmn:condition>= modulo(n, 4) = 3</bpmn:condition>"
                     "</bpmn:conditionalEventDefinition>",
            "either": timer("timeDuration", "PT4H") + '<bpmn:messageEventDefinition messageRef="m"/>',
            "both": timer("timeCycle", "R2/PT1H") + '<bpmn:messageEventDefinition messageRef="n"/>',
        }
        merge = self.name("merge")
        self.add(f'<bpmn:exclusiveGateway id="{merge}"/>')
        self.flow(host, merge)
        for kind in self.dice.sample(sorted(events), self.dice.choice([0, 0, 1, 2])):
            name = self.name(kind)
            interrupting = "false" if kind in ("tick", "ask", "grown", "both") else "true"
            parallel = 'parallelMultiple="true"' if kind == "both" else ""
            self.add(f'<bpmn:boundaryEvent id="{name}" attachedToRef="{host}" cancelActivity="{interrupting}" '
                     f"{parallel}>{events[kind]}</bpmn:boundaryEvent>")
            if interrupting == "true":
                self.flow(name, merge)
        return merge

    def script(self, at: str, depth: int) -> str:
        name = self.name("script")
        self.add(f'<bpmn:scriptTask id="{name}" scriptFormat="feel" camunda:resultVariable="n">'
                 "<bpmn:script>n + 1</bpmn:script></bpmn:scriptTask>")
        self.flow(at, name)
        return name

    def service(self, at: str, depth: int) -> str:
        name = self.name("service")
        self.add(f'<bpmn:serviceTask id="{name}" camunda:topic="t"/>')
        self.flow(at, name)
        return self.bordered(name)

    def catch(self, at: str, depth: int) -> str:
        name = self.name("catch")
        self.add(f'<bpmn:intermediateCatchEvent id="{name}">{timer("timeDuration", "PT2H")}'
                 "</bpmn:intermediateCatchEvent>")
        self.flow(at, name)
        return name

    def link(self, at: str, depth: int) -> str:
        thrown, caught = self.name("thrown"), self.name("arrived")
        definition = f'<bpmn:linkEventDefinition name="{thrown}"/>'
        self.add(f'<bpmn:intermediateThrowEvent id="{thrown}">{definition}</bpmn:intermediateThrowEvent>'
                 f'<bpmn:intermediateCatchEvent id="{caught}">{definition}</bpmn:intermediateCatchEvent>')
        self.flow(at, thrown)
        return caught

    def escalation(self, at: str, depth: int) -> str:
        name = self.name("raised")
        self.add(f'<bpmn:intermediateThrowEvent id="{name}"><bpmn:escalationEventDefinition escalationRef="u"/>'
                 "</bpmn:intermediateThrowEvent>")
        self.flow(at, name)
        return name

    def split(self, at: str, depth: int) -> str:
        kind = self.dice.choice(["parallel", "inclusive", "exclusive"])
        fork, join = self.name("fork"), self.name("join")
        ends = []
        self.flow(at, fork)
        for number in range(self.dice.randint(2, 3)):
            way = self.name("way")
            self.add(f'<bpmn:task id="{way}"/>')
            if kind == "parallel" or number == 0:
                first = self.flow(fork, way)
                default = first if kind != "parallel" else ""
            else:
                self.flow(fork, way, f"= modulo(n, {number + 1}) = 0")
            ends.append(self.row(way, depth - 1))
        attribute = f'default="{default}"' if default else ""
        self.add(f'<bpmn:{kind}Gateway id="{fork}" {attribute}/><bpmn:{kind}Gateway id="{join}"/>')
        for end in ends:
            self.flow(end, join)
        return join

    def loop(self, at: str, depth: int) -> str:
        again, more, count = self.name("again"), self.name("more"), self.name("count")
        self.add(f'<bpmn:exclusiveGateway id="{again}"/>')
        self.flow(at, again)
        end = self.row(again, depth - 1)
        self.add(f'<bpmn:scriptTask id="{count}" scriptFormat="feel" camunda:resultVariable="n">'
                 "<bpmn:script>n + 1</bpmn:script></bpmn:scriptTask>")
        self.flow(end, count)
        self.flow(count, more)
        out = self.name("out")
        self.add(f'<bpmn:task id="{out}"/>')
        default = self.flow(more, out)
        self.flow(more, again, "= modulo(n, 3) != 0 and n < 60")
        self.add(f'<bpmn:exclusiveGateway id="{more}" default="{default}"/>')
        return out

    def events(self, at: str, depth: int) -> str:
        gateway, merge = self.name("first"), self.name("merge")
        self.add(f'<bpmn:eventBasedGateway id="{gateway}"/><bpmn:exclusiveGateway id="{merge}"/>')
        self.flow(at, gateway)
        for definition in (timer("timeDuration", "PT2H"), '<bpmn:messageEventDefinition messageRef="m"/>'):
            name = self.name("event")
            self.add(f'<bpmn:intermediateCatchEvent id="{name}">{definition}</bpmn:intermediateCatchEvent>')
            self.flow(gateway, name)
            self.flow(name, merge)
        return merge

    def call(self, at: str, depth: int) -> str:
        name, loop = self.name("call"), ""
        back = '<camunda:out variables="all"/>' if self.dice.random() < 0.5 else '<camunda:out source="n" target="n"/>'
        if self.dice.random() < 0.3:
            order = self.dice.choice(["true", "false"])
            loop = f"""<bpmn:multiInstanceLoopCharacteristics isSequential="{order}" camunda:collection="people"
            camunda:elementVariable="who"/>"""
        self.add(f"""<bpmn:callActivity id="{name}" calledElement="{self.callee}"><bpmn:extensionElements>
        <camunda:in variables="all"/>{back}</bpmn:extensionElements>{loop}</bpmn:callActivity>""")
        self.flow(at, name)
        return self.bordered(name)

    def sub_process(self, at: str, depth: int) -> str:
        name, begun = self.name("sub"), self.name("begun")
        outer, self.parts = self.parts, []
        self.add(f'<bpmn:startEvent id="{begun}"/>')
        end = self.row(begun, depth - 1)
        ending = self.dice.choice(["", "<bpmn:terminateEventDefinition/>", '<bpmn:errorEventDefinition errorRef="e"/>'])
        last = self.name("last")
        self.add(f'<bpmn:endEvent id="{last}">{ending}</bpmn:endEvent>')
        self.flow(end, last)
        if self.dice.random() < 0.4:
            inner, start, task = self.name("handler"), self.name("start"), self.name("user")
            interrupting = self.dice.choice(["true", "false"])
            self.add(f"""<bpmn:subProcess id="{inner}" triggeredByEvent="true">
            <bpmn:startEvent id="{start}" isInterrupting="{interrupting}"><bpmn:messageEventDefinition messageRef="n"/>
            </bpmn:startEvent><bpmn:userTask id="{task}" camunda:assignee="ann"/>
            <bpmn:sequenceFlow id="{self.name("f")}" sourceRef="{start}" targetRef="{task}"/></bpmn:subProcess>""")
        loop = ""
        if self.dice.random() < 0.3:
            loop = '<bpmn:multiInstanceLoopCharacteristics camunda:collection="people" camunda:elementVariable="who"/>'
        inside, self.parts = "\n".join(self.parts), outer
        self.add(f'<bpmn:subProcess id="{name}">{loop}{inside}</bpmn:subProcess>')
        self.flow(at, name)
        merge = self.bordered(name)
        caught = self.name("caught")
        self.add(f'<bpmn:boundaryEvent id="{caught}" attachedToRef="{name}"><bpmn:errorEventDefinition/>'
                 "</bpmn:boundaryEvent>")
        self.flow(caught, merge)
        if self.dice.random() < 0.5:
            noted, interrupts = self.name("noted"), self.dice.choice(["true", "false"])
            self.add(f'<bpmn:boundaryEvent id="{noted}" attachedToRef="{name}" cancelActivity="{interrupts}">'
                     '<bpmn:escalationEventDefinition escalationRef="u"/></bpmn:boundaryEvent>')
            if interrupts == "true":
                self.flow(noted, merge)
        return merge


def drawn(seed: int, key: str = "example", depth: int = 3) -> bytes:
    drawing = Drawing(random.Random(seed), "callee" if key == "example" else "")
    drawing.add('<bpmn:startEvent id="begun"/>')
    last = drawing.row("begun", depth)
    drawing.add('<bpmn:endEvent id="ended"/>')
    drawing.flow(last, "ended")
    return diagram("\n".join(drawing.parts), key=key, outside=OUTSIDE)


class Twin:
    """The same instance, never stored: one object, whose act is changed from step to step."""

    def __init__(self, engine: Engine, begun: ProcessInstance, given: dict[str, Any]) -> None:
        self.engine = engine
        self.instance = ProcessInstance.begin(
            begun.definition, begun.id, Act(engine.clock.now(), "ann"), Surroundings(library=engine._catalog),
            variables=given,
        )
        self.act_of: list[Act] = []

    def acts(self, by: str | None) -> ProcessInstance:
        execution = self.instance._execution
        act = Act(self.engine.clock.now(), by)
        self._settle()
        execution.journal.act = act
        execution._now = act.at.astimezone(execution.zone)
        return self.instance

    def facts(self) -> list[tuple[Any, ...]]:
        """Return what the one journal of all acts holds, each event with the act that it came of."""
        self._settle()
        noted = zip(map(json.loads, self.instance._execution.journal.events), self.act_of, strict=True)
        return [
            _facts(number, act, event["kind"], event.get("element"), event.get("token"), event.get("data", {}))
            for number, (event, act) in enumerate(noted, 1)
        ]

    def _settle(self) -> None:
        journal = self.instance._execution.journal
        self.act_of += [journal.act] * (len(journal.events) - len(self.act_of))


def _facts(number: int, act: Act, kind: Any, element: Any, token: Any, data: Any) -> tuple[Any, ...]:
    said = {name: value for name, value in data.items() if name not in ("old", "new")}
    return number, act.at, act.by, kind, element, token, said


def walk(engine: Engine, instance_id: str, twin: Twin, dice: random.Random) -> bool:
    """Do one thing that can be done, to both; return whether there was one."""
    store = engine.store
    tasks = store.tasks(instance_id=instance_id)
    jobs = store.jobs(instance_id=instance_id)
    waiting = [one for name in ("stop", "ask") for one in store.subscriptions("message", name, instance_id=instance_id)]
    choices: list[Any] = [*tasks, *tasks, *jobs, *waiting]
    if not choices:
        return False
    chosen = dice.choice(sorted(choices, key=lambda each: (type(each).__name__, each.id)))
    if isinstance(chosen, JobRecord):
        engine.clock.move_to(max(engine.clock.now(), chosen.due_at))  # type: ignore[attr-defined]
        if chosen.kind == "service":
            (job,) = [job for job in engine.lock_jobs(["t"], "w", limit=1000) if job.id == chosen.id]
            engine.complete_job(job.id, "w", {"done": True})
            twin.acts("w").complete_job(job, {"done": True})
        else:
            engine.run_job(chosen.id)
            mine = twin.acts(None)
            (mine.go_on if chosen.kind == "async" else mine.fire_timer)(chosen)
        engine.clock.advance(timedelta(minutes=10))  # type: ignore[attr-defined]
    elif isinstance(chosen, SubscriptionRecord):
        instance = engine._load(instance_id, Act(engine.clock.now(), "ann"))
        instance.receive("message", chosen.name, chosen.token or 0, {"said": chosen.name}, chosen.id)
        engine._save(instance)
        twin.acts("ann").receive("message", chosen.name, chosen.token or 0, {"said": chosen.name}, chosen.id)
    else:
        data = {"n": dice.randint(0, 9), "deep": {"list": [dice.random()]}}
        engine.complete_task(chosen.id, data, by="ann")
        twin.acts("ann").complete_task(chosen.id, data)
    return True


@pytest.mark.parametrize("seed", range(60))
def test_a_stored_instance_lives_as_one_that_never_rests(seed: int) -> None:
    engine = engine_with(drawn(seed + 1000, "callee", 1), drawn(seed))
    given = {"n": seed % 5, "people": ["ann", "ann"]}
    begun = engine.start("example", given, by="ann")
    twin = Twin(engine, begun, given)
    dice = random.Random(seed)
    for _ in range(STEPS):
        if not walk(engine, begun.id, twin, dice):
            break
        assert_nothing_is_left(engine, begun.id)
        record = engine.store.load(begun.id)
        assert json.loads(engine.instance(begun.id).change().instance.state) == json.loads(record.state)
    told = engine.events(begun.id)
    assert [
        _facts(one.number, Act(one.at, one.actor), one.kind, one.element_id, one.token, one.data) for one in told
    ] == twin.facts()
    status = engine.instance(begun.id).status
    assert twin.instance.status == status
    assert status == "completed" or engine.instance(begun.id).positions
    events = engine.events(begun.id)
    again = replay.refeed(events, begun.definition, Surroundings(library=engine._catalog), instance_id=begun.id)
    assert replay.first_difference(events, again) is None


def test_the_walks_reach_every_kind_of_node_and_most_come_to_an_end() -> None:
    kinds: set[str] = set()
    ended = waited = 0
    for seed in range(30):
        engine = engine_with(drawn(seed + 1000, "callee", 1), drawn(seed))
        instance = engine.start("example", {"n": 1, "people": ["ann"]}, by="ann")
        kinds |= {element.kind for element in instance.definition.elements.values()}
        for _ in range(300):
            due = [job.due_at for job in engine.store.jobs(instance_id=instance.id)]
            for task in engine.store.tasks(instance_id=instance.id)[:1]:
                engine.complete_task(task.id, {"n": 59}, by="ann")
            for job in engine.lock_jobs(["t"], "w", limit=1):
                engine.complete_job(job.id, "w")
            if due:
                engine.clock.move_to(max(engine.clock.now(), min(due)))  # type: ignore[attr-defined]
                engine.run_due()
        ended += engine.instance(instance.id).status == "completed"
        waited += engine.clock.now() > BEGIN
    assert kinds >= {
        "callActivity", "userTask", "serviceTask", "scriptTask", "subProcess", "boundaryEvent", "endEvent",
        "intermediateCatchEvent",
        "parallelGateway", "inclusiveGateway", "exclusiveGateway", "eventBasedGateway", "startEvent",
    }
    assert ended == 30
    assert waited > 10
