"""The vendored form-js in the browser and our server evaluate the same expressions to the same values."""

import json
import re
from collections.abc import Iterator
from itertools import product
from math import prod
from pathlib import Path
from random import Random
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from engine import feel
from engine.form import parse_form
from engine.form.expression import in_template, is_expression, parse
from tests.engine.feel.support import NOW

ROOT = Path(__file__).resolve().parents[2]
VIEWER = ROOT / "app" / "static" / "vendor" / "form-js" / "form-viewer.umd.js"
FORMS = sorted((ROOT / "bpmn" / "forms").glob("*.form"))

MOST = 2_000  # combinations of values tried with one expression
EVALUATE = """async ([expressions, conditions]) => {
  const form = new FormViewer.Form({ container: document.body });
  await form.importSchema({ type: "default", id: "empty", components: [] });
  const language = form.get("expressionLanguage"), checker = form.get("conditionChecker");
  const plain = value => value === undefined ? null : value;
  return [
    expressions.map(([text, data]) => plain(language.evaluate("=" + text, data))),
    conditions.map(([text, data]) => checker.check(text, data) === true),
  ];
}"""

CALL = {"amount": 120, "urgency": "紧急", "reason": "", "caller": {"name": "李", "age": 67}, "tags": ["a", "b"]}
CALLS = {"calls": [{"days": 3, "kind": "求助"}, {"days": 1, "kind": "投诉"}, {"days": 8, "kind": "求助"}]}
TYPICAL: tuple[tuple[str, dict[str, Any]], ...] = (
    ('amount > 100 and urgency = "紧急"', CALL),
    ('amount > 100 or urgency = "一般"', CALL),
    ('if amount > 100 then "迟" else "按时"', CALL),
    ("amount between 100 and 120", CALL),
    ("amount in [100..120)", CALL),
    ('urgency in ("一般", "紧急")', CALL),
    ("caller.age >= 60", CALL),
    ("caller.name", CALL),
    ("not(reason = null)", CALL),
    ('reason = null or reason = ""', CALL),
    ("string length(urgency)", CALL),
    ('string join(tags, "、")', CALL),
    ('list contains(tags, "b")', CALL),
    ("count(tags)", CALL),
    ('concatenate(tags, ["c"])', CALL),
    ('"第" + string(amount) + "号"', CALL),
    ("amount * 1.5 - 2", CALL),
    ("round half up(amount / 7, 2)", CALL),
    ("floor(amount / 7)", CALL),
    ("modulo(amount, 7)", CALL),
    ('upper case("abc")', {}),
    ('substring("12345678", 3, 4)', {}),
    ('contains("值班电话", "值班")', {}),
    ('starts with("值班电话", "值")', {}),
    ('matches("13800001234", "^1[0-9]{10}$")', {}),
    ('replace("2026-10-09", "-", "/")', {}),
    ('split("a,b,c", ",")', {}),
    ("sum(calls.days)", CALLS),
    ("max(calls.days)", CALLS),
    ("calls[days > 2].kind", CALLS),
    ('calls[kind = "求助"][1].days', CALLS),
    ("calls[-1].days", CALLS),
    ("for call in calls return call.days * 2", CALLS),
    ("some call in calls satisfies call.days > 5", CALLS),
    ("every call in calls satisfies call.days > 5", CALLS),
    ("distinct values(calls.kind)", CALLS),
    ('{label: "甲", value: 1}', {}),
    ("[{label: urgency, value: amount}]", CALL),
    ('string(date("2026-10-09") + duration("P5D"))', {}),
    ('date("2026-10-09") < date("2026-10-10")', {}),
    ('date("2026-10-09").year', {}),
    ('string(years and months duration(date("2025-01-01"), date("2026-03-01")))', {}),
    ("[1, 2, 3][item > 1]", {}),
    ("sort([3, 1, 2], function(x, y) x < y)", {}),
    ("number(\"12\") + 1", {}),
    ("2 ** 3", {}),
    ("-amount", CALL),
)


def strings_in(part: object) -> Iterator[str]:
    """Yield every text of a form's JSON."""
    if isinstance(part, str):
        yield part
    elif isinstance(part, dict | list):
        for inner in part.values() if isinstance(part, dict) else part:
            yield from strings_in(inner)


def expressions_of(form: Path) -> Iterator[str]:
    """Yield every expression of a form: of its attributes, and of its texts with {{…}}."""
    for text in strings_in(json.loads(form.read_text(encoding="utf-8"))):
        yield from [parse(text).text] if is_expression(text) else [each.text for each in in_template(text)]


def values_of(name: str, text: str) -> list[Any]:
    """Return what a name may stand for in an expression: what fits how it is used there, null, and ... for none.

    Kinds that do not fit are left out: where the standard makes "甲" != true null, the browser's FEEL says true.
    """
    if re.search(rf"\b{name} !?= (true|false)\b", text):
        return [True, False, None, ...]
    if re.search(rf"\b{name} [*<>]|[*<>]=? {name}\b|\belse {name}\)", text):
        return [0, 2, 3, None, ...]
    if re.search(rf"\bfor \w+ in {name}\b", text):
        return [[], [{"label": "李主任", "value": "leader"}, {"label": "某办", "value": "office"}]]
    if members := dict.fromkeys(re.findall(rf"\b{name}\.(\w+)", text)):
        return [{key: value for key, value in zip(members, chosen, strict=True) if value is not ...}
                for chosen in product(*(values_of(rf"{name}\.{key}", text) for key in members))]
    return [*dict.fromkeys(re.findall(r'"([^"]*)"', text)), "别的", "", None, ...]


def contexts_of(text: str, *others: object) -> Iterator[dict[str, Any]]:
    """Yield variables for an expression: every combination, or of very many some, drawn by a fixed lot."""
    names = sorted(feel.compile_expression(text).names)
    values = [[*values_of(name, text), *others] for name in names]
    lot = Random(text)
    combinations = (
        product(*values) if prod(map(len, values)) <= MOST
        else (tuple(lot.choice(each) for each in values) for _ in range(MOST))
    )
    for chosen in combinations:
        yield {name: value for name, value in zip(names, chosen, strict=True) if value is not ...}


OURS = sorted({text for form in FORMS for text in expressions_of(form)})


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    page.add_script_tag(path=VIEWER)
    yield page
    page.close()


def evaluated(text: str, data: dict[str, Any]) -> object:
    return feel.to_json(feel.compile_expression(text).evaluate(data, now=NOW))


def test_every_expression_of_our_forms_is_tried_and_has_cases() -> None:
    conditions = [condition for form in FORMS for condition in hides(form)]
    assert len(OURS) >= 15
    assert {text for text, _ in conditions} <= set(OURS)


def hides(form: Path) -> Iterator[tuple[str, bool]]:
    """Yield the conditions of a form as our server has them, and whether a null hides."""
    for root in parse_form(form.read_bytes()).fields:
        for field in root.walk():
            if field.hide is not None:
                yield field.hide.text, field.hides_when_null


def test_our_forms_conditions_and_expressions_agree_with_the_browser(page: Page) -> None:
    expressions = [(text, data) for text in OURS for data in contexts_of(text)]
    conditions = [
        (text, when_null, data)
        for text, when_null in sorted({condition for form in FORMS for condition in hides(form)})
        for data in contexts_of(text, 5)  # a kind of value that is not comparable with a text
    ]
    given = [expressions, [(f"={text}", data) for text, _, data in conditions]]
    theirs, hidden = page.evaluate(EVALUATE, given)
    for (text, data), there in zip(expressions, theirs, strict=True):
        assert evaluated(text, data) == there, (text, data)
    for (text, when_null, data), is_hidden in zip(conditions, hidden, strict=True):
        verdict = evaluated(text, data)
        assert (verdict is True or (verdict is None and when_null)) == is_hidden, (text, data)


def test_typical_expressions_agree_with_the_browser(page: Page) -> None:
    theirs, _ = page.evaluate(EVALUATE, [TYPICAL, []])
    differing = [
        (text, ours, there)
        for (text, data), there in zip(TYPICAL, theirs, strict=True) if (ours := evaluated(text, data)) != there
    ]
    assert differing == []
