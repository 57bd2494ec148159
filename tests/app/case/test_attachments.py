"""Files of a case: taken by their content, kept by their hash, refused with a reason."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.case.attachments import MEGABYTE, AttachmentFolder, clean_name
from app.case.errors import (
    AttachmentNotFound,
    AttachmentRefused,
    AttachmentTooLarge,
    AttachmentTypeRefused,
    TooManyAttachments,
)
from app.case.media import media_type
from app.case.models import Attachment, Case
from tests.app.case.conftest import TENANT, Office

AT = datetime(2026, 3, 2, tzinfo=UTC)
PDF = b"%PDF-1.7\n..."


def package(*names: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return content.getvalue()


@pytest.fixture
def folder(tmp_path: Path) -> AttachmentFolder:
    return AttachmentFolder(tmp_path / "files", TENANT, max_bytes=1000, max_files=3)


@pytest.fixture
def case(office: Office) -> Case:
    return office.open()


def add(
    office: Office, folder: AttachmentFolder, case: Case, name: str = "照片.pdf", content: bytes = PDF
) -> Attachment:
    with office.session() as session:
        upload = folder.receive(name, io.BytesIO(content))
        attachment = folder.add(session, case.instance_id, upload, by="duty1", at=AT)
        session.commit()
        return attachment


def test_a_file_is_kept_and_read_again(office: Office, folder: AttachmentFolder, case: Case) -> None:
    made = add(office, folder, case)
    assert (made.name, made.media_type, made.size, made.by) == ("照片.pdf", "application/pdf", len(PDF), "duty1")
    with office.session() as session:
        (listed,) = folder.of_case(session, case.instance_id)
        assert folder.find(session, case.instance_id, listed.id).sha256 == made.sha256
        assert folder.whole(listed).read_bytes() == PDF
    stored = folder.folder / TENANT / made.sha256[:2] / made.sha256
    assert [path for path in folder.folder.rglob("*") if path.is_file()] == [stored]


def test_one_content_is_stored_once_for_many_cases(office: Office, folder: AttachmentFolder, case: Case) -> None:
    other = office.open()
    assert add(office, folder, case).sha256 == add(office, folder, other, "b.pdf").sha256
    assert len([path for path in folder.folder.rglob("*") if path.is_file()]) == 1


def test_an_attachment_is_found_in_its_own_case_and_township_alone(
    office: Office, folder: AttachmentFolder, case: Case
) -> None:
    made, other = add(office, folder, case), office.open()
    with office.session() as session:
        for place, instance_id in [
            (folder, other.instance_id),
            (AttachmentFolder(folder.folder, "neighbour", max_bytes=1000, max_files=3), case.instance_id),
        ]:
            with pytest.raises(AttachmentNotFound):
                place.find(session, instance_id, made.id)


def test_a_file_that_was_changed_or_lost_is_not_handed_out(
    office: Office, folder: AttachmentFolder, case: Case
) -> None:
    made = add(office, folder, case)
    stored = folder.folder / TENANT / made.sha256[:2] / made.sha256
    stored.write_bytes(b"%PDF-forged!!")
    with pytest.raises(AttachmentNotFound):
        folder.whole(made)
    stored.unlink()
    with pytest.raises(AttachmentNotFound):
        folder.whole(made)


@pytest.mark.parametrize(
    "name, content, error",
    [
        ("a.pdf", b"", AttachmentRefused), ("a.pdf", PDF + b"x" * 1000, AttachmentTooLarge),
        ("a.exe", b"MZ\x90\x00", AttachmentTypeRefused), ("a.pdf", b"MZ\x90\x00", AttachmentTypeRefused),
        ("a.png", PDF, AttachmentTypeRefused), ("a", PDF, AttachmentRefused), (".pdf", PDF, AttachmentRefused),
        ("a.html", b"<script>alert(1)</script>", AttachmentTypeRefused),
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", AttachmentTypeRefused),
        ("a.docx", package("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"), AttachmentTypeRefused),
        ("a.docx", package("readme.txt"), AttachmentTypeRefused),
        ("a.docx", b"PK\x03\x04broken", AttachmentTypeRefused),
    ],
)
def test_what_is_not_taken_is_refused_and_leaves_nothing(
    office: Office, folder: AttachmentFolder, case: Case, name: str, content: bytes, error: type[AttachmentRefused]
) -> None:
    with pytest.raises(error) as refused:
        add(office, folder, case, name, content)
    assert type(refused.value) is error and refused.value.file == name
    assert not folder.folder.exists()


def test_a_case_takes_so_many_files_and_each_once(office: Office, folder: AttachmentFolder, case: Case) -> None:
    for number in range(3):
        add(office, folder, case, content=PDF + bytes([48 + number]))
    with pytest.raises(TooManyAttachments):
        add(office, folder, case)
    other = office.open()
    add(office, folder, other)
    with pytest.raises(AttachmentRefused, match="already"):
        add(office, folder, other, "again.pdf")


@pytest.mark.parametrize(
    "content, kind",
    [
        (PDF, "application/pdf"), (b"\x89PNG\r\n\x1a\n...", "image/png"), (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a...", "image/gif"), (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"), ("说明\n".encode(), "text/plain"),
        (package("OFD.xml"), "application/ofd"), (b"\0\1", None), (b"\xff\xfe", None),
        (
            package("[Content_Types].xml", "word/document.xml"),
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
        (
            package("[Content_Types].xml", "xl/workbook.xml"),
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ),
    ],
)
def test_the_content_tells_the_media_type(content: bytes, kind: str | None) -> None:
    assert media_type(io.BytesIO(content)) == kind


class Counted(io.BytesIO):
    """Counts the bytes that are read."""

    count = 0

    def read(self, size: int | None = -1, /) -> bytes:
        piece = super().read(size)
        self.count += len(piece)
        return piece


def test_forty_megabytes_that_are_no_pdf_are_refused_after_a_glance(tmp_path: Path) -> None:
    content = Counted(b"MZ\x90\x00" + bytes(40 * MEGABYTE))
    roomy = AttachmentFolder(tmp_path / "files", TENANT, max_bytes=50 * MEGABYTE, max_files=3)
    with pytest.raises(AttachmentTypeRefused):
        roomy.receive("通知.pdf", content)
    strict = AttachmentFolder(tmp_path / "files", TENANT, max_bytes=20 * MEGABYTE, max_files=3)
    with pytest.raises(AttachmentTooLarge):
        strict.receive("通知.pdf", content)
    assert content.count < 2 * MEGABYTE and not (tmp_path / "files").exists()


def test_text_is_told_across_the_pieces_that_it_is_read_in() -> None:
    assert media_type(io.BytesIO("汉".encode() * MEGABYTE)) == "text/plain"
    assert media_type(io.BytesIO("汉".encode() * MEGABYTE + b"\xe6\xb1")) is None


@pytest.mark.parametrize(
    "name, clean",
    [
        ("../../etc/a.pdf", "a.pdf"), ("C:\\temp\\照 片.PDF", "照 片.PDF"), ("a\u202efdp.exe.pdf", "afdp.exe.pdf"),
        ("a\r\nb\0.pdf", "ab.pdf"), ("x" * 300 + ".pdf", "x" * 146 + ".pdf"), (" .a.pdf. ", "a.pdf"),
    ],
)
def test_names_lose_what_is_not_to_be_seen(name: str, clean: str) -> None:
    assert clean_name(name) == clean


def test_a_tenant_that_could_leave_its_folder_is_refused(tmp_path: Path) -> None:
    for tenant in ("..", "a/b", ""):
        with pytest.raises(ValueError, match="folder"):
            AttachmentFolder(tmp_path, tenant, max_bytes=1, max_files=1)
