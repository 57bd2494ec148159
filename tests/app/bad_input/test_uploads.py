"""Files that are not what they say, too large, too many, or named to do harm."""

import json
import re
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import func, select
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import TestResponse, encode_multipart

from app.case.models import Attachment, Case
from app.db import db
from tests.app.bad_input.conftest import JSON, LANGUAGES, is_problem, let_in, said
from tests.app.pages.conftest import CALL, Township
from tests.app.pages.test_documents import DOCUMENT

PDF = b"%PDF-1.7 "
ZIP = b"PK\x03\x04 no archive"
KIND = {"zh": "不接受这种文件", "en": "This kind of file is not accepted"}


def attach(township: Township, number: str, *files: tuple[str, bytes], **headers: str) -> TestResponse:
    visitor = let_in(township.app, "duty1")
    return send(township, visitor, f"/cases/{number}/attachments", files, **headers)


def send(
    township: Township, visitor: object, address: str, files: object, data: str = "", **headers: str
) -> TestResponse:
    parts = [("files", FileStorage(BytesIO(content), name)) for name, content in files]
    boundary, body = encode_multipart(MultiDict([("data", data), *parts] if data else parts))
    headers = {"X-CSRFToken": visitor.token, "Accept-Language": "zh", **headers}
    return visitor.client.post(
        address, data=body, content_type=f'multipart/form-data; boundary="{boundary}"', headers=headers
    )


def names(township: Township, number: str) -> list[str]:
    with township.app.app_context():
        instance = select(Case.instance_id).where(Case.number == number).scalar_subquery()
        return list(db.session.scalars(
            select(Attachment.name).where(Attachment.instance_id == instance).order_by(Attachment.id)
        ))  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("report.pdf", b"MZ\x90\x00 a program"), ("report.pdf", b"<html><script>alert(1)</script>"),
        ("page.html", b"<html>"),
        ("image.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"), ("report.docx", ZIP),
        ("report.exe", PDF), ("report.pdf.exe", PDF), ("report.txt", PDF), ("report.png", PDF),
        ("a.txt", b"\xff\xfe\x00"),
        ("script.js", b"alert(1)"), ("a.zip", ZIP), ("report", PDF), (".pdf", PDF), ("a.pdf.", PDF), ("..", PDF),
    ],
    ids=range(16),
)  # fmt: skip
def test_a_file_that_is_not_what_it_says_is_refused_and_not_kept(
    on_sqlite: Township, name: str, content: bytes
) -> None:
    number = on_sqlite.call()
    for language in LANGUAGES:
        headers = {"Accept-Language": language}
        page = attach(on_sqlite, number, ("good.txt", b"good"), (name, content), **headers)
        assert page.status_code == 422, said(page)
        title = KIND[language]
        other = {"zh": "这个文件不能附上", "en": "The file cannot be attached"}[language]
        assert title in said(page) or other in said(page)
        problem = is_problem(attach(on_sqlite, number, (name, content), **headers, **JSON), 422)
        assert problem["title"] in (title, other)
    assert names(on_sqlite, number) == [], "not even the good one"


def test_an_empty_file_and_none_at_all_are_refused(on_sqlite: Township) -> None:
    number = on_sqlite.call()
    assert attach(on_sqlite, number, ("a.txt", b"")).status_code == 422
    assert attach(on_sqlite, number).status_code == 400
    assert attach(on_sqlite, number, ("", b"text")).status_code == 400


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd.txt", "passwd.txt"), ("/etc/cron.d/a.txt", "a.txt"),
        ("a\x01\x02\x7f.txt", "a.txt"), ("报告\u202etxt.exe.txt", "报告txt.exe.txt"),
        ("长" * 300 + ".txt", "长" * 146 + ".txt"), ("  . a .txt", "a .txt"), ("%2e%2e%2fa.txt", "%2e%2e%2fa.txt"),
        ("con.txt", "con.txt"), ("😀.txt", "😀.txt"),
    ],
    ids=range(9),
)  # fmt: skip
def test_a_name_leads_nowhere_and_comes_back_whole(on_sqlite: Township, name: str, kept: str) -> None:
    number = on_sqlite.call()
    folder = Path(on_sqlite.app.config["DATA"])
    outside = {path for path in folder.rglob("*") if "attachments" not in path.parts and path.is_file()}
    assert attach(on_sqlite, number, ("b.txt", b"other"), (name, number.encode())).status_code == 302
    assert names(on_sqlite, number) == ["b.txt", kept]
    files = [path for path in folder.rglob("*") if path.is_file() and "attachments" in path.parts]
    assert all(re.fullmatch(r"[0-9a-f]{64}", path.name) for path in files)
    assert {path for path in folder.rglob("*") if "attachments" not in path.parts and path.is_file()} == outside
    links = re.findall(rf'href="(/cases/{number}/attachments/\d+)"', on_sqlite["duty1"].get(f"/cases/{number}").text)
    answer = on_sqlite["duty1"].get(links[-1])
    assert answer.data == number.encode()
    assert "\n" not in answer.headers["Content-Disposition"]


def test_a_name_with_a_line_of_its_own_is_no_request(on_sqlite: Township) -> None:
    number = on_sqlite.call()
    assert attach(on_sqlite, number, ("a\r\nSet-Cookie: x=1.txt", b"text")).status_code == 400
    assert names(on_sqlite, number) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_file_that_is_too_large_is_refused_by_its_size(on_sqlite: Township, language: str) -> None:
    number = on_sqlite.call()
    page = attach(on_sqlite, number, ("a.pdf", PDF + b"x" * (20 * 1024 * 1024)), **{"Accept-Language": language})
    assert page.status_code == 413
    assert {"zh": "每个文件最大 20 MB", "en": "at most 20 MB"}[language] in said(page)
    page = attach(on_sqlite, number, ("a.pdf", PDF + b"x" * (33 * 1024 * 1024)), **{"Accept-Language": language})
    assert page.status_code == 413
    assert "32 MB" in said(page)
    assert names(on_sqlite, number) == []


@pytest.mark.parametrize("size", [12, 40])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_large_file_that_is_called_pdf_and_is_none_is_refused_and_the_document_is_not_lost(
    on_sqlite: Township, language: str, size: int
) -> None:
    visitor = let_in(on_sqlite.app, "dispatch1")
    program = [("公文.pdf", b"MZ\x90\x00" + b"x" * (size * 1024 * 1024))]
    numbers = {"document_number": f"泾农〔2026〕{size}{LANGUAGES.index(language)}号"}
    data = json.dumps({**DOCUMENT, **numbers})
    headers = {"Accept-Language": language, **JSON}
    refused = send(on_sqlite, visitor, "/start/document_routing", program, data, **headers)
    problem = is_problem(refused, 413 if size > 32 else 422)
    told = f"{problem['title']} {problem.get('detail')}"
    assert ("32 MB" if size > 32 else KIND[language]) in told, told
    if size <= 32:
        assert "公文.pdf" in told
    kept = send(on_sqlite, visitor, "/start/document_routing", [], data, **headers)
    assert kept.status_code == 200, "the clerk still has the words, and registers them without the file"


def test_too_many_files_are_refused_and_those_there_stay(on_sqlite: Township) -> None:
    number = on_sqlite.call()
    assert attach(on_sqlite, number, *((f"{n}.txt", f"{n}".encode()) for n in range(20))).status_code == 302
    page = attach(on_sqlite, number, ("more.txt", b"more"))
    assert page.status_code == 422
    assert "最多 20 个附件" in said(page)
    assert len(names(on_sqlite, number)) == 20


def test_the_same_file_twice_is_refused(on_sqlite: Township) -> None:
    number = on_sqlite.call()
    assert attach(on_sqlite, number, ("a.txt", b"same"), ("b.txt", b"same")).status_code == 422
    assert names(on_sqlite, number) == []


def test_a_call_with_a_refused_file_is_not_registered(on_sqlite: Township) -> None:
    with on_sqlite.app.app_context():
        before = db.session.scalar(select(func.count()).select_from(Case))
    visitor = let_in(on_sqlite.app, "duty1")
    files = [("a.txt", b"text"), ("b.pdf", b"no pdf")]
    address = "/start/hotline_closed_loop"
    answer = send(on_sqlite, visitor, address, files, json.dumps({"data": CALL}), **JSON)
    assert answer.status_code in (400, 422)
    answer = send(on_sqlite, visitor, address, files, json.dumps(dict(CALL)), **JSON)
    assert is_problem(answer, 422)["title"] == KIND["zh"]
    with on_sqlite.app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Case)) == before
    assert send(on_sqlite, visitor, address, files[:1], json.dumps(dict(CALL)), **JSON).status_code == 200


@pytest.mark.parametrize("login", ["village07", "procadmin", "auditor1", "sysadmin"])
def test_nobody_else_gets_a_file_or_adds_one(on_sqlite: Township, login: str) -> None:
    number = on_sqlite.call()
    assert attach(on_sqlite, number, ("a.txt", b"secret")).status_code == 302
    link = re.search(rf'href="(/cases/{number}/attachments/\d+)"', on_sqlite["duty1"].get(f"/cases/{number}").text)
    assert link
    visitor = let_in(on_sqlite.app, login)
    assert visitor.get(link[1]).status_code in (403, 404)
    assert send(on_sqlite, visitor, f"/cases/{number}/attachments", [("b.txt", b"x")]).status_code in (403, 404)
    other = on_sqlite.call()
    assert on_sqlite["duty1"].get(link[1].replace(number, other)).status_code == 404


def test_a_file_that_was_lost_or_changed_on_the_disk_is_not_given_out(on_sqlite: Township) -> None:
    number = on_sqlite.call()
    assert attach(on_sqlite, number, ("a.txt", f"content of {number}".encode())).status_code == 302
    link = re.search(rf'href="(/cases/{number}/attachments/\d+)"', on_sqlite["duty1"].get(f"/cases/{number}").text)
    assert link
    folder = Path(on_sqlite.app.config["ATTACHMENTS"])
    file = next(path for path in folder.rglob("*") if path.is_file() and path.read_bytes().endswith(number.encode()))
    file.write_bytes(b"changed")
    assert on_sqlite["duty1"].get(link[1]).status_code == 404
    file.unlink()
    assert on_sqlite["duty1"].get(link[1]).status_code == 404
    assert on_sqlite["duty1"].get(f"/cases/{number}").status_code == 200


def test_a_refusal_leads_back_to_the_case(on_sqlite: Township) -> None:
    number = on_sqlite.call()
    page = on_sqlite["duty1"].post(
        f"/cases/{number}/attachments", {"files": (BytesIO(b"no pdf"), "a.pdf"), "back": f"/cases/{number}"}
    )
    assert page.status_code == 422
    assert re.search(rf'<a class="btn btn-primary" href="/cases/{number}">返回</a>', page.text)
    assert "您填写的内容" not in said(page), "nothing was typed"
    page = on_sqlite["duty1"].post(f"/cases/{number}/attachments", {"back": "//elsewhere.example"})
    assert 'href="//elsewhere' not in page.text
