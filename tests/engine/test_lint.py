"""Advice on drawing goes by bpmnlint's names, stands at its element, and never refuses a diagram."""

from pathlib import Path

import pytest

from engine.dialect.advice import ADVICE
from engine.dialect.finding import Finding
from engine.dialect.lint import RULES
from tests.engine.diagrams import conditional, diagram, engine_with, timer

BEGIN = '<bpmn:startEvent id="begun" name="begun"/>'
END = '<bpmn:endEvent id="end" name="end"/>'


def task(name: str) -> str:
    return f'<bpmn:task id="{name}" name="{name}"/>'


def gateway(kind: str, name: str, default: str = "") -> str:
    attribute = f' default="{default}"' if default else ""
    return f'<bpmn:{kind}Gateway id="{name}" name="{name}"{attribute}/>'


def advice(content: bytes) -> list[Finding]:
    return [finding for finding in engine_with().check({"x.bpmn": content}) if finding.rule in ADVICE]


def told(body: str, outside: str = "") -> set[tuple[str, str | None]]:
    return {(finding.rule, finding.element_id) for finding in advice(diagram(body, outside=outside))}


NOT_DRAWN = ("no-bpmndi", "example")


def test_a_tidy_diagram_gets_no_advice_but_to_draw_it() -> None:
    assert told(f"{BEGIN}{task('a')}{END}\nflow: begun>a, a>end") == {NOT_DRAWN}


def test_the_diagrams_that_come_with_us_get_no_advice() -> None:
    files = {path.name: path.read_bytes() for path in Path("bpmn").rglob("*.*") if path.suffix in (".bpmn", ".form")}
    assert [finding for finding in engine_with().check(files) if finding.rule in ADVICE] == []


WAITING = f'<bpmn:startEvent id="n" name="n">{timer("timeDuration", "PT1H")}</bpmn:startEvent>'
MESSAGE = '<bpmn:message id="m" name="go"/>'
CASES = [
    (f"{BEGIN}<bpmn:task id='n'/>{END}\nflow: begun>n, n>end", ("label-required", "n")),
    (f"{BEGIN}{gateway('exclusive', 'x', 'x_end')}{task('a')}{END}{conditional('n', 'x', 'a', '= true')}"
     "\nflow: begun>x, x>end, a>end", ("label-required", "n")),
    (f"{BEGIN}{task('a')}{END}<bpmn:sequenceFlow id='n' sourceRef='begun' targetRef='a'/>\nflow: begun>a, a>end",
     ("no-duplicate-sequence-flows", "begun_a")),
    (f"{BEGIN}{gateway('exclusive', 'n')}{END}\nflow: begun>n, n>end", ("superfluous-gateway", "n")),
    (f"{BEGIN}<bpmn:endEvent id='n' name='n'><bpmn:terminateEventDefinition/></bpmn:endEvent>\nflow: begun>n",
     ("superfluous-termination", "n")),
    (f"{BEGIN}{gateway('exclusive', 'x', 'x_a')}{task('n')}{task('a')}{END}{conditional('f', 'x', 'n', '= true')}"
     "\nflow: begun>x, x>a, a>n, n>end", ("fake-join", "n")),
    (f"{BEGIN}{task('n')}{task('a')}{END}\nflow: begun>n, n>a, n>end, a>end", ("no-implicit-split", "n")),
    (f"{BEGIN}{task('n')}{END}\nflow: begun>n, begun>end", ("no-implicit-end", "n")),
    (f"<bpmn:subProcess id='s' name='s'>{task('n')}</bpmn:subProcess>{BEGIN}{END}\nflow: begun>s, s>end",
     ("no-implicit-start", "n")),
    (f"{BEGIN}{task('a')}{task('b')}{END}<bpmn:sequenceFlow id='n' sourceRef='a' targetRef='end'/>"
     f"{conditional('f', 'a', 'b', '= true')}\nflow: begun>a, b>end", ("conditional-flows", "n")),
    (f"{BEGIN}{gateway('parallel', 'p')}{gateway('parallel', 'n')}{END}{task('a')}{task('b')}"
     "\nflow: begun>p, p>n, p>a, a>n, n>b, n>end, b>end", ("no-gateway-join-fork", "n")),
    (f"{BEGIN}{gateway('inclusive', 'n')}{END}\nflow: begun>n, n>end", ("no-inclusive-gateway", "n")),
    (f"{BEGIN}{END}<bpmn:subProcess id='n' name='n'>{task('a')}</bpmn:subProcess>\nflow: begun>n, n>end",
     ("start-event-required", "n")),
    (f"{BEGIN}{task('a')}\nflow: begun>a", ("end-event-required", "example")),
    (f"{BEGIN}{END}<bpmn:sequenceFlow id='n' name='on' sourceRef='begun' targetRef='end'/>",
     ("superfluous-label", "n")),
]  # fmt: skip


@pytest.mark.parametrize(("body", "expected"), CASES, ids=[rule for _, (rule, _) in CASES])
def test_each_rule_speaks_where_it_applies(body: str, expected: tuple[str, str]) -> None:
    assert expected in told(body)
    assert {finding.severity for finding in advice(diagram(body))} == {"warning"}
    deployment = engine_with().deploy({"x.bpmn": diagram(body)}, by="admin")
    assert expected[0] in {finding.rule for finding in deployment.findings}


def test_what_is_shared_must_be_named_used_and_told_apart() -> None:
    body = f"""{BEGIN}<bpmn:receiveTask id="a" name="a" messageRef="m"/>{END}\nflow: begun>a, a>end"""
    assert told(body, MESSAGE) == {NOT_DRAWN}
    unused = MESSAGE + '<bpmn:message id="idle" name="idle"/>'
    assert told(body, unused) == {NOT_DRAWN, ("global", "idle")}
    same = MESSAGE + '<bpmn:message id="m2" name="go"/>'
    assert told(body, same) == {NOT_DRAWN, ("global", "m"), ("global", "m2")}


def test_what_another_check_has_said_is_not_said_again() -> None:
    found = engine_with().check({"x.bpmn": diagram(f"{BEGIN}{task('n')}{task('a')}{END}\nflow: begun>a, a>end")})
    assert [finding.rule for finding in found if finding.element_id == "n"] == ["unreachable", "no-implicit-end"]


def drawn(*shapes: tuple[str, int, int]) -> bytes:
    boxes = "".join(
        f'<di:BPMNShape id="{name}_di" bpmnElement="{name}"><dc:Bounds x="{x}" y="{y}" width="100" height="80"/>'
        "</di:BPMNShape>" for name, x, y in shapes
    )
    picture = f"""<di:BPMNDiagram xmlns:di="http://www.omg.org/spec/BPMN/20100524/DI" id="d"
    xmlns:dc="http://www.omg.org/spec/DD/20100524/DC"><di:BPMNPlane id="p">{boxes}
    <di:BPMNEdge id="e1" bpmnElement="begun_a"/><di:BPMNEdge id="e2" bpmnElement="a_end"/></di:BPMNPlane>
    </di:BPMNDiagram></bpmn:definitions>"""
    border = f'<bpmn:boundaryEvent id="b" name="b" attachedToRef="a">{timer("timeDuration", "PT1H")}' \
        "</bpmn:boundaryEvent>"
    content = diagram(f"{BEGIN}{task('a')}{border}{END}\nflow: begun>a, a>end")
    return content.replace(b"</bpmn:definitions>", picture.encode())


def test_what_is_not_drawn_or_lies_on_something_else_is_named() -> None:
    whole = drawn(("begun", 0, 0), ("a", 200, 0), ("b", 250, 60), ("end", 400, 0))
    assert {finding.element_id for finding in advice(whole)} == {"b"}, "its path is not drawn"
    found = advice(drawn(("begun", 0, 0), ("a", 50, 10), ("b", 250, 60)))
    assert {(finding.rule, finding.element_id) for finding in found if finding.element_id != "b"} == {
        ("no-overlapping-elements", "begun"), ("no-overlapping-elements", "a"), ("no-bpmndi", "end"),
    }


def test_every_rule_has_its_sentences() -> None:
    assert set(RULES) == set(ADVICE)
