"""Where a township's files are, and those that a request brings."""

from __future__ import annotations

from flask import current_app, request

from app.case.attachments import MEGABYTE, AttachmentFolder, Upload
from app.case.scanning import scanner_of
from app.db import tenant


def folder() -> AttachmentFolder:
    """Return the folder of this request's township."""
    config = current_app.config
    return AttachmentFolder(
        config["ATTACHMENTS"], tenant(), max_bytes=config["FILE_MEGABYTES"] * MEGABYTE,
        max_files=config["FILES_PER_CASE"], scan=scanner_of(config["SCANNER"], config["SCANNER_SECONDS"]),
    )  # fmt: skip


def received() -> list[Upload]:
    """Return the files that come with this request, each looked at: before a transaction, for it takes its time.

    Raises AttachmentRefused, or the kind of it that says why.
    """
    place = folder()
    return [place.receive(file.filename, file.stream) for file in request.files.getlist("files") if file.filename]
