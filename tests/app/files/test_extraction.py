"""The text of a PDF and a DOCX comes out; a file made to harm its reader is given up, with a code that says why."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from pypdf import PdfReader, PdfWriter

from app.files.extraction import LONGEST
from app.files.reading import extracted
from tests.support.files import assembled, docx, package, pdf, stream

Read = Callable[..., tuple[str, str]]
BOMB = '<!DOCTYPE d [<!ENTITY a "xxxxxxxxxx"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'


@pytest.fixture
def text_of(tmp_path: Path) -> Read:
    def read(content: bytes, kind: str, seconds: float = 60) -> tuple[str, str]:
        path = tmp_path / "file"
        path.write_bytes(content)
        return extracted(path, kind, seconds=seconds)

    return read


def test_the_pages_of_a_pdf_are_read_in_their_order(text_of: Read) -> None:
    text, failure = text_of(pdf("关于做好秋收工作的通知", "第二页：联系人甲"), "pdf")
    assert failure == "" and text.index("关于做好秋收工作的通知") < text.index("第二页：联系人甲")


def test_the_paragraphs_and_notes_of_a_docx_are_read(text_of: Read) -> None:
    text, failure = text_of(docx("各村民委员会：", "请于十月底前完成。", footnote="附注：以实收为准"), "docx")
    assert (failure, text.splitlines()) == ("", ["各村民委员会：", "请于十月底前完成。", "附注：以实收为准"])


def test_no_more_is_read_than_is_searched(text_of: Read) -> None:
    text, failure = text_of(docx(*["长" * 1000] * 1000), "docx")
    assert failure == "" and LONGEST <= len(text) < LONGEST + 1000


def test_a_pdf_with_a_password_is_locked(text_of: Read) -> None:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf("秘而不宣"))))
    writer.encrypt("open sesame", algorithm="RC4-128")
    content = io.BytesIO()
    writer.write(content)
    assert text_of(content.getvalue(), "pdf") == ("", "locked")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"%PDF-1.7 and nothing more", "pdf"), (b"%PDF-1.7\n" + bytes(range(256)) * 100, "pdf"),
        (b"PK\x03\x04 no archive", "docx"), (package({"word/document.xml": "<w:p"}), "docx"),
        (docx("&b;", head=BOMB), "docx"), (docx("x", head='<!DOCTYPE d SYSTEM "file:///etc/hostname">'), "docx"),
    ],
    ids=range(6),
)  # fmt: skip
def test_a_broken_or_hostile_file_is_given_up(text_of: Read, content: bytes, kind: str) -> None:
    assert text_of(content, kind) == ("", "unreadable")


def test_what_unpacks_to_too_much_is_not_unpacked(text_of: Read) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("word/document.xml", "w") as part:
        for _ in range(60):
            part.write(b" " * 1024 * 1024)
    assert len(content.getvalue()) < 100_000
    assert text_of(content.getvalue(), "docx") == ("", "unreadable")


def test_a_pdf_that_goes_in_circles_ends(text_of: Read) -> None:
    circle = assembled({
        1: b"<< /Type /Catalog /Pages 2 0 R >>", 2: b"<< /Type /Pages /Kids [2 0 R] /Count 1 >>", 3: stream(b""),
    })  # fmt: skip
    text, failure = text_of(circle, "pdf")
    assert text.strip() == "" and failure in ("", "unreadable")


def test_who_reads_too_long_is_ended(text_of: Read) -> None:
    assert text_of(pdf("慢"), "pdf", seconds=0.001) == ("", "too_slow")
