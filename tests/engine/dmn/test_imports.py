"""Decision models of several files import one another (DMN 1.5, 6.3.3), in whatever order the files come."""

from itertools import permutations

import pytest

from engine.dmn import DecisionModel, ModelFile, parse_files
from tests.engine.diagrams import engine_with
from tests.engine.dmn.support import NAMESPACE, NOW, literal, table

RATE = '<itemDefinition name="tRate"><typeRef>number</typeRef><allowedValues><text>[0..1]</text></allowedValues>'
BASE = (
    f'{RATE}</itemDefinition><inputData id="i" name="income"><variable name="income" typeRef="number"/></inputData>'
    '<businessKnowledgeModel id="k" name="half"><variable name="half"/><encapsulatedLogic>'
    '<formalParameter name="n" typeRef="number"/><literalExpression><text>n / 2</text></literalExpression>'
    "</encapsulatedLogic></businessKnowledgeModel>"
    + literal("tax", "income * 0.1", requires=["requiredInput #i"])
)  # fmt: skip


def file(namespace: str, content: str, *imports: tuple[str, str], attributes: str = "") -> bytes:
    """Return a model that imports others by (name, namespace)."""
    elements = "\n".join(
        f'<import name="{name}" namespace="{other}" importType="{NAMESPACE}"/>' for name, other in imports
    )
    head = f'<definitions xmlns="{NAMESPACE}" id="m" name="m" namespace="{namespace}" {attributes}>'
    return f"{head}\n{elements}\n{content}</definitions>".encode()


def read(**files: bytes) -> dict[str, ModelFile]:
    return parse_files(files)


def whole(found: ModelFile) -> DecisionModel:
    assert found.findings == []
    assert found.model is not None
    return found.model


def told(found: ModelFile) -> list[tuple[int | None, str]]:
    return [(finding.line, finding.reason) for finding in found.findings]


def value(model: DecisionModel, decision: str, **inputs: object) -> object:
    return model.decision(decision).evaluate(inputs, now=NOW).value


def test_files_may_come_in_any_order() -> None:
    files = {
        "base": file("base", BASE),
        "middle": file("middle", literal("m", "b.tax + 1", requires=["requiredDecision base#tax"]), ("b", "base")),
        "top": file("top", literal("t", "mid.m * 2", requires=["requiredDecision middle#m"]), ("mid", "middle")),
    }
    for order in permutations(files):
        found = parse_files({name: files[name] for name in order})
        assert value(whole(found["top"]), "t", income=100) == 22


def test_an_import_is_known_by_its_name_in_expressions_types_and_inputs() -> None:
    content = literal(
        "d", "base.half(base.tax)", requires=["requiredDecision base#tax", "requiredKnowledge base#k"],
        type="base.tRate",
    )  # fmt: skip
    found = whole(read(b=file("base", BASE), d=file("own", content, ("base", "base")))["d"])
    assert value(found, "d", income=10) == 0.5
    assert value(found, "d", base={"income": 20}) == 1
    assert value(found, "d", income=1000) is None


def test_what_an_import_without_a_name_brings_is_known_as_if_it_stood_here() -> None:
    content = literal(
        "d", "half(tax)", requires=["requiredDecision base#tax", "requiredKnowledge base#k"], type="tRate"
    )
    other = file("other", literal("e", "5"))
    second = literal("f", "e + 1", requires=["requiredDecision other#e"], type="number")
    top = file("own", content + second, ("", "base"), ("", "other"))
    found = whole(read(b=file("base", BASE), o=other, d=top)["d"])
    assert (value(found, "d", income=10), value(found, "f")) == (0.5, 6)


def test_a_qualified_name_is_a_type_of_the_namespace_that_its_prefix_stands_for() -> None:
    content = literal("d", "n", type="x:tRate") + literal("e", "n", type="own:tRate")
    own = '<itemDefinition name="tRate"><typeRef>feel:string</typeRef></itemDefinition>'
    attributes = 'xmlns:x="base" xmlns:own="own" xmlns:feel="http://www.omg.org/spec/FEEL/20140401"'
    found = whole(read(b=file("base", BASE), d=file("own", own + content, ("b", "base"), attributes=attributes))["d"])
    assert (value(found, "d", n=0.5), value(found, "d", n=2)) == (0.5, None)
    assert (value(found, "e", n="x"), value(found, "e", n=1)) == ("x", None)


def test_files_that_import_one_another_are_refused_by_name() -> None:
    one, two = file("one", literal("a", "1"), ("b", "two")), file("two", literal("b", "1"), ("a", "one"))
    found = read(one=one, two=two)
    assert told(found["two"]) == [(2, "files import one another: one → two → one")]
    assert told(read(one=file("one", "", ("self", "one")))["one"]) == [(2, "the file imports itself")]


def test_an_import_that_is_missing_ambiguous_or_broken_is_refused_with_its_line() -> None:
    top = file("own", "", ("x", "gone"))
    assert told(read(t=top)["t"]) == [(2, "the model gone, which is imported, is not there")]
    same = file("same", "")
    found = read(a=same, b=same, t=file("own", "", ("ok", "same")))
    assert told(found["t"]) == [(2, "several files have the namespace same: a, b")]
    assert whole(found["a"]) is not whole(found["b"])
    broken = file("same", "").replace(b"</definitions>", b"")
    assert told(read(a=broken, t=file("own", "", ("x", "same")))["t"]) == [
        (2, "the model same, which is imported, is not there"),
    ]  # fmt: skip
    twice = file("own", "", ("x", "base"), ("x", "other"))
    assert told(read(a=file("base", ""), b=file("other", ""), t=twice)["t"]) == [(3, "two imports have the name x")]


def test_an_import_of_what_is_no_decision_model_is_refused_by_its_kind() -> None:
    predictive = file("own", '<import name="p" namespace="p" importType="http://www.dmg.org/PMML-4_2"/>')
    (finding,) = read(t=predictive)["t"].findings
    assert "PMML-4_2 cannot be run" in finding.reason


def test_a_deployment_may_hold_models_that_import_one_another() -> None:
    files = {"z_base.dmn": file("base", BASE), "a.dmn": file("own", literal("d", "1"), ("b", "base"))}
    assert [each.rule for each in engine_with().check(files) if each.severity == "error"] == []
    missing = engine_with().check({"a.dmn": files["a.dmn"]})
    assert [(each.file, each.line, each.rule) for each in missing if each.severity == "error"] == [
        ("a.dmn", 2, "decision_invalid")
    ]


def test_the_check_tells_every_wrong_cell_of_a_table_at_once() -> None:
    rules = ["> | 1", "1 | 2 +", "2 | 3", '"a | 4', "[1..2 | 5"]
    content = table(rules, inputs=["n: tNone"], outputs=["a"]) + literal("e", "1 1", type="number")
    broken = '<itemDefinition name="tSelf"><typeRef>tSelf</typeRef></itemDefinition>'
    found = engine_with().check({"t.dmn": file("own", broken + content)})
    errors = [(each.element_id, each.line) for each in found if each.severity == "error"]
    assert sorted(errors, key=str) == sorted(
        [("dispatch", 3), ("e", 3), ("m", 3), ("r1", 3), ("r2", 3), ("r4", 3), ("r5", 3)], key=str
    )


@pytest.mark.parametrize("content", ["<nonsense/>", "not xml", ""])
def test_a_file_that_is_no_model_is_told_and_leaves_the_others(content: str) -> None:
    found = read(bad=content.encode(), good=file("base", BASE))
    assert len(found["bad"].findings) == 1
    assert value(whole(found["good"]), "tax", income=10) == 1
