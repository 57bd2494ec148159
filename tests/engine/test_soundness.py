"""The check plays the token game: what can get stuck, run twice or never end is told, and nothing else."""

from collections.abc import Iterator
from itertools import count, pairwise
from pathlib import Path
from random import Random
from time import process_time

import pytest

from engine.dialect.finding import Finding
from tests.engine.diagrams import conditional, diagram, engine_with, timer, user_task

RULES = {"deadlock", "deadlock_possible", "surplus_tokens", "endless_loop", "no_way_to_end"}


def drawing(text: str) -> bytes:
    """Return a diagram of `flow:` lines; the first letters of a name say what it is.

    x exclusive, p parallel, o inclusive gateway, e end event, T terminate, S start; any other is a user task. The ways
    out of a forking x or o have conditions, but for one to be the default.
    """
    pairs = [tuple(pair.strip().split(">")) for pair in text.replace("\n", ",").split(",") if pair.strip()]
    names = list(dict.fromkeys(name for pair in pairs for name in pair))
    return diagram(body(names, pairs))


def body(names: list[str], pairs: list[tuple[str, ...]]) -> str:
    lines = []
    for name in names:
        ways = [target for source, target in pairs if source == name]
        match name[0]:
            case "S":
                lines.append(f'<bpmn:startEvent id="{name}"/>')
            case "e":
                lines.append(f'<bpmn:endEvent id="{name}"/>')
            case "T":
                lines.append(f'<bpmn:endEvent id="{name}"><bpmn:terminateEventDefinition/></bpmn:endEvent>')
            case "p":
                lines.append(f'<bpmn:parallelGateway id="{name}"/>')
            case "x" | "o":
                kind = "exclusiveGateway" if name[0] == "x" else "inclusiveGateway"
                default = f' default="{name}_{ways[0]}"' if len(ways) > 1 else ""
                lines.append(f'<bpmn:{kind} id="{name}"{default}/>')
            case "s":
                lines.append(f'<bpmn:scriptTask id="{name}" scriptFormat="feel"><bpmn:script>1</bpmn:script>'
                             "</bpmn:scriptTask>")
            case _:
                lines.append(user_task(name))
        for number, target in enumerate(ways):
            if name[0] in "xo" and number:
                lines.append(conditional(f"{name}_{target}", name, target, "= a = 1"))
            else:
                lines.append(f'<bpmn:sequenceFlow id="{name}_{target}" sourceRef="{name}" targetRef="{target}"/>')
    return "\n".join(lines)


def found(content: bytes) -> list[Finding]:
    return [finding for finding in engine_with().check({"x.bpmn": content}) if finding.rule in RULES]


def told(content: bytes) -> list[tuple[str, str | None, str]]:
    return [(finding.rule, finding.element_id, finding.severity) for finding in found(content)]


SOUND = {
    "a row": "S>a, a>b, b>e",
    "an exclusive choice that meets": "S>x1, x1>a, x1>b, a>x2, b>x2, x2>c, c>e",
    "an exclusive choice with ends of its own": "S>x1, x1>a, x1>b, a>e1, b>e2",
    "tasks at once that meet": "S>p1, p1>a, p1>b, p1>c, a>p2, b>p2, c>p2, p2>d, d>e",
    "tasks at once that end apart": "S>p1, p1>a, p1>b, a>e1, b>e2",
    "tasks at once that end in one event": "S>p1, p1>a, p1>b, a>e, b>e",
    "an implicit end": "S>p1, p1>a, p1>b",
    "an inclusive choice that meets": "S>o1, o1>a, o1>b, o1>c, a>o2, b>o2, c>o2, o2>d, d>e",
    "tasks at once that meet in an inclusive gateway": "S>p1, p1>a, p1>b, a>o2, b>o2, o2>c, c>e",
    "a choice within tasks at once": "S>p1, p1>x1, p1>c, x1>a, x1>b, a>x2, b>x2, x2>p2, c>p2, p2>d, d>e",
    "tasks at once within a choice": "S>x1, x1>p1, x1>c, p1>a, p1>b, a>p2, b>p2, p2>x2, c>x2, x2>d, d>e",
    "a loop with its test behind": "S>x1, x1>a, a>x2, x2>e, x2>x1",
    "a loop drawn without a merge": "S>a, a>x, x>e, x>a",
    "tasks at once in a loop": "S>x1, x1>p1, p1>a, p1>b, a>p2, b>p2, p2>x2, x2>e, x2>x1",
    "a loop in one of two branches": "S>p1, p1>x1, x1>a, a>x2, x2>x1, x2>p2, p1>b, b>p2, p2>c, c>e",
    "a branch that may end all": "S>p1, p1>a, p1>b, a>x, x>T, x>p2, b>p2, p2>c, c>e",
    "one gateway that joins and forks": "S>p1, p1>a, p1>b, a>p2, b>p2, p2>c, p2>d, c>p3, d>p3, p3>e",
    "an implicit split that meets": "S>a, a>b, a>c, b>p, c>p, p>d, d>e",
    "three branches crossed by one bridge": "S>p1, p1>a, p1>b, a>p2, p2>c, p2>p3, b>p3, p3>d, c>p4, d>p4, p4>e",
    "a gateway with one way in": "S>p1, p1>a, a>e",
}


@pytest.mark.parametrize("text", SOUND.values(), ids=SOUND.keys())
def test_nothing_is_said_of_a_sound_diagram(text: str) -> None:
    assert told(drawing(text)) == []


def test_nothing_is_said_of_the_diagrams_that_come_with_us() -> None:
    files = {path.name: path.read_bytes() for path in Path("bpmn").rglob("*.*") if path.suffix in (".bpmn", ".form")}
    assert any(name.endswith(".bpmn") for name in files)
    assert [finding for finding in engine_with().check(files) if finding.rule in RULES] == []


UNSOUND = {
    "a choice before a parallel join": ("S>x, x>a, x>b, a>p, b>p, p>c, c>e", ("deadlock", "p", "error")),
    "a join before its own loop": ("S>p, p>a, a>x, x>e, x>p", ("deadlock", "p", "error")),
    "a choice of one branch": (
        "S>p1, p1>a, p1>x, x>b, x>e1, a>p2, b>p2, p2>c, c>e", ("deadlock_possible", "p2", "warning")),
    "an inclusive split before a parallel join": (
        "S>o, o>e0, o>a, o>b, a>p, b>p, p>c, c>e", ("deadlock_possible", "p", "warning")),
    "a loop that one branch leaves": (
        "S>p1, p1>x1, x1>a, p1>b, a>x2, x2>p2, x2>c, c>x1, b>x3, x3>p2, x3>e2, p2>e",
        ("deadlock_possible", "p2", "warning")),
    "a loop back into one branch": (
        "S>p1, p1>x1, x1>a, p1>b, a>p2, b>p2, p2>x2, x2>e, x2>x1", ("deadlock_possible", "p2", "warning")),
    "a parallel split before an exclusive join": (
        "S>p, p>a, p>b, a>x, b>x, x>c, c>e", ("surplus_tokens", "x", "warning")),
    "an implicit join": ("S>p, p>a, p>b, a>c, b>c, c>e", ("surplus_tokens", "c", "warning")),
    "a loop back from within a branch": (
        "S>x1, x1>p1, p1>a, p1>b, a>x2, x2>p2, x2>x1, b>p2, p2>e", ("surplus_tokens", "b", "warning")),
    "a loop of scripts": ("S>s1, s1>s2, s2>x, x>s1", ("endless_loop", "s1", "error")),
    "a loop of tasks": ("S>a, a>b, b>a", ("no_way_to_end", "a", "warning")),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), UNSOUND.values(), ids=UNSOUND.keys())
def test_what_goes_wrong_is_told_at_the_node_where_it_does(text: str, expected: tuple[str, str, str]) -> None:
    assert expected in told(drawing(text))
    assert len(told(drawing(text))) == 1


def test_a_possible_deadlock_is_told_with_the_choices_that_lead_to_it() -> None:
    (finding,) = found(drawing("S>p1, p1>a, p1>x, x>b, x>e1, a>p2, b>p2, p2>c, c>e"))
    assert finding.params == {"what": "b", "path": "S; x → e1"}
    assert finding.message("zh") == "可能永远等在这里：不会有令牌从“b”到来（S; x → e1）"
    assert finding.message("en") == "tokens may wait here for ever: none comes from 'b' after: S; x → e1"


def task_with_border(cancel: str, ways: str, border: str = '<bpmn:messageEventDefinition messageRef="m"/>') -> bytes:
    pairs = [tuple(pair.strip().split(">")) for pair in ways.split(",")]
    names = [name for name in dict.fromkeys(name for pair in pairs for name in pair) if name != "late"]
    event = f'<bpmn:boundaryEvent id="late" attachedToRef="a" cancelActivity="{cancel}">{border}</bpmn:boundaryEvent>'
    flow = "".join(
        f'<bpmn:sequenceFlow id="late_{target}" sourceRef="late" targetRef="{target}"/>'
        for source, target in pairs if source == "late"
    )
    return diagram(body(names, pairs) + event + flow, outside='<bpmn:message id="m" name="hurry"/>')


@pytest.mark.parametrize(("cancel", "ways", "expected"), [
    ("true", "S>a, a>e, late>b, b>e2", []),
    ("true", "S>a, a>x, late>b, b>x, x>c, c>e", []),
    ("true", "S>p1, p1>a, p1>b, a>p2, b>p2, p2>e, late>e2", [("deadlock_possible", "p2", "warning")]),
    ("true", "S>p1, p1>a, p1>b, a>p2, b>p2, p2>e, late>T", []),
    ("false", "S>a, a>e, late>b, b>e2", []),
    ("false", "S>a, a>c, late>c, c>e2", []),  # a reminder may go the same way as its task
    ("false", "S>a, a>p, late>p, p>e", [("deadlock_possible", "p", "warning")]),
    ("false", "S>a, a>e, late>p, b>p, p>c, a>x, x>b, x>e2", [("deadlock_possible", "p", "warning")]),
])
def test_boundary_events_are_ways_out(cancel: str, ways: str, expected: list[tuple[str, str, str]]) -> None:
    assert told(task_with_border(cancel, ways)) == expected


def around(inside: str, border: str = "") -> bytes:
    return diagram(f"""<bpmn:startEvent id="begun"/><bpmn:subProcess id="sub">{inside}</bpmn:subProcess>{border}
    <bpmn:endEvent id="end"/>\nflow: begun>sub, sub>end""")


STUCK = body(["S", "x", "a", "b", "p", "e"], [
    ("S", "x"), ("x", "a"), ("x", "b"), ("a", "p"), ("b", "p"), ("p", "e"),
])  # fmt: skip


def test_what_can_be_ended_from_outside_is_no_certain_deadlock() -> None:
    assert told(around(STUCK)) == [("deadlock", "p", "error")]
    event = f'<bpmn:boundaryEvent id="late" attachedToRef="sub">{timer("timeDuration", "PT1H")}</bpmn:boundaryEvent>'
    assert told(around(STUCK, event)) == [("deadlock_possible", "p", "warning")]
    handler = '<bpmn:subProcess id="h" triggeredByEvent="true"><bpmn:startEvent id="caught">' \
        "<bpmn:errorEventDefinition/></bpmn:startEvent></bpmn:subProcess>"
    assert told(diagram(STUCK + handler)) == [("deadlock_possible", "p", "warning")]


def test_a_loop_that_something_else_ends_is_meant() -> None:
    loop = "S>p1, p1>a, a>a2, a2>a, p1>b, b>T"
    assert told(drawing(loop)) == []
    watched = body(["S", "a", "b"], [("S", "a"), ("a", "b"), ("b", "a")])
    event = '<bpmn:boundaryEvent id="late" attachedToRef="sub"><bpmn:errorEventDefinition/></bpmn:boundaryEvent>'
    assert told(around(watched, event)) == []


def test_a_sub_process_that_can_only_fail_brings_no_token() -> None:
    fails = '<bpmn:startEvent id="in"/><bpmn:endEvent id="out"><bpmn:errorEventDefinition/></bpmn:endEvent>' \
        '<bpmn:sequenceFlow id="f" sourceRef="in" targetRef="out"/>'
    caught = '<bpmn:boundaryEvent id="late" attachedToRef="sub"><bpmn:errorEventDefinition/></bpmn:boundaryEvent>'
    ways = "flow: begun>p1, p1>sub, p1>t, t>p2, late>p2, p2>end"
    content = f"""<bpmn:startEvent id="begun"/><bpmn:parallelGateway id="p1"/><bpmn:subProcess id="sub">{fails}
    </bpmn:subProcess>{caught}{user_task("t")}<bpmn:parallelGateway id="p2"/><bpmn:endEvent id="end"/>\n{ways}"""
    assert told(diagram(content)) == []


def test_the_inside_of_multi_instances_and_handlers_is_played_too() -> None:
    loop = "<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>2</bpmn:loopCardinality>" \
        "</bpmn:multiInstanceLoopCharacteristics>"
    assert told(around(loop + STUCK)) == [("deadlock", "p", "error")]
    assert told(around(loop + STUCK.replace("parallel", "exclusive"))) == []
    handler = '<bpmn:subProcess id="h" triggeredByEvent="true">' + STUCK.replace(
        '<bpmn:startEvent id="S"/>',
        '<bpmn:startEvent id="S"><bpmn:messageEventDefinition messageRef="m"/></bpmn:startEvent>',
    ) + "</bpmn:subProcess>"
    begun = f'<bpmn:startEvent id="begun"/>{user_task("t")}\nflow: begun>t\n{handler}'
    content = diagram(begun, outside='<bpmn:message id="m" name="hurry"/>')
    assert told(content) == [("deadlock_possible", "p", "warning")]


def test_every_start_event_begins_a_run_of_its_own() -> None:
    message = '<bpmn:startEvent id="S2"><bpmn:messageEventDefinition messageRef="m"/></bpmn:startEvent>'
    two = body(["S", "a", "b", "x", "e"], [("S", "a"), ("S2", "b"), ("a", "x"), ("b", "x"), ("x", "e")]) \
        + '<bpmn:sequenceFlow id="S2_b" sourceRef="S2" targetRef="b"/>'
    outside = '<bpmn:message id="m" name="go"/>'
    assert told(diagram(message + two, outside=outside)) == []
    joined = two.replace("exclusive", "parallel")
    assert told(diagram(message + joined, outside=outside)) == [("deadlock", "x", "error")]


def test_a_broken_drawing_is_not_played() -> None:
    content = drawing("S>x, x>a, x>b, a>p, b>p, p>c, c>e, p9>a")
    assert "unreachable" in {finding.rule for finding in engine_with().check({"x.bpmn": content})}
    assert told(content) == []


def structured(random: Random, depth: int, numbers: Iterator[int]) -> tuple[str, str, list[str]]:
    """Return the first and the last node and the pairs of a random block, sound by construction."""
    number, kind = next(numbers), random.choice("aaxpoLr") if depth else "a"
    if kind == "a":
        return f"a{number}", f"a{number}", []
    blocks = [structured(random, depth - 1, numbers) for _ in range(random.randint(2, 3))]
    pairs = [pair for _, _, inside in blocks for pair in inside]
    if kind == "r":  # a row
        pairs += [f"{one[1]}>{other[0]}" for one, other in pairwise(blocks)]
        return blocks[0][0], blocks[-1][1], pairs
    if kind == "L":  # a loop: back by all blocks but the first
        first, last = f"x{number}", f"x{number}b"
        pairs += [f"{first}>{blocks[0][0]}", f"{blocks[0][1]}>{last}", f"{last}>y{number}"]
        pairs += [pair for block in blocks[1:] for pair in (f"{last}>{block[0]}", f"{block[1]}>{first}")]
        return first, f"y{number}", pairs
    split, join = f"{kind}{number}", f"{'o' if kind == 'p' and random.random() < 0.3 else kind}{number}b"
    return split, join, pairs + [pair for block in blocks for pair in (f"{split}>{block[0]}", f"{block[1]}>{join}")]


@pytest.mark.parametrize("seed", range(60))
def test_nothing_is_said_of_random_structured_diagrams(seed: int) -> None:
    first, last, pairs = structured(Random(seed), 4, count())
    assert told(drawing(", ".join([f"S>{first}", *pairs, f"{last}>e"]))) == []


@pytest.mark.parametrize("text", [
    "S>p0, " + ", ".join(f"p0>x{n}, x{n}>a{n}, x{n}>b{n}, a{n}>p{n}1, b{n}>x{n}1, p{n}1>p1" for n in range(60)),
    "S>x0, " + ", ".join(f"x{n}>x{m}" for n in range(60) for m in range(60) if m != n) + ", x59>e",
    "S>p0, " + ", ".join(f"p{n}>p{m}" for n in range(60) for m in range(n + 1, 60)),
    "S>a0, " + ", ".join(f"a{n}>a{n + 1}" for n in range(2000)),
], ids=["choices that get lost", "every choice", "all at once", "a long row"])  # fmt: skip
def test_playing_takes_no_longer_than_reading(text: str) -> None:
    content = drawing(text)
    begun = process_time()
    found(content)
    assert process_time() - begun < 2
