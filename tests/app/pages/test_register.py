"""Registers and cases: who finds and reads what, masked or plain, and what hangs on a case."""

import re
from io import BytesIO

import pytest

from app.db import transaction
from tests.app.pages.conftest import Township
from tests.app.pages.test_start import VISIT

REGISTER = "/registers/hotline_closed_loop"
PDF = b"%PDF-1.4\n1 0 obj\n%%EOF"


def numbers(page: str) -> list[str]:
    """Return the case numbers of the rows, in order."""
    return re.findall(r'<a class="number" data-row href="/cases/([^"]+)">', page)


def test_every_call_is_one_row_newest_first(township: Township) -> None:
    calls = [township.call() for _ in range(3)]
    page = township["duty1"].get(REGISTER).text
    assert sorted(numbers(page)) == calls
    assert "共 3 件" in page
    assert numbers(township["duty1"].get(f"{REGISTER}?sort=number").text) == calls


def test_the_heading_of_the_closing_time_leads_to_what_was_closed_last_and_back(township: Township) -> None:
    township.call()
    page = township["duty1"].get(f"{REGISTER}?columns=case.state,case.closed").text
    assert re.search(r'<th aria-sort="none"><a class="register-sort" href="[^"]*sort=case.closed[^"]*">办结', page)
    page = township["duty1"].get(f"{REGISTER}?columns=case.state,case.closed&sort=case.closed").text
    assert re.search(r'<th aria-sort="descending"><a class="register-sort" href="[^"]*sort=newest[^"]*">办结', page)
    assert '<option value="case.closed" selected>最近办结在前</option>' in page


def test_names_and_telephones_are_masked_unless_the_role_says_otherwise(township: Township) -> None:
    township.call()
    plain, masked = township["duty1"].get(REGISTER).text, township["leader1"].get(REGISTER).text
    assert "来电人甲" in plain
    assert "13800001234" in plain
    assert "来**" in masked
    assert "138****1234" in masked
    assert "13800001234" not in masked


def test_a_confidential_caller_is_hidden_from_all_but_intake_and_call_back(township: Township) -> None:
    number = township.call(confidential=True)
    for login, sees in (("duty1", True), ("callback1", True), ("dispatch1", False), ("leader1", False)):
        page = township[login].get(f"/cases/{number}").text
        assert ("13800001234" in page) is sees, login
        assert ("来电人甲" in page) is sees, login
        assert ("13800001234" in township[login].get(REGISTER).text) is sees, login


def test_a_confidential_case_is_not_found_by_its_caller(township: Township) -> None:
    open_call = township.call(caller="匿名甲")
    township.call(confidential=True, caller="匿名甲")
    assert numbers(township["duty1"].get(f"{REGISTER}?q=匿名甲").text) == [open_call]
    assert numbers(township["leader1"].get(f"{REGISTER}?q=匿名甲").text) == []


@pytest.mark.parametrize(
    ("query", "found"),
    [("q=000002", 1), ("q=路灯", 1), ("place=village_07", 1), ("place=village_01", 0), ("state=待派单", 1),
     ("state=待受理&place=village_07", 1), ("category=环境卫生", 0), ("open=yes", 2), ("open=no", 0),
     ("from=2026-11-20&to=2026-11-20", 2), ("from=2026-11-21", 0), ("from=nonsense", 2)],
)  # fmt: skip
def test_a_register_is_searched_by_number_village_state_and_day(township: Township, query: str, found: int) -> None:
    township.do("duty1", township.call(), "accept_call", acceptance="accept")
    township.call(village="village_07", content="路灯坏了两个月,晚上出门不安全。")
    assert len(numbers(township["duty1"].get(f"{REGISTER}?{query}").text)) == found


def test_a_village_finds_and_reads_its_own_cases_only(township: Township) -> None:
    mine = township.handled_by("village_03", "village03")
    other = township.call()
    assert numbers(township["village03"].get(REGISTER).text) == [mine]
    assert township["village03"].get(f"/cases/{mine}").status_code == 200
    assert township["village03"].get(f"/cases/{other}").status_code == 404
    assert township["village03"].get("/cases/HL-2026-999999").status_code == 404


def test_the_field_on_top_leads_to_a_case_or_to_what_is_found(township: Township) -> None:
    number = township.call()
    assert township["duty1"].get(f"/search?q={number}").headers["Location"] == f"/cases/{number}"
    found = township["duty1"].get("/search", query_string={"q": "水泥路"}, follow_redirects=True)
    assert numbers(found.text) == [number]


def test_the_case_page_shows_head_course_facts_and_who_has_viewed_it(township: Township) -> None:
    number = township.handled_by("village_03", "village03")
    township["leader1"].get(f"/cases/{number}")
    page = township["duty1"].get(f"/cases/{number}").text
    assert f'data-copy="{number}"' in page
    assert "待审核" in page
    assert "审核" in page
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
    assert "主办单位 村03" in text
    assert "村03联络员 办理 · 提交办理结果" in text
    assert "分管领导甲 2026-11-20 09:00" in text


def test_two_views_of_one_person_are_counted_as_one_reader(township: Township) -> None:
    number = township.call()
    township["leader1"].get(f"/cases/{number}")
    township["leader1"].get(f"/cases/{number}")
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", township["duty1"].get(f"/cases/{number}").text))
    assert "分管领导甲 2026-11-20 09:00 · 2 次" in text


def test_a_comment_is_shown_and_an_empty_one_refused(township: Township) -> None:
    number = township.call()
    assert township["duty1"].post(f"/cases/{number}/comments", {"text": "请<b>尽快</b>处理"}).status_code == 302
    page = township["duty1"].get(f"/cases/{number}").text
    assert "请&lt;b&gt;尽快&lt;/b&gt;处理" in page
    assert township["duty1"].post(f"/cases/{number}/comments", {"text": "  "}).status_code == 422
    assert township["village03"].post(f"/cases/{number}/comments", {"text": "看不到的案卷"}).status_code == 404


def test_a_file_that_is_saved_comes_back_byte_for_byte(township: Township) -> None:
    number = township.call()
    visitor = township["duty1"]
    assert visitor.post(f"/cases/{number}/attachments", {"files": (BytesIO(PDF), "现场照片.pdf")}).status_code == 302
    page = visitor.get(f"/cases/{number}").text
    found = re.search(rf'class="file-save[^>]*href="(/cases/{number}/attachments/\d+)"', page)
    assert found and "现场照片.pdf" in page
    answer = visitor.get(found[1])
    assert answer.data == PDF
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert township["village03"].get(found[1]).status_code == 404


@pytest.mark.parametrize("upload", [(b"MZ\x90\x00", "现场.pdf"), (b"", "现场.pdf"), (PDF, "现场.exe")])
def test_a_file_of_a_kind_that_is_not_taken_is_refused(township: Township, upload: tuple[bytes, str]) -> None:
    number = township.call()
    content, name = upload
    answer = township["duty1"].post(f"/cases/{number}/attachments", {"files": (BytesIO(content), name)})
    assert answer.status_code == 422
    assert "没有附件" in township["duty1"].get(f"/cases/{number}").text


def test_the_diagram_tells_where_the_case_stands_and_which_way_it_came(township: Township) -> None:
    number = township.call()
    township.do("duty1", number, "accept_call", acceptance="accept")
    path = f"/instances/{township.case(number).instance_id}/diagram"
    answer = township["duty1"].get(path).json
    assert answer is not None
    assert answer["current"] == ["dispatch_call"]
    assert {"call_received", "accept_call", "match_matrix"} <= set(answer["done"])
    assert "call_received_to_accept_call" in answer["flows"]
    assert "<bpmn:definitions" in answer["xml"]
    assert township["village07"].get(path).status_code == 404


def test_pages_of_a_register_lead_on_and_back(township: Township) -> None:
    calls = {township.call() for _ in range(53)}
    first = township["duty1"].get(f"{REGISTER}?sort=oldest&state=待受理").text
    after = re.search(r'href="([^"]*after=[^"]+)"', first)
    assert after
    second = township["duty1"].get(after[1].replace("&amp;", "&")).text
    assert (len(numbers(first)), len(numbers(second))) == (50, 3)
    assert set(numbers(first) + numbers(second)) == calls
    before = re.search(r'href="([^"]*before=[^"]+)"', second)
    assert before
    assert numbers(township["duty1"].get(before[1].replace("&amp;", "&")).text) == numbers(first)
    assert township["duty1"].get(f"{REGISTER}?after=nonsense").status_code == 400


def test_unknown_registers_and_strangers_are_refused(township: Township) -> None:
    assert township["duty1"].get("/registers/no_such_process").status_code == 404
    assert township["sysadmin"].get(REGISTER).status_code == 403
    assert township["procadmin"].get("/cases/HL-2026-000001").status_code == 403


def test_what_stands_in_several_registers_is_looked_for_in_one_of_them(township: Township) -> None:
    with township.app.app_context(), transaction() as engine:
        engine.deploy({"visit.bpmn": VISIT}, by="procadmin")
    township.call(content="水闸漏水,请修。")
    for who in ("水闸边的住户", "路边的住户"):
        assert township.send("duty1", "/start/visit?start=came", {"data": {"who": who}}).status_code == 200
    duty = township["duty1"]
    both = duty.get("/search?q=水闸").text
    assert "多个登记簿中都有“水闸”" in both
    assert both.count("1 件") == 2 and "/registers/visit?q=" in both and "/registers/hotline_closed_loop?q=" in both
    assert "/registers/visit?q=" in duty.get("/search?q=住户").headers["Location"], "one holds it: there"
    assert duty.get("/search?q=").headers["Location"] == "/registers"
    told = township["leader1"].get("/search?q=水闸").headers["Location"]
    assert "hotline" in told, "whoever may not read the others is not told of them"
