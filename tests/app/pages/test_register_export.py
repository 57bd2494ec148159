"""A register as a file: just what is shown, harmless in a spreadsheet, and recorded."""

import csv
import re
import tracemalloc
from collections.abc import Iterator
from io import BytesIO, StringIO
from zipfile import ZipFile

import pytest
from flask import Flask
from sqlalchemy import select

from app.case import queries
from app.case.models import Disclosure
from app.db import db
from app.register import taking
from app.register.export import Sheet, as_csv, as_excel
from tests.app.pages.conftest import Township
from tests.app.pages.test_register import REGISTER, numbers
from tests.app.pages.test_register_columns import heads


def take(township: Township, login: str, query: str = "", ending: str = "csv") -> bytes:
    township[login].get(REGISTER)
    form = {"format": ending, "csrf_token": township[login].token}
    answer = township[login].client.post(f"{REGISTER}/export?{query}", data=form, headers={"Accept-Language": "zh"})
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].isascii() and f".{ending}" in answer.headers["Content-Disposition"]
    return answer.data


def read_csv(content: bytes) -> list[list[str]]:
    assert content.startswith(b"\xef\xbb\xbf")
    *lines, note = csv.reader(StringIO(content.decode("utf-8-sig")))
    assert len(note) == 1 and note[0].startswith("# "), "the last line says who took it out"
    return lines


def read_excel(content: bytes) -> list[list[str]]:
    with ZipFile(BytesIO(content)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    rows = re.findall(r"<row .*?</row>", sheet, re.DOTALL)
    return [re.findall(r"<c [^>]*?(?:/>|>.*?(?:<t[^>]*>(.*?)</t>|<v>(.*?)</v>).*?</c>)", row) for row in rows]  # type: ignore[misc]


def records(app: Flask) -> list[tuple[str, str, int, str]]:
    with app.app_context():
        return [(each.user, each.what, each.cases, each.reason) for each in db.session.scalars(select(Disclosure))]


def test_a_file_holds_what_the_page_shows_on_all_pages(township: Township, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "BATCH", 20)
    calls = [township.call() for _ in range(53)]
    query = "sort=number&columns=case.state,caller,phone,received_at,case.opened,case.files"
    lines = read_csv(take(township, "duty1", query))
    assert lines[0] == heads(township["duty1"].get(f"{REGISTER}?{query}").text)
    assert [line[0] for line in lines[1:]] == calls
    assert lines[1] == [calls[0], "待受理", "来电人甲", "13800001234", "2026-11-20 09:00", "", "2026-11-20 09:00"]


def test_it_is_narrowed_and_masked_as_its_reader_sees_it(township: Township) -> None:
    township.call(confidential=True)
    plain = township.call()
    township.call(kind="投诉")
    lines = read_csv(take(township, "leader1", "f.kind=求助&columns=caller,phone&sort=number"))
    assert [line[1:] for line in lines[1:]] == [["***", "***"], ["来**", "138****1234"]]
    assert lines[2][0] == plain
    assert len(read_csv(take(township, "village03"))) == 1, "the heading alone: no case is this village's"
    assert [line[0] for line in read_csv(take(township, "duty1", "q=13800001234&f.kind=求助"))[1:]] == [plain]


def test_nothing_in_a_cell_becomes_a_formula(township: Township) -> None:
    township.call(content="=HYPERLINK(\"http://x\")", location="+1-2", caller="@SUM(A1)")
    lines = read_csv(take(township, "duty1", "columns=case.title,location,caller,phone,village"))
    assert lines[1][1:] == ["'=HYPERLINK(\"http://x\")", "村03", "'@SUM(A1)", "13800001234", "'+1-2"]
    with ZipFile(BytesIO(take(township, "duty1", "columns=case.title,location", "xlsx"))) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet and "=HYPERLINK" in sheet


def test_an_excel_file_has_the_same_cells(township: Township) -> None:
    number = township.call(location="桥头 & 村口")
    rows = read_excel(take(township, "duty1", "columns=location,case.state", "xlsx"))
    cells = [[first or second for first, second in row] for row in rows]  # type: ignore[misc]
    assert cells == [["编号", "状态", "具体地点"], [number, "待受理", "桥头 &amp; 村口"]]


def test_the_file_itself_says_who_took_it_out_when_and_how_narrowed(township: Township) -> None:
    township.call()
    line = take(township, "leader1").decode("utf-8-sig").splitlines()[-1]
    assert line == "# 便民服务热线闭环办理 · 分管领导甲 leader1 于 2026-11-20 09:00 导出"
    query = "f.kind=求助&q=水泥&place=village_03&columns=case.title,caller"
    with ZipFile(BytesIO(take(township, "leader1", query, "xlsx"))) as book:
        about = "".join(re.findall("<t[^>]*>(.*?)</t>", book.read("xl/worksheets/sheet2.xml").decode()))
        names, core = book.read("xl/workbook.xml").decode(), book.read("docProps/core.xml").decode()
        footer = book.read("xl/worksheets/sheet1.xml").decode()
    assert "导出说明" in names and "分管领导甲 leader1 于 2026-11-20 09:00 导出" in core
    assert "分管领导甲 leader1 于 2026-11-20 09:00 导出" in footer
    for words in ("分管领导甲 leader1", "1 件", "搜索：水泥；地点：村03；类型：求助"):
        assert words in about


def test_who_took_how_many_is_recorded_and_shown_to_auditors(township: Township, app: Flask) -> None:
    township.call()
    township.call(kind="投诉")
    take(township, "leader1", "f.kind=投诉&q=水泥&f.external_number=9", "xlsx")
    take(township, "duty1")
    narrowed = "搜索：2 个字；12345 工单编号：1 个字；类型：投诉"
    assert records(app) == [("leader1", "xlsx", 0, narrowed), ("duty1", "csv", 2, "")]
    page = township["auditor1"].get("/audit/disclosures").text
    assert "类型：投诉" in page and "2 件" in page


@pytest.mark.parametrize(
    ("login", "ending", "status"), [("duty1", "pdf", 400), ("duty1", "", 400), ("sysadmin", "csv", 403)]
)
def test_other_kinds_and_other_people_are_refused(township: Township, login: str, ending: str, status: int) -> None:
    township[login].get("/settings")
    assert township[login].post(f"{REGISTER}/export", {"format": ending}).status_code == status
    assert township["duty1"].get(f"{REGISTER}/export").status_code == 405
    assert township["duty1"].client.post(f"{REGISTER}/export", data={"format": "csv"}).status_code == 400, "no token"


def test_more_rows_than_excel_has_are_refused_before_anything_is_sent(
    township: Township, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking, "MOST_EXCEL_ROWS", 1)
    township.call(), township.call()
    township["duty1"].get(REGISTER)
    answer = township["duty1"].post(f"{REGISTER}/export", {"format": "xlsx"})
    assert answer.status_code == 422 and "改为导出 CSV" in answer.text
    assert records(app) == [] and len(numbers(township["duty1"].get(REGISTER).text)) == 2


@pytest.mark.parametrize("write", [as_csv, as_excel])
def test_memory_does_not_grow_with_the_rows(write: object) -> None:
    def peak(rows: int) -> int:
        lines: Iterator[list[str]] = ([f"HL-2026-{row:06}", "水泥路塌陷" * 20, str(row)] for row in range(rows))
        tracemalloc.start()
        for _ in write(Sheet("x", "y", [], ["a", "b", "c"], ["text", "text", "number"], lines)):  # type: ignore[operator]
            pass
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    peak(10)
    assert peak(20_000) < peak(2_000) + 300_000
