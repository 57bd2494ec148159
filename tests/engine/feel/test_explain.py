"""Whoever tests an expression sees the value of every part, and why a part is null."""

import pytest

from engine.feel import EvaluationLimit, ExpressionSyntaxError, compile_expression, explain
from engine.feel.explain import MAX_VALUES
from tests.engine.feel.support import NOW, value


def parts(text: str, **variables: object) -> dict[str, tuple[object, ...]]:
    """Return the values of each part by its text, without literals."""
    found = explain(text, variables, now=NOW).parts
    return {part.text: part.values for part in found if not part.is_literal}


def test_every_part_has_its_text_and_its_values() -> None:
    assert parts("sum(for c in calls[days > 2] return c.days * 2) - 1", calls=[{"days": 3}, {"days": 1}]) == {
        "sum(for c in calls[days > 2] return c.days * 2) - 1": (5,),
        "sum(for c in calls[days > 2] return c.days * 2)": (6,),
        "for c in calls[days > 2] return c.days * 2": ([6],),
        "calls[days > 2]": ([{"days": 3}],),
        "calls": ([{"days": 3}, {"days": 1}],),
        "days > 2": (True, False),
        "days": (3, 1),
        "c.days * 2": (6,),
        "c.days": (3,),
        "c": ({"days": 3},),
    }


def test_a_branch_that_is_not_taken_has_no_value() -> None:
    found = explain('if days > 5 then "late" else 办理 时限', {"days": 3, "办理 时限": 7}, now=NOW)
    by_text = {part.text: part for part in found.parts}
    assert by_text['"late"'].count == 0
    assert (by_text["办理 时限"].value, by_text["办理 时限"].depth) == (7, 1)
    for part in found.parts:
        assert 'if days > 5 then "late" else 办理 时限'[part.start : part.end] == part.text


def test_a_reason_stands_at_the_part_that_it_arose_in() -> None:
    found = explain("1 + (if missing then 2 else [1][3])", {}, now=NOW)
    assert [(part.text, [reason.message for reason in part.reasons]) for part in found.parts if part.reasons] == [
        ("1 + (if missing then 2 else [1][3])", ["one side of + is null"]),
        ("missing", ["there is no variable missing"]),
        ("[1][3]", ["there is no item 3 in a list of 1"]),
    ]
    assert [reason.position for reason in found.reasons] == [8, 31, 2]


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("1 + null", 2),
        ('5 between 1 and "a"', 2),
        ('if "a" then 1 else 2', 0),
        ('1 in "a"', 2),
        ('1 in ("a", [1..2])', 2),
        ('1 in > "a"', 5),
        ('"a" < 1', 4),
        ("x.y", 0),
        ("upper case(1)", 0),
        ("{}.a", 3),
        ('[1.."a"]', 0),
        ('-"a"', 0),
        ("[1][2]", 3),
        ("for i in null return i", 4),
        ("some i in null satisfies i", 0),
    ],
)
def test_every_null_from_an_error_has_a_message_and_a_position(text: str, position: int) -> None:
    reason = compile_expression(text).evaluate_with_reasons({}, now=NOW).reasons[0]
    assert reason.message
    assert reason.position == position


def test_a_cell_of_a_table_is_explained_too() -> None:
    found = explain("> limit, 3", {"?": 4, "limit": 5}, now=NOW, unary=True)
    assert found.value is False
    assert [(part.text, part.value) for part in found.parts if part.count] == [("> limit, 3", False), ("limit", 5)]


def test_what_goes_on_too_long_is_explained_up_to_there() -> None:
    found = explain("for i in 1..5 return count(for j in 1..10**9 return j)", {}, now=NOW)
    assert isinstance(found.error, EvaluationLimit)
    assert ("10**9", 1) in [(part.text, part.count) for part in found.parts]


def test_of_many_values_the_first_are_kept() -> None:
    (part,) = (part for part in explain("for i in 1..1000 return i + 1", {}, now=NOW).parts if part.text == "i + 1")
    assert (part.count, len(part.values)) == (1000, MAX_VALUES)


def test_explaining_says_the_same_as_evaluating() -> None:
    text = "{f: function(n) if n < 2 then 1 else n * f(n - 1), r: [f(3), f(4)], s: r[item > 6]}.s"
    assert explain(text, {}, now=NOW).value == value(text) == [24]
    with pytest.raises(ExpressionSyntaxError):
        explain("1 +", {}, now=NOW)


@pytest.mark.parametrize("text", ["-" * 4000 + "1", "if true then " * 800 + "1" + " else 2" * 800, "a." * 4000 + "a"])
def test_what_is_too_deep_to_be_explained_is_a_syntax_error(text: str) -> None:
    with pytest.raises(ExpressionSyntaxError, match="too deeply nested"):
        explain(text, {}, now=NOW)
