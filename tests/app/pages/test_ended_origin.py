"""A case that is ended by hand tells what is linked with it: a matter its orders, an order its matter."""

from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import select

from app import errands
from app.case.models import Case, Notification
from app.db import current_engine, db, transaction
from tests.app.pages.conftest import Township
from tests.bpmn.tiers import CONSULTED, MATTER, RESOLVED, meeting, voted


def fill(township: Township, number: str, element: str, form: Mapping[str, Any], by: str) -> None:
    """Complete an open task."""
    with township.app.app_context(), transaction() as engine:
        engine.complete_task(township.task(number, element), form, by=by)


def unit_of(township: Township, number: str, unit: str, form: Mapping[str, Any]) -> None:
    """Let a unit fill in its plan."""
    with township.app.app_context(), transaction() as engine:
        case = db.session.scalars(select(Case).where(Case.number == number)).one()
        tasks = engine.instance(case.instance_id).open_tasks
        task = next(task for task in tasks if unit in task.candidate_groups)
        engine.complete_task(task.id, form, by={"water_station": "water1", "village_08": "village08"}[unit])


def follow(township: Township) -> None:
    """Let the worker do its errands, and what follows from them."""
    with township.app.app_context():
        while errands.step():
            pass
        more = True
        while more:
            with transaction() as engine:
                more = bool(engine.run_due())


def void(township: Township, login: str, number: str) -> None:
    visitor = township[login]
    visitor.get(f"/cases/{number}/void")
    assert visitor.post(f"/cases/{number}/void", {"reason": "重复登记"}).status_code == 302


def notices(township: Township, login: str) -> list[tuple[str, dict[str, Any]]]:
    with township.app.app_context():
        found = select(Notification).where(Notification.user == login, Notification.kind == "outcome")
        return [(each.text, dict(each.params)) for each in db.session.scalars(found.order_by(Notification.id))]


def orders(township: Township) -> list[tuple[str, str, bool]]:
    with township.app.app_context():
        found = db.session.scalars(select(Case).where(Case.process_key == "supervision_order").order_by(Case.number))
        return [(each.number, each.state, each.closed_at is not None) for each in found]


def order_by_hand(township: Township) -> None:
    """Propose a matter, and open an order that names it although nobody has resolved on it."""
    order = {
        "title": "现场核查", "source": "其他", "origin": "YT-2026-0001", "unit": "water_station", "level": "一般督办",
        "due": "2026-12-18T17:30+08:00", "content": "到现场核查一次。",
    }  # fmt: skip
    for key, form in ("three_tier_decision", {**MATTER, "origin": ""}), ("supervision_order", order):
        assert township.send("dispatch1", f"/start/{key}", {"data": form}).status_code == 200


@pytest.fixture
def matter(township: Township) -> str:
    """A matter with a resolution that two units carry out."""
    start = {**MATTER, "origin": ""}
    assert township.send("dispatch1", "/start/three_tier_decision", {"data": start}).status_code == 200
    number = "YT-2026-0001"
    fill(township, number, "consult_leaders", CONSULTED, "leader1")
    times = {"held_at": "2026-11-20T09:00+08:00", "due": "2026-12-18T17:30+08:00"}
    held = {**meeting(), **voted(6, 0, 0), **RESOLVED, **times}
    fill(township, number, "hold_meeting", held, "dispatch1")
    return number


def test_the_orders_of_a_voided_matter_end_with_it(township: Township, matter: str) -> None:
    fill(township, "DB-2026-0001", "assign_order", {"assign_note": "按期办结。"}, "discipline1")
    assert [state for _number, state, _closed in orders(township)] == ["办理中", "待交办"]
    void(township, "dispatch1", matter)
    follow(township)
    assert [(state, closed) for _number, state, closed in orders(township)] == [("已撤销", True)] * 2
    with township.app.app_context():
        engine = current_engine()
        for number, _state, _closed in orders(township):
            case = db.session.scalars(select(Case).where(Case.number == number)).one()
            seen = engine.variables(case.instance_id)
            assert (seen["outcome"], seen["outcome_note"]) == ("已撤销", "来源案卷已作废：重复登记")
        assert engine.incidents() == []


def test_a_voided_order_sends_its_matter_back_to_the_meeting_and_withdraws_the_rest(
    township: Township, matter: str
) -> None:
    void(township, "discipline1", "DB-2026-0001")
    follow(township)
    assert township.case(matter).state == "待例会"
    with township.app.app_context():
        seen = current_engine().variables(township.case(matter).instance_id)
    assert (seen["return_reason"], seen["reports"][0]["outcome"]) == ("重复登记", "已作废")
    assert [state for _number, state, _closed in orders(township)] == ["已作废", "已撤销"]


def test_people_of_a_case_are_told_that_its_origin_was_voided_and_why(township: Township) -> None:
    order_by_hand(township)
    void(township, "dispatch1", "YT-2026-0001")
    follow(township)
    assert orders(township) == [("DB-2026-0001", "待交办", False)], "what nobody has resolved on goes on"
    ((text, params),) = notices(township, "discipline1")
    assert "grew out of" in text
    assert (params["origin"], params["state"], params["reason"]) == ("YT-2026-0001", "已作废", "重复登记")
    page = township["discipline1"].get("/notifications").text
    assert "本案卷的来源“三级决策”YT-2026-0001 已被终止（已作废）：重复登记" in page


def test_an_origin_is_told_that_what_grew_out_of_it_was_voided_not_merely_ended(township: Township) -> None:
    order_by_hand(township)
    void(township, "discipline1", "DB-2026-0001")
    told = [params["state"] for text, params in notices(township, "leader1") if "is closed" in text]
    assert told == ["已作废"]
