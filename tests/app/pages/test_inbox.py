"""The inbox: whose tasks it shows, in which order, and how its place is kept."""

import re
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from sqlalchemy import update

from app.db import db, tenant
from app.tasklist import inbox
from app.tasklist.inbox import PAGE, Reader, View
from engine.clock import MovingClock
from engine.store.tables import TaskRow
from tests.app.pages.conftest import START, Township


def numbers(page: str) -> list[str]:
    """Return the case numbers of a list's rows, in order."""
    return re.findall(r'<span class="number">(HL-[\d-]+)</span>', page)


def link(page: str, word: str) -> str:
    """Return where a link of the list's paging leads."""
    found = re.search(rf'<a class="btn btn-sm[^"]*" href="([^"]+)">(?:<svg.*?</svg>)?{word}', page)
    assert found, word
    return found[1].replace("&amp;", "&")


def test_an_empty_inbox_says_what_happens_next(township: Township) -> None:
    page = township["duty1"].get("/inbox").text
    assert "今天没有待办" in page
    assert "新任务会自动出现在这里" in page
    assert 'href="/start"' in page


def test_a_groups_task_is_seen_by_its_group_alone(township: Township) -> None:
    number = township.call()
    assert numbers(township["duty1"].get("/inbox?filter=groups").text) == [number]
    for other in ("dispatch1", "village03", "callback1", "leader1"):
        assert numbers(township[other].get("/inbox?filter=groups").text) == []


def test_a_claimed_task_is_mine_and_nobody_elses_until_i_give_it_back(township: Township) -> None:
    number = township.handled_by("village_03", "village03")
    township.do("leader1", number, "review_result", review="pass")
    task = township.task(number, "call_back")
    assert township["callback1"].post(f"/tasks/{task}/claim", {"back": "/inbox"}).status_code == 302
    assert numbers(township["callback1"].get("/inbox").text) == [number]
    assert numbers(township["callback2"].get("/inbox?filter=groups").text) == []
    refused = township.send("callback2", f"/tasks/{task}/claim", {})
    assert (refused.status_code, refused.json and refused.json["claimed_by"]) == (409, "callback1")
    assert township["callback1"].post(f"/tasks/{task}/unclaim", {"back": "/inbox"}).status_code == 302
    assert numbers(township["callback2"].get("/inbox?filter=groups").text) == [number]


def test_whoever_handled_a_call_never_sees_its_call_back(township: Township) -> None:
    number = township.handled_by("government_service_hall", "callback1")
    township.do("leader1", number, "review_result", review="pass")
    task = township.task(number, "call_back")
    assert numbers(township["callback1"].get("/inbox?filter=groups").text) == []
    assert "我的组</span><span class=\"badge\">0" in township["callback1"].get("/inbox").text
    assert numbers(township["callback2"].get("/inbox?filter=groups").text) == [number]
    refused = township.send("callback1", f"/tasks/{task}/complete", {"data": {"reached": "yes"}})
    assert (refused.status_code, refused.json and refused.json["code"]) == (403, "separation_of_duties")


def test_what_i_have_done_is_listed_under_done_by_me(township: Township) -> None:
    number = township.call()
    township.do("duty1", number, "accept_call", acceptance="accept")
    page = township["duty1"].get("/inbox?filter=done").text
    assert numbers(page) == [number]
    assert "按时完成" in page
    assert numbers(township["duty1"].get("/inbox?filter=groups").text) == []
    assert numbers(township["dispatch1"].get("/inbox?filter=done").text) == []


def test_the_traffic_light_is_a_colour_and_a_word(township: Township, clock: MovingClock) -> None:
    township.call()
    page = township["duty1"].get("/inbox?filter=groups").text
    assert "edge-near" in page
    assert re.search(r"light-near.*?剩 \d+ (分钟|小时)", page, re.DOTALL)
    clock.move_to(START.replace(hour=9))
    later = Township(township.app, township.sign_in)["duty1"]
    late = re.sub(r"\s+", " ", later.get("/inbox?filter=groups&due=late").text)
    assert "edge-late" in late
    assert re.search(r"light-late.*?逾期 \d+ 小时", late)
    assert "1 项逾期" in late


def test_urgent_calls_come_first_and_the_order_can_be_chosen(township: Township, clock: MovingClock) -> None:
    ordinary = township.call()
    urgent = township.call(urgency="紧急")
    assert numbers(township["duty1"].get("/inbox?filter=groups").text) == [urgent, ordinary]
    clock.move_to(START.replace(minute=1))
    newest = township.call()
    assert numbers(township["duty1"].get("/inbox?filter=groups&sort=newest").text)[0] == newest
    assert numbers(township["duty1"].get("/inbox?filter=groups&sort=oldest").text)[-1] == newest
    assert numbers(township["duty1"].get("/inbox?filter=groups&sort=urgency").text)[0] == urgent


@pytest.mark.parametrize(
    ("words", "found"), [("000002", 1), ("路灯", 1), ("村07", 1), ("受理", 2), ("受理 路灯", 1), ("%", 0)]
)
def test_the_search_looks_through_number_title_place_and_step(township: Township, words: str, found: int) -> None:
    township.call()
    township.call(village="village_07", content="路灯坏了两个月,晚上出门不安全。")
    page = township["duty1"].get("/inbox", query_string={"filter": "groups", "q": words}).text
    assert len(numbers(page)) == found
    if not found:
        assert "没有符合条件的任务" in page


@pytest.mark.parametrize("sort", get_args(inbox.Sort))
def test_a_page_counts_its_filter_as_it_is_counted_without_it(
    township: Township, clock: MovingClock, sort: inbox.Sort
) -> None:
    mine, never = township.call(), township.call()
    clock.advance(timedelta(hours=2))
    township.visitors.clear()
    for _ in range(3):
        township.call()
    township["duty1"].post(f"/tasks/{township.task(mine, 'accept_call')}/claim", {"back": "/inbox"})
    with township.app.app_context():
        last = datetime(9999, 12, 31, 12, tzinfo=UTC)
        db.session.execute(update(TaskRow).where(TaskRow.business_key == never).values(due_at=last))
        reader = Reader(tenant(), "duty1", {"hotline_intake"}, clock.now(), {})
        found = {}
        for name in inbox.filters_of(reader):
            page = inbox.read_page(db.session(), reader, View(filter=name, sort=sort))
            assert page.counted is not None and len(page.rows) == page.counted[0]
            assert inbox.count_filters(db.session(), reader, name, page.counted) == inbox.count_filters(
                db.session(), reader, name
            )
            found[name] = page.counted
    assert found == {"mine": (1, 1), "groups": (4, 0)}


@pytest.mark.parametrize("sort", ["due", "urgency", "newest", "oldest"])
def test_pages_follow_each_other_without_loss_or_repetition_and_lead_back(township: Township, sort: str) -> None:
    calls = {township.call(urgency="紧急" if turn % 3 else "一般") for turn in range(PAGE + 7)}
    first = township["duty1"].get(f"/inbox?filter=groups&sort={sort}").text
    assert "上一页" not in first
    second = township["duty1"].get(link(first, "下一页")).text
    assert len(numbers(first)) == PAGE
    assert set(numbers(first) + numbers(second)) == calls
    assert "下一页" not in second
    assert numbers(township["duty1"].get(link(second, "上一页")).text) == numbers(first)


def test_a_page_keeps_its_place_when_a_task_before_it_is_done(township: Township) -> None:
    for _ in range(PAGE + 2):
        township.call()
    first = township["duty1"].get("/inbox?filter=groups").text
    after = link(first, "下一页")
    before = numbers(township["duty1"].get(after).text)
    township.do("duty1", numbers(first)[0], "accept_call", acceptance="accept")
    assert numbers(township["duty1"].get(after).text) == before


def test_the_address_keeps_filter_search_page_and_selection(township: Township) -> None:
    number = township.call()
    task = township.task(number, "accept_call")
    page = township["duty1"].get(f"/inbox?filter=groups&q=受理&task={task}").text
    assert f'data-row="{task}"' in page
    assert 'aria-current="true"' in page
    assert re.search(r'href="/inbox\?task=[^"]+&amp;filter=groups&amp;q=', page)
    assert 'data-form="form-' in page


@pytest.mark.parametrize("mark", ["after=x", "after=2026-11-20T09:00~1~2~3", "before=2026-11-20~a~b~c", "after=~~~"])
def test_a_mark_that_is_none_of_ours_is_refused(township: Township, mark: str) -> None:
    assert township["duty1"].get(f"/inbox?{mark}").status_code == 400


def test_new_tasks_are_announced_without_touching_the_list(township: Township, clock: MovingClock) -> None:
    since = clock.now().isoformat()
    visitor = township["duty1"]
    assert visitor.get("/inbox/news", query_string={"since": since}).text.strip() == ""
    clock.move_to(START.replace(minute=5))
    township.call()
    assert "有 1 项新待办" in visitor.get("/inbox/news", query_string={"since": since}).text
    assert visitor.get("/inbox/news", query_string={"since": "yesterday"}).status_code == 400


def test_a_finished_task_is_said_and_where_the_case_went(township: Township) -> None:
    number = township.call()
    task = township.task(number, "accept_call")
    answer = township.do("duty1", number, "accept_call", acceptance="accept")
    assert answer.json == {"task": task, "next": f"/inbox?done={task}"}
    page = township["duty1"].get(f"/inbox?filter=groups&done={task}").text
    assert f"已办：受理 · {number}" in page
    assert "下一步：派单 (热线派单)" in page
    assert "已办：" not in township["dispatch1"].get(f"/inbox?done={task}").text


def test_after_a_task_the_next_one_opens(township: Township) -> None:
    first, second = township.call(), township.call()
    done = township.task(first, "accept_call")
    township.do("duty1", first, "accept_call", acceptance="accept")
    page = township["duty1"].get(f"/inbox?filter=groups&done={done}").text
    assert f'href="/cases/{second}"' in page
    assert 'data-form="form-' in page


def test_another_townships_tasks_are_not_seen(township: Township) -> None:
    township.call()
    with township.app.app_context():
        here = Reader(tenant(), "duty1", {"hotline_intake"}, START, {})
        there = Reader("elsewhere", "duty1", {"hotline_intake"}, START, {})
        pages = [inbox.read_page(db.session(), reader, View(filter="groups")) for reader in (here, there)]
    assert [len(page.rows) for page in pages] == [1, 0]


def test_who_has_no_inbox_is_refused_and_nobody_sees_one_without_signing_in(township: Township) -> None:
    assert township["auditor1"].get("/inbox").status_code == 403
    assert township.app.test_client().get("/inbox").status_code == 302


def test_english_readers_read_english(township: Township) -> None:
    township.call()
    visitor = township["duty1"]
    visitor.language = "en"
    page = visitor.get("/inbox?filter=groups").text
    assert "My groups" in page
    assert re.search(r"\d+ (minutes?|hours?) left", page)
