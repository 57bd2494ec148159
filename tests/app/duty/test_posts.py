"""Posts founded, staffed and ended in the browser, and named by diagrams: a task follows its post."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import event, select

from app import errands
from app.case.models import Notification
from app.db import current_engine, db, tenant, transaction
from app.duty import telling
from app.duty.reading import read_roster
from app.duty.rules import owner_of
from app.people.models import Group, Post, PostTerm, User
from app.people.queries import memberships_of, person
from engine.clock import MovingClock
from tests.app.conftest import START
from tests.app.duty.conftest import Enter, local
from tests.app.duty.test_acting import later
from tests.app.pages.conftest import Township
from tests.engine.diagrams import diagram, user_task

FIRST = {"id": "seal_keeper", "name": "印章管理岗", "group": "finance_office", "excluded": ""}


def in_hours(hours: float) -> str:
    return local(START + timedelta(hours=hours))


def do_errands(app: Flask) -> int:
    with app.app_context():
        return sum(1 for _ in iter(errands.step, False))


def found(township: Township, a: str = "finance1", b: str | None = "civil1") -> None:
    """Found a post, with its A and B from now on."""
    office = township["dispatch1"]
    assert office.post("/duty/posts", FIRST).status_code == 302
    for part, login in (("A", a), ("B", b)):
        if login:
            assert office.post("/duty/posts/seal_keeper", {"part": part, "login": login}).status_code == 302


def deployed(township: Township, attributes: str) -> str:
    """Start a case whose only task asks as `attributes` say; return the task's id."""
    post = '<bpmn:scriptTask id="who" scriptFormat="feel" camunda:resultVariable="post">'
    post += '<bpmn:script>"post:seal_keeper"</bpmn:script></bpmn:scriptTask>'
    body = f'<bpmn:startEvent id="start"/>{post}{user_task("stamp", attributes)}<bpmn:endEvent id="end"/>'
    file = diagram(f"{body}\nflow: start>who, who>stamp, stamp>end", key="seal")
    with township.app.app_context(), transaction() as engine:
        engine.deploy({"seal.bpmn": file}, by="procadmin")
        return engine.start("seal", by="duty1").open_tasks[0].id


def may(township: Township, task: str) -> list[str]:
    """Return who may do a task now."""
    with township.app.app_context():
        engine = current_engine()
        record = engine.store.task(task)
        people = db.session.scalars(select(User.login).where(User.tenant == tenant(), User.active)).all()
        return [login for login in sorted(people) if engine.may_work_on(record, login)]


@pytest.mark.parametrize("attributes", [
    'camunda:assignee="post:seal_keeper"', 'camunda:candidateUsers="post:seal_keeper"',
    'camunda:candidateGroups="post:seal_keeper"', 'camunda:assignee="${post}"',
])  # fmt: skip
def test_a_task_asks_for_a_post_and_follows_it_when_people_change(
    township: Township, enter: Enter, clock: MovingClock, attributes: str
) -> None:
    found(township)
    task = deployed(township, attributes)
    with township.app.app_context():
        before = current_engine().events(task.partition(":")[0])
    assert may(township, task) == ["finance1"]
    assert enter("finance1", 0, 2).status_code == 302
    assert may(township, task) == ["civil1", "finance1"], "B acts while A is away; A keeps the task"
    later(township, clock, hours=3)
    assert may(township, task) == ["finance1"]
    office = township["dispatch1"]
    assert office.post("/duty/posts/seal_keeper", {"part": "A", "login": "water1"}).status_code == 302
    form = {"name": "印鉴岗", "group": "water_station", "excluded": ""}
    assert office.post("/duty/posts/seal_keeper/change", form).status_code == 302
    assert may(township, task) == ["water1"]
    with township.app.app_context():
        assert current_engine().events(task.partition(":")[0]) == before, "the instance knows nothing of people"
    assert f'data-row="{task}"' in township["water1"].get("/inbox?filter=groups").text
    assert township.send("finance1", f"/tasks/{task}/complete", {"data": {}}).status_code == 403
    assert township.send("water1", f"/tasks/{task}/complete", {"data": {}}).status_code == 200


def test_an_unknown_post_is_named_at_deployment(township: Township) -> None:
    found(township)
    with township.app.app_context():
        task = user_task("stamp", 'camunda:assignee="post:seal_keper"')
        file = diagram(f'<bpmn:startEvent id="s"/>{task}<bpmn:endEvent id="e"/>\nflow: s>stamp, stamp>e')
        (finding,) = [one for one in current_engine().check({"seal.bpmn": file}) if one.rule == "group_unknown"]
        assert finding.hint is not None and "post:seal_keeper" in finding.hint.en


def test_a_task_of_a_vacant_or_ended_post_is_the_heads_and_then_the_offices(
    township: Township, clock: MovingClock
) -> None:
    found(township, b=None)
    task = deployed(township, 'camunda:candidateGroups="post:seal_keeper"')
    with township.app.app_context():
        head = db.session.get_one(Group, (tenant(), "finance_office")).leader
    later(township, clock, hours=1)
    office = township["dispatch1"]
    page = office.get("/duty/posts/seal_keeper").text
    assert "财政" in page
    term = {"part": "A", "begins": START.isoformat()}
    assert office.post("/duty/posts/seal_keeper/terms/end", term).status_code == 302
    assert may(township, task) == [head or "dispatch1"]
    assert office.post("/duty/posts/seal_keeper", {"part": "B", "login": "civil1"}).status_code == 302
    assert may(township, task) == ["civil1"], "B, where there is no A"
    later(township, clock, hours=1)
    assert township["dispatch1"].post("/duty/posts/seal_keeper/end").status_code == 302
    assert may(township, task) == [head or "dispatch1"]
    assert "印章管理岗" not in township["dispatch1"].get("/duty/chart").text


def test_what_a_request_reads_of_a_person_is_what_the_rules_say(township: Township, clock: MovingClock) -> None:
    found(township, b=None)
    with township.app.app_context():
        db.session.get_one(PostTerm, (tenant(), "finance_office", "A", START)).valid_to = START + timedelta(hours=1)
        db.session.commit()
        for hours in (0, 2):
            at = START + timedelta(hours=hours)
            roster = read_roster(db.session, tenant(), at)
            belongs = {post.id: owner_of(post, at, roster) for post in roster.posts}
            for login in db.session.scalars(select(User.login).where(User.tenant == tenant())):
                mine = {f"post:{post}" for post, owner in belongs.items() if owner == login}
                found_person = person(db.session, tenant(), login, at)
                assert found_person is not None
                assert {group for group in found_person.groups if group.startswith("post:")} == mine
                assert {each for each in memberships_of(db.session, tenant(), login, at) if ":" in each} == mine


def test_terms_have_dates_and_what_cannot_be_is_refused(township: Township, clock: MovingClock) -> None:
    found(township)
    office = township["dispatch1"]

    def appoint(part: str, login: str, begins: str = "", ends: str = "") -> tuple[int, str]:
        form = {"part": part, "login": login, "begins": begins, "ends": ends}
        answer = office.post("/duty/posts/seal_keeper", form)
        return answer.status_code, answer.text

    assert appoint("B", "water1", in_hours(24), in_hours(48))[0] == 302
    refused = {
        "须是不同的人": appoint("B", "finance1"), "任期重叠": appoint("B", "forestry1", in_hours(30)),
        "任命无法保存": appoint("A", "water1", in_hours(-5)),
    }
    for words, (status, text) in refused.items():
        assert status == 422 and words in text
    assert appoint("A", "water1", in_hours(9), in_hours(3))[0] == 422
    assert appoint("A", "water1", "tomorrow")[0] == 422
    assert appoint("A", "water1", in_hours(20), in_hours(40))[0] == 422, "B from the 24th hour on"
    with township.app.app_context():
        for hours, b in ((1, "civil1"), (30, "water1"), (60, None)):
            at = START + timedelta(hours=hours)
            post = next(post for post in read_roster(db.session, tenant(), at).posts if post.id == "seal_keeper")
            assert (post.held_by("A", at), post.held_by("B", at)) == ("finance1", b)


def test_posts_are_founded_changed_and_ended_once_and_by_those_who_may(township: Township) -> None:
    found(township)
    office = township["dispatch1"]
    again = office.post("/duty/posts", FIRST)
    assert again.status_code == 422 and "岗位代码已被使用" in again.text
    for wrong in ({"id": "X"}, {"name": ""}, {"group": "none"}, {"excluded": "a"}):
        assert office.post("/duty/posts", {**FIRST, "id": "new", **wrong}).status_code == 422
    assert "印章管理岗" in office.get("/duty/posts").text
    assert office.post("/duty/posts/seal_keeper/end").status_code == 302
    for path, form in (("", {"part": "A", "login": "water1"}), ("/change", FIRST), ("/end", {})):
        over = office.post(f"/duty/posts/seal_keeper{path}", form)
        assert over.status_code == 422 and "岗位已撤销" in over.text
    assert office.get("/duty/posts/nothing").status_code == 404
    for path in ("/duty/posts", "/duty/posts/seal_keeper", "/duty/posts/seal_keeper/end"):
        assert township["duty1"].post(path, FIRST).status_code == 403
        assert office.post(path, {"csrf_token": ""}).status_code == 400
    with township.app.app_context():
        assert db.session.get_one(Post, (tenant(), "seal_keeper")).name == "印章管理岗"


def bells(township: Township) -> list[tuple[str, str]]:
    """Return whom the bells have told of absences, and in which words, the oldest first."""
    with township.app.app_context():
        own = select(Notification.user, Notification.text).where(Notification.kind.in_(("absence", "handover")))
        return [(row.user, row.text) for row in db.session.execute(own.order_by(Notification.id))]


def test_whom_an_absence_concerns_is_told_when_it_is_entered_begins_is_handed_over_and_is_over(
    township: Township, enter: Enter, clock: MovingClock
) -> None:
    township.call()
    assert enter("duty1", 1, 5).status_code == 302
    assert bells(township) == [("dispatch1", telling.ENTERED)]
    assert do_errands(township.app) == 0, "its beginning is to come"
    township["duty1"].get("/duty/absences/1")
    assert township["duty1"].post("/duty/absences/1/handover", {"notes": "钥匙在桌上"}).status_code == 302
    later(township, clock, hours=1)
    assert do_errands(township.app) == 1
    accept = "/duty/absences/1/handover/hotline_duty"
    assert township["dispatch1"].post(f"{accept}/accept").status_code == 302
    later(township, clock, hours=1)
    assert township["duty1"].post("/duty/absences/1/end").status_code == 302
    assert do_errands(township.app) == 1, "the early return, not the end that was entered first"
    assert township["dispatch1"].post(f"{accept}/report", {"report": "一切正常"}).status_code == 302
    later(township, clock, hours=9)
    assert do_errands(township.app) == 1 and len(bells(township)) == 7, "the old end concerns nobody any more"
    told = [user for user, _ in bells(township)]
    assert told == ["dispatch1", "dispatch1", "dispatch1", "duty1", "dispatch1", "duty1", "duty1"]
    page = township["dispatch1"].get("/notifications").text
    for words in ("外出", "即日起由您代理", "移交给您", "请报告代理期间"):
        assert words in page
    assert "/notifications/" in page
    assert enter("duty1", 100, 120).status_code == 302
    township["duty1"].get("/duty/absences/2")
    assert township["duty1"].post("/duty/absences/2/end").status_code == 302
    assert "撤销外出" in township["dispatch1"].get("/notifications").text


@pytest.mark.parametrize("path", ["/inbox", "/inbox?filter=covered", "/duty", "/settings"])
def test_a_request_asks_once_for_whom_somebody_stands_in(township: Township, enter: Enter, path: str) -> None:
    township.call()
    enter("duty1", 0, 2)
    township["dispatch1"].get("/settings")
    said: list[str] = []
    with township.app.app_context():
        engine = db.engine

    def listen(*args: object) -> None:
        said.append(str(args[2]))

    event.listen(engine, "before_cursor_execute", listen)
    assert township["dispatch1"].get(path).status_code == 200
    event.remove(engine, "before_cursor_execute", listen)
    assert sum("post_term" in each and "absence" in each for each in said) <= (2 if path == "/duty" else 1)
