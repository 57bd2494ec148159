"""Runs cases of the DMN Technology Compatibility Kit: a folder of models, and tests beside them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from lxml import etree
from lxml.etree import _Element

from engine.dmn.files import parse_files
from engine.dmn.model import DecisionModel, call_by_name
from engine.errors import EngineError
from engine.feel.comparison import is_same
from engine.feel.scope import Run
from engine.feel.temporal import parse_date, parse_datetime, parse_duration, parse_time
from engine.feel.values import Value

_NS = "{http://www.omg.org/spec/DMN/20160719/testcase}"
_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one expected result of a test case fared; `cause` tells why it failed."""

    file: Path
    case: str
    result: str
    passed: bool
    cause: str = ""


def run_folder(folder: Path, *, now: datetime) -> Iterator[Outcome]:
    """Run every test file below `folder` and yield an outcome for each expected result."""
    for file in sorted(folder.rglob("*-test-*.xml")):
        yield from run_file(file, now=now)


def run_file(file: Path, *, now: datetime) -> Iterator[Outcome]:
    """Run the cases of one test file against the model beside it."""
    tests = etree.parse(file, etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True)).getroot()
    model: DecisionModel | EngineError
    try:
        model = _model(file.parent / (tests.findtext(f"{_NS}modelName") or "").strip())
    except (EngineError, OSError) as error:
        model = error if isinstance(error, EngineError) else EngineError(str(error))
    for case in tests.iter(f"{_NS}testCase"):
        yield from _run_case(file, case, model, now)


def _model(path: Path) -> DecisionModel:
    """Return the model, with those beside it that it imports; what is wrong in one expression is null there."""
    files = {other.name: other.read_bytes() for other in sorted({path, *path.parent.glob("*.dmn")})}
    found = parse_files(files)[path.name]
    if found.model is None:
        raise found.findings[-1]
    return found.model


def _run_case(file: Path, case: _Element, model: DecisionModel | EngineError, now: datetime) -> Iterator[Outcome]:
    inputs = {node.get("name", ""): _value(node) for node in case.findall(f"{_NS}inputNode")}
    for node in case.findall(f"{_NS}resultNode"):
        name = node.get("name", "")
        called = case.get("invocableName") if case.get("type") in ("decisionService", "bkm") else name
        expected_node = node.find(f"{_NS}expected")
        expected = _value(expected_node) if expected_node is not None else None
        cause = ""
        try:
            if isinstance(model, EngineError):
                raise model
            run = Run(now)
            actual = call_by_name(model, called or name, inputs, run)
            if called != name and isinstance(actual, dict) and name in actual:
                actual = actual[name]
            if not _agrees(expected, actual):
                cause = f"expected {expected!r}, not {actual!r}: " + "; ".join(r.message for r in run.reasons[:3])
        except EngineError as error:
            if expected is not None or isinstance(model, EngineError):
                cause = f"{type(error).__name__}: {error}"
        except Exception as error:  # a runner goes on to the next case, whatever happens in one
            cause = f"{type(error).__name__}: {error}"
        yield Outcome(file, case.get("id", ""), name, not cause, cause)


def _value(node: _Element) -> Value:
    """Return the value that an input or an expected result describes."""
    if node.get(_NIL) == "true":
        return None
    if (items := node.find(f"{_NS}list")) is not None:
        return None if items.get(_NIL) == "true" else [_value(item) for item in items.findall(f"{_NS}item")]
    if components := node.findall(f"{_NS}component"):
        return {component.get("name", ""): _value(component) for component in components}
    value = node.find(f"{_NS}value")
    if value is None or value.get(_NIL) == "true":
        return None
    return _typed(value.text or "", value.get(_TYPE, "string").rpartition(":")[2])


def _typed(text: str, kind: str) -> Value:
    match kind:
        case "decimal" | "double" | "integer" | "float" | "int" | "long":
            return Decimal(text.strip())
        case "boolean":
            return text.strip() == "true"
        case "date":
            return parse_date(text.strip())
        case "time":
            return parse_time(text.strip())
        case "dateTime":
            return parse_datetime(text.strip())
        case "duration" | "dayTimeDuration" | "yearMonthDuration":
            return parse_duration(text.strip())
    return text


def _agrees(expected: Value, actual: Value) -> bool:
    """Return whether a result is the expected one; numbers may differ in the last digits that the kit leaves open."""
    match expected, actual:
        case Decimal(), Decimal():
            return abs(expected - actual) <= abs(expected) * Decimal("1e-8") + Decimal("1e-16")
        case list(), list():
            return len(expected) == len(actual) and all(map(_agrees, expected, actual))
        case dict(), dict():
            return expected.keys() == actual.keys() and all(_agrees(expected[k], actual[k]) for k in expected)
    return is_same(expected, actual)
