"""Each rule of the decision tables, by its id: a call that it serves, and what it concludes.

A rule that is added to a table, or a table that is added, fails here until it has its line.
"""

from typing import Any

import pytest

from engine.dmn import DecisionModel, parse_dmn
from tests.bpmn.drawing import FOLDER
from tests.bpmn.hotline import MONDAY

TABLES = sorted((FOLDER / "tables").glob("*.dmn"))


def matrix(
    village: str, category: str, urgency: str, lead: str, co_units: list[str], escalation: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    inputs = {"village": village, "category": category, "urgency": urgency}
    outputs = {"receiving_unit": village, "lead_unit": lead, "co_units": co_units, "escalation": escalation}
    return inputs, outputs


def limits(kind: str, urgency: str, *limits: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    names = (
        "sign_in_amount", "sign_in_unit", "sign_in_reminder", "first_contact_amount", "first_contact_unit",
        "handling_amount", "handling_unit", "handling_reminder",
    )  # fmt: skip
    return {"kind": kind, "urgency": urgency}, dict(zip(names, limits, strict=True))


LEADERS, REVIEW, CIVIL, PEACE = "township_leaders", "hotline_review", "civil_affairs_office", "peace_center"
NEAR, FAR, HALL, ROADS = "village_08", "village_09", "government_service_hall", "construction_station"

RULES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "hotline_matrix_rule_1": matrix(NEAR, "基础设施", "疑难", "water_station", [ROADS, NEAR], LEADERS),
    "hotline_matrix_rule_2": matrix(FAR, "基础设施", "紧急", ROADS, [FAR, "emergency_station"], LEADERS),
    "hotline_matrix_rule_3": matrix(FAR, "基础设施", "疑难", ROADS, [FAR], LEADERS),
    "hotline_matrix_rule_4": matrix(FAR, "基础设施", "一般", ROADS, [], REVIEW),
    "hotline_matrix_rule_5": matrix(FAR, "民生保障", "紧急", CIVIL, [FAR], LEADERS),
    "hotline_matrix_rule_6": matrix(FAR, "民生保障", "疑难", CIVIL, [FAR], LEADERS),
    "hotline_matrix_rule_7": matrix(FAR, "民生保障", "一般", CIVIL, [], REVIEW),
    "hotline_matrix_rule_8": matrix(FAR, "矛盾纠纷", "紧急", PEACE, [FAR], LEADERS),
    "hotline_matrix_rule_9": matrix(FAR, "矛盾纠纷", "疑难", PEACE, [FAR], LEADERS),
    "hotline_matrix_rule_10": matrix(FAR, "矛盾纠纷", "一般", PEACE, [], REVIEW),
    "hotline_matrix_rule_11": matrix(FAR, "环境卫生", "紧急", FAR, ["emergency_station"], LEADERS),
    "hotline_matrix_rule_12": matrix(FAR, "环境卫生", "疑难", FAR, [], REVIEW),
    "hotline_matrix_rule_13": matrix(FAR, "其他", "紧急", HALL, [FAR], LEADERS),
    "hotline_matrix_rule_14": matrix(FAR, "其他", "一般", HALL, [], REVIEW),
    "hotline_limits_rule_1": limits("咨询", "紧急", 1, "小时", 0.5, 1, "小时", 2, "小时", 1),
    "hotline_limits_rule_2": limits("投诉", "疑难", 4, "工作时", 3, 1, "工作日", 10, "工作日", 8),
    "hotline_limits_rule_3": limits("咨询", "一般", 4, "工作时", 3, 1, "工作日", 2, "工作日", 1),
    "hotline_limits_rule_4": limits("求助", "一般", 4, "工作时", 3, 1, "工作日", 5, "工作日", 4),
}


def models() -> list[DecisionModel]:
    return [parse_dmn(path.read_bytes()) for path in TABLES]


@pytest.mark.parametrize("rule", RULES)
def test_the_rule_serves_its_call_alone_and_concludes_this(rule: str) -> None:
    inputs, outputs = RULES[rule]
    (decision,) = [decision for model in models() for id, decision in model.decisions.items() if rule.startswith(id)]
    result = decision.evaluate(inputs, now=MONDAY)
    assert [matched.id for matched in result.matched_rules] == [rule]
    assert [dict(each) for each in result.outputs] == [outputs]
    assert result.reasons == ()


def test_every_rule_of_every_table_has_its_line_here() -> None:
    decisions = [decision for model in models() for decision in model.decisions.values()]
    assert all(decision.table is not None for decision in decisions)
    rules = [rule.id for decision in decisions if decision.table is not None for rule in decision.table.rules]
    assert sorted(map(str, rules)) == sorted(RULES)
