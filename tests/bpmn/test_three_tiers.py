"""Every way through the three tiers' diagram."""

import pytest

from tests.bpmn.hotline import Township

MATTER = {
    "title": "防洪堤除险加固", "source": "热线工单", "kind": "决策", "village": "village_08", "major": True,
    "content": "防洪堤年久失修,涉及三个村民组。",
}
CONSULTED = {"consultation_attendees": "乡领导", "analysis": "分两期实施。", "consultation_result": "forward"}
RESOLVED = {
    "meeting_attendees": "班子成员", "meeting_result": "adopt", "meeting_opinion": "由水利站牵头。",
    "lead_unit": "water_station", "co_units": ["village_08"], "due": "2026-11-20T17:30:00+08:00",
}


@pytest.fixture
def town() -> Township:
    return Township()


def test_a_matter_passes_the_three_tiers(town: Township) -> None:
    case = town.open("three_tier_decision", MATTER, by="dispatch1").do("consult_leaders", **CONSULTED)
    case.do("hold_meeting", **RESOLVED)
    assert (case.who_may("carry_out_resolution"), case.state) == ({"water1"}, "落实中")
    case.do("carry_out_resolution", execution_result="done", execution_log="一期已完工。")
    assert (case.status, case.state) == ("completed", "已落实")


def test_each_tier_may_send_a_matter_back(town: Township) -> None:
    case = town.open("three_tier_decision", MATTER, by="dispatch1").do("consult_leaders", **CONSULTED)
    case.do("hold_meeting", meeting_attendees="班子成员", meeting_result="send_back", meeting_opinion="资金来源不明。")
    assert case.steps == ["consult_leaders"]
    case.do("consult_leaders", **CONSULTED).do("hold_meeting", **RESOLVED)
    case.do("carry_out_resolution", execution_result="send_back", execution_log="征地未完成。")
    assert (case.steps, case.state) == (["hold_meeting"], "待例会")


def test_a_matter_may_be_shelved(town: Township) -> None:
    case = town.open("three_tier_decision", MATTER, by="dispatch1")
    case.do("consult_leaders", **{**CONSULTED, "consultation_result": "shelve"})
    assert (case.status, case.state) == ("completed", "不上会")
