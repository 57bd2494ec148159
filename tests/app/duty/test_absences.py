"""Absences on the pages: entering, changing, ending, who may, what is refused; hand-over, report, board, chart."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.db import db, tenant
from app.duty.models import AbsenceRow, Handover
from app.duty.reading import read_roster
from app.people.models import PostTerm
from engine.clock import MovingClock
from tests.app.conftest import START
from tests.app.duty.conftest import Enter, local
from tests.app.duty.test_acting import later, numbers
from tests.app.pages.conftest import Township


def rows(township: Township) -> list[AbsenceRow]:
    with township.app.app_context():
        return list(db.session.scalars(select(AbsenceRow).order_by(AbsenceRow.id)))


def test_a_person_enters_an_absence_and_board_and_chart_show_it(township: Township, enter: Enter) -> None:
    assert enter("duty1", 24, 72, note="去村03").headers["Location"] == "/duty/absences/1"
    (row,) = rows(township)
    assert (row.login, row.kind, row.begins, row.ends) == (
        "duty1", "village", START + timedelta(hours=24), START + timedelta(hours=72),
    )  # fmt: skip
    board = township["village03"].get("/duty").text
    assert "下村" in board and "2026-11-21 09:00" in board
    assert "派单员甲 代 值班员甲" in board and "B 代办" in board
    assert "去村03" not in board, "the note is for those whom it concerns"
    township["village03"].language = "en"
    english = township["village03"].get("/duty").text
    assert "village duty" in english and "B acts" in english
    chart = township["village03"].get("/duty/chart").text
    assert "Heads" not in chart and "热线值守岗" in chart and "A 值班员甲 · B 派单员甲" in chart


@pytest.mark.parametrize("form", [
    {"kind": "holiday"}, {"at": "gestern"}, {"at": ""}, {"at": "0001-01-01T00:00"}, {"at": "9999-12-31T23:59"},
    {"note": "x" * 501},
])  # fmt: skip
def test_nonsense_is_refused_and_nothing_is_saved(township: Township, form: dict[str, str]) -> None:
    begins, ends = (form.get("at", local(START + timedelta(hours=hours))) for hours in (0, 9))
    sent = {"kind": "village", "login": "duty1", "begins": begins, "ends": ends, **form}
    refused = township["dispatch1"].post("/duty/absences", sent)
    assert refused.status_code == 422
    assert "此次外出不能登记" in refused.text
    assert rows(township) == []


@pytest.mark.parametrize(("begins", "ends"), [(5, 5), (5, 4), (-9, 0), (-9, -1)])
def test_an_absence_ends_after_its_beginning_and_not_in_the_past(
    township: Township, enter: Enter, begins: int, ends: int
) -> None:
    assert enter("duty1", begins, ends).status_code == 422
    assert rows(township) == []


@pytest.mark.parametrize(("begins", "ends"), [(0, 11), (12, 13), (19, 30), (0, 40), (10, 20)])
def test_two_absences_of_one_person_do_not_overlap(
    township: Township, enter: Enter, begins: int, ends: int
) -> None:
    enter("duty1", 10, 20)
    refused = enter("duty1", begins, ends)
    assert refused.status_code == 422
    assert "此人在这段时间已登记外出" in refused.text
    assert len(rows(township)) == 1
    assert enter("duty1", 20, 30).status_code == 302


def test_a_and_b_may_not_be_away_together_unless_the_office_overrules(township: Township, enter: Enter) -> None:
    assert enter("callback1", 0, 20).status_code == 302
    refused = enter("callback2", 19, 30)
    assert refused.status_code == 422
    assert "A 和 B 将同时外出" in refused.text
    assert enter("callback2", 19, 30, overrule="on").status_code == 422, "only the office overrules"
    assert enter("dispatch1", 19, 30, login="callback2").status_code == 422, "and only by saying so"
    assert enter("dispatch1", 19, 30, login="callback2", overrule="on").status_code == 302
    assert [row.overruled for row in rows(township)] == [False, True]
    assert enter("callback2", 30, 40).status_code == 302, "one after the other is no clash"


def test_a_head_enters_for_the_own_people_and_others_for_themselves_alone(township: Township, enter: Enter) -> None:
    assert enter("leader1", login="duty1").status_code == 302
    assert enter("village01", login="village02").status_code == 403
    assert enter("duty1", login="dispatch1").status_code == 403
    assert enter("dispatch1", login="nobody").status_code == 403
    assert township["village01"].get("/duty/absences/1").status_code == 403
    for path in ("/duty/absences/1", "/duty/absences/1/end", "/duty/absences/1/handover"):
        assert township["village01"].post(path, {"kind": "trip"}).status_code == 403
    assert len(rows(township)) == 1


def test_an_absence_is_changed_and_one_that_has_begun_keeps_its_beginning(
    township: Township, enter: Enter, clock: MovingClock
) -> None:
    enter("duty1", 1, 20)
    times = {"begins": local(START + timedelta(hours=2)), "ends": local(START + timedelta(hours=30))}
    assert township["duty1"].post("/duty/absences/1", {"kind": "trip", **times}).status_code == 302
    assert [(row.kind, row.begins) for row in rows(township)] == [("trip", START + timedelta(hours=2))]
    later(township, clock, hours=3)
    times = {"begins": local(START), "ends": local(START + timedelta(hours=9))}
    assert township["duty1"].post("/duty/absences/1", {"kind": "leave", **times}).status_code == 302
    (row,) = rows(township)
    assert (row.begins, row.ends) == (START + timedelta(hours=2), START + timedelta(hours=9))


def test_ending_early_asks_first_and_ends_the_cover(township: Township, enter: Enter, clock: MovingClock) -> None:
    number = township.call()
    enter("duty1", 0, 48)
    later(township, clock, hours=1)
    assert numbers(township, "dispatch1") == [number]
    assert "结束这次外出" in township["duty1"].get("/duty/absences/1/end").text
    assert township["duty1"].post("/duty/absences/1/end").status_code == 302
    assert numbers(township, "dispatch1") == []
    again = township["duty1"].post("/duty/absences/1/end")
    assert again.status_code == 422 and "已结束" in again.text


def test_an_absence_that_has_not_begun_is_withdrawn_and_stays_known(township: Township, enter: Enter) -> None:
    enter("duty1", 5, 9)
    township["duty1"].post("/duty/absences/1/end")
    (row,) = rows(township)
    assert row.withdrawn_at == START
    assert enter("duty1", 5, 9).status_code == 302, "its time is free again"


def test_a_hand_over_holds_what_was_open_then_and_b_accepts_and_reports(
    township: Township, enter: Enter, clock: MovingClock
) -> None:
    claimed, offered = township.call(), township.call()
    township["duty1"].post(f"/tasks/{township.task(claimed, 'accept_call')}/claim")
    enter("duty1", 1, 20)
    assert township["dispatch1"].get("/duty/absences/1").status_code == 200, "the office may look"
    assert township["duty1"].post("/duty/absences/1/handover", {"notes": "钥匙在门卫"}).status_code == 302
    township.do("duty1", claimed, "accept_call", acceptance="accept")
    with township.app.app_context():
        (handover,) = db.session.scalars(select(Handover)).all()
        assert (handover.post_id, handover.given_to) == ("hotline_duty", "dispatch1")
        assert sorted(str(task["number"]) for task in handover.tasks) == [claimed, offered]
    path = "/duty/absences/1/handover/hotline_duty"
    assert township["duty1"].post(f"{path}/accept").status_code == 403
    page = township["dispatch1"].get("/duty/absences/1").text
    assert "钥匙在门卫" in page and claimed in page
    assert township["dispatch1"].post(f"{path}/accept").status_code == 302
    assert township["dispatch1"].post(f"{path}/accept").status_code == 422
    again = township["duty1"].post("/duty/absences/1/handover", {"notes": "改"})
    assert again.status_code == 422, "accepted is accepted"
    later(township, clock, hours=21)
    assert township["dispatch1"].get("/duty/absences/1").status_code == 200
    assert township["dispatch1"].post(f"{path}/report", {"report": " "}).status_code == 422
    assert township["dispatch1"].post(f"{path}/report", {"report": "已受理一件"}).status_code == 302
    assert township["dispatch1"].post(f"{path}/report", {"report": "再报"}).status_code == 422
    assert "已受理一件" in township["duty1"].get("/duty/absences/1").text


def test_who_holds_no_post_hands_nothing_over(township: Township, enter: Enter) -> None:
    enter("callback2")
    refused = township["callback2"].post("/duty/absences/1/handover")
    assert refused.status_code == 422 and "没有可交接的岗位" in refused.text


def test_the_office_appoints_and_who_held_the_post_before_stays_known(
    township: Township, clock: MovingClock
) -> None:
    later(township, clock, minutes=5)
    office = township["dispatch1"]
    assert office.post("/duty/posts/hotline_duty", {"part": "B", "login": "leader1"}).status_code == 302
    with township.app.app_context():
        then, since = (read_roster(db.session, tenant(), START + timedelta(minutes=each)).posts[0] for each in (1, 5))
        assert then.held_by("B", START + timedelta(minutes=1)) == "dispatch1"
        assert since.held_by("B", START + timedelta(minutes=5)) == "leader1"


def test_b_is_never_a_and_nobody_else_appoints(township: Township, clock: MovingClock) -> None:
    later(township, clock, minutes=5)
    refused = township["dispatch1"].post("/duty/posts/hotline_duty", {"part": "B", "login": "duty1"})
    assert refused.status_code == 422 and "须是不同的人" in refused.text
    for form in ({"part": "C", "login": "leader1"}, {"part": "A", "login": "nobody"}, {}):
        assert township["dispatch1"].post("/duty/posts/hotline_duty", form).status_code == 422
    assert township["dispatch1"].post("/duty/posts/nothing", {"part": "A", "login": "duty1"}).status_code == 404
    assert township["duty1"].post("/duty/posts/hotline_duty", {"part": "B", "login": "leader1"}).status_code == 403
    with township.app.app_context():
        assert db.session.get_one(PostTerm, (tenant(), "hotline_duty", "B", START)).valid_to is None


@pytest.mark.parametrize("path", [
    "/duty/absences", "/duty/absences/1", "/duty/absences/1/end", "/duty/absences/1/handover",
    "/duty/absences/1/handover/hotline_duty/accept", "/duty/absences/1/handover/hotline_duty/report",
    "/duty/posts/hotline_duty",
])  # fmt: skip
def test_nothing_is_done_without_the_pages_token(township: Township, enter: Enter, path: str) -> None:
    enter("duty1", 0, 9)
    refused = township["dispatch1"].post(path, {"csrf_token": "", "kind": "trip"})
    assert refused.status_code == 400
    assert [(row.kind, row.ends) for row in rows(township)] == [("village", START + timedelta(hours=9))]


def test_the_other_township_sees_nothing_of_this(township: Township, enter: Enter) -> None:
    enter("duty1")
    with township.app.app_context():
        elsewhere = read_roster(db.session, "elsewhere", START)
        assert (elsewhere.posts, elsewhere.absences, elsewhere.office) == ((), (), ())
