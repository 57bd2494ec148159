"""The bell: what is new, by day and kind, read one by one or all at once, each as its reader wants it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import event

from app.case import bell
from app.db import current_engine, db, tenant, transaction
from app.notices.tasks import tell_groups
from engine.clock import MovingClock
from tests.app.notices.conftest import told
from tests.app.pages.conftest import Township
from tests.engine.diagrams import diagram, user_task


def notify(township: Township, user: str, text: str, clock: MovingClock, **more: str) -> None:
    with township.app.app_context(), transaction():
        bell.notify(db.session(), tenant(), [user], text, at=clock.now(), **more)  # type: ignore[arg-type]


def start(township: Township, attributes: str, by: str = "duty1") -> str:
    """Start a case with one task; return the task's id."""
    body = f'<bpmn:startEvent id="s"/>{user_task("stamp", attributes)}<bpmn:endEvent id="e"/>\nflow: s>stamp, stamp>e'
    with township.app.app_context(), transaction() as engine:
        engine.deploy({"seal.bpmn": diagram(body, key="seal")}, by="procadmin")
        return engine.start("seal", by=by).open_tasks[0].id


def test_notices_stand_by_day_with_what_is_unread_first_and_are_read_one_by_one_or_all(
    township: Township, clock: MovingClock
) -> None:
    for text in ("昨天的一条", "昨天的又一条"):
        notify(township, "duty1", text, clock)
    clock.advance(timedelta(days=1))
    notify(township, "duty1", "今天的一条", clock, kind="urged")
    page = township["duty1"].get("/notifications").text
    assert re.findall(r'class="card-title">(2026-\d\d-\d\d)', page) == ["2026-11-21", "2026-11-20"]
    assert page.index("今天的一条") < page.index("昨天的又一条") < page.index("昨天的一条")
    assert '<span class="badge bg-red text-red-fg badge-notification badge-pill">3</span>' in page
    newest = told(township.app, "duty1")[-1].id
    back = township["duty1"].post("/notifications/read", {"id": newest, "back": "/notifications?show=all"})
    assert back.location == "/notifications?show=all"
    assert "今天的一条" not in township["duty1"].get("/notifications").text
    everything = township["duty1"].get("/notifications?show=all").text
    assert "今天的一条" in everything and "被催办" in everything
    assert "昨天的一条" not in township["duty1"].get("/notifications?show=all&kind=urged").text
    assert township["duty1"].get("/notifications?kind=nothing").status_code == 404
    township["duty1"].post("/notifications/read", {"newest": newest})
    assert "没有未读通知" in township["duty1"].get("/notifications").text
    assert township["duty1"].post("/notifications/read", {"id": newest, "csrf_token": ""}).status_code == 400


def test_a_notice_leads_to_its_case_and_is_read_then_and_nobody_opens_anothers(
    township: Township, clock: MovingClock
) -> None:
    number = township.call()
    with township.app.app_context(), transaction():
        params = {"number": number}
        bell.notify(db.session(), tenant(), ["duty1"], "请看", at=clock.now(), params=params)
    (notice,) = told(township.app, "duty1")
    township["dispatch1"].get("/notifications")
    assert township["dispatch1"].post(f"/notifications/{notice.id}/open").status_code == 404
    township["dispatch1"].post("/notifications/read", {"id": notice.id})
    assert told(township.app, "duty1")[0].read_at is None
    assert township["duty1"].post(f"/notifications/{notice.id}/open").location == f"/cases/{number}"
    assert told(township.app, "duty1")[0].read_at is not None


def test_many_notices_come_in_pages(township: Township, clock: MovingClock) -> None:
    for number in range(55):
        notify(township, "duty1", f"第{number:02}条", clock)
    first = township["duty1"].get("/notifications").text
    assert "第54条" in first and "第04条" not in first
    older = re.search(r'href="(/notifications\?[^"]*before=\d+)"', first)
    assert older
    second = township["duty1"].get(older[1].replace("&amp;", "&")).text
    assert "第04条" in second and "第05条" not in second and "更早的通知" not in second


def test_each_kind_comes_as_its_reader_wants_it_and_some_cannot_be_switched_off(
    township: Township, clock: MovingClock
) -> None:
    page = township["duty1"].get("/notifications/choices").text
    assert page.count("不可关闭") == 3 and "尚未配置邮件服务器" in page
    form = {"urged": "off", "reminder": "digest", "mail": ""}
    assert township["duty1"].post("/notifications/choices", form).status_code == 302
    for kind in ("urged", "reminder", "escalation"):
        notify(township, "duty1", kind, clock, kind=kind)
    found = told(township.app, "duty1")
    assert [(one.kind, one.way, one.read_at is None) for one in found] == [
        ("reminder", "digest", False), ("escalation", "bell", True),
    ]
    for wrong in ({"escalation": "off"}, {"incident": "digest"}, {"urged": "never"}):
        assert township["duty1"].post("/notifications/choices", {"mail": "", **wrong}).status_code == 400
    for wrong in ({"mail": "", "urged": "mail"}, {"mail": "a b@c", "urged": "mail"}, {"mail": "a@b.c\r\nBcc: x@y.z"}):
        assert township["duty1"].post("/notifications/choices", wrong).status_code == 422
    assert township["duty1"].post("/notifications/choices", {"urged": "off", "csrf_token": ""}).status_code == 400
    page = township["duty1"].get("/notifications/choices").text
    assert re.search(r'name="urged".*?<option value="off" selected', page, re.DOTALL)


def test_who_is_given_a_task_by_name_is_told_in_the_same_transaction_and_who_takes_one_is_not(
    township: Township, clock: MovingClock
) -> None:
    task = start(township, 'camunda:assignee="finance1"')
    (notice,) = told(township.app, "finance1")
    assert (notice.kind, notice.params["path"]) == ("task", f"/tasks/{task}")
    start(township, 'camunda:assignee="finance1"', by="finance1")
    assert len(told(township.app, "finance1")) == 1, "who gives it to oneself knows"
    offered = start(township, 'camunda:candidateGroups="finance_office"')
    township["finance1"].post(f"/tasks/{offered}/claim")
    assert len(told(township.app, "finance1")) == 1, "a claim is no news"
    with township.app.app_context(), transaction() as engine:
        engine.assign(offered, "civil1", by="leader1")
    assert [one.kind for one in told(township.app, "civil1")] == ["task"]


def test_who_stands_in_is_told_of_a_new_task_of_the_one_who_is_away(township: Township, clock: MovingClock) -> None:
    times = {"begins": "2026-11-20T09:00", "ends": "2026-11-21T09:00"}
    township["finance1"].get("/settings")
    assert township["finance1"].post("/duty/absences", {"kind": "trip", **times}).status_code == 302
    start(township, 'camunda:assignee="finance1"')
    assert [one.kind for one in told(township.app, "finance1")] == ["task"]
    assert [one.kind for one in told(township.app, "civil1")] == ["absence", "task"]
    assert "待您代" in township["civil1"].get("/notifications").text


def test_new_tasks_of_groups_are_told_once_to_who_wants_it_and_cost_no_statement_in_the_completion(
    township: Township, clock: MovingClock
) -> None:
    said: list[str] = []
    with township.app.app_context():
        database = db.engine

    def listen(*args: object) -> None:
        said.append(str(args[2]))

    event.listen(database, "before_cursor_execute", listen)
    first = start(township, 'camunda:candidateGroups="finance_office"')
    event.remove(database, "before_cursor_execute", listen)
    assert not [each for each in said if "notification" in each or "notice_choice" in each]
    assert told(township.app, "finance1") == []
    township["finance1"].get("/notifications/choices")
    assert township["finance1"].post("/notifications/choices", {"group_task": "bell"}).status_code == 302
    for expected in (1, 0):
        with township.app.app_context(), transaction():
            assert tell_groups(db.session(), tenant(), at=clock.now()) == expected
    (notice,) = told(township.app, "finance1")
    assert notice.task_id == first and notice.params["task"] == "stamp"


def test_a_comment_tells_whom_it_names_if_they_may_read_the_case(township: Township, clock: MovingClock) -> None:
    number = township.call()
    words = "请 @派单员甲 看一下，@finance1 也看，我是 @值班员甲，a@b.c"
    township["duty1"].get(f"/cases/{number}")
    assert township["duty1"].post(f"/cases/{number}/comments", {"text": words}).status_code == 302
    assert [one.kind for one in told(township.app, "dispatch1")] == ["mentioned"]
    assert told(township.app, "finance1") == [], "the case is not the finance office's"
    assert told(township.app, "duty1") == []
    page = township["dispatch1"].get("/notifications").text
    assert "值班员甲 在评论中提到您" in page and number in page
    township["dispatch1"].language = "en"
    assert "值班员甲 names you in a comment" in township["dispatch1"].get("/notifications").text


@pytest.mark.parametrize("kind, said", [("escalation", "escalation"), ("", "notice"), ("nothing", None)])
def test_a_diagram_says_of_which_kind_its_notice_is(township: Township, kind: str, said: str | None) -> None:
    inputs = {"recipients": "finance1", "text": "请办理 100%(x", "kind": kind}
    parameters = "".join(
        f'<camunda:inputParameter name="{name}">{value}</camunda:inputParameter>' for name, value in inputs.items()
    )
    task = '<bpmn:serviceTask id="tell" camunda:type="external" camunda:topic="notify"><bpmn:extensionElements>'
    task += f"<camunda:inputOutput>{parameters}</camunda:inputOutput></bpmn:extensionElements></bpmn:serviceTask>"
    body = f'<bpmn:startEvent id="s"/>{task}<bpmn:endEvent id="e"/>\nflow: s>tell, tell>e'
    with township.app.app_context():
        with transaction() as engine:
            engine.deploy({"tell.bpmn": diagram(body, key="telling")}, by="procadmin")
            engine.start("telling", by="duty1")
        with transaction() as engine:
            engine.run_due()
        failed = [job.error for job in current_engine().store.jobs() if job.error]
    assert [one.kind for one in told(township.app, "finance1")] == ([said] if said else [])
    if said:
        assert "请办理 100%(x" in township["finance1"].get("/notifications").text
    else:
        assert "notify knows no kind nothing" in str(failed)
