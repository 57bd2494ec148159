"""Files of a case: rows in the database, bytes in the data folder under their SHA-256.

A file is looked at before anything is changed, and written before its row is committed. When the transaction fails,
bytes that no row names may stay behind; they do no harm, and the next upload of the same content uses them.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

from sqlalchemy import ColumnElement, func, select

from app.case.errors import (
    AttachmentNotFound,
    AttachmentRefused,
    AttachmentTooLarge,
    AttachmentTypeRefused,
    CaseTakesNoFiles,
    TooManyAttachments,
)
from app.case.media import CHUNK, ENDINGS, media_type
from app.case.models import Attachment, Case, Database
from app.case.scanning import Scanner
from app.case.texts import ask_for_text

_TENANT = re.compile(r"[A-Za-z0-9_-]{1,64}")
LONGEST_NAME = 150
MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that may be attached: of an accepted kind, not too large, and found clean where a scanner is asked."""

    name: str
    media_type: str
    size: int  # bytes
    sha256: str
    content: IO[bytes]


@dataclass(frozen=True, slots=True)
class AttachmentFolder:
    """Where a township's files are. `max_bytes` and `max_files` hold for one file and one case."""

    folder: Path
    tenant: str
    max_bytes: int
    max_files: int
    scan: Scanner | None = None

    def __post_init__(self) -> None:
        if not _TENANT.fullmatch(self.tenant):
            raise ValueError(f"the tenant {self.tenant!r} cannot name a folder")

    def receive(self, name: str, content: IO[bytes]) -> Upload:
        """Look at a file that somebody wants to attach; nothing is kept yet.

        Raises AttachmentRefused, or the kind of it that says why; it names the file.
        """
        try:
            clean = clean_name(name)
            size = content.seek(0, os.SEEK_END)
            kind = self._check(name, content, size)
            if self.scan is not None:
                self.scan(content)
        except AttachmentRefused as refused:
            refused.file = name
            raise
        content.seek(0)
        return Upload(clean, kind, size, hashlib.file_digest(content, "sha256").hexdigest(), content)  # type: ignore[arg-type]

    def add(
        self, session: Database, instance_id: str, upload: Upload, *, by: str, at: datetime, why_none: str = ""
    ) -> Attachment:
        """Attach a file to a case; `why_none` is what its process says when it takes none.

        Raises CaseTakesNoFiles, TooManyAttachments, AttachmentRefused.
        """
        if session.scalar(select(Case.takes_no_files).where(*_is(Case, self.tenant, instance_id))):
            raise CaseTakesNoFiles(instance_id, why_none)
        own = _is(Attachment, self.tenant, instance_id)
        count = int(session.scalar(select(func.count()).select_from(Attachment).where(*own)) or 0)
        if count >= self.max_files:
            raise TooManyAttachments(f"the case has {count} attachments, as many as are allowed")
        if session.scalar(select(Attachment.id).where(*own, Attachment.sha256 == upload.sha256)) is not None:
            raise AttachmentRefused("the case has this very file already", upload.name)
        self._write(upload)
        attachment = Attachment(
            tenant=self.tenant, instance_id=instance_id, name=upload.name, media_type=upload.media_type,
            size=upload.size, sha256=upload.sha256, at=at, by=by,
        )
        session.add(attachment)
        session.flush()
        ask_for_text(session, attachment, at=at)
        return attachment

    def of_case(self, session: Database, instance_id: str) -> Sequence[Attachment]:
        """Return a case's attachments, the oldest first."""
        own = select(Attachment).where(*_is(Attachment, self.tenant, instance_id))
        return session.scalars(own.order_by(Attachment.id)).all()

    def find(self, session: Database, instance_id: str, attachment_id: int) -> Attachment:
        """Return an attachment of this case. Raises AttachmentNotFound."""
        attachment = session.get(Attachment, attachment_id)
        if attachment is None or (attachment.tenant, attachment.instance_id) != (self.tenant, instance_id):
            raise AttachmentNotFound(f"there is no attachment {attachment_id} of this case")
        return attachment

    def whole(self, attachment: Attachment) -> Path:
        """Return where the bytes are, which are what was stored. Raises AttachmentNotFound: lost, or changed."""
        path = self._path(attachment.sha256)
        try:
            with path.open("rb") as file:
                is_whole = hashlib.file_digest(file, "sha256").hexdigest() == attachment.sha256
        except OSError:
            is_whole = False
        if not is_whole:
            raise AttachmentNotFound(f"the file of attachment {attachment.id} is lost or was changed")
        return path

    def _check(self, name: str, content: IO[bytes], size: int) -> str:
        if not size:
            raise AttachmentRefused("the file is empty")
        if size > self.max_bytes:
            raise AttachmentTooLarge(f"the file has {size} bytes, at most {self.max_bytes} are allowed")
        kind, ending = media_type(content), name.rpartition(".")[2].lower()
        if kind is None:
            accepted = ", ".join(sorted(ending for endings in ENDINGS.values() for ending in endings))
            raise AttachmentTypeRefused(f"files of this kind are not taken, only {accepted}")
        if ending not in ENDINGS[kind]:
            raise AttachmentTypeRefused(f"the file's name ends in .{ending[:10]}, its content is {kind}")
        return kind

    def _path(self, sha256: str) -> Path:
        return self.folder / self.tenant / sha256[:2] / sha256

    def _write(self, upload: Upload) -> None:
        """Write the bytes so that a file under its hash is always whole."""
        path = self._path(upload.sha256)
        if path.exists() and path.stat().st_size == upload.size:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, unfinished = tempfile.mkstemp(dir=path.parent)
        upload.content.seek(0)
        try:
            with os.fdopen(handle, "wb") as file:
                shutil.copyfileobj(upload.content, file, CHUNK)
                file.flush()
                os.fsync(file.fileno())
            os.replace(unfinished, path)
        except BaseException:
            Path(unfinished).unlink(missing_ok=True)
            raise


def _is(rows: type[Case] | type[Attachment], tenant: str, instance_id: str) -> tuple[ColumnElement[bool], ...]:
    return rows.tenant == tenant, rows.instance_id == instance_id


def clean_name(name: str) -> str:
    """Return a file name without folders and without characters that are not to be seen. Raises AttachmentRefused."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    seen = "".join(character for character in last if unicodedata.category(character)[0] != "C").strip(" .")
    stem, dot, ending = seen.rpartition(".")
    if not stem or not dot or not ending:
        raise AttachmentRefused("the file's name needs something before and after its last dot")
    return stem[: LONGEST_NAME - len(ending) - 1] + "." + ending
