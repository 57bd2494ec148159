"""B acts for A from the first instant of an absence until A is back, and both names stand in every record."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from app.db import current_engine, db, now, tenant, transaction
from app.duty.reading import covers_of, read_roster
from app.people.models import Post, PostTerm, User
from engine.clock import MovingClock
from engine.errors import NotYourTask, SeparationOfDuties
from engine.store.tables import TaskRow
from tests.app.conftest import START
from tests.app.duty.conftest import Enter
from tests.app.pages.conftest import Township


def later(township: Township, clock: MovingClock, **span: float) -> None:
    """Let time go by; sessions have then ended, so everybody signs in anew."""
    clock.advance(timedelta(**span))
    township.visitors.clear()


def numbers(township: Township, login: str, which: str = "covered") -> list[str]:
    page = township[login].get(f"/inbox?filter={which}").text
    return re.findall(r'<span class="number">(HL-[\d-]+)</span>', page)


def test_b_sees_the_posts_tasks_from_the_first_instant_and_no_longer_once_a_is_back(
    township: Township, enter: Enter, clock: MovingClock
) -> None:
    number = township.call()
    assert enter("duty1", 1, 3).status_code == 302
    assert numbers(township, "dispatch1") == []
    later(township, clock, hours=1)
    assert numbers(township, "dispatch1") == [number]
    page = township["dispatch1"].get("/inbox?filter=covered").text
    assert "代 值班员甲" in page
    later(township, clock, hours=2)
    assert numbers(township, "dispatch1") == []
    task = township.task(number, "accept_call")
    assert "data-acting" not in township["dispatch1"].get(f"/tasks/{task}").text, "as any reader of the register"
    refused = township.send("dispatch1", f"/tasks/{task}/complete", {"data": {"acceptance": "accept"}})
    assert refused.status_code == 403


def test_what_b_does_bears_both_names_in_record_history_and_timeline(township: Township, enter: Enter) -> None:
    number = township.call()
    enter("duty1")
    task = township.task(number, "accept_call")
    assert "派单员甲 代 值班员甲" in township["dispatch1"].get(f"/tasks/{task}").text
    assert township["dispatch1"].post(f"/tasks/{task}/claim").status_code == 302
    with township.app.app_context():
        assert db.session.get_one(TaskRow, (tenant(), task)).assignee == "duty1", "the task keeps its owner"
    assert numbers(township, "dispatch1") == [number]
    township.do("dispatch1", number, "accept_call", acceptance="accept")
    with township.app.app_context():
        row = db.session.get_one(TaskRow, (tenant(), task))
        assert (row.assignee, row.ended_by, row.on_behalf_of) == ("duty1", "dispatch1", "duty1")
        events = [event for event in current_engine().events(row.instance_id) if event.kind.startswith("task_c")]
        acted = {event.kind: (event.actor, event.on_behalf_of) for event in events if event.actor == "dispatch1"}
        assert acted["task_claimed"] == acted["task_completed"] == ("dispatch1", "duty1")
        assert current_engine().verify(row.instance_id) > 0
    timeline = township["dispatch1"].get(f"/cases/{number}").text
    assert timeline.count("派单员甲 代 值班员甲") >= 2
    assert "代 值班员甲" in township["dispatch1"].get("/inbox?filter=done").text
    assert "派单员甲 代 值班员甲" in township["duty1"].get(f"/tasks/{task}").text
    instance_id = task.partition(":")[0]
    audited = re.sub(r"\s+", " ", township["auditor1"].get(f"/audit/{instance_id}").text)
    assert "派单员甲 代 值班员甲" in audited


def test_b_gives_back_what_b_has_claimed_for_a(township: Township, enter: Enter) -> None:
    number = township.call()
    enter("duty1")
    task = township.task(number, "accept_call")
    township["dispatch1"].get(f"/tasks/{task}")
    township["dispatch1"].post(f"/tasks/{task}/claim")
    assert "退回认领" in township["dispatch1"].get(f"/tasks/{task}").text
    assert township["dispatch1"].post(f"/tasks/{task}/unclaim").status_code == 302
    with township.app.app_context():
        assert db.session.get_one(TaskRow, (tenant(), task)).assignee is None


def test_b_sees_what_a_had_claimed_before_and_a_finds_the_rest_on_return(
    township: Township, enter: Enter, clock: MovingClock
) -> None:
    first, second = township.call(), township.call()
    for number in (first, second):
        township["duty1"].post(f"/tasks/{township.task(number, 'accept_call')}/claim")
    enter("duty1", 0, 8)
    later(township, clock, minutes=1)
    assert sorted(numbers(township, "dispatch1")) == sorted([first, second])
    township.do("dispatch1", first, "accept_call", acceptance="accept")
    later(township, clock, hours=8)
    assert numbers(township, "dispatch1") == []
    assert numbers(township, "duty1", "mine") == [second]


def test_b_may_read_the_case_and_its_caller_while_acting_and_not_after(
    township: Township, enter: Enter, clock: MovingClock
) -> None:
    number = township.handled_by("water_station", "water1")
    township.do("leader1", number, "review_result", review="redo", review_opinion="请补充照片。")
    assert township["agriculture1"].get(f"/cases/{number}").status_code in (403, 404)
    enter("water1", 0, 8)
    page = township["agriculture1"].get(f"/cases/{number}")
    assert page.status_code == 200
    assert "13800001234" in page.text
    later(township, clock, hours=9)
    assert township["agriculture1"].get(f"/cases/{number}").status_code in (403, 404)


def test_separation_of_duties_holds_for_b_and_for_a(township: Township, enter: Enter) -> None:
    """leader1 (A of the review) is away; discipline1 acts. Who has handled a case may not review it, for whomever."""
    handled = township.handled_by("water_station", "water1")
    enter("leader1")
    task = township.task(handled, "review_result")
    with township.app.app_context():
        with transaction() as engine:
            assert engine.acts_for(engine.store.task(task), "discipline1") == "leader1"
        # The one who handled the case becomes B: B did an earlier step.
        db.session.get_one(PostTerm, (tenant(), "hotline_review", "B", START)).login = "water1"
        db.session.commit()
        for act in ("claim", "complete_task"):
            with pytest.raises(SeparationOfDuties), transaction() as engine:
                getattr(engine, act)(task, by="water1", on_behalf_of="leader1")
        # And the other way round: A did an earlier step, B did not.
        terms = {"A": "water1", "B": "discipline1"}
        for part, login in terms.items():
            db.session.get_one(PostTerm, (tenant(), "hotline_review", part, START)).login = login
        db.session.commit()
        for act in ("claim", "complete_task"):
            with pytest.raises(SeparationOfDuties), transaction() as engine:
                getattr(engine, act)(task, by="discipline1", on_behalf_of="water1")
    assert numbers(township, "water1") == []


def test_where_b_did_an_earlier_step_the_task_rises_past_b(township: Township, enter: Enter) -> None:
    handled = township.handled_by("water_station", "water1")
    with township.app.app_context():
        db.session.get_one(PostTerm, (tenant(), "hotline_review", "B", START)).login = "water1"
        db.session.commit()
    enter("leader1")
    assert numbers(township, "water1") == []
    # The review has no head of its own: it rises to 党政办, whose head dispatched the case without being barred.
    assert numbers(township, "dispatch1") == [handled]


def test_a_task_that_the_post_excludes_is_not_bs_but_the_superiors(township: Township, enter: Enter) -> None:
    number = township.call()
    with township.app.app_context():
        db.session.get_one(Post, (tenant(), "hotline_duty")).excluded = "hotline_closed_loop/accept_call"
        db.session.commit()
    enter("duty1")
    assert numbers(township, "dispatch1") == []
    refused = township.send(
        "dispatch1", f"/tasks/{township.task(number, 'accept_call')}/complete", {"data": {"acceptance": "accept"}}
    )
    assert refused.status_code == 403
    assert numbers(township, "leader1") == [number]
    township.do("leader1", number, "accept_call", acceptance="accept")


def test_nobody_acts_for_somebody_by_saying_so(township: Township, enter: Enter) -> None:
    number = township.call()
    enter("duty1")
    task = township.task(number, "accept_call")
    with township.app.app_context():
        for act in ("claim", "complete_task"):
            with pytest.raises(NotYourTask), transaction() as engine:
                getattr(engine, act)(task, by="village01", on_behalf_of="duty1")


def test_when_both_are_away_the_task_rises_to_the_head_and_then_to_the_office(
    township: Township, enter: Enter, clock: MovingClock
) -> None:
    number = township.call()
    assert enter("duty1").status_code == 302
    assert enter("dispatch1", overrule="on").status_code == 302
    later(township, clock, minutes=1)
    assert numbers(township, "dispatch1") == []
    assert numbers(township, "leader1") == [number]
    assert enter("leader1").status_code == 302
    later(township, clock, minutes=1)
    assert numbers(township, "leader1") == []
    assert numbers(township, "dispatch1") == [number], "the office's only member, away or not: never nobody"


def test_b_whose_term_is_over_acts_no_longer(township: Township, enter: Enter, clock: MovingClock) -> None:
    number = township.call()
    enter("duty1")
    with township.app.app_context():
        db.session.get_one(PostTerm, (tenant(), "hotline_duty", "B", START)).valid_to = START + timedelta(hours=1)
        db.session.commit()
    assert numbers(township, "dispatch1") == [number]
    later(township, clock, hours=1)
    assert numbers(township, "dispatch1") == []
    assert numbers(township, "leader1") == [number]


def test_history_shows_who_could_act_then(township: Township, enter: Enter, clock: MovingClock) -> None:
    enter("duty1", 0, 4)
    later(township, clock, hours=10)
    with township.app.app_context():
        db.session.get_one(PostTerm, (tenant(), "hotline_duty", "B", START)).valid_to = now()
        db.session.commit()
        then = covers_of(db.session, tenant(), "dispatch1", START + timedelta(hours=2))
        assert [cover.owner for cover in then] == ["duty1"]
        assert covers_of(db.session, tenant(), "dispatch1", now()) == ()


def test_a_disabled_account_is_stood_in_for(township: Township) -> None:
    number = township.call()
    with township.app.app_context():
        db.session.get_one(User, (tenant(), "duty1")).active = False
        db.session.commit()
    assert numbers(township, "dispatch1") == [number]
    township.do("dispatch1", number, "accept_call", acceptance="accept")


def test_a_rename_and_a_transfer_touch_no_running_instance(township: Township, enter: Enter) -> None:
    number = township.call()
    with township.app.app_context():
        db.session.get_one(User, (tenant(), "duty1")).name = "新名字"
        db.session.get_one(PostTerm, (tenant(), "hotline_duty", "B", START)).login = "leader1"
        db.session.commit()
    enter("duty1")
    assert numbers(township, "dispatch1") == []
    assert numbers(township, "leader1") == [number]
    assert "代 新名字" in township["leader1"].get("/inbox?filter=covered").text


def test_the_roster_is_read_in_one_statement(township: Township) -> None:
    from sqlalchemy import event

    with township.app.app_context():
        said: list[str] = []
        listen = lambda *args: said.append(args[2])  # noqa: E731
        event.listen(db.engine, "before_cursor_execute", listen)
        read_roster(db.session, tenant(), now())
        event.remove(db.engine, "before_cursor_execute", listen)
        assert len(said) == 1
