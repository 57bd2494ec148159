"""`changtong tck`: what passes and fails of a folder of cases."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.cli import main

MODEL = """<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" namespace="n" name="m" id="m">
<decision name="Double" id="d"><variable name="Double"/><informationRequirement id="r">
<requiredInput href="#i"/></informationRequirement><literalExpression><text>2 * x</text></literalExpression></decision>
<inputData name="x" id="i"><variable name="x" typeRef="number"/></inputData></definitions>"""
CASES = """<testCases xmlns="http://www.omg.org/spec/DMN/20160719/testcase"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema">
<modelName>double.dmn</modelName>{}</testCases>"""
CASE = """<testCase id="{id}"><inputNode name="x"><value xsi:type="xsd:decimal">3</value></inputNode>
<resultNode name="Double" type="decision"><expected><value xsi:type="xsd:decimal">{expected}</value></expected>
</resultNode></testCase>"""


def kit(folder: Path, *expected: int) -> Path:
    inside = folder / "level-3" / "0001-double"
    inside.mkdir(parents=True)
    (inside / "double.dmn").write_text(MODEL, encoding="utf-8")
    cases = "".join(CASE.format(id=f"{number:03}", expected=value) for number, value in enumerate(expected, 1))
    (inside / "0001-double-test-01.xml").write_text(CASES.format(cases), encoding="utf-8")
    return folder


def test_all_cases_pass(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tck", str(kit(tmp_path, 6, 6))]) == 0
    assert capsys.readouterr().out == "2 passed, 0 failed\n"


def test_what_fails_is_listed_with_its_cause(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tck", str(kit(tmp_path, 6, 7))]) == 1
    failing, closing = capsys.readouterr().out.splitlines()
    assert "0001-double-test-01.xml: 002 Double: expected Decimal('7'), not Decimal('6')" in failing
    assert closing == "1 passed, 1 failed"


def test_a_model_that_cannot_be_read_fails_its_cases(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = kit(tmp_path, 6)
    next(folder.rglob("*.dmn")).write_text("<definitions", encoding="utf-8")
    assert main(["tck", str(folder)]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "0 passed, 1 failed"


def test_a_folder_without_cases_is_a_mistake(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tck", str(tmp_path)]) == 2
    assert "no *-test-*.xml file" in capsys.readouterr().err
