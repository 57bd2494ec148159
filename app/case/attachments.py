"""Files of a case: rows in the database, bytes in the data folder under their SHA-256.

A file is written before its row is committed. When the transaction fails, bytes that no row names may stay behind; they
do no harm, and the next upload of the same content uses them.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select

from app.case.errors import (
    AttachmentNotFound,
    AttachmentRefused,
    AttachmentTooLarge,
    AttachmentTypeRefused,
    TooManyAttachments,
)
from app.case.media import ENDINGS, media_type
from app.case.models import Attachment, Database

_TENANT = re.compile(r"[A-Za-z0-9_-]{1,64}")
LONGEST_NAME = 150
MOST_MEGABYTES, MOST_FILES = 20, 20


@dataclass(frozen=True, slots=True)
class AttachmentFolder:
    """Where a township's files are. `max_bytes` and `max_files` hold for one file and one case."""

    folder: Path
    tenant: str
    max_bytes: int = MOST_MEGABYTES * 1024 * 1024
    max_files: int = MOST_FILES

    def __post_init__(self) -> None:
        if not _TENANT.fullmatch(self.tenant):
            raise ValueError(f"the tenant {self.tenant!r} cannot name a folder")

    def add(
        self, session: Database, instance_id: str, name: str, content: bytes, *, by: str, at: datetime
    ) -> Attachment:
        """Attach a file to a case. Raises AttachmentRefused, or the kind of it that says why."""
        clean, kind = clean_name(name), self._check(name, content)
        own = (Attachment.tenant == self.tenant, Attachment.instance_id == instance_id)
        count = int(session.scalar(select(func.count()).select_from(Attachment).where(*own)) or 0)
        if count >= self.max_files:
            raise TooManyAttachments(f"the case has {count} attachments, as many as are allowed")
        sha256 = hashlib.sha256(content).hexdigest()
        if session.scalar(select(Attachment.id).where(*own, Attachment.sha256 == sha256)) is not None:
            raise AttachmentRefused("the case has this very file already")
        self._write(sha256, content)
        attachment = Attachment(
            tenant=self.tenant, instance_id=instance_id, name=clean, media_type=kind, size=len(content), sha256=sha256,
            at=at, by=by,
        )
        session.add(attachment)
        session.flush()
        return attachment

    def of_case(self, session: Database, instance_id: str) -> Sequence[Attachment]:
        """Return a case's attachments, the oldest first."""
        own = select(Attachment).where(Attachment.tenant == self.tenant, Attachment.instance_id == instance_id)
        return session.scalars(own.order_by(Attachment.id)).all()

    def find(self, session: Database, instance_id: str, attachment_id: int) -> Attachment:
        """Return an attachment of this case. Raises AttachmentNotFound."""
        attachment = session.get(Attachment, attachment_id)
        if attachment is None or (attachment.tenant, attachment.instance_id) != (self.tenant, instance_id):
            raise AttachmentNotFound(f"there is no attachment {attachment_id} of this case")
        return attachment

    def read(self, attachment: Attachment) -> bytes:
        """Return the bytes, which are what was stored. Raises AttachmentNotFound when they are lost or were changed."""
        try:
            content = self._path(attachment.sha256).read_bytes()
        except OSError:
            content = b""
        if hashlib.sha256(content).hexdigest() != attachment.sha256:
            raise AttachmentNotFound(f"the file of attachment {attachment.id} is lost or was changed")
        return content

    def _check(self, name: str, content: bytes) -> str:
        if not content:
            raise AttachmentRefused("the file is empty")
        if len(content) > self.max_bytes:
            raise AttachmentTooLarge(f"the file has {len(content)} bytes, at most {self.max_bytes} are allowed")
        kind, ending = media_type(content), name.rpartition(".")[2].lower()
        if kind is None:
            accepted = ", ".join(sorted(ending for endings in ENDINGS.values() for ending in endings))
            raise AttachmentTypeRefused(f"files of this kind are not taken, only {accepted}")
        if ending not in ENDINGS[kind]:
            raise AttachmentTypeRefused(f"the file's name ends in .{ending[:10]}, its content is {kind}")
        return kind

    def _path(self, sha256: str) -> Path:
        return self.folder / self.tenant / sha256[:2] / sha256

    def _write(self, sha256: str, content: bytes) -> None:
        """Write the bytes so that a file under its hash is always whole."""
        path = self._path(sha256)
        if path.exists() and path.stat().st_size == len(content):
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, unfinished = tempfile.mkstemp(dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(unfinished, path)
        except BaseException:
            Path(unfinished).unlink(missing_ok=True)
            raise


def clean_name(name: str) -> str:
    """Return a file name without folders and without characters that are not to be seen. Raises AttachmentRefused."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    seen = "".join(character for character in last if unicodedata.category(character)[0] != "C").strip(" .")
    stem, dot, ending = seen.rpartition(".")
    if not stem or not dot or not ending:
        raise AttachmentRefused("the file's name needs something before and after its last dot")
    return stem[: LONGEST_NAME - len(ending) - 1] + "." + ending
