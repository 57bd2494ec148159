"""Users and groups that a diagram names in so many words are looked up where the application knows its people."""

import pytest

from engine.dialect.finding import Finding
from engine.engine import Engine
from engine.errors import NotYourTask
from engine.store.memory import MemoryStore
from tests.engine.diagrams import diagram, engine_with, user_task

PEOPLE = {"user": {"ann", "ben"}, "group": {"office", "village"}}


def found(attributes: str, process: str = "") -> list[Finding]:
    content = diagram(f'<bpmn:startEvent id="begun"/>{user_task("a", attributes)}\nflow: begun>a', attributes=process)
    engine = Engine(MemoryStore("test"), known_people=PEOPLE.__getitem__)
    return [item for item in engine.check({"x.bpmn": content}) if item.rule in ("user_unknown", "group_unknown")]


@pytest.mark.parametrize(("attributes", "expected"), [
    ('camunda:assignee="ann"', []),
    ('camunda:candidateGroups="office, village"', []),
    ('camunda:assignee="${someone}"', []),
    ('camunda:assignee="= someone"', []),
    ('camunda:assignee="anna"', [("user_unknown", "anna", "error")]),
    ('camunda:candidateUsers="anna,bob"', [("user_unknown", "anna", "error"), ("user_unknown", "bob", "error")]),
    ('camunda:candidateUsers="anna,ben"', [("user_unknown", "anna", "warning")]),
    ('camunda:assignee="anna" camunda:candidateGroups="office"', [("user_unknown", "anna", "warning")]),
    ('camunda:assignee="anna" camunda:candidateUsers="${others}"', [("user_unknown", "anna", "warning")]),
    ('camunda:candidateGroups="offices"', [("group_unknown", "offices", "warning")]),
    ('camunda:candidateGroups="office,moon"', [("group_unknown", "moon", "warning")]),
])
def test_only_a_task_for_nobody_but_strangers_is_refused(
    attributes: str, expected: list[tuple[str, str, str]]
) -> None:
    assert [(item.rule, item.params["what"], item.severity) for item in found(attributes)] == expected


def test_the_nearest_name_is_offered() -> None:
    (finding,) = found('camunda:candidateGroups="ofice"')
    assert finding.element_id == "a"
    assert finding.message("zh") == "没有代码为“ofice”的组：是否应为“office”？"
    assert finding.message("en") == "there is no group 'ofice': did you mean 'office'?"
    (finding,) = found('camunda:candidateGroups="moon"')
    assert finding.message("en") == "there is no group 'moon'"


def test_who_may_start_is_looked_up_too() -> None:
    process = 'camunda:candidateStarterGroups="office,moon" camunda:candidateStarterUsers="ann,bob"'
    told = [(item.rule, item.element_id, item.params["what"], item.severity) for item in found("", process)]
    assert sorted(told) == [
        ("group_unknown", "example", "moon", "warning"), ("user_unknown", "example", "bob", "warning"),
    ]  # fmt: skip


def test_without_people_nothing_is_looked_up() -> None:
    content = diagram('<bpmn:startEvent id="begun"/>' + user_task("a") + "\nflow: begun>a")
    assert [item for item in engine_with().check({"x.bpmn": content}) if item.severity == "error"] == []


def test_a_task_that_names_nobody_is_refused_where_people_are_looked_after_and_anybody_s_elsewhere() -> None:
    content = diagram(f'<bpmn:startEvent id="begun"/>{user_task("a", "")}\nflow: begun>a')
    looking_after = Engine(MemoryStore("test"), known_people=PEOPLE.__getitem__)
    assert [item.severity for item in looking_after.check({"x.bpmn": content}) if item.rule == "nobody"] == ["error"]
    engine = engine_with(content)
    assert [item.severity for item in engine.check({"x.bpmn": content}) if item.rule == "nobody"] == ["warning"]
    (task,) = engine.start("example", by="ann").open_tasks
    engine.claim(task.id, by="ben")
    assert engine.complete_task(task.id, by="ben").status == "completed"


def test_candidates_that_come_to_nothing_make_a_task_nobody_s() -> None:
    task_of_a_unit = user_task("a", 'camunda:candidateGroups="${unit}"')
    content = diagram(f'<bpmn:startEvent id="begun"/>{task_of_a_unit}\nflow: begun>a')
    engine = engine_with(content)
    (task,) = engine.start("example", {"unit": None}, by="ann").open_tasks
    with pytest.raises(NotYourTask):
        engine.complete_task(task.id, by="ann")
