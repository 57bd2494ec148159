"""A user task may say in BPMN's own words who is asked to do it."""

from typing import Any

import pytest

from engine.engine import Engine
from engine.store import TaskRecord
from engine.store.memory import MemoryStore
from tests.engine.diagrams import diagram, engine_with, user_task
from tests.engine.dialect.zeebe import drawn


def role(kind: str, text: str) -> str:
    return (
        f'<bpmn:{kind} name="who"><bpmn:resourceAssignmentExpression>'
        f"<bpmn:formalExpression>{text}</bpmn:formalExpression></bpmn:resourceAssignmentExpression></bpmn:{kind}>"
    )


def file(*roles: str, attributes: str = "") -> bytes:
    task = user_task("a", attributes, "".join(roles))
    return diagram(f'<bpmn:startEvent id="begun"/>{task}<bpmn:endEvent id="ended"/>\nflow: begun>a, a>ended')


def asked(*roles: str, attributes: str = "", **variables: Any) -> TaskRecord:
    (task,) = engine_with(file(*roles, attributes=attributes)).start("example", variables, by="ann").open_tasks
    return task


def refused(*roles: str, attributes: str = "") -> list[tuple[str, str]]:
    findings = engine_with().check({"x.bpmn": file(*roles, attributes=attributes)})
    return [(item.rule, item.message("en")) for item in findings if item.severity == "error"]


def test_the_human_performer_is_the_assignee() -> None:
    assert asked(role("humanPerformer", "ben")).assignee == "ben"
    assert asked(role("humanPerformer", "${boss}"), boss="ben").assignee == "ben"


@pytest.mark.parametrize(("text", "users", "groups"), [
    ("user(ann), group(office)", ("ann",), ("office",)),
    ("office, village", (), ("office", "village")),
    (" user( ann ) ,user(ben)", ("ann", "ben"), ()),
    ("group(${units})", (), ("water", "roads")),
    ("user(${boss}), group(office), ${units}", ("ben",), ("office", "water", "roads")),
    ("${yes ? boss : 'nobody'}, office", (), ("ben", "office")),
    ("user(${units.get(0)}), office", ("water",), ("office",)),
])
def test_a_potential_owner_lists_users_and_groups(
    text: str, users: tuple[str, ...], groups: tuple[str, ...]
) -> None:
    task = asked(role("potentialOwner", text), boss="ben", units=["water", "roads"], yes=True)
    assert (task.assignee, task.candidate_users, task.candidate_groups) == (None, users, groups)


def test_roles_stand_beside_the_vendor_s_attributes() -> None:
    task = asked(
        role("potentialOwner", "village"), role("potentialOwner", "user(ben)"),
        attributes='camunda:candidateUsers="ann,cara" camunda:candidateGroups="${units}"', units=["water", "roads"],
    )
    assert task.candidate_users == ("ann", "cara", "ben")
    assert task.candidate_groups == ("water", "roads", "village")


def test_a_task_has_one_assignee() -> None:
    twice = [("assignee_twice", "the assignee is named twice: one humanPerformer at most, and not beside the "
              "assignee's attribute")]
    assert refused(role("humanPerformer", "ben"), attributes='camunda:assignee="ann"') == twice
    assert refused(role("humanPerformer", "ben"), role("humanPerformer", "cara")) == twice


def test_a_role_without_an_expression_is_refused() -> None:
    ((rule, message),) = refused('<bpmn:potentialOwner id="p"/>')
    assert rule == "attribute_missing" and "bpmn:potentialOwner/resourceAssignmentExpression" in message


def test_a_performer_of_another_task_is_refused_by_name() -> None:
    content = diagram(
        f'<bpmn:startEvent id="begun"/><bpmn:manualTask id="m">{role("potentialOwner", "office")}</bpmn:manualTask>'
        '<bpmn:endEvent id="ended"/>\nflow: begun>m, m>ended'
    )
    (finding,) = [item for item in engine_with().check({"x.bpmn": content}) if item.severity == "error"]
    assert "potentialOwner" in finding.message("en")


def test_people_named_so_are_looked_up() -> None:
    known = {"user": {"ann"}, "group": {"office"}}
    engine = Engine(MemoryStore("test"), known_people=known.__getitem__)
    findings = engine.check({"x.bpmn": file(role("potentialOwner", "user(anna), group(ofice)"))})
    named = [(item.rule, item.params["what"]) for item in findings if item.rule in ("user_unknown", "group_unknown")]
    assert named == [("user_unknown", "anna"), ("group_unknown", "ofice")]


def test_diagrams_of_camunda_8_have_them_too() -> None:
    owners = role("potentialOwner", "user(ann), =units")
    engine = engine_with(drawn(f'<bpmn:userTask id="a">{owners}</bpmn:userTask>\n'))
    (task,) = engine.start("example", {"units": ["water"]}, by="ann").open_tasks
    assert (task.candidate_users, task.candidate_groups) == (("ann",), ("water",))
