"""The hotline's tables give every possible call exactly one set of units and limits."""

from itertools import product

import pytest

from app.example import township
from engine.dmn import DecisionModel, parse_dmn
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
