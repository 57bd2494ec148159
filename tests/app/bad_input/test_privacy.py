"""The caller of a confidential case: known to intake and call-back, found nowhere by anybody else, at no stage."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.case.models import Notification
from app.db import current_engine, db
from app.serving import worker
from engine.clock import MovingClock
from tests.app.bad_input.conftest import JSON
from tests.app.bad_input.test_every_address import rules
from tests.app.pages.conftest import Township
from tests.app.pages.test_task import form_of

NAME, PHONE = "欧阳隐名", "13987651234"
PARTS = (NAME, "欧阳", "隐名", PHONE, "87651234", "139****", "****1234")
OTHERS = ("village03", "village07", "water1", "dispatch1", "leader1", "procadmin", "auditor1", "sysadmin")
CONTENT = "举报有人夜间倾倒垃圾,请查处。"


def stages(township: Township) -> Iterator[str]:
    """Lead a confidential call to its end, and yield its number wherever it rests."""
    number = township.call(caller=NAME, phone=PHONE, confidential=True, content=CONTENT, kind="举报")
    yield number
    township.do("duty1", number, "accept_call", acceptance="accept")
    yield number
    reason = "由该单位办理更合适"
    township.do("dispatch1", number, "dispatch_call", lead_unit="village_03", co_units=[], override_reason=reason)
    yield number
    township.do("village03", number, "sign_in", sign_in="accept")
    # Who handles it must not know the caller, so intake makes the contact.
    township.do("duty1", number, "contact_caller", contact="reached", contact_note="已联系。")
    yield number
    done = {"handling": "done", "handling_result": "已查处。", "public_answer": "已查处。"}
    township.do("village03", number, "handle_call", **done)
    yield number
    township.do("leader1", number, "review_result", review="pass")
    yield number
    said = {"reached": "yes", "contacted_by_handler": "yes", "solved": "解决", "satisfaction": "满意"}
    township.do("callback1", number, "call_back", **said)
    yield number


def addresses(township: Township, number: str) -> Iterator[str]:
    """Yield every address about a case: of all of its tasks, open and done, and of the lists."""
    case = township.case(number)
    with township.app.app_context():
        tasks = [task.id for task in current_engine().store.tasks(instance_id=case.instance_id, status=None)]
    there = {"instance_id": [case.instance_id], "number": [number], "task_id": tasks, "attachment_id": ["1"]}
    keys = {"key": ["hotline_closed_loop"], "process_key": ["hotline_closed_loop"], "code": ["fr"]}
    for rule in rules(township):
        if "GET" in (rule.methods or ()):
            name = next(iter(sorted(rule.arguments - {"attachment_id"})), "")
            for value in {**there, **keys}.get(name, [""]):
                yield re.sub(r"<int[^>]+>", "1", re.sub(r"<(?!int)[^>]+>", value, rule.rule))
    yield from (f"/inbox?task={task}" for task in tasks)
    yield from ("/inbox?filter=groups", "/inbox?filter=done", f"/search?q={number}")


def test_no_page_of_anybody_else_holds_the_name_or_the_number(township: Township, clock: MovingClock) -> None:
    seen = set()
    for stage, number in enumerate(stages(township)):
        for login in OTHERS if stage in (2, 4, 6) else ():
            for address in addresses(township, number):
                for headers in ({}, JSON, {"HX-Request": "true", "HX-Target": "task"}) if "inbox" in address else ({},):
                    answer = township[login].client.get(address, headers=headers, follow_redirects=True)
                    assert answer.status_code < 500, address
                    text = answer.text + json.dumps(dict(answer.headers))
                    found = [part for part in PARTS if part in text or json.dumps(part)[1:-1] in text]
                    assert found == [], (login, address, found)
                    if answer.status_code == 200 and number in text and "/search" not in address:
                        seen.add(login)
    assert seen >= {"village03", "dispatch1", "leader1", "auditor1"}, "they did see the case"
    assert "village07" not in seen


def test_what_is_written_by_others_about_it_does_not_hold_them_either(township: Township, clock: MovingClock) -> None:
    for number in stages(township):
        clock.advance(timedelta(days=3))
        while worker(township.app).step():
            pass
        if township.case(number).state not in ("待受理", "待派单"):
            break
        for login in ("duty1", "dispatch1"):  # three days later they have to sign in again
            township.visitors.pop(login, None)
    with township.app.app_context():
        notices = db.session.scalars(select(Notification)).all()
        assert notices, "somebody was reminded"
        for notice in notices:
            text = f"{notice.text} {notice.params}"
            assert not [part for part in PARTS if part in text]


def test_nobody_finds_it_by_the_caller(anywhere: Township) -> None:
    number = anywhere.call(caller=NAME, phone=PHONE, confidential=True, content=CONTENT)
    anywhere.do("duty1", number, "accept_call", acceptance="accept")
    reason = "由该单位办理更合适"
    anywhere.do("dispatch1", number, "dispatch_call", lead_unit="village_03", co_units=[], override_reason=reason)
    for login in (*OTHERS, "duty1", "callback1"):
        for words in (NAME, PHONE, "欧阳", "87651234", "139 8765 1234"):
            for address in ("/registers/hotline_closed_loop", "/inbox", "/search", "/audit"):
                for query in ({"q": words}, {"q": words, "filter": "groups"}):
                    answer = anywhere[login].client.get(address, query_string=query, follow_redirects=True)
                    assert number not in answer.text, (login, address, words)


def test_intake_and_call_back_see_whom_to_call(township: Township) -> None:
    seen = {}
    for number in stages(township):
        for login in ("duty1", "callback1"):
            seen[login] = NAME in township[login].get(f"/cases/{number}").text
        if township.case(number).state == "待回访":
            page = township["callback1"].get(f"/tasks/{township.task(number, 'call_back')}").text
            assert PHONE in json.dumps(form_of(page)) or PHONE in page
    assert seen == {"duty1": True, "callback1": True}


@pytest.mark.parametrize(
    ("login", "sees"),
    [("duty1", True), ("dispatch1", True), ("callback1", True), ("leader1", False), ("discipline1", False)],
)
def test_an_ordinary_caller_is_masked_where_the_diagram_says_so(township: Township, login: str, sees: bool) -> None:
    number = township.call(caller=NAME, phone=PHONE)
    for address in (f"/cases/{number}", "/registers/hotline_closed_loop"):
        text = township[login].client.get(address).text
        assert number in text
        assert (NAME in text) is sees
        assert (PHONE in text) is sees
        assert sees or "139****1234" in text


def test_a_draft_is_seen_by_who_typed_it_and_by_nobody_else(township: Township) -> None:
    number = township.handled_by("village_03", "village03")
    township.do("leader1", number, "review_result", review="pass")
    task = township.task(number, "call_back")
    words = "来电人其实叫做张三丰"
    assert township.send("callback1", f"/tasks/{task}/draft", {"data": {"caller_words": words}}, method="PUT").json
    for login in ("callback2", "duty1", "leader1", *OTHERS):
        for address in (f"/tasks/{task}", f"/cases/{number}", f"/inbox?task={task}"):
            text = township[login].client.get(address, follow_redirects=True).text
            assert words not in text, (login, address)
            assert json.dumps(words)[1:-1] not in text, (login, address)
    data = form_of(township["callback1"].get(f"/tasks/{task}").text)["data"]
    assert isinstance(data, dict)
    assert data["caller_words"] == words
