"""Files of a case by the pages: chosen with the form or later, shown, refused, withheld, found again by their text."""

import json
import re
import sys
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import select
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import TestResponse, encode_multipart

from app import create_app, errands
from app.case.models import Attachment, AttachmentText, Case, CaseView
from app.db import db, transaction
from engine.clock import MovingClock
from tests.app.case.test_scanning import COMMAND, EICAR
from tests.app.pages.conftest import Township
from tests.app.pages.letters import LETTER, deploy_letters
from tests.app.pages.test_generated_form import LEAVE
from tests.support.files import docx, ofd, pdf, png

NUMBER = "LX-2026-0001"
CLASSIFIED = {**LETTER, "secrecy": "秘密"}


@pytest.fixture
def letters(township: Township) -> Township:
    deploy_letters(township)
    return township


def begin(
    township: Township, data: dict[str, str], *files: tuple[str, bytes], login: str = "dispatch1"
) -> TestResponse:
    return send(township, login, "/start/letter", *files, data=json.dumps(data))


def attach(
    township: Township, *files: tuple[str, bytes], number: str = NUMBER, login: str = "dispatch1"
) -> TestResponse:
    return send(township, login, f"/cases/{number}/attachments", *files)


def send(township: Township, login: str, address: str, *files: tuple[str, bytes], data: str = "") -> TestResponse:
    """Send files as the pages' script does."""
    visitor = township[login]
    parts = [("files", FileStorage(BytesIO(content), name)) for name, content in files]
    boundary, body = encode_multipart(MultiDict([("data", data), *parts] if data else parts))
    headers = {"X-CSRFToken": visitor.token, "Accept": "application/json", "Accept-Language": visitor.language}
    return visitor.client.post(
        address, data=body, content_type=f'multipart/form-data; boundary="{boundary}"', headers=headers
    )


def files(township: Township) -> list[str]:
    with township.app.app_context():
        return list(db.session.scalars(select(Attachment.name).order_by(Attachment.id)))


def links(page: str, last: str = "") -> list[str]:
    return list(dict.fromkeys(re.findall(rf'href="(/cases/[^"/]+/attachments/\d+{last})[?"]', page)))


def found(township: Township, words: str) -> str:
    return township["dispatch1"].get("/registers/letter", query_string={"q": words}).text


def read_texts(township: Township) -> dict[str, tuple[str, str]]:
    """Do the errands that are due; return the texts that were read, by the files' names."""
    with township.app.app_context():
        while errands.step():
            pass
        rows = db.session.execute(
            select(Attachment.name, AttachmentText.text, AttachmentText.failure)
            .join(AttachmentText, AttachmentText.attachment_id == Attachment.id)
        )  # fmt: skip
        return {name: (text.strip(), failure) for name, text, failure in rows}


# -- what comes with the form, and later


def test_several_files_come_with_the_form_or_none_of_them(letters: Township) -> None:
    refused = begin(letters, LETTER, ("a.pdf", pdf("一")), ("b.pdf", b"MZ\x90\x00"))
    assert refused.status_code == 422 and refused.json is not None
    assert "b.pdf" in refused.json["detail"] and "未保存" in refused.json["detail"]
    assert files(letters) == [] and letters["dispatch1"].get(f"/cases/{NUMBER}").status_code == 404
    assert begin(letters, LETTER, ("a.pdf", pdf("一")), ("b.ofd", ofd()), ("c.png", png())).status_code == 200
    assert files(letters) == ["a.pdf", "b.ofd", "c.png"]


def test_a_process_without_a_register_takes_no_files(letters: Township) -> None:
    with letters.app.app_context(), transaction() as engine:
        engine.deploy({"leave.bpmn": LEAVE}, by="procadmin")
    data = json.dumps({"number": "QJ-1", "days": 1})
    answer = send(letters, "duty1", "/start/leave", ("a.pdf", pdf("一")), data=data)
    assert answer.status_code == 422
    assert files(letters) == []


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.docx", ofd()), ("a.ofd", docx("x")), ("a.pdf", docx("x")), ("a.docx", pdf("x")), ("a.png", pdf("x"))],
)
def test_a_file_that_is_another_is_refused_by_its_name(letters: Township, name: str, content: bytes) -> None:
    begin(letters, LETTER)
    refused = attach(letters, ("good.txt", b"good"), (name, content))
    assert refused.status_code == 422 and refused.json is not None
    assert refused.json["code"] == "attachment_type_refused" and name in refused.json["detail"]
    assert files(letters) == []


# -- what takes no files


def test_a_classified_letter_is_registered_without_files_and_refuses_them_in_every_way(letters: Township) -> None:
    refused = begin(letters, CLASSIFIED, ("a.pdf", pdf("一")))
    assert refused.status_code == 422 and refused.json is not None
    assert refused.json["code"] == "case_takes_no_files" and "涉密文件不得上传" in refused.json["detail"]
    assert letters["dispatch1"].get(f"/cases/{NUMBER}").status_code == 404, "nothing is registered with it"
    assert begin(letters, CLASSIFIED).status_code == 200
    assert attach(letters, ("a.pdf", pdf("一"))).status_code == 422
    page = letters["dispatch1"].get(f"/cases/{NUMBER}").text
    assert "涉密文件不得上传" in page and "data-upload" not in page
    beside_task = letters["dispatch1"].get(f"/tasks/{letters.task(NUMBER, 'answer_letter')}").text
    assert "涉密文件不得上传" in beside_task and "data-upload" not in beside_task
    task = letters.task(NUMBER, "answer_letter")
    answered = send(
        letters, "dispatch1", f"/tasks/{task}/complete", ("a.pdf", pdf("一")), data=json.dumps(CLASSIFIED)
    )
    assert answered.status_code == 200, "a task's form takes no files: what comes with it is not looked at"
    assert files(letters) == []
    assert not list(Path(letters.app.config["ATTACHMENTS"]).rglob("*"))


def test_what_turns_out_to_be_classified_is_withheld_and_not_searched(letters: Township) -> None:
    data = {**LETTER, "note": "内情一则"}
    assert begin(letters, data, ("a.pdf", pdf("不可外传之文"))).status_code == 200
    assert read_texts(letters)["a.pdf"] == ("不可外传之文", "")
    (link,) = links(letters["dispatch1"].get(f"/cases/{NUMBER}").text)[:1]
    assert NUMBER in found(letters, "内情") and NUMBER in found(letters, "外传")
    letters.do("dispatch1", NUMBER, "answer_letter", **{**data, "secrecy": "机密"})
    assert letters.case(NUMBER).takes_no_files
    assert read_texts(letters) == {}
    assert NUMBER not in found(letters, "内情") and NUMBER not in found(letters, "外传")
    assert NUMBER in found(letters, "秋收"), "its title is no secret"
    for address in (link, f"{link}/content", f"{link}/view"):
        refused = letters["dispatch1"].get(address)
        assert refused.status_code == 422 and "涉密文件不得上传" in refused.text
    page = letters["dispatch1"].get(f"/cases/{NUMBER}").text
    assert "a.pdf" in page and links(page) == []


def test_nothing_is_said_of_what_is_classified_and_what_was_said_is_not_searched(letters: Township) -> None:
    begin(letters, LETTER)
    visitor = letters["dispatch1"]
    assert visitor.post(f"/cases/{NUMBER}/comments", {"text": "此事另有隐情"}).status_code == 302
    assert NUMBER in found(letters, "隐情")
    letters.do("dispatch1", NUMBER, "answer_letter", **CLASSIFIED)
    assert NUMBER not in found(letters, "隐情")
    page = visitor.get(f"/cases/{NUMBER}").text
    assert 'action="/cases/LX-2026-0001/comments"' not in page
    refused = visitor.post(f"/cases/{NUMBER}/comments", {"text": "内容如下"})
    assert refused.status_code == 422 and "涉密文件不得上传" in refused.text
    with letters.app.app_context(), transaction() as engine:
        instance = letters.case(NUMBER).instance_id
        engine.set_variables(instance, {"secrecy": "无"}, by="dispatch1", reason="更正密级")
    assert NUMBER in found(letters, "隐情")


def test_a_text_asked_for_before_is_not_read_any_more(letters: Township) -> None:
    begin(letters, LETTER, ("a.pdf", pdf("不可外传之文")))
    letters.do("dispatch1", NUMBER, "answer_letter", **CLASSIFIED)
    assert read_texts(letters) == {}


def test_what_is_classified_no_more_is_given_out_and_read_again(letters: Township, clock: MovingClock) -> None:
    begin(letters, LETTER, ("a.pdf", pdf("原来无密")))
    with letters.app.app_context():
        for secrecy in ("秘密", "无"):
            with transaction() as engine:
                instance = letters.case(NUMBER).instance_id
                engine.set_variables(instance, {"secrecy": secrecy}, by="dispatch1", reason="更正密级")
    assert read_texts(letters)["a.pdf"] == ("原来无密", "")
    assert not letters.case(NUMBER).takes_no_files


# -- given out and shown


def test_a_pdf_and_a_picture_are_shown_sealed_and_others_are_saved(letters: Township) -> None:
    contents = [pdf("一"), png(), ofd(), b"text"]
    begin(letters, LETTER, *zip(("公文.pdf", "照片.png", "公文.ofd", "说明.txt"), contents, strict=True))
    visitor = letters["dispatch1"]
    page = visitor.get(f"/cases/{NUMBER}").text
    shown, saved = links(page, "/view"), links(page)
    assert (len(shown), len(saved)) == (2, 4)
    for link, kind, sandboxed in [(shown[0], "application/pdf", False), (shown[1], "image/png", True)]:
        content = visitor.client.get(link.replace("/view", "/content"), buffered=True)
        assert content.status_code == 200 and content.mimetype == kind
        assert content.headers["Content-Disposition"].startswith("inline")
        assert content.headers["X-Content-Type-Options"] == "nosniff"
        assert content.headers["X-Frame-Options"] == "SAMEORIGIN"
        policy = content.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "frame-ancestors 'self'" in policy
        assert "script-src 'none'" in policy and ("sandbox" in policy) == sandboxed
        assert "private" in content.headers["Cache-Control"]
    for link, content in zip(saved, contents, strict=True):
        answer = visitor.client.get(link, buffered=True)
        assert answer.data == content and answer.headers["Content-Disposition"].startswith("attachment")
    for link in saved[2:]:
        assert visitor.get(f"{link}/content").status_code == 404
        assert "浏览器不能显示这种文件" in visitor.get(f"{link}/view").text


def test_one_leafs_through_the_files_of_a_case_and_back(letters: Township) -> None:
    begin(letters, LETTER, ("一.pdf", pdf("一")), ("二.png", png()), ("三.ofd", ofd()))
    visitor = letters["dispatch1"]
    (first, second) = links(visitor.get(f"/cases/{NUMBER}").text, "/view")
    page = visitor.get(f"{first}?back=/inbox").text
    assert "第 1 个，共 3 个" in page and links(page, "/view") == [second] and 'href="/inbox"' in page
    assert re.search(rf'<iframe[^>]+src="{first.replace("/view", "/content")}"', page)
    page = visitor.get(second).text
    assert len(links(page, "/view")) == 2 and f'href="/cases/{NUMBER}"' in page
    assert re.search(r'<img src="[^"]+/content" alt="附件内容"', page)
    assert 'href="//elsewhere' not in visitor.get(f"{first}?back=//elsewhere.example").text
    with letters.app.app_context():
        views = db.session.scalars(select(CaseView.times).where(CaseView.user == "dispatch1")).one()
        assert views == 4, "whoever looks into a file has viewed the case"


def test_strangers_neither_see_nor_add_nor_remove_a_file(letters: Township) -> None:
    begin(letters, LETTER, ("一.pdf", pdf("一")))
    (link,) = links(letters["dispatch1"].get(f"/cases/{NUMBER}").text, "/view")
    saved = link.removesuffix("/view")
    for login in ("village03", "water1", "procadmin", "auditor1", "sysadmin"):
        for address in (link, saved, f"{saved}/content"):
            assert letters[login].get(address).status_code in (403, 404), (login, address)
        assert attach(letters, ("b.txt", b"x"), login=login).status_code in (403, 404)
    for method in ("DELETE", "PUT", "PATCH"):
        for login in ("village03", "dispatch1"):
            answer = letters.send(login, saved, {}, method=method)
            assert answer.status_code == 405, "there is no way to remove a file"
    begin(letters, {**LETTER, "document_number": "另一号"})
    assert letters["dispatch1"].get(saved.replace(NUMBER, "LX-2026-0002")).status_code == 404
    assert files(letters) == ["一.pdf"]


def test_a_strangers_file_is_not_even_scanned(letters: Township) -> None:
    begin(letters, LETTER)
    letters.app.config["SCANNER"] = "no-such-scanner"
    assert attach(letters, ("b.txt", b"x"), login="village03").status_code == 404
    assert send(letters, "auditor1", "/start/letter", ("b.txt", b"x"), data="{}").status_code == 403
    assert attach(letters, ("b.txt", b"x")).status_code == 503


# -- limits and the scanner


def test_the_scanner_stops_what_it_finds_and_everything_while_it_is_away(letters: Township) -> None:
    begin(letters, LETTER)
    page = letters["dispatch1"].get("/start/letter").text
    assert "未启用病毒扫描" in page
    letters.app.config["SCANNER"] = COMMAND
    assert "未启用病毒扫描" not in letters["dispatch1"].get("/start/letter").text
    assert attach(letters, ("a.txt", b"clean")).status_code == 302
    refused = attach(letters, ("b.txt", b"clean too"), ("c.txt", EICAR))
    assert refused.status_code == 422 and refused.json is not None
    assert refused.json["code"] == "attachment_infected" and "c.txt" in refused.json["detail"]
    assert begin(letters, {**LETTER, "document_number": "新号"}, ("c.txt", EICAR)).status_code == 422
    letters.app.config["SCANNER"] = f'"{sys.executable}" -c "import sys; sys.exit(9)"'
    away = attach(letters, ("d.txt", b"clean"))
    assert away.status_code == 503 and away.json is not None and away.json["code"] == "scanner_unavailable"
    assert files(letters) == ["a.txt"]


def test_the_limits_are_settings_and_the_refusal_names_them(letters: Township) -> None:
    begin(letters, LETTER)
    letters.app.config.update(FILE_MEGABYTES=1, FILES_PER_CASE=2)
    assert "每个最大 1 MB" in letters["dispatch1"].get(f"/cases/{NUMBER}").text
    refused = attach(letters, ("a.txt", b"x" * (1024 * 1024 + 1)))
    assert refused.status_code == 413 and refused.json is not None and "最大 1 MB" in refused.json["detail"]
    refused = attach(letters, *((f"{each}.txt", each.encode()) for each in "abc"))
    assert refused.status_code == 422 and refused.json is not None and "最多 2 个" in refused.json["detail"]
    assert files(letters) == []


def test_settings_that_do_not_fit_together_are_told_of_at_once(tmp_path: Path) -> None:
    for wrong in ({"FILE_MEGABYTES": 33}, {"SCANNER": "clamd:nowhere"}):
        with pytest.raises(ValueError, match=r"CHANGTONG_MAX_CONTENT_LENGTH|clamd"):
            create_app({"DATA": tmp_path, **wrong})


# -- the text


def test_the_text_is_read_after_the_upload_and_never_in_the_request(letters: Township) -> None:
    begin(letters, LETTER, ("一.pdf", pdf("关于秋收的通知")), ("二.docx", docx("附件正文")), ("三.png", png()))
    with letters.app.app_context():
        assert db.session.scalars(select(AttachmentText)).all() == []
    assert read_texts(letters) == {"一.pdf": ("关于秋收的通知", ""), "二.docx": ("附件正文", "")}
    with letters.app.app_context():
        instance = db.session.scalars(select(Case.instance_id).where(Case.number == NUMBER)).one()
        assert set(db.session.scalars(select(AttachmentText.instance_id))) == {instance}


def test_a_file_without_readable_text_is_kept_all_the_same(letters: Township) -> None:
    begin(letters, LETTER, ("一.pdf", b"%PDF-1.7 and nothing more"))
    assert read_texts(letters) == {"一.pdf": ("", "unreadable")}
    with letters.app.app_context():
        assert errands.failed(db.session(), "township", limit=9) == []


def test_a_file_that_is_lost_is_told_to_those_who_look_after_jobs(letters: Township, clock: MovingClock) -> None:
    begin(letters, LETTER, ("一.pdf", pdf("一")))
    for file in Path(letters.app.config["ATTACHMENTS"]).rglob("*"):
        if file.is_file():
            file.unlink()
    for _ in range(12):
        read_texts(letters)
        clock.advance(timedelta(days=1))
    with letters.app.app_context():
        (failed,) = errands.failed(db.session(), "township", limit=9)
        assert failed.topic == "attachment_text"
