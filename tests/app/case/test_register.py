"""What a process may declare about its register, and what is refused."""

from __future__ import annotations

import pytest

from app.case.errors import RegisterInvalid
from app.case.register import check_properties, read_register

WHOLE = {
    "case.number": "HL-{year}-{serial:06}", "case.title": "content", "case.place": "village",
    "case.due": "due_handling",
    "case.unit": "lead_unit, co_units", "case.private": "caller:name, phone:phone", "case.readers": "intake,leaders",
    "case.resultFields": "solved", "task.act": "登记", "note": "for people",
}


def test_a_declaration_becomes_a_register() -> None:
    register = read_register("hotline", "热线", WHOLE)
    assert (register.number, register.title, register.due) == ("HL-{year}-{serial:06}", "content", "due_handling")
    assert register.units == ("lead_unit", "co_units")
    assert register.private == {"caller": "name", "phone": "phone"}
    assert register.readers == ("intake", "leaders") and register.private_readers == ()
    assert register.redo == "redo_count" and register.confidential == ""


@pytest.mark.parametrize(
    "key, value, named",
    [
        ("case.colour", "red", "case.colour"), ("case.number", "HL-{month}", "month"),
        ("case.title", "a b", "case.title"),
        ("case.title", "", "case.title"), ("case.unit", "a,,b c", "case.unit"), ("case.readers", " ", "case.readers"),
        ("case.private", "caller", "case.private"), ("case.private", "caller:blur", "case.private"),
        ("case.state", "办理中", "case.state"), ("case.Number", "x", "case.Number"),
    ],
)
def test_a_wrong_declaration_is_refused_by_name(key: str, value: str, named: str) -> None:
    properties = WHOLE | {key: value}
    problems = check_properties(properties, {})
    assert len(problems) == 1 and problems[0][0] is None and named in problems[0][1]
    with pytest.raises(RegisterInvalid, match=named):
        read_register("hotline", "热线", properties)


def test_a_register_without_number_is_refused() -> None:
    (problem,) = check_properties({"case.title": "content"}, {})
    assert "case.number" in problem[1]
    with pytest.raises(RegisterInvalid):
        read_register("hotline", "热线", {})
    assert check_properties({}, {}) == []


def test_elements_may_say_the_state_and_the_closing_and_nothing_else() -> None:
    right = {"sign_in": {"case.state": "待签收", "task.act": "签收"}, "ended": {"case.closes": "true"}}
    assert check_properties(WHOLE, right) == []
    wrong = {"a": {"case.closes": "yes"}, "b": {"case.state": " "}, "c": {"case.number": "X-{serial}"}}
    assert [element for element, _ in check_properties(WHOLE, wrong)] == ["a", "b", "c"]
