"""Work that comes back: whoever has done a step, or begun a case, is told that it is theirs again and from whom."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, cast

from sqlalchemy import select

from app.case.models import Case
from app.db import CLOCK, db, transaction
from app.notices.returned import CAME_BACK, CAME_BACK_FROM
from engine.clock import MovingClock
from tests.app.notices.conftest import told
from tests.app.pages.conftest import Township
from tests.bpmn.tiers import CONSULTED, DONE, MATTER, ORDER, STAGE, meeting

MEETING, ORDERS = "three_tier_decision", "supervision_order"
HELD = {**meeting(), "held_at": "2026-11-20T09:00+08:00"}


def begin(township: Township, key: str, form: Mapping[str, Any]) -> str:
    with township.app.app_context(), transaction() as engine:
        return str(engine.start(key, form, by="dispatch1").business_key)


def do(township: Township, number: str, element: str, by: str, **form: Any) -> None:
    """Complete a step, a minute after the last one."""
    cast(MovingClock, township.app.extensions[CLOCK]).advance(timedelta(minutes=1))
    with township.app.app_context(), transaction() as engine:
        case = db.session.scalars(select(Case).where(Case.number == number)).one()
        task = next(task for task in engine.instance(case.instance_id).open_tasks if task.element_id == element)
        engine.complete_task(task.id, form, by=by)


def work(township: Township) -> None:
    more = True
    while more:
        with township.app.app_context(), transaction() as engine:
            more = bool(engine.run_due())


def returned(township: Township, user: str) -> list[tuple[str, str, str | None]]:
    found = [each for each in told(township.app, user) if each.kind == "returned"]
    return [(each.text, each.params["task"], each.params.get("person")) for each in found]


def test_whoever_did_a_step_is_told_when_another_gives_it_back(township: Township) -> None:
    number = begin(township, MEETING, {**MATTER, "origin": ""})
    do(township, number, "consult_leaders", "leader1", **CONSULTED)
    do(township, number, "hold_meeting", "dispatch1", **HELD, meeting_result="send_back", meeting_reason="资金不明。")
    assert returned(township, "leader1") == [(CAME_BACK_FROM, "会商研判", "派单员甲")]
    assert returned(township, "dispatch1") == []
    assert "“会商研判”已由派单员甲退回给您" in township["leader1"].get("/notifications").text


def test_who_began_a_case_is_told_when_it_comes_back_by_name(township: Township) -> None:
    number = begin(township, MEETING, {**MATTER, "origin": ""})
    asked = {**CONSULTED, "consultation_result": "supplement", "consultation_opinion": "请附概算。"}
    do(township, number, "consult_leaders", "leader1", **asked)
    assert returned(township, "dispatch1") == [(CAME_BACK_FROM, "补充材料", "分管领导甲")]


def test_what_somebody_repeats_alone_has_not_come_back(township: Township) -> None:
    order = {**ORDER, "due": "2026-12-18T17:30+08:00"}
    number = begin(township, ORDERS, order)
    do(township, number, "assign_order", "discipline1", assign_note="按期办结。")
    do(township, number, "report_progress", "construction1", **STAGE)
    do(township, number, "report_progress", "construction1", **STAGE)
    assert returned(township, "construction1") == []
    do(township, number, "urge_order", "discipline1", urging="urge", urge_words="请抓紧。")
    work(township)
    assert returned(township, "discipline1") == []
    do(township, number, "report_progress", "construction1", **DONE)
    do(township, number, "review_feedback", "discipline1", review="back", review_opinion="没有照片。")
    assert returned(township, "construction1") == [(CAME_BACK_FROM, "反馈", "纪检员甲")]


def test_what_comes_back_by_itself_names_nobody(township: Township) -> None:
    number = begin(township, MEETING, {**MATTER, "origin": "", "major": False})
    do(township, number, "consult_leaders", "leader1", **CONSULTED)
    resolved = {
        "meeting_result": "decide", "agreed": "yes", "resolution": "由水利站落实。", "lead_unit": "water_station",
        "due": "2026-12-18T17:30+08:00",
    }  # fmt: skip
    do(township, number, "hold_meeting", "dispatch1", **HELD, **resolved)
    planned = {"plan_attendees": [{"name": "丁"}], "plan_result": "carry_out", "plan": "即刻就办。"}
    do(township, number, "plan_execution", "water1", **planned)
    do(township, "DB-2026-0001", "assign_order", "discipline1", assign_note="按期办结。")
    do(township, "DB-2026-0001", "report_progress", "water1", **{**DONE, "progress_result": "难以落实"})
    do(township, "DB-2026-0001", "review_feedback", "discipline1", review="pass", review_opinion="属实。")
    assert returned(township, "dispatch1") == [(CAME_BACK, "例会议定", None)]
