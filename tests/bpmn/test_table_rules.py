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


def settings(organ: str, institution: str) -> tuple[dict[str, Any], dict[str, Any]]:
    outputs = {
        "first_step": "初审", "number_required": True, "urgent_recipients": "party_government_office,township_leaders",
        "escalation": "township_leaders", "fonds": "0001", "archive_category": "WS", "institution": institution,
    }
    return {"organ": organ}, outputs


def limit(
    kind: str, urgency: str, step: str, amount: float, unit: str, before: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    outputs = {"amount": amount, "unit": unit, "remind_before": before}
    return {"kind": kind, "urgency": urgency, "step": step}, outputs


def meeting(tier: str, major: bool, *rules: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    names = (
        "quorum_numerator", "quorum_denominator", "quorum_exceeded", "counted_vote", "pass_numerator",
        "pass_denominator", "pass_exceeded", "pass_basis",
    )  # fmt: skip
    return {"tier": tier, "major": major}, dict(zip(names, rules, strict=True))


def supervision(level: str, *limits: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    names = ("assign_days", "remind_days", "review_days", "extension_days", "escalation")
    return {"level": level}, dict(zip(names, limits, strict=True))


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
    "document_settings_rule_1": settings("政收", "ZFB"),
    "document_settings_rule_2": settings("党收", "DWB"),
    "document_limits_rule_1": limit("议案", "无", "承办", 20, "工作日", "P5D"),
    "document_limits_rule_2": limit("通知", "特急", "收文", 2, "小时", "PT1H"),
    "document_limits_rule_3": limit("通知", "加急", "收文", 4, "工作时", "PT2H"),
    "document_limits_rule_4": limit("通知", "无", "收文", 2, "工作日", "P1D"),
    "document_limits_rule_5": limit("函", "特急", "签收", 0.5, "小时", "PT10M"),
    "document_limits_rule_6": limit("函", "加急", "初审", 1, "工作时", "PT30M"),
    "document_limits_rule_7": limit("函", "无", "登记", 4, "工作时", "PT1H"),
    "document_limits_rule_8": limit("函", "特急", "拟办", 2, "小时", "PT1H"),
    "document_limits_rule_9": limit("函", "加急", "反馈", 4, "工作时", "PT2H"),
    "document_limits_rule_10": limit("函", "无", "审核", 1, "工作日", "PT4H"),
    "document_limits_rule_11": limit("请示", "特急", "批示", 4, "小时", "PT2H"),
    "document_limits_rule_12": limit("请示", "加急", "答复", 1, "工作日", "PT4H"),
    "document_limits_rule_13": limit("请示", "无", "批示", 2, "工作日", "P1D"),
    "document_limits_rule_14": limit("通报", "特急", "传阅", 1, "工作日", "PT4H"),
    "document_limits_rule_15": limit("通报", "加急", "传阅", 2, "工作日", "P1D"),
    "document_limits_rule_16": limit("通报", "无", "传阅", 5, "工作日", "P1D"),
    "document_limits_rule_17": limit("议案", "特急", "承办", 3, "工作日", "P1D"),
    "document_limits_rule_18": limit("通知", "加急", "承办", 5, "工作日", "P1D"),
    "document_limits_rule_19": limit("通知", "无", "承办", 10, "工作日", "P2D"),
    "document_limits_rule_20": limit("通知", "特急", "归档", 10, "工作日", "P1D"),
    "meeting_rules_rule_1": meeting("领导会商会", True, 2, 3, False, True, 1, 2, True, "应到"),
    "meeting_rules_rule_2": meeting("乡级例会", False, 1, 2, True, False, 1, 2, True, "实到"),
    "meeting_rules_rule_3": meeting("乡村协作", False, 0, 1, False, False, 1, 2, True, "实到"),
    "supervision_limits_rule_1": supervision("重点督办", 1, 3, 1, 5, LEADERS),
    "supervision_limits_rule_2": supervision("一般督办", 1, 1, 2, 10, "supervision"),
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
