"""Matters and supervision orders in the township's engine: what people fill in, and how far a matter is brought."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.calendar import LOCAL
from tests.bpmn.hotline import Case, Township

MATTER: Mapping[str, Any] = {
    "title": "防洪堤除险加固", "proposer": "水利站", "source": "热线工单", "origin": "HL-2026-000001", "kind": "决策",
    "village": "village_08", "major": True, "content": "防洪堤年久失修,涉及三个村民组。",
}
CONSULTED: Mapping[str, Any] = {
    "consultation_attendees": [{"name": "甲", "opinion": "分期实施较稳妥。"}, {"name": "乙"}],
    "analysis": "汛期前须完工。", "options": "一次完成,或者分两期。",
    "consultation_result": "forward", "consultation_opinion": "建议分两期,提请例会。", "consultation_due_count": 3,
    "consultation_votes_for": 2, "consultation_votes_against": 0, "consultation_votes_abstain": 0,
}
RESOLVED: Mapping[str, Any] = {
    "resolution": "由水利站牵头,分两期实施。", "lead_unit": "water_station", "co_units": ["village_08"],
    "due": "2026-11-20T17:30+08:00", "resources": "县级资金三十万元。",
}
PLANNED: Mapping[str, Any] = {
    "plan_attendees": [{"name": "丁", "opinion": "先修险段。"}], "plan_result": "carry_out",
    "plan": "十月底前开工。", "local_variation": "险段改用格宾石笼。", "plan_due_count": 1, "plan_votes_for": 1,
    "plan_votes_against": 0, "plan_votes_abstain": 0,
}
SENT_BACK: Mapping[str, Any] = {
    "plan_attendees": [{"name": "丁"}], "plan_result": "send_back", "plan_reason": "征地没有完成。",
    "plan_due_count": 1, "plan_votes_for": 0, "plan_votes_against": 1, "plan_votes_abstain": 0,
}
ORDER: Mapping[str, Any] = {
    "title": "校门口减速带", "source": "检查发现", "unit": "construction_station", "level": "一般督办",
    "due": "2026-10-23T17:30+08:00", "content": "限期修复。",
}
DONE: Mapping[str, Any] = {
    "progress_attendees": [{"name": "戊"}], "progress_result": "已落实", "progress": "已经完工。",
}
UNABLE: Mapping[str, Any] = {**DONE, "progress_result": "难以落实", "progress": "土地没有批下来。"}
STAGE: Mapping[str, Any] = {**DONE, "progress_result": "阶段进展", "progress": "已经开工。"}
LATER: Mapping[str, Any] = {
    **DONE, "progress_result": "申请延期", "progress": "材料没有到货。", "extension_days": 3,
}
TRUE: Mapping[str, Any] = {"review": "pass", "review_opinion": "现场核实无误。"}


def at(day: int, hour: int, minute: int = 0, month: int = 10) -> datetime:
    """Return an instant of 2026 in the township."""
    return datetime(2026, month, day, hour, minute, tzinfo=LOCAL)


def meeting(present: int = 6, due: int = 9, **decided: Any) -> dict[str, Any]:
    """Return what the office records of a meeting, up to what it decides."""
    people = [{"name": f"委员{number}", "opinion": "同意。"} for number in range(present)]
    return {"held_at": "2026-10-14T09:00+08:00", "due_count": due, "meeting_attendees": people, **decided}


def voted(in_favour: int, against: int, abstained: int) -> dict[str, Any]:
    """Return a counted vote."""
    return {
        "meeting_result": "decide", "votes_for": in_favour, "votes_against": against, "votes_abstain": abstained,
    }  # fmt: skip


def consulted(town: Township, **changed: Any) -> Case:
    """Propose a matter and let the leaders send it to the meeting."""
    case = town.open("three_tier_decision", {**MATTER, **changed}, by="dispatch1")
    return case.do("consult_leaders", **CONSULTED)


def adopted(town: Township, **changed: Any) -> Case:
    """Bring a matter to a resolution that its units carry out."""
    return consulted(town).do("hold_meeting", **meeting(), **voted(6, 0, 0), **{**RESOLVED, **changed})


def orders(town: Township) -> dict[str, Case]:
    """Return the newest order of each unit."""
    found = [Case(town, record.id) for record in town.engine.store.instances(key="supervision_order")]
    return {case["unit"]: case for case in sorted(found, key=lambda case: case.number)}


def unit_plans(case: Case, unit: str, form: Mapping[str, Any] = PLANNED) -> None:
    """Let one unit fill in its plan."""
    task = next(task for task in case.tasks if task.candidate_groups == (unit,))
    logins = [login for login in case.town.groups_of if case.town.engine.may_work_on(task, login)]
    case.town.engine.complete_task(task.id, form, by=min(logins))


def reported(order: Case, feedback: Mapping[str, Any] = DONE) -> Case:
    """Bring an order to its end: handed over, reported, reviewed."""
    order.do("assign_order", assign_note="按期办结。").do("report_progress", **feedback)
    return order.do("review_feedback", **TRUE)
