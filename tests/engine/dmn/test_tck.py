"""The runner of compatibility cases tells what passes and why the rest fails."""

from pathlib import Path

from engine.dmn.tck import Outcome, run_folder
from tests.engine.dmn.support import NOW, literal, model

HEAD = (
    '<testCases xmlns="http://www.omg.org/spec/DMN/20160719/testcase" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema">'
)


def run(folder: Path, content: str, cases: str) -> list[Outcome]:
    (folder / "0001").mkdir()
    (folder / "0001" / "m.dmn").write_bytes(model(content))
    tests = f"{HEAD}<modelName>m.dmn</modelName>{cases}</testCases>"
    (folder / "0001" / "m-test-01.xml").write_text(tests, encoding="utf-8")
    return list(run_folder(folder, now=NOW))


def case(id: str, decision: str, expected: str, inputs: str = "") -> str:
    result = f'<resultNode name="{decision}"><expected>{expected}</expected></resultNode>'
    return f'<testCase id="{id}">{inputs}{result}</testCase>'


def number(value: str) -> str:
    return f'<value xsi:type="xsd:decimal">{value}</value>'


def test_each_expected_result_passes_or_fails_with_its_cause(tmp_path: Path) -> None:
    given = f'<inputNode name="n">{number("2")}</inputNode>'
    cases = (
        case("1", "d", number("3"), given)
        + case("2", "d", number("4"), given)
        + case("3", "d", '<value xsi:nil="true"/>')
        + case("4", "x", number("1"))
    )
    outcomes = run(tmp_path, literal("d", "n + 1") + literal("x", "1 +"), cases)
    assert [outcome.passed for outcome in outcomes] == [True, False, True, False]
    assert "expected Decimal('4'), not Decimal('3')" in outcomes[1].cause
    assert [outcome.case for outcome in outcomes] == ["1", "2", "3", "4"]


def test_values_of_every_kind_are_compared(tmp_path: Path) -> None:
    text = '{due: @"2026-10-09", list: [1, "a"], after: @"P1D", open: true}'
    expected = (
        '<component name="due"><value xsi:type="xsd:date">2026-10-09</value></component>'
        f'<component name="list"><list><item>{number("1.0")}</item>'
        '<item><value xsi:type="xsd:string">a</value></item></list></component>'
        '<component name="after"><value xsi:type="xsd:duration">P1D</value></component>'
        '<component name="open"><value xsi:type="xsd:boolean">true</value></component>'
    )
    (outcome,) = run(tmp_path, literal("d", text), case("1", "d", expected))
    assert outcome.passed, outcome.cause


def test_a_model_that_is_not_there_fails_every_case(tmp_path: Path) -> None:
    (tmp_path / "m-test-01.xml").write_text(
        f"{HEAD}<modelName>none.dmn</modelName>{case('1', 'd', number('1'))}</testCases>", encoding="utf-8"
    )
    (outcome,) = run_folder(tmp_path, now=NOW)
    assert not outcome.passed
    assert "No such file" in outcome.cause
