"""Prints of cases, meetings and registers: what stands on them, for whom, masked, marked and recorded."""

import re
from datetime import timedelta
from io import BytesIO

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from app.case.models import Case, Disclosure
from app.db import db
from engine.clock import MovingClock
from tests.app.printing.conftest import NAME, TITLE, Council, pages

MM = 72 / 25.4


def recorded(council: Council) -> list[tuple[object, ...]]:
    with council.township.app.app_context():
        rows = db.session.scalars(select(Disclosure).order_by(Disclosure.id))
        return [(row.kind, row.what, row.user, row.cases, row.instance_id is not None) for row in rows]


def test_every_case_can_be_printed_on_one_sheet_of_official_paper(council: Council) -> None:
    number = council.propose()
    council.discuss(number)
    answer = council.print("duty1", f"/cases/{number}/print/sheet")
    [page] = pages(answer)
    facts = ("议事", number, TITLE, "理由泵房漏水，雨季前须修好。", NAME, "金额120000", "拟同意，请会议议定。")
    foot = ("—1—", "第1页，共1页", "值班员甲（duty1）于2026年11月20日09:00打印")
    for words in (*facts, *foot):
        assert words in page, words
    box = PdfReader(BytesIO(answer.data)).pages[0].mediabox
    assert (round(box.width / MM), round(box.height / MM)) == (210, 297)
    assert answer.headers["Content-Disposition"].startswith("inline; filename*=UTF-8''YS-2026-001")
    assert answer.headers["Cache-Control"] == "no-store"


def test_every_page_bears_the_readers_name_and_the_time(council: Council) -> None:
    number = council.propose(reason="泵房漏水，雨季前须修好。" * 200)
    found = pages(council.print("leader1", f"/cases/{number}/print/slip"))
    assert len(found) > 1
    for at, page in enumerate(found, start=1):
        assert page.count("分管领导甲leader12026-11-2009:00") > 8
        assert f"第{at}页，共{len(found)}页" in page
        assert f"—{at}—" in page


def test_what_is_written_stays_within_the_margins_of_the_standard(council: Council) -> None:
    number = council.propose(reason="泵房漏水，雨季前须修好。" * 200)
    answer = council.print("duty1", f"/cases/{number}/print/slip")
    for page in PdfReader(BytesIO(answer.data)).pages:
        places: list[tuple[float, float]] = []

        def note(text: str, matrix: list[float], place: list[float], *_more: object, kept=places) -> None:  # type: ignore[no-untyped-def]
            upright = abs(matrix[1]) < 0.001
            if "泵房" in text and upright:
                kept.append((matrix[4] + place[4], matrix[5] + place[5]))

        page.extract_text(visitor_text=note)
        assert all(28 * MM - 1 <= x <= (210 - 26) * MM and 35 * MM - 1 <= y <= (297 - 37) * MM for x, y in places)
    assert places


def test_the_handling_slip_has_all_fields_and_who_did_and_said_what_when(council: Council, clock: MovingClock) -> None:
    number = council.propose()
    clock.advance(timedelta(minutes=20))
    council.discuss(number)
    text = "".join(pages(council.print("duty1", f"/cases/{number}/print/slip")))
    assert "昌桥乡文件处理笺" in text
    assert re.search(r"拟办拟同意，请会议议定。派单员甲（党政办）2026年11月20日09:20", text)
    assert re.search(r"阅知村03收到2026年11月20日09:20，未办", text)
    assert "上会派单员甲" not in text, "the meeting is no circulation"
    assert "决议会议决定维修泵房。" in text
    empty = council.propose()
    assert "决议" in "".join(pages(council.print("duty1", f"/cases/{empty}/print/slip"))), "empty fields are there too"


def test_the_minutes_hold_attendance_opinions_votes_and_resolution(council: Council) -> None:
    number = council.propose()
    council.discuss(number)
    text = "".join(pages(council.print("duty1", f"/cases/{number}/print/minutes")))
    head = (f"{TITLE}会议纪要", "一、乡务会（2026年11月20日）", "开会日期2026年11月20日")
    said = ("乡长甲同意维修", "人大主席乙先测算", "赞成6", "反对1", "议决结果同意")
    resolved = ("决议：会议决定维修泵房。", "由水利站主办。", "记录人：派单员甲")
    for words in (*head, *said, *resolved):
        assert words in text, words


def test_the_agenda_holds_the_matters_that_wait_for_the_meeting_and_no_others(council: Council) -> None:
    numbers = [council.propose(title=f"议题{at}") for at in range(3)]
    for number in numbers[:2]:
        council.township.do("dispatch1", number, "comment", advice="拟同意")
    done = council.propose(title="议过的")
    council.discuss(done)
    page = council.township["leader1"].get("/registers/council").text
    assert 'name="meeting" value="乡务会"' in page
    text = "".join(pages(council.print("leader1", "/registers/council/agenda", meeting="乡务会")))
    assert "乡务会议程" in text
    assert "（2026年11月20日）" in text
    assert f"一、议题0编号：{numbers[0]}；提出人：欧**；金额：120000。理由：泵房漏水，雨季前须修好。" in text
    assert f"二、议题1编号：{numbers[1]}" in text
    assert "议题2" not in text
    assert "议过的" not in text
    assert council.print("leader1", "/registers/council/agenda", meeting="别的会").status_code == 404
    nothing = "".join(pages(council.print("village07", "/registers/council/agenda", meeting="乡务会")))
    assert "没有等待上会的议题。" in nothing


def test_a_register_prints_exactly_what_its_page_shows(council: Council) -> None:
    for at in range(60):
        council.propose(title=f"议题第{at}号", sum=at)
    answer = council.print("leader1", "/registers/council/print?q=议题&sort=number&columns=case.title,proposer,sum")
    reader = PdfReader(BytesIO(answer.data))
    assert reader.pages[0].mediabox.width > reader.pages[0].mediabox.height
    found = pages(answer)
    text = "".join(found)
    assert len(found) > 1
    assert all("编号" in page and "金额" in page for page in found), "the head stands on every page"
    assert re.findall(r"议题第(\d+)号", text) == [str(at) for at in range(60)]
    assert "欧**" in text
    assert NAME not in text
    assert "共60件" in text
    assert "登记" not in text, "a column that is not shown is not printed"
    assert recorded(council)[-1] == ("print", "register", "leader1", 60, False)


def test_what_is_masked_for_the_reader_is_masked_on_paper_also_while_it_is_revealed(council: Council) -> None:
    number = council.propose()
    council.discuss(number)
    reason = {"choice": "", "words": "核对提出人是谁"}
    assert council.print("leader1", f"/cases/{number}/reveal/proposer", **reason).status_code == 302
    assert NAME in council.township["leader1"].get(f"/cases/{number}").text
    for path in (f"/cases/{number}/print/sheet", f"/cases/{number}/print/slip", f"/cases/{number}/print/minutes",
                 "/registers/council/print"):  # fmt: skip
        text = "".join(pages(council.print("leader1", path)))
        assert NAME not in text, path
        assert "欧**" in text, path


def test_a_print_is_made_for_readers_only_and_recorded_like_an_export(council: Council) -> None:
    number = council.propose()
    assert council.print("village07", f"/cases/{number}/print/sheet").status_code == 404
    assert council.print("duty1", f"/cases/{number}/print/nothing").status_code == 404
    assert council.print("auditor1", f"/cases/{number}/print/sheet").status_code == 403
    assert council.print("duty1", "/registers/nothing/print").status_code == 404
    assert council.township["duty1"].client.post(f"/cases/{number}/print/sheet").status_code == 400, "no token"
    assert recorded(council) == []
    council.print("duty1", f"/cases/{number}/print/slip")
    assert recorded(council) == [("print", "slip", "duty1", 1, True)]
    assert "打印了案卷" in council.township["leader1"].get(f"/cases/{number}").text
    listed = council.township["auditor1"].get("/audit/disclosures?kind=print").text
    assert "值班员甲" in listed
    assert number in listed
    assert "昌桥乡文件处理笺" in listed


def test_a_character_that_no_typeface_has_is_named_and_not_lost(council: Council) -> None:
    number = council.propose(title="𠮷田村与龘山村的界址", reason="附件见😀\u200b及\t表")
    [page] = pages(council.print("duty1", f"/cases/{number}/print/sheet"))
    assert "〔U+20BB7〕田村与龘山村的界址" in page
    assert "附件见〔U+1F600〕及表" in page


def test_markup_in_a_text_is_printed_as_it_is_written(council: Council) -> None:
    number = council.propose(title="<b>加粗</b>&amp;<font color=red>", reason="</para><script>alert(1)</script>")
    [page] = pages(council.print("duty1", f"/cases/{number}/print/sheet"))
    assert "<b>加粗</b>&amp;<fontcolor=red>" in page
    assert "</para><script>alert(1)</script>" in page


def test_too_many_rows_are_refused_with_what_to_do(council: Council, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.printing.rows.MOST", 1)
    council.propose()
    assert len(pages(council.print("duty1", "/registers/council/print"))) == 1
    council.propose()
    refused = council.print("duty1", "/registers/council/print")
    assert refused.status_code == 422
    assert "要打印的案卷太多" in refused.text


def test_the_case_page_offers_what_the_process_declares_and_every_process_its_sheet(council: Council) -> None:
    number = council.propose()
    page = council.township["duty1"].get(f"/cases/{number}").text
    assert re.findall(rf'action="/cases/{number}/print/(\w+)"', page) == ["sheet", "slip", "minutes"]
    call = council.township.call()
    page = council.township["duty1"].get(f"/cases/{call}").text
    assert re.findall(rf'action="/cases/{call}/print/(\w+)"', page) == ["sheet"]
    [sheet] = pages(council.print("duty1", f"/cases/{call}/print/sheet"))
    assert "便民服务热线闭环办理" in sheet
    with council.township.app.app_context():
        assert db.session.scalars(select(Case).where(Case.number == call)).one()


def test_a_print_is_chinese_for_readers_of_english_too_and_its_button_says_so(council: Council) -> None:
    number, duty = council.propose(), council.township["duty1"]
    assert "in Chinese" not in duty.get(f"/cases/{number}").text
    duty.language = "en"
    for address, kind in ((f"/cases/{number}", "sheet"), ("/registers/council", "register")):
        page = duty.get(address).text
        assert "Opened" in page and "in Chinese" in page
        printed = council.print("duty1", f"{address}/print{'/sheet' if kind == 'sheet' else ''}")
        text = "".join(pages(printed))
        assert "登记" in text and "打印" in text and "Opened" not in text
