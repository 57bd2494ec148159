"""${…} expressions: what Camunda 7 files have, translated into the same tree."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import juel
from engine.feel import ExpressionSyntaxError
from tests.engine.feel.support import NOW

VARIABLES = {
    "amount": 120,
    "reason": "",
    "caller": {"age": 67, "tags": ["elderly"]},
    "calls": [3, 1, 2],
    "flag": False,
    "nothing": None,
    "text": "Duty Officer",
    "number": "HL-2026-000001",
    "task": {"assignee": "ann", "name": "签收"},
    "execution": {"businessKey": "HL-2026-000001"},
    "due": {"@date": "2026-10-09"},
}


def value(text: str) -> object:
    return juel.compile_expression(text).evaluate(VARIABLES, now=NOW)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("${amount > 100 && empty reason}", True),
        ("${amount gt 100 and not empty reason}", False),
        ("#{amount == 120}", True),
        ("${amount == '120'}", True),
        ("${amount != 120 || flag}", False),
        ("${!flag}", True),
        ("${not flag}", True),
        ("${nothing && true}", False),
        ("${nothing == null}", True),
        ("${nothing == false}", False),
        ("${nothing ? 'a' : 'b'}", "b"),
        ("${flag ? 1 : amount > 100 ? 2 : 3}", 2),
        ("${amount + 1 * 2}", 122),
        ("${'1' + 2}", 3),
        ("${nothing + 1}", 1),
        ("${7 / 2}", Decimal("3.5")),
        ("${-7 mod 3}", -1),
        ("${empty nothing and empty caller.none}", True),
        ("${caller.age}", 67),
        ("${caller['age'] ge 60}", True),
        ("${calls[0]}", 3),
        ("${calls[3]}", None),
        ("${nothing.name.first}", None),
        ("${calls.size() > 2}", True),
        ("${calls.contains(2)}", True),
        ("${caller.tags.contains('elderly')}", True),
        ("${caller.containsKey('age')}", True),
        ("${text.toLowerCase().startsWith('duty')}", True),
        ("${text.substring(5, 12).length()}", 7),
        ("${text.equalsIgnoreCase('duty officer')}", True),
        ("${number.matches('HL-[0-9]{4}-[0-9]{6}')}", True),
        ("${execution.getVariable('amount') - 20}", 100),
        ("${execution.hasVariable('nothing')}", False),
        ("${execution.processBusinessKey == null}", True),
        ("${execution.businessKey}", "HL-2026-000001"),
        ("${task.assignee == 'ann'}", True),
        ("${task.getAssignee()}", "ann"),
        ("${now()}", NOW),
        ("${dateTime().plusDays(2).toDate()}", NOW + timedelta(days=2)),
        ("${due.plusMonths(1).isAfter(due)}", True),
        ("${'it\\'s'}", "it's"),
        ("${text.lastIndexOf('f') > 0 and text.replaceAll('[a-z]+', '-') == 'D- O-'}", True),
        ("${calls.subList(0, 2).containsAll(calls.subList(1, 2))}", True),
        ("${caller.getOrDefault('name', 'none')}", "none"),
        ("${caller.containsValue(67)}", True),
        ("${dateTime().withHourOfDay(17).withMinuteOfHour(0).getHourOfDay()}", 17),
        ("${due.withDayOfMonth(1).getDayOfWeek()}", 4),
        ("${due.withDayOfMonth(32)}", None),
        ("${now().getTime() > 0 and now().after(due)}", True),
        ("${dateTime().plusHours(1).compareTo(now())}", 1),
        ("${amount.intValue() == 120 and .5 < 1}", True),
        ("${true}", True),
    ],
)
def test_one_expression_gives_its_value(text: str, expected: object) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Case ${number}: ${amount}", "Case HL-2026-000001: 120"),
        ("${flag}/${nothing}", "false/"),
        ("plain", "plain"),
        ("\\${amount}", "${amount}"),
        ("a } b ${text}", "a } b Duty Officer"),
        ("", ""),
    ],
)
def test_text_around_expressions_gives_a_string(text: str, expected: str) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("${foo(1)}", "the function foo"),
        ("${S(json)}", "the function S"),
        ("${caller.getClass()}", "the method getClass"),
        ("${text.toLowercase()}", "the method toLowercase is not available in ${…}; is toLowerCase meant?"),
        ("${dateTim()}", "the function dateTim is not available in ${…}; is dateTime meant?"),
        ("${task.asignee}", "task.asignee is not available in ${…}; is task.assignee meant?"),
        ("${''.class.forName('x')}", "the method forName"),
        ("${execution.setVariable('a', 1)}", "execution.setVariable"),
        ("${execution.getVariable(text)}", "execution.getVariable"),
        ("${execution.engineServices}", "execution.engineServices"),
        ("${task.complete()}", "task.complete"),
        ("${dateTime(1)}", "the function dateTime"),
    ],
)
def test_what_is_not_allowed_is_refused_by_name(text: str, named: str) -> None:
    with pytest.raises(juel.ExpressionNotSupported, match="is not available") as caught:
        juel.compile_expression(text)
    assert named in str(caught.value)


@pytest.mark.parametrize("text", ["${", "${a", "${a b}", "${a +}", "${a ? b}", "${a.}", "${'a}", "${#}", "${a[1}"])
def test_what_is_no_expression_is_refused(text: str) -> None:
    with pytest.raises(ExpressionSyntaxError):
        juel.compile_expression(text)


WORDS = """1 2.5 'a' "b" true null amount text calls caller due nothing + - * / % == != < >= && || ! not and or empty
eq lt mod div ? : ( ) [ ] . , .size() .contains( .substring( .get( .equals( .plusDays( .toString() .matches( .split("""


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(WORDS.split()), max_size=10).map(" ".join))
def test_any_run_of_tokens_gives_a_value_or_a_clear_error(text: str) -> None:
    try:
        value(f"a ${{{text}}} b")
    except ExpressionSyntaxError as error:
        assert str(error)


def test_a_null_keeps_its_reason() -> None:
    evaluation = juel.compile_expression("${amuont > 1}").evaluate_with_reasons(VARIABLES, now=NOW)
    assert evaluation.value is False
    assert evaluation.reasons[0].message == "there is no variable amuont; is amount meant?"


def test_functions_of_the_application_may_be_named() -> None:
    expression = juel.compile_expression("${workdays(amount)}", frozenset({"workdays"}))
    assert expression.names == {"workdays", "amount"}
