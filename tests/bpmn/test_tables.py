"""The tables give every possible call exactly one set of units and limits, and every document one limit a step."""

from datetime import timedelta
from decimal import Decimal
from itertools import product

import pytest

from app.example import township
from engine.dmn import DecisionModel, parse_dmn
from engine.feel import compile_expression
from engine.feel.values import Value
from tests.bpmn.drawing import FOLDER
from tests.bpmn.hotline import MONDAY

VILLAGES = [group["id"] for group in township()["groups"] if group["kind"] == "village"]
GROUPS = {group["id"] for group in township()["groups"]}
CATEGORIES = ("基础设施", "民生保障", "矛盾纠纷", "环境卫生", "其他")
URGENCIES = ("一般", "紧急", "疑难")
KINDS = ("咨询", "求助", "投诉", "举报", "建议", "表扬")


def decide(table: str, **inputs: Value) -> tuple[dict[str, Value], int]:
    """Return the outputs of a table and the number of the rule that gave them."""
    model: DecisionModel = parse_dmn((FOLDER / "tables" / f"{table}.dmn").read_bytes())
    result = model.decision(table).evaluate(inputs, now=MONDAY)
    (outputs,), (rule,) = result.outputs, result.matched_rules
    return dict(outputs), rule.number


@pytest.mark.parametrize(("category", "urgency"), list(product(CATEGORIES, URGENCIES)))
def test_the_matrix_names_known_units_for_every_village(category: str, urgency: str) -> None:
    for village in VILLAGES:
        units, _ = decide("hotline_matrix", village=village, category=category, urgency=urgency)
        assert units["receiving_unit"] == village
        assert isinstance(units["co_units"], list)
        assert {units["lead_unit"], units["escalation"], *units["co_units"]} <= GROUPS
        assert units["lead_unit"] not in units["co_units"]
        assert (village in (units["lead_unit"], *units["co_units"])) >= (urgency == "紧急")


def test_a_row_for_one_village_comes_before_the_general_ones() -> None:
    near, _ = decide("hotline_matrix", village="village_08", category="基础设施", urgency="疑难")
    far, _ = decide("hotline_matrix", village="village_09", category="基础设施", urgency="疑难")
    assert (near["lead_unit"], far["lead_unit"]) == ("water_station", "construction_station")


def test_every_rule_of_both_tables_serves_some_call() -> None:
    matrix = {decide("hotline_matrix", village=village, category=category, urgency=urgency)[1]
              for village, category, urgency in product(VILLAGES[7:9], CATEGORIES, URGENCIES)}
    limits = {decide("hotline_limits", kind=kind, urgency=urgency)[1] for kind, urgency in product(KINDS, URGENCIES)}
    assert (sorted(matrix), sorted(limits)) == (list(range(1, 15)), list(range(1, 5)))


@pytest.mark.parametrize(("kind", "urgency"), list(product(KINDS, URGENCIES)))
def test_a_reminder_comes_before_its_limit(kind: str, urgency: str) -> None:
    limits, _ = decide("hotline_limits", kind=kind, urgency=urgency)
    for step in ("sign_in", "handling"):
        assert 0 < limits[f"{step}_reminder"] < limits[f"{step}_amount"]  # type: ignore[operator]


KINDS_OF_DOCUMENTS = (
    "决议", "决定", "命令(令)", "公报", "公告", "通告", "意见", "通知", "通报", "报告", "请示", "批复",
    "议案", "函", "纪要",
)  # fmt: skip
STEPS = ("收文", "签收", "初审", "登记", "拟办", "批示", "传阅", "承办", "反馈", "审核", "答复", "办结", "归档")


@pytest.mark.parametrize("step", STEPS)
def test_every_step_of_every_document_has_a_limit_that_is_reminded_of_before_it_ends(step: str) -> None:
    for kind, urgency in product(KINDS_OF_DOCUMENTS, ("无", "加急", "特急")):
        limit, _ = decide("document_limits", kind=kind, urgency=urgency, step=step)
        assert isinstance(limit["amount"], Decimal) and limit["amount"] > 0
        assert limit["unit"] in ("工作日", "工作时", "自然日", "小时")
        before = compile_expression(f'duration("{limit["remind_before"]}")').evaluate({}, now=MONDAY)
        assert isinstance(before, timedelta) and before > timedelta(0)


@pytest.mark.parametrize("organ", ["政收", "党收"])
def test_the_settings_name_known_groups_and_a_step_that_comes_first(organ: str) -> None:
    settings, _ = decide("document_settings", organ=organ)
    assert settings["first_step"] in ("初审", "登记")
    assert {settings["escalation"], *str(settings["urgent_recipients"]).split(",")} <= GROUPS
